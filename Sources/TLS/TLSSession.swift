import Fields

/// What the messages of a connection have said so far.
struct TLSSession: Sendable {
  /// The version of the last record: the highest that may be known before the server has chosen.
  var recordVersion: UInt16?
  /// What the Server Hello chose.
  private(set) var negotiated: UInt16?
  /// What the Server Hello chose.
  private(set) var cipherSuite: UInt16?
  /// The server has agreed on a session without sending its hello's end yet.
  private(set) var isResumed = false
  /// By side: a Change Cipher Spec was seen.
  private var changedCipher: (client: Bool, server: Bool) = (false, false)
  /// By side: a message that goes on in the next record.
  private var pending = (client: HandshakeFragments(), server: HandshakeFragments())
  /// What ALPN chose, as Wireshark names the protocol.
  var applicationName: String?

  var version: UInt16? { negotiated ?? recordVersion }
  var isVersion13: Bool { negotiated.map { Self.isVersion13($0) } ?? false }

  static func isVersion13(_ version: UInt16) -> Bool {
    version == 0x0304 || (0x7f0e...0x7f1c).contains(version) || version == 0xfb17
      || version == 0xfb1a
  }

  /// The drafts of TLS 1.3 up to 21 had neither session ID nor compression method in a Server Hello.
  static func hasShortServerHello(_ version: UInt16) -> Bool { (0x7f0e...0x7f15).contains(version) }

  func isEncrypted(_ side: Side) -> Bool {
    side == .client ? changedCipher.client : changedCipher.server
  }

  mutating func changesCipher(_ side: Side) {
    // In TLS 1.3 the message means nothing (RFC 8446 D.4).
    if !isVersion13 { encrypts(side) }
  }
  /// From now on the side's handshake messages are not to be read.
  mutating func encrypts(_ side: Side) {
    if side == .client { changedCipher.client = true } else { changedCipher.server = true }
  }

  mutating func agree(version: UInt16) { negotiated = version }
  mutating func agree(version: UInt16, cipherSuite: UInt16, isRetry: Bool) {
    negotiated = version
    self.cipherSuite = cipherSuite
    isResumed = !Self.isVersion13(version) && !isRetry
  }
  mutating func finishServerHello() { isResumed = false }

  func fragments(_ side: Side) -> HandshakeFragments {
    side == .client ? pending.client : pending.server
  }
  /// The same, out of the session, so that they can grow in place.
  mutating func takeFragments(_ side: Side) -> HandshakeFragments {
    let fragments = fragments(side)
    setFragments(HandshakeFragments(), side)
    return fragments
  }
  mutating func setFragments(_ fragments: HandshakeFragments, _ side: Side) {
    if side == .client { pending.client = fragments } else { pending.server = fragments }
  }

  /// Whether a handshake record is not to be read: it comes after a Change Cipher Spec, or begins with no message.
  /// Nothing encrypted is shorter than a block.
  func looksEncrypted(
    _ bytes: Span<UInt8>, at start: Int, to end: Int, _ side: Side
  ) -> Bool {
    guard end - start >= 16, fragments(side).isEmpty else { return false }
    if isEncrypted(side) { return true }
    return TLSNames.handshakeType(UInt64(bytes[start])) == nil || bytes[start + 1] != 0
  }
}
