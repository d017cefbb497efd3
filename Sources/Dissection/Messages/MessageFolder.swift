import Capture
import Fields
import Mail

/// Where a message and its attachments were written to.
struct MessageFiles {
  var message: String?
  /// By the place of the part in the message's parts.
  var attachments: [Int: String] = [:]
}

/// Writes each message to a file of a folder, its attachments beside it, and an index of all.
///
/// The folder must be new or empty: nothing in it is replaced. The index is written at the end, so that a folder without
/// one is known to be unfinished.
public struct MessageFolder: MessageView, ~Copyable {
  public let options: MessageOptions
  private let folder: OutputFolder
  private let path: String
  private let showsEnvelope: Bool
  private var index = MessagesJSON()
  private var indexText = TextBuffer()
  private var indexFile: NewFile?

  /// `showsEnvelope`: the envelope comes in front of each message, as header fields.
  public init(path: String, showsEnvelope: Bool = false) throws(RunError) {
    (folder, self.path, self.showsEnvelope) = (try .empty(path), path, showsEnvelope)
    var options = MessageOptions()
    options.keepsBytes = true
    options.keepsAttachments = true
    options.store = MessageStore(in: folder)
    self.options = options
  }

  public mutating func begin(to text: inout TextBuffer) { index.begin(to: &indexText) }

  public mutating func write(
    _ record: MessageRecord, number: Int, to text: inout TextBuffer, flush: Flush
  ) throws(OutputError) {
    var files = MessageFiles()
    do throws(OutputError) {
      if let bytes = record.content?.bytes {
        let name = Self.name(of: number) + ".eml"
        try bytes.deliver(
          after: showsEnvelope ? record.envelopeFields() : [], as: name, in: folder)
        files.message = name
      }
      var names = SafeNames()
      for (place, part) in (record.content?.parts ?? []).enumerated() {
        guard let bytes = part.bytes else { continue }
        let name = Self.name(of: number) + "-" + names.name(for: part.part.wantedName)
        try bytes.deliver(as: name, in: folder)
        files.attachments[place] = name
      }
      index.write(record, files: files, to: &indexText)
      if indexText.count >= 1 << 16 { try flushIndex() }
    } catch {
      throw error.inFolder(path)
    }
  }

  public mutating func end(
    _ summary: CaptureSummary, to text: inout TextBuffer
  ) throws(OutputError) {
    index.end(summary, to: &indexText)
    do throws(OutputError) {
      try flushIndex()
      try indexFile?.finish()
    } catch {
      throw error.inFolder(path)
    }
  }

  private mutating func flushIndex() throws(OutputError) {
    if indexFile == nil { indexFile = try NewFile("index.json", in: folder) }
    try indexFile?.write(indexText.span)
    indexText.clear()
  }

  /// `0001`
  static func name(of number: Int) -> String {
    var text = TextBuffer()
    text.write(decimal: UInt64(clamping: number), width: 4)
    return text.string
  }
}

extension OutputFolder {
  /// Opens a folder that is new or empty.
  static func empty(_ path: String) throws(RunError) -> OutputFolder {
    do throws(Failure) {
      let folder = try OutputFolder(path: path)
      guard try folder.isEmpty() else { throw .other("the folder is not empty") }
      return folder
    } catch {
      throw .output(OutputError(error, path))
    }
  }
}

extension OutputError {
  /// The same of a file in the folder that the user named.
  func inFolder(_ path: String) -> OutputError {
    OutputError(message: "\(path)/\(message)", isClosedPipe: isClosedPipe)
  }
}
