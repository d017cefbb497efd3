import Crypto
import CryptoExtras

/// Opens the records that one side protects with one key.
struct RecordCipher: Sendable {
  /// What the authentication of a record covers beside its content.
  struct Head: Sendable {
    var type: UInt8
    var version: UInt16
  }
  private let protection: RecordProtection
  /// What was agreed on.
  private let version: UInt16
  private let key: SymmetricKey
  /// The fixed part of nonces, or of TLS 1.0 the first initialization vector.
  private let iv: [UInt8]
  private let macKey: SymmetricKey
  private let encryptsThenMACs: Bool
  /// TLS 1.0: the last block of the record before is the initialization vector; nil where that is missing.
  private var lastBlock: [UInt8]?

  private static let blockLength = 16
  private static let explicitNonceLength = 8

  /// Up to TLS 1.2: from one side's share of the key block.
  init(
    _ protection: RecordProtection, version: UInt16, macKey: [UInt8], key: [UInt8], iv: [UInt8],
    encryptsThenMACs: Bool
  ) {
    (self.protection, self.version, self.iv) = (protection, version, iv)
    self.key = SymmetricKey(data: key)
    self.macKey = SymmetricKey(data: macKey)
    self.encryptsThenMACs = encryptsThenMACs
    lastBlock = iv
  }

  /// TLS 1.3: from a traffic secret (RFC 8446 7.3).
  init(_ protection: RecordProtection, trafficSecret: [UInt8]) {
    self.init(
      protection, version: 0x0304, macKey: [],
      key: KeyDerivation.expand(
        trafficSecret, label: "key", count: protection.keyLength, protection.digest),
      iv: KeyDerivation.expand(trafficSecret, label: "iv", count: 12, protection.digest),
      encryptsThenMACs: false)
  }

  private var is13: Bool { version == 0x0304 }

  /// How much longer a record is than what it holds, where that does not depend on its content; its type aside.
  var overhead: Int {
    switch protection.cipher {
    case .gcm: is13 ? 17 : 24
    case .ccm(let tag): is13 ? tag + 1 : tag + Self.explicitNonceLength
    case .chaCha20: is13 ? 17 : 16
    case .cbc(let mac): (version < 0x0302 ? 0 : Self.blockLength) + mac.length + 1
    case .null(let mac): mac.length
    }
  }

  /// A record was not captured: what rests on its last block cannot be read.
  mutating func skip(lastBytes: ArraySlice<UInt8>?) {
    lastBlock = lastBytes.flatMap {
      $0.count >= Self.blockLength ? Array($0.suffix(Self.blockLength)) : nil
    }
  }

  /// Adds the content of a record to `output`; false, and nothing is added, where it is not authentic under `sequence`.
  mutating func open(
    _ head: Head, _ bytes: ArraySlice<UInt8>, sequence: UInt64, into output: inout [UInt8]
  ) -> Bool {
    switch protection.cipher {
    case .gcm: openGCM(sealed(head, bytes, sequence, tagLength: Self.tagLength), &output)
    case .ccm(let length): openCCM(sealed(head, bytes, sequence, tagLength: length), &output)
    case .chaCha20:
      openChaCha20(sealed(head, bytes, sequence, tagLength: Self.tagLength), &output)
    case .cbc(let mac): openCBC(head, bytes, sequence, mac, &output)
    case .null(let mac): openNull(head, bytes, sequence, mac, &output)
    }
  }

  // MARK: Authenticated encryption

  /// Bytes of the tags of GCM and ChaCha20-Poly1305.
  private static let tagLength = 16

  /// The nonce of a record, and where its encrypted content begins.
  private func nonce(_ bytes: ArraySlice<UInt8>, _ sequence: UInt64) -> (
    nonce: [UInt8], start: Int
  )? {
    if is13 || protection.cipher == .chaCha20 {
      var nonce = iv
      for index in 0..<8 where nonce.count == 12 {
        nonce[4 + index] ^= UInt8(truncatingIfNeeded: sequence >> UInt64(56 - 8 * index))
      }
      return (nonce, bytes.startIndex)
    }
    guard bytes.count >= Self.explicitNonceLength else { return nil }
    return (
      iv + bytes.prefix(Self.explicitNonceLength), bytes.startIndex + Self.explicitNonceLength
    )
  }

