import Crypto
import CryptoExtras
import Fields
import Mail

/// The keys of signers that are known: those that were given, and those that the capture's DNS answers hold.
public struct DKIMKeys: Sendable {
  enum Search {
    case found(DKIMKey)
    /// DNS has an empty key for it.
    case revoked
    case absent(String)
  }

  /// By the name that DNS has them under: `selector._domainkey.example.org`.
  private var keys: [String: DKIMKey] = [:]
  /// For signatures of which no other key is known.
  private var fallback: DKIMKey?
  /// Keys that are kept, since every DNS answer may bring one.
  private static let limit = 10_000

  public init() {}

  var isEmpty: Bool { keys.isEmpty && fallback == nil }

  /// Takes a file's text: a public key in PEM, which is for every signature, or lines as a zone file has them,
  /// `selector._domainkey.example.org. IN TXT "v=DKIM1; p=…"`, or the record alone. False where it is none of them.
  public mutating func add(_ text: String) -> Bool {
    if let key = DKIMKey(pem: text) {
      fallback = key
      return true
    }
    var hasAny = false
    for line in text.split(whereSeparator: \.isNewline) {
      guard !line.hasPrefix(";"), !line.hasPrefix("#"),
        let key = DKIMKey(Self.record(in: line).utf8)
      else { continue }
      let owner = line.prefix { !$0.isWhitespace }
      if owner.contains("._domainkey.") {
        add(key, as: owner.hasSuffix(".") ? String(owner.dropLast()) : String(owner))
      } else {
        fallback = key
      }
      hasAny = true
    }
    return hasAny
  }

  /// The text of a line of a zone file: a long one is several strings in quotes.
  private static func record(in line: Substring) -> String {
    let parts = line.split(separator: "\"", omittingEmptySubsequences: false)
    guard parts.count > 2 else {
      let start = ["v=DKIM1", "k=", "p="].lazy.compactMap { line.firstRange(of: $0)?.lowerBound }
        .first
      return String(line[(start ?? line.startIndex)...])
    }
    return stride(from: 1, to: parts.count, by: 2).map { parts[$0] }.joined()
  }

  mutating func add(_ key: DKIMKey, as name: String) {
    let name = name.lowercased()
    guard keys.count < Self.limit || keys[name] != nil else { return }
    keys[name] = key
  }

  static func name(of signature: DKIMSignature) -> String {
    "\(signature.selector)._domainkey.\(signature.domain)".lowercased()
  }

  func key(of signature: DKIMSignature) -> Search {
    guard let key = keys[Self.name(of: signature)] ?? fallback else {
      return .absent("no key of \(Self.name(of: signature)) is known")
    }
    if key.bytes.isEmpty { return .revoked }
    let isEd25519 = signature.algorithm.hasPrefix("ed25519")
    if isEd25519 != (key.algorithm == "ed25519") {
      return .absent("the key is of another algorithm")
    }
    return .found(key)
  }
}

extension DKIMKey {
  /// Whether the owner of the key made the signature over what has this hash.
  func hasSigned(_ hash: DKIMCheck.HeaderHash, _ value: [UInt8]) -> Bool {
    if algorithm == "ed25519" {
      // The hash is what is signed (RFC 8463 section 3).
      guard case .sha256(let digest) = hash,
        let own = try? Curve25519.Signing.PublicKey(rawRepresentation: bytes)
      else { return false }
      return own.isValidSignature(value, for: Array(digest))
    }
    guard let own = try? _RSA.Signing.PublicKey(unsafeDERRepresentation: bytes) else {
      return false
    }
    let signature = _RSA.Signing.RSASignature(rawRepresentation: value)
    switch hash {
    case .sha256(let digest):
      return own.isValidSignature(signature, for: digest, padding: .insecurePKCS1v1_5)
    case .sha1(let digest):
      return own.isValidSignature(signature, for: digest, padding: .insecurePKCS1v1_5)
    }
  }
}
