import Crypto

/// The functions that TLS derives secrets with.
enum KeyDerivation {
  /// The PRF of TLS up to 1.2 (RFC 5246 5, RFC 2246 5).
  static func expand(
    _ secret: [UInt8], label: String, seed: [UInt8], count: Int, version: UInt16,
    _ digest: RecordProtection.Digest
  ) -> [UInt8] {
    let seed = Array(label.utf8) + seed
    if version >= 0x0303 {
      return digest == .sha384
        ? expand(SHA384.self, secret, seed, count) : expand(SHA256.self, secret, seed, count)
    }
    let half = (secret.count + 1) / 2
    let left = expand(Insecure.MD5.self, Array(secret.prefix(half)), seed, count)
    let right = expand(Insecure.SHA1.self, Array(secret.suffix(half)), seed, count)
    return zip(left, right).map { $0 ^ $1 }
  }

  private static func expand<Hash: HashFunction>(
    _ hash: Hash.Type, _ secret: [UInt8], _ seed: [UInt8], _ count: Int
  ) -> [UInt8] {
    let key = SymmetricKey(data: secret)
    var (link, output) = (seed, [UInt8]())
    while output.count < count {
      link = Array(HMAC<Hash>.authenticationCode(for: link, using: key))
      output += HMAC<Hash>.authenticationCode(for: link + seed, using: key)
    }
    return Array(output.prefix(count))
  }

  /// HKDF-Expand-Label of TLS 1.3 (RFC 8446 7.1), with an empty context.
  static func expand(
    _ secret: [UInt8], label: String, count: Int, _ digest: RecordProtection.Digest
  ) -> [UInt8] {
    let label = Array("tls13 \(label)".utf8)
    let information =
      [UInt8(truncatingIfNeeded: count >> 8), UInt8(truncatingIfNeeded: count)]
      + [UInt8(truncatingIfNeeded: label.count)] + label + [0]
    return digest == .sha384
      ? expandKey(SHA384.self, secret, information, count)
      : expandKey(SHA256.self, secret, information, count)
  }

  /// HKDF-Expand (RFC 5869 2.3).
  private static func expandKey<Hash: HashFunction>(
    _ hash: Hash.Type, _ secret: [UInt8], _ information: [UInt8], _ count: Int
  ) -> [UInt8] {
    let key = SymmetricKey(data: secret)
    var (link, output) = ([UInt8](), [UInt8]())
    var index: UInt8 = 1
    while output.count < count, index < .max {
      link = Array(HMAC<Hash>.authenticationCode(for: link + information + [index], using: key))
      output += link
      index += 1
    }
    return Array(output.prefix(count))
  }

  /// The hash of all handshake messages so far, as the extended master secret rests on it (RFC 7627 3).
  static func hash(
    ofMessages messages: [UInt8], version: UInt16, _ digest: RecordProtection.Digest
  ) -> [UInt8] {
    if version < 0x0303 {
      return Array(Insecure.MD5.hash(data: messages)) + Insecure.SHA1.hash(data: messages)
    }
    return digest == .sha384
      ? Array(SHA384.hash(data: messages)) : Array(SHA256.hash(data: messages))
  }
}
