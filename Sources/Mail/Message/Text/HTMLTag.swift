/// A tag of HTML: its name, its attributes, and the URLs among them.
struct HTMLTag {
  let name: String
  let isEnd: Bool
  let isSelfClosing: Bool
  /// By name in lower case; the first of a name counts.
  private(set) var attributes: [String: String] = [:]
  private static let attributeLimit = 100

  /// `bytes` are what is between the brackets.
  init(_ bytes: [UInt8]) {
    var rest = bytes[...]
    isEnd = rest.first == UInt8(ascii: "/")
    if isEnd { rest.removeFirst() }
    isSelfClosing = rest.last == UInt8(ascii: "/")
    let nameEnd = rest.firstIndex { $0.isFolding || $0 == UInt8(ascii: "/") } ?? rest.endIndex
    name = String(decoding: rest[..<nameEnd].map(\.lowercasedASCII), as: UTF8.self)
    rest = rest[nameEnd...]
    while !isEnd, attributes.count < Self.attributeLimit, readAttribute(&rest) {}
  }

  private mutating func readAttribute(_ rest: inout ArraySlice<UInt8>) -> Bool {
    rest = rest.drop { $0.isFolding || $0 == UInt8(ascii: "/") }
    guard !rest.isEmpty else { return false }
    let end =
      rest.dropFirst().firstIndex {
        $0.isFolding || $0 == UInt8(ascii: "=") || $0 == UInt8(ascii: "/")
      }
      ?? rest.endIndex
    let name = String(decoding: rest[..<end].map(\.lowercasedASCII), as: UTF8.self)
    rest = rest[end...].drop(while: \.isFolding)
    var value = ""
    if rest.first == UInt8(ascii: "=") {
      rest = rest.dropFirst().drop(while: \.isFolding)
      if let quote = rest.first, quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") {
        rest.removeFirst()
        let end = rest.firstIndex(of: quote) ?? rest.endIndex
        value = HTMLEntities.decode(rest[..<end])
        rest = rest[end...].dropFirst()
      } else {
        let end = rest.firstIndex(where: \.isFolding) ?? rest.endIndex
        value = HTMLEntities.decode(rest[..<end])
        rest = rest[end...]
      }
    }
    if attributes[name] == nil { attributes[name] = value }
    return true
  }

  /// The URLs of its attributes, and what they are of.
  var links: [(source: String, url: String)] {
    var result: [(source: String, url: String)] = []
    func add(_ attribute: String) {
      guard let value = attributes[attribute] else { return }
      let url = Self.cleaned(value)
      // Places in the message itself, and images within it.
      guard !url.isEmpty, !url.hasPrefix("#"), !url.hasPrefix(ignoringCase: "cid:"),
        !url.hasPrefix(ignoringCase: "data:")
      else { return }
      result.append(("\(name) \(attribute)", url))
    }
    switch name {
    case "a", "area", "base", "link": add("href")
    case "img", "script", "iframe", "frame", "embed", "source", "video", "audio", "input":
      add("src")
    case "form": add("action")
    case "button": add("formaction")
    case "object": add("data")
    case "body", "table", "td", "th": add("background")
    case "meta":
      guard let content = attributes["content"],
        attributes["http-equiv"]?.equals(ignoringCase: "refresh") == true,
        let equals = content.utf8.firstIndex(of: UInt8(ascii: "="))
      else { break }
      let url = Self.cleaned(String(content[content.utf8.index(after: equals)...]))
      if !url.isEmpty { result.append(("meta refresh", url)) }
    default: break
    }
    return result
  }

  /// As browsers take a URL: without blanks around it, and without tabs and line ends in it.
  private static func cleaned(_ value: String) -> String {
    let bytes = value.utf8.filter { $0 != .tab && $0 != .lineFeed && $0 != .carriageReturn }
    return String(decoding: bytes, as: UTF8.self).trimmingBlanks
  }
}
