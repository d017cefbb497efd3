import Crypto
import Fields

/// The certificates of one side, its own first (RFC 8446 4.4.2, RFC 5246 7.4.2).
public struct CertificateChain: Sendable, Hashable {
  /// Certificates that are read.
  public static let limit = 16

  public private(set) var certificates: [CertificateFacts] = []
  /// How many there are, those that are no certificates and those over the limit among them.
  public private(set) var count = 0

  init() {}

  /// Reads the body of a Certificate message, as far as it is well-formed.
  init(_ bytes: Span<UInt8>, at start: Int, to end: Int, isVersion13: Bool) {
    var reader = TLSReader(bytes, at: start)
    try? read(&reader, to: end, isVersion13)
  }

  private mutating func read(
    _ reader: inout TLSReader, to end: Int, _ isVersion13: Bool
  ) throws(Malformed) {
    if isVersion13 { reader.move(to: try reader.vectorEnd(width: 1, before: end)) }
    let listEnd = try reader.vectorEnd(width: 3, before: end)
    while reader.position < listEnd {
      let certificate = try reader.take(to: reader.vectorEnd(width: 3, before: listEnd))
      count += 1
      if certificates.count < Self.limit, let facts = CertificateFacts(certificate) {
        certificates.append(facts)
      }
      if isVersion13 { reader.move(to: try reader.vectorEnd(width: 2, before: listEnd)) }
    }
  }
}

/// What a certificate says (RFC 5280 4.1).
public struct CertificateFacts: Sendable, Hashable {
  /// As RFC 4514 writes it: `CN=mail.example.org,O=Example`.
  public private(set) var subject = ""
  public private(set) var issuer = ""
  /// The last common name of the subject.
  public private(set) var commonName: String?
  /// In hexadecimal.
  public private(set) var serialNumber = ""
  /// DNS names and addresses among its alternative names (RFC 5280 4.2.1.6).
  public private(set) var names: [String] = []
  /// Seconds since 1970-01-01 UTC.
  public private(set) var notBefore: Int64?
  public private(set) var notAfter: Int64?
  public private(set) var key = Key(algorithm: "")
  /// `sha256WithRSAEncryption`
  public private(set) var signature = ""
  /// SHA-256 of the certificate as it was sent, in hexadecimal.
  public let sha256: String
  /// Subject and issuer are the same name: it answers for itself.
  public private(set) var isSelfIssued = false
  /// It may issue others.
  public private(set) var isAuthority = false

  public struct Key: Sendable, Hashable {
    /// `RSA`, `EC`, `Ed25519`
    public var algorithm: String
    public var bits: Int?
    /// `secp256r1`
    public var curve: String?
  }

  /// Nil for what is no certificate.
  init?(_ bytes: Span<UInt8>) {
    let copy = bytes.copied
    sha256 = Fingerprint.hex(SHA256.hash(data: Array(copy)))
    guard !copy.isEmpty, let element = try? Element(copy, base: 0) else { return nil }
    let outer = element.children
    guard outer.count >= 3, read(outer[0].children) else { return nil }
    signature = AlgorithmFacts(outer[1]).words
  }

  /// Reads what is signed; false where something that must be there is missing.
  private mutating func read(_ signed: [Element]) -> Bool {
    var parts = signed[...]
    if parts.first?.context == 0 { parts.removeFirst() }
    guard parts.count >= 6 else { return false }
    let first = parts.startIndex
    serialNumber = Fingerprint.hex(parts[first].contents)
    issuer = DistinguishedName.text(parts[first + 2])
    let times = parts[first + 3].children
    guard times.count >= 2 else { return false }
    (notBefore, notAfter) = (ASN1Time.seconds(times[0]), ASN1Time.seconds(times[1]))
    subject = DistinguishedName.text(parts[first + 4])
    commonName = DistinguishedName.commonName(parts[first + 4])
    isSelfIssued = parts[first + 2].encoded == parts[first + 4].encoded
    key = Self.key(parts[first + 5])
    for part in parts.dropFirst(6) where part.context == 3 {
      for item in part.children.first?.children ?? [] { read(extension: item.children) }
    }
    return true
  }

  private mutating func read(extension parts: [Element]) {
    guard parts.count >= 2, let holder = parts.last, holder.universal == 4,
      let value = try? holder.inner()
    else { return }
    switch parts[0].objectIdentifier.digits {
    case "2.5.29.17": names = value.children.compactMap(GeneralName.hostText)
    case "2.5.29.19":
      isAuthority = value.children.first.map { $0.universal == 1 && $0.isTrue } ?? false
    default: break
    }
  }

