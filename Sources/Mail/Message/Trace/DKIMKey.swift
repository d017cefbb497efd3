/// The public key of a signer as DNS has it (RFC 6376 section 3.6.1): `v=DKIM1; k=rsa; p=…`.
public struct DKIMKey: Sendable, Hashable {
  /// `rsa`, `ed25519`
  public let algorithm: String
  /// An ASN.1 SubjectPublicKeyInfo or RSAPublicKey of RSA, the 32 bytes of Ed25519; empty: the key was revoked.
  public let bytes: [UInt8]
  /// The hash algorithms that it is for; nil: all.
  public let hashes: [String]?
  /// The signer only tries it out.
  public let isTest: Bool

  /// Nil where it is no record of a key, or its base64 is damaged.
  public init?(_ record: some Collection<UInt8>) {
    let tags = TagList(record)
    if let version = tags.compact("v"), version != "DKIM1" { return nil }
    guard let text = tags.compact("p"), let bytes = Base64.decode(text.utf8) else { return nil }
    self.bytes = bytes
    algorithm = tags.compact("k")?.lowercased() ?? "rsa"
    hashes = tags.compact("h").map {
      $0.lowercased().split(atByte: UInt8(ascii: ":")).map(String.init)
    }
    isTest = tags.compact("t")?.split(atByte: UInt8(ascii: ":")).contains("y") ?? false
  }

  /// A public key in PEM (RFC 7468 section 13): of RSA, or of Ed25519 (RFC 8410). Nil where the text has none.
  public init?(pem text: String) {
    let lines = text.split(whereSeparator: \.isNewline)
    guard
      let start = lines.firstIndex(where: {
        $0.hasPrefix("-----BEGIN ") && $0.contains("PUBLIC KEY")
      }),
      let end = lines[start...].firstIndex(where: { $0.hasPrefix("-----END ") }),
      let bytes = Base64.decode(lines[(start + 1)..<end].joined().utf8)
    else { return nil }
    let isEd25519 =
      bytes.starts(with: Self.ed25519Prefix) && bytes.count == Self.ed25519Prefix.count + 32
    self.bytes = isEd25519 ? Array(bytes.dropFirst(Self.ed25519Prefix.count)) : bytes
    (algorithm, hashes, isTest) = (isEd25519 ? "ed25519" : "rsa", nil, false)
  }

  /// What comes before the key in its SubjectPublicKeyInfo.
  private static let ed25519Prefix: [UInt8] = [
    0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
  ]
}
