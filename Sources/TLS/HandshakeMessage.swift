import Fields

/// A handshake message (RFC 8446 4, RFC 5246 7.4), viewed in place.
struct HandshakeMessage: ~Escapable {
  let bytes: Span<UInt8>
  let start: Int
  /// After the message.
  let end: Int
  let type: UInt8

  /// The message at `start`; nil where it is not whole before `limit`.
  @_lifetime(copy bytes)
  init?(_ bytes: Span<UInt8>, at start: Int, to limit: Int) {
    guard limit - start >= 4 else { return nil }
    let length = Int(bytes[start + 1]) << 16 | Int(bytes.uint16(at: start + 2))
    guard length <= limit - start - 4 else { return nil }
    self.bytes = bytes
    self.start = start
    self.type = bytes[start]
    self.end = start + 4 + length
  }

  var isKnown: Bool { TLSNames.handshakeType(UInt64(type)) != nil }
  private var isRetryRequest: Bool {
    type == 2 && ServerHello.isRetryRequest(bytes, at: start + 4, to: end)
  }
  var name: String { isRetryRequest ? "Hello Retry Request" : Self.name(ofType: type) }
  static func name(ofType type: UInt8) -> String {
    TLSNames.handshakeType(UInt64(type)) ?? "Encrypted Handshake Message"
  }

  func describe(
    _ session: inout TLSSession, _ side: Side, into tree: inout FieldBuffer
  ) throws(Malformed) {
    let fields = HandshakeFields.fields
    if type == 2 { ServerHello.agree(bytes, at: start + 4, to: end, &session) }
    let top = tree.opened(fields.handshake, at: start, count: end - start)
    tree.relabel(top, "Handshake Protocol: \(name)")
    var reader = TLSReader(bytes, at: start)
    do throws(Malformed) {
      try reader.number(fields.type, into: &tree)
      try reader.number(fields.length, into: &tree)
      try describeBody(&reader, &session, side, into: &tree)
    } catch {
      tree.close(top)
      if error == .missing { throw error }
    }
    tree.close(top)
    // Wireshark shows it beside the message.
    if type == 24, reader.position < end { try reader.number(fields.keyUpdate, into: &tree) }
  }

  private func describeBody(
    _ reader: inout TLSReader, _ session: inout TLSSession, _ side: Side,
    into tree: inout FieldBuffer
  ) throws(Malformed) {
    let fields = HandshakeFields.fields
    switch type {
    case 1: try ClientHello.describe(&reader, to: end, &session, into: &tree)
    case 2: try ServerHello.describe(&reader, to: end, &session, into: &tree)
    case 4: try SessionTicket.describe(&reader, to: end, session, into: &tree)
    case 6: try ServerHello.describeRetryRequest(&reader, to: end, session, into: &tree)
    case 67: try NextProtocol.describe(&reader, into: &tree)
    case 8:
      let extensions = HelloExtensions(.encryptedExtensions, session)
      try extensions.describe(&reader, to: end, into: &tree)
    case 11: try CertificateMessage.describe(&reader, to: end, session, into: &tree)
    case 12: try KeyExchange(session).describeServer(&reader, to: end, session, into: &tree)
    case 13: try CertificateRequest.describe(&reader, to: end, session, into: &tree)
    case 14: session.finishServerHello()
    case 15: try Signature.describeVerify(&reader, to: end, session, into: &tree)
    case 16: try KeyExchange(session).describeClient(&reader, to: end, session, into: &tree)
    case 20:
      if session.version == 0x0300 {
        tree.add(fields.md5Hash, .none, at: reader.position, count: 16)
        tree.add(fields.sha1Hash, .none, at: reader.position + 16, count: 20)
      } else {
        tree.add(fields.verifyData, .none, at: reader.position, count: end - reader.position)
      }
    case 21: try CertificateURLs.describe(&reader, to: end, into: &tree)
    case 22: try CertificateStatus.describe(&reader, to: end, into: &tree)
    case 25: try CompressedCertificate.describe(&reader, to: end, into: &tree)
    default: break
    }
  }
}