  private static func key(_ information: Element) -> Key {
    let parts = information.children
    guard parts.count >= 2, let identifier = parts[0].children.first?.objectIdentifier else {
      return Key(algorithm: "")
    }
    let parameters = parts[0].children.dropFirst().first
    switch identifier.digits {
    case "1.2.840.113549.1.1.1", "1.2.840.113549.1.1.10":
      let modulus = (try? parts[1].inner(dropping: 1))?.children.first
      return Key(algorithm: "RSA", bits: modulus.map { Self.bits(of: $0.contents) })
    case "1.2.840.10045.2.1":
      let curve = parameters?.objectIdentifier
      return Key(
        algorithm: "EC", bits: curve.flatMap { curveBits[$0.digits] }, curve: curve?.name)
    case "1.2.840.10040.4.1":
      return Key(
        algorithm: "DSA", bits: parameters?.children.first.map { Self.bits(of: $0.contents) })
    case "1.3.101.112": return Key(algorithm: "Ed25519", bits: 256)
    case "1.3.101.113": return Key(algorithm: "Ed448", bits: 456)
    default: return Key(algorithm: identifier.name)
    }
  }

  private static let curveBits = [
    "1.2.840.10045.3.1.1": 192, "1.3.132.0.33": 224, "1.2.840.10045.3.1.7": 256,
    "1.3.132.0.10": 256, "1.3.132.0.34": 384, "1.3.132.0.35": 521,
    "1.3.36.3.3.2.8.1.1.7": 256, "1.3.36.3.3.2.8.1.1.11": 384, "1.3.36.3.3.2.8.1.1.13": 512,
  ]

  /// How many bits a positive number takes.
  private static func bits(of number: ArraySlice<UInt8>) -> Int {
    let digits = number.drop { $0 == 0 }
    guard let first = digits.first else { return 0 }
    return digits.count * 8 - first.leadingZeroBitCount
  }
}

/// An algorithm that signs (RFC 5280 4.1.1.2).
struct AlgorithmFacts {
  /// `sha256WithRSAEncryption`, `RSASSA-PSS with sha256`
  let words: String

  init(_ element: Element) {
    let parts = element.children
    guard let identifier = parts.first?.objectIdentifier else {
      words = ""
      return
    }
    guard identifier.digits == "1.2.840.113549.1.1.10" else {
      words = identifier.name
      return
    }
    // Without a parameter it is SHA-1 (RFC 4055 3.1).
    let hash = parts.dropFirst().first?.children.first { $0.context == 0 }?.children.first
    words = "RSASSA-PSS with \(hash?.children.first?.objectIdentifier.name ?? "sha1")"
  }
}

extension CertificateFacts {
  /// It is signed with a hash of which collisions can be made.
  public var hasWeakSignature: Bool {
    let name = signature.lowercased()
    return ["md2", "md4", "md5", "sha1", "sha-1"].contains {
      name.hasPrefix($0 + "with") || name.hasSuffix("with " + $0) || name.hasSuffix("-with-" + $0)
        || name.hasSuffix("with" + $0)
    }
  }

  /// Its key is shorter than what counts as safe (NIST SP 800-57 part 1, 112 bits).
  public var hasWeakKey: Bool {
    guard let bits = key.bits else { return false }
    return key.algorithm == "EC"
      ? bits < 224 : ["RSA", "DSA"].contains(key.algorithm) && bits < 2048
  }

  /// Whether it is for a host (RFC 9525 6): one of its names, or its common name where it has none.
  public func isFor(_ host: String) -> Bool {
    let names = names.isEmpty ? [commonName].compactMap { $0 } : names
    return names.contains { Self.matches($0, host) }
  }

  /// `*` is one whole label, the first.
  private static func matches(_ name: String, _ host: String) -> Bool {
    let (name, host) = (plain(name), plain(host))
    if name == host { return true }
    guard name.hasPrefix("*."), let dot = host.firstIndex(of: "."), dot > host.startIndex else {
      return false
    }
    return name.dropFirst(1) == host[dot...]
  }
  private static func plain(_ name: String) -> String {
    let name = name.lowercased()
    return name.hasSuffix(".") ? String(name.dropLast()) : name
  }
}
