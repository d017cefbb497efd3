/// How a cipher suite protects records (RFC 5246 6.2.3, RFC 8446 5.2), as its name says it.
struct RecordProtection: Sendable, Hashable {
  enum Cipher: Sendable, Hashable {
    case gcm
    /// With so many bytes of tag.
    case ccm(tag: Int)
    case chaCha20
    case cbc(mac: Digest)
    /// No encryption, but authentication.
    case null(mac: Digest)
  }
  enum Digest: Sendable, Hashable {
    case sha1
    case sha256
    case sha384

    var length: Int {
      switch self {
      case .sha1: 20
      case .sha256: 32
      case .sha384: 48
      }
    }
  }
  let cipher: Cipher
  let keyLength: Int
  /// What secrets are derived with, from TLS 1.2 on.
  let digest: Digest
  /// The client chooses the secret, and sends it encrypted with the server's RSA key.
  let isSecretSentByRSA: Bool

  /// Nil for a suite that cannot be undone here: its cipher is not in the library.
  init?(cipherSuite: UInt16) {
    guard let name = TLSNames.cipherSuite(UInt64(cipherSuite)) else { return nil }
    isSecretSentByRSA = name.hasPrefix("TLS_RSA_WITH_")
    var words = name.split(separator: "_").map(String.init)
    if let with = words.firstIndex(of: "WITH") {
      words.removeFirst(with + 1)
    } else if words.first == "TLS" {
      words.removeFirst()
    }
    digest = words.last == "SHA384" ? .sha384 : .sha256
    if words.starts(with: ["CHACHA20", "POLY1305"]) {
      // The numbers of the drafts stand for another construction.
      guard cipherSuite >> 8 != 0xcc || cipherSuite & 0xff >= 0xa8 else { return nil }
      (cipher, keyLength) = (.chaCha20, 32)
      return
    }
    if words == ["NULL", "SHA"] || words == ["NULL", "SHA256"] {
      (cipher, keyLength) = (.null(mac: words[1] == "SHA" ? .sha1 : .sha256), 0)
      return
    }
    guard words.count >= 3, words[0] == "AES", let bits = Int(words[1]), bits == 128 || bits == 256
    else { return nil }
    keyLength = bits / 8
    switch (words[2], words.last) {
    case ("GCM", _): cipher = .gcm
    case ("CCM", _): cipher = .ccm(tag: words.contains("8") ? 8 : 16)
    case ("CBC", "SHA"): cipher = .cbc(mac: .sha1)
    case ("CBC", "SHA256"): cipher = .cbc(mac: .sha256)
    case ("CBC", "SHA384"): cipher = .cbc(mac: .sha384)
    default: return nil
    }
  }

  /// What is derived of a master secret for each side up to TLS 1.2: MAC key, key and fixed part of the nonce.
  func lengths(version: UInt16) -> (mac: Int, key: Int, iv: Int) {
    switch cipher {
    case .gcm, .ccm: (0, keyLength, 4)
    case .chaCha20: (0, keyLength, 12)
    case .cbc(let mac): (mac.length, keyLength, version < 0x0302 ? 16 : 0)
    case .null(let mac): (mac.length, 0, 0)
    }
  }
}