  /// What is authenticated beside the content, which has `count` bytes; `length` is that of the record.
  private func authenticated(
    _ head: Head, _ sequence: UInt64, count: Int, length: Int
  ) -> [UInt8] {
    var data: [UInt8] = []
    data.reserveCapacity(13)
    if !is13 {
      for shift in stride(from: 56, through: 0, by: -8) {
        data.append(UInt8(truncatingIfNeeded: sequence >> UInt64(shift)))
      }
    }
    let count = is13 ? length : count
    data.append(head.type)
    data.append(UInt8(truncatingIfNeeded: head.version >> 8))
    data.append(UInt8(truncatingIfNeeded: head.version))
    data.append(UInt8(truncatingIfNeeded: count >> 8))
    data.append(UInt8(truncatingIfNeeded: count))
    return data
  }

  /// A record cut into what its cipher is given.
  private struct Sealed {
    let nonce: [UInt8]
    let content: ArraySlice<UInt8>
    let tag: ArraySlice<UInt8>
    /// What is authenticated beside the content.
    let data: [UInt8]
  }

  /// Nil where the record is too short for its nonce and its tag.
  private func sealed(
    _ head: Head, _ bytes: ArraySlice<UInt8>, _ sequence: UInt64, tagLength: Int
  ) -> Sealed? {
    guard let (nonce, start) = nonce(bytes, sequence), bytes.endIndex - start >= tagLength else {
      return nil
    }
    let end = bytes.endIndex - tagLength
    return Sealed(
      nonce: nonce, content: bytes[start..<end], tag: bytes[end...],
      data: authenticated(head, sequence, count: end - start, length: bytes.count))
  }

  private func openGCM(_ sealed: Sealed?, _ output: inout [UInt8]) -> Bool {
    guard let sealed, let nonce = try? AES.GCM.Nonce(data: sealed.nonce),
      let box = try? AES.GCM.SealedBox(
        nonce: nonce, ciphertext: sealed.content, tag: sealed.tag),
      let content = try? AES.GCM.open(box, using: key, authenticating: sealed.data)
    else { return false }
    output.append(contentsOf: content)
    return true
  }

  private func openChaCha20(_ sealed: Sealed?, _ output: inout [UInt8]) -> Bool {
    guard let sealed, let nonce = try? ChaChaPoly.Nonce(data: sealed.nonce),
      let box = try? ChaChaPoly.SealedBox(
        nonce: nonce, ciphertext: sealed.content, tag: sealed.tag),
      let content = try? ChaChaPoly.open(box, using: key, authenticating: sealed.data)
    else { return false }
    output.append(contentsOf: content)
    return true
  }

  /// CCM (RFC 3610), of the counter mode and the last block of CBC: the length of the content has three bytes.
  private func openCCM(_ sealed: Sealed?, _ output: inout [UInt8]) -> Bool {
    guard let sealed else { return false }
    let (nonce, data) = (sealed.nonce, sealed.data)
    let (count, tagLength) = (sealed.content.count, sealed.tag.count)
    // The first block of the counter's stream hides the tag.
    let padding = [UInt8](repeating: 0, count: Self.blockLength - tagLength)
    guard let counter = try? AES._CTR.Nonce(nonceBytes: [2] + nonce + [0, 0, 0]),
      let clear = try? AES._CTR.decrypt(
        sealed.tag + padding + sealed.content, using: key, nonce: counter),
      let zero = try? AES._CBC.IV(ivBytes: [UInt8](repeating: 0, count: Self.blockLength))
    else { return false }
    var blocks: [UInt8] = []
    blocks.reserveCapacity(clear.count + 3 * Self.blockLength)
    blocks.append(0x40 | UInt8(truncatingIfNeeded: (tagLength - 2) / 2) << 3 | 2)
    blocks += nonce
    blocks += [count >> 16, count >> 8, count].map { UInt8(truncatingIfNeeded: $0) }
    blocks += [0, UInt8(truncatingIfNeeded: data.count)] + data
    Self.fillBlock(&blocks)
    let contentStart = blocks.count
    blocks.append(contentsOf: clear)
    blocks.removeSubrange(contentStart..<contentStart + Self.blockLength)
    Self.fillBlock(&blocks)
    guard let chained = try? AES._CBC.encrypt(blocks, using: key, iv: zero, noPadding: true),
      Self.isEqual(
        Array(chained).suffix(Self.blockLength).prefix(tagLength), clear.prefix(tagLength))
    else { return false }
    output.append(contentsOf: blocks[contentStart..<contentStart + count])
    return true
  }

