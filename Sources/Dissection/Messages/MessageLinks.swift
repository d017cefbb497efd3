import Fields
import Mail

/// The URLs of each message, from the texts and the HTML of its parts: a line each, its columns parted by tabs: the
/// message's number, the part, where it was (`text`, `a href`), the URL, where it leads in the end, what a reader sees in
/// its place. What is the same twice in one part is there once.
public struct MessageLinks: MessageView {
  public let options: MessageOptions

  public init() {
    options = MessageOptions(keepingBytesIn: nil)
  }

  public mutating func files(of record: MessageRecord) -> MessageFiles? {
    MessageFiles(of: record, showsEnvelope: false)
  }

  public mutating func deliver(
    _ files: MessageFiles, number: Int, to output: inout some ByteOutput & ~Copyable
  ) throws(OutputError) {
    guard let bytes = files.bytes else { return }
    var sink = LinkParts()
    let content = try bytes.read(to: &sink)
    var text = TextBuffer()
    for (part, link) in sink.links {
      text.write(decimal: number)
      let columns = [
        content.parts.indices.contains(part) ? content.parts[part].path : "", link.source,
        link.url, link.target ?? "", link.label ?? "",
      ]
      for column in columns {
        text.write(byte: 9)
        text.write(printable: column)
      }
      text.write("\n")
      try text.empty(into: &output)
    }
    if sink.dropped > 0 {
      text.write("\(number)\t\t\t(\(sink.dropped) more URLs than are listed of one message)\n")
    }
    try text.empty(into: &output, always: true)
  }
}

/// Takes the texts of a message and finds the URLs in them.
private struct LinkParts: PartSink {
  /// URLs that are listed of one message.
  private static let limit = 10_000

  private struct Running {
    var text: PartText
    var html: HTMLText?
    var finder = LinkFinder()
  }
  private struct Found: Hashable {
    let part: Int
    let link: MessageLink
  }
  private var running: [Int: Running] = [:]
  private var known: Set<Found> = []
  private(set) var links: [(part: Int, link: MessageLink)] = []
  private(set) var dropped = 0

  mutating func begin(_ part: Int, _ what: MessagePart) {
    guard what.kind == .leaf || what.kind == .embedded, what.contentType.hasPrefix("text/") else {
      return
    }
    let isHTML = what.contentType == "text/html"
    running[part] = Running(text: PartText(what), html: isHTML ? HTMLText() : nil)
  }

  mutating func receive(_ decoded: Span<UInt8>, of part: Int) {
    guard var open = running[part] else { return }
    var text: [UInt8] = []
    open.text.receive(decoded, into: &text)
    read(text.span, of: part, &open)
    running[part] = open
  }

  mutating func end(_ part: Int) {
    guard var open = running.removeValue(forKey: part) else { return }
    var text: [UInt8] = []
    _ = open.text.finish(into: &text)
    read(text.span, of: part, &open)
    var shown = TextBuffer()
    open.html?.finish(to: &shown) { add($0, part) }
    open.finder.finish { add($0, part) }
  }

  private mutating func read(_ text: Span<UInt8>, of part: Int, _ open: inout Running) {
    guard open.html != nil else { return open.finder.receive(text) { add($0, part) } }
    var shown = TextBuffer()
    open.html?.receive(text, to: &shown) { add($0, part) }
  }

  private mutating func add(_ link: MessageLink, _ part: Int) {
    guard links.count < Self.limit else { return dropped += 1 }
    if known.insert(Found(part: part, link: link)).inserted { links.append((part, link)) }
  }
}
