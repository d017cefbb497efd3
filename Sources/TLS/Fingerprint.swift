import Crypto

/// What JA3 and JA3S make of a hello: the numbers it offers, in its order, without those of GREASE.
struct Fingerprint: Sendable {
  var version: UInt16 = 0
  /// False where there is a list of extensions that could not be read.
  var hasExtensions = true
  private var cipherSuites: [Int] = []
  private var extensions: [Int] = []
  private var groups: [Int] = []
  private var pointFormats: [Int] = []

  private static func add(_ value: Int, to list: inout [Int]) {
    if !TLSNames.isGREASE(UInt64(value)) { list.append(value) }
  }
  mutating func add(cipherSuite: Int) { Self.add(cipherSuite, to: &cipherSuites) }
  mutating func add(extensionType: Int) { Self.add(extensionType, to: &extensions) }
  mutating func add(group: Int) { Self.add(group, to: &groups) }
  mutating func add(pointFormat: Int) { pointFormats.append(pointFormat) }

  private static func joined(_ list: [Int]) -> String {
    list.map(String.init).joined(separator: "-")
  }
  var clientString: String {
    let lists = hasExtensions ? [extensions, groups, pointFormats] : [extensions]
    return ([String(version)] + ([cipherSuites] + lists).map(Self.joined)).joined(separator: ",")
  }
  var serverString: String {
    ([String(version)] + [cipherSuites, extensions].map(Self.joined)).joined(separator: ",")
  }

  /// MD5 in hexadecimal: what the two names stand for.
  static func digest(of text: String) -> String {
    var hex = ""
    for byte in Insecure.MD5.hash(data: Array(text.utf8)) {
      hex += String(byte >> 4, radix: 16)
      hex += String(byte & 15, radix: 16)
    }
    return hex
  }
}