  private static func fillBlock(_ blocks: inout [UInt8]) {
    while !blocks.count.isMultiple(of: blockLength) { blocks.append(0) }
  }

  private static func isEqual(_ left: some Sequence<UInt8>, _ right: some Sequence<UInt8>) -> Bool {
    left.elementsEqual(right)
  }

  // MARK: Block ciphers

  private mutating func openCBC(
    _ head: Head, _ bytes: ArraySlice<UInt8>, _ sequence: UInt64, _ mac: RecordProtection.Digest,
    _ output: inout [UInt8]
  ) -> Bool {
    var encrypted = bytes
    if encryptsThenMACs {
      guard bytes.count >= mac.length else { return false }
      encrypted = bytes.dropLast(mac.length)
      let data =
        authenticated(head, sequence, count: encrypted.count, length: bytes.count) + encrypted
      guard Self.isEqual(code(of: data, mac), bytes.suffix(mac.length)) else { return false }
    }
    var vector = lastBlock
    if version >= 0x0302 {
      guard encrypted.count >= Self.blockLength else { return false }
      vector = Array(encrypted.prefix(Self.blockLength))
      encrypted = encrypted.dropFirst(Self.blockLength)
    }
    guard let vector, let iv = try? AES._CBC.IV(ivBytes: vector),
      let clear = try? AES._CBC.decrypt(encrypted, using: key, iv: iv, noPadding: true),
      case let content = Array(clear), let last = content.last
    else { return false }
    let trailer = Int(last) + 1 + (encryptsThenMACs ? 0 : mac.length)
    guard content.count >= trailer,
      content.suffix(Int(last) + 1).allSatisfy({ $0 == last })
    else { return false }
    let end = content.count - trailer
    if !encryptsThenMACs {
      let data = authenticated(head, sequence, count: end, length: 0) + content[..<end]
      guard Self.isEqual(code(of: data, mac), content[end..<end + mac.length]) else { return false }
    }
    lastBlock = Array(encrypted.suffix(Self.blockLength))
    output.append(contentsOf: content[..<end])
    return true
  }

  private func openNull(
    _ head: Head, _ bytes: ArraySlice<UInt8>, _ sequence: UInt64, _ mac: RecordProtection.Digest,
    _ output: inout [UInt8]
  ) -> Bool {
    guard bytes.count >= mac.length else { return false }
    let content = bytes.dropLast(mac.length)
    let data = authenticated(head, sequence, count: content.count, length: 0) + content
    guard Self.isEqual(code(of: data, mac), bytes.suffix(mac.length)) else { return false }
    output.append(contentsOf: content)
    return true
  }

  private func code(of data: [UInt8], _ mac: RecordProtection.Digest) -> [UInt8] {
    switch mac {
    case .sha1: Array(HMAC<Insecure.SHA1>.authenticationCode(for: data, using: macKey))
    case .sha256: Array(HMAC<SHA256>.authenticationCode(for: data, using: macKey))
    case .sha384: Array(HMAC<SHA384>.authenticationCode(for: data, using: macKey))
    }
  }
}
