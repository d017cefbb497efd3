import Crypto
import Fields

/// What JA3, JA3S and JA4 make of a hello: the numbers it offers, in its order, without those of GREASE.
struct Fingerprint: Sendable, Hashable {
  var version: UInt16 = 0
  /// Of `supported_versions`.
  var highestVersion: UInt16?
  /// The first that ALPN names.
  var application: [UInt8]?
  /// False where there is a list of extensions that could not be read.
  var hasExtensions = true
  private var cipherSuites: [Int] = []
  private var extensions: [Int] = []
  private var groups: [Int] = []
  private var pointFormats: [Int] = []
  private var signatureAlgorithms: [Int] = []

  private static func add(_ value: Int, to list: inout [Int]) {
    if !TLSNames.isGREASE(UInt64(value)) { list.append(value) }
  }
  mutating func add(cipherSuite: Int) { Self.add(cipherSuite, to: &cipherSuites) }
  mutating func add(extensionType: Int) { Self.add(extensionType, to: &extensions) }
  mutating func add(group: Int) { Self.add(group, to: &groups) }
  mutating func add(pointFormat: Int) { pointFormats.append(pointFormat) }
  mutating func add(signatureAlgorithm: Int) {
    Self.add(signatureAlgorithm, to: &signatureAlgorithms)
  }

  /// The version, and the numbers of each list, joined.
  private func joined(_ lists: [[Int]]) -> String {
    var text = TextBuffer(capacity: 256)
    text.write(decimal: Int(version))
    for list in lists {
      text.write(",")
      for (place, value) in list.enumerated() {
        if place > 0 { text.write("-") }
        text.write(decimal: value)
      }
    }
    return text.string
  }
  var clientString: String {
    joined(
      hasExtensions
        ? [cipherSuites, extensions, groups, pointFormats] : [cipherSuites, extensions])
  }
  var serverString: String { joined([cipherSuites, extensions]) }

  /// MD5 in hexadecimal: what JA3 and JA3S are of their strings.
  static func digest(of text: String) -> String {
    hex(Insecure.MD5.hash(data: Array(text.utf8)))
  }

  static func hex(_ bytes: some Sequence<UInt8>) -> String {
    var hex = TextBuffer()
    for byte in bytes { hex.write(hexByte: byte) }
    return hex.string
  }
}

/// JA4 (FoxIO, JA4: TLS Client Fingerprinting), of TLS over TCP.
extension Fingerprint {
  private static let serverName = 0
  private static let applications = 16

  var ja4: String {
    let shown = extensions.filter { $0 != Self.serverName && $0 != Self.applications }
    var words = [Self.words(shown.sorted())]
    if !signatureAlgorithms.isEmpty { words.append(Self.words(signatureAlgorithms)) }
    let parts = [
      "t" + versionWords + (extensions.contains(Self.serverName) ? "d" : "i")
        + Self.count(cipherSuites) + Self.count(extensions) + applicationWords,
      Self.shortDigest(of: cipherSuites.isEmpty ? nil : Self.words(cipherSuites.sorted())),
      Self.shortDigest(of: shown.isEmpty ? nil : words.joined(separator: "_")),
    ]
    return parts.joined(separator: "_")
  }

  private var versionWords: String {
    switch highestVersion ?? version {
    case 0x0304: "13"
    case 0x0303: "12"
    case 0x0302: "11"
    case 0x0301: "10"
    case 0x0300: "s3"
    case 0x0002: "s2"
    default: "00"
    }
  }

  /// The first and the last character of the protocol that ALPN names first; of its hexadecimal digits where one of them
  /// is neither letter nor digit.
  private var applicationWords: String {
    guard let application, let first = application.first, let last = application.last else {
      return "00"
    }
    if Self.isAlphanumeric(first), Self.isAlphanumeric(last) {
      return String(decoding: [first, last], as: UTF8.self)
    }
    return String(first >> 4, radix: 16) + String(last & 15, radix: 16)
  }

  private static func isAlphanumeric(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
  }

  private static func count(_ list: [Int]) -> String {
    let count = min(list.count, 99)
    return count < 10 ? "0\(count)" : "\(count)"
  }

  /// `002f,0035`
  private static func words(_ list: [Int]) -> String {
    var text = TextBuffer(capacity: 256)
    for (place, value) in list.enumerated() {
      if place > 0 { text.write(",") }
      text.write(hex: UInt64(UInt16(truncatingIfNeeded: value)), digits: 4)
    }
    return text.string
  }

  /// Twelve digits of SHA-256; zeros where there is nothing.
  private static func shortDigest(of text: String?) -> String {
    guard let text else { return "000000000000" }
    return hex(SHA256.hash(data: Array(text.utf8)).prefix(6))
  }
}
