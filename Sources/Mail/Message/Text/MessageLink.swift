/// A URL of a message: in its text, or in the HTML of a part.
public struct MessageLink: Sendable, Hashable {
  /// Where it was: `text`, or the element and the attribute, `a href`.
  public var source: String
  /// As a reader would follow it: references of HTML decoded, blanks around it and line ends in it taken out.
  public var url: String
  /// What the reader sees in its place, where that is something else.
  public var label: String?

  init(_ source: String, _ url: String, label: String? = nil) {
    (self.source, self.url, self.label) = (source, url, label)
  }

  /// Where it leads in the end, where a mail gateway or a search engine has put its own address in front.
  public var target: String? {
    let target = Self.target(of: url)
    return target == url ? nil : target
  }

  /// The host that the label names, where that is not the host of the URL: the reader is shown another place than the
  /// link leads to.
  public var contradictedHost: String? {
    guard let label, let shown = Self.host(of: label), let host = Self.host(of: target ?? url),
      shown != host, !host.hasSuffix(".\(shown)"), !shown.hasSuffix(".\(host)")
    else { return nil }
    return shown
  }

  /// The host of a text that is a URL, or begins as people write one: `www.example.org/path`.
  static func host(of text: String) -> String? {
    var rest = Substring(text.trimmingBlanks.lowercased())
    let hasScheme: Bool
    if let mark = rest.firstRange(of: "://") {
      guard rest[..<mark.lowerBound].allSatisfy(\.isLetter) else { return nil }
      rest = rest[mark.upperBound...]
      hasScheme = true
    } else {
      hasScheme = false
    }
    rest = rest.prefix { !"/?#".contains($0) }
    if let at = rest.lastIndex(of: "@") {
      guard hasScheme else { return nil }
      rest = rest[rest.index(after: at)...]
    }
    rest = rest.prefix { $0 != ":" }
    let labels = rest.split(separator: ".", omittingEmptySubsequences: false)
    guard labels.count > 1, labels.allSatisfy({ !$0.isEmpty && $0.allSatisfy(isHostCharacter) }),
      hasScheme || labels.first == "www" || labels.count > 1 && labels.last.map(isTopLevel) == true
    else { return nil }
    return String(rest)
  }

  private static func isHostCharacter(_ character: Character) -> Bool {
    character.isLetter || character.isNumber || character == "-" || character == "_"
  }

  /// A label may say `invoice.pdf` or `3.5`, which are no hosts.
  private static func isTopLevel(_ label: Substring) -> Bool {
    ["com", "net", "org", "edu", "gov", "info", "biz", "io"].contains(label)
      || label.count == 2 && label.allSatisfy(\.isLetter)
  }

  // MARK: What gateways write

  private static let nestingLimit = 4

  private static func target(of url: String) -> String {
    var url = url
    for _ in 0..<nestingLimit {
      guard let next = unwrapped(url), next != url else { break }
      url = next
    }
    return url
  }

  private static func unwrapped(_ url: String) -> String? {
    guard let host = host(of: url) else { return nil }
    if host.hasSuffix(".safelinks.protection.outlook.com") {
      return parameter("url", of: url).map { percentDecoded($0.utf8) }
    }
    if host == "www.google.com", url.contains("/url?") {
      return (parameter("q", of: url) ?? parameter("url", of: url)).map { percentDecoded($0.utf8) }
    }
    guard host.hasPrefix("urldefense.") else { return nil }
    if url.contains("/v1/") { return parameter("u", of: url).map { percentDecoded($0.utf8) } }
    if url.contains("/v2/") {
      let text = parameter("u", of: url).map { $0.utf8.map(proofpoint) }
      return text.map { percentDecoded($0) }
    }
    // The third form marks characters that were taken out with asterisks, and has them in base64 after it.
    guard let start = url.firstRange(of: "/v3/__"),
      let end = url[start.upperBound...].firstRange(of: "__;")
    else { return nil }
    let inside = url[start.upperBound..<end.lowerBound]
    return inside.contains("*") ? nil : String(inside)
  }

  private static func proofpoint(_ byte: UInt8) -> UInt8 {
    switch byte {
    case UInt8(ascii: "-"): UInt8(ascii: "%")
    case UInt8(ascii: "_"): UInt8(ascii: "/")
    default: byte
    }
  }

  private static func parameter(_ name: String, of url: String) -> String? {
    guard let query = url.utf8.firstIndex(of: UInt8(ascii: "?")) else { return nil }
    for pair in url[query...].dropFirst().split(atByte: UInt8(ascii: "&")) {
      let pair = pair.hasPrefix("amp;") ? pair.dropFirst(4) : pair
      if pair.hasPrefix("\(name)=") { return String(pair.dropFirst(name.count + 1)) }
    }
    return nil
  }

  private static func percentDecoded(_ text: some Sequence<UInt8>) -> String {
    String(decoding: ParameterizedValue.withoutPercents(Array(text)), as: UTF8.self)
  }
}
