import Fields

/// A Client Hello in the record of SSL 2.0 (RFC 5246 E.2).
enum SSL2Hello {
  /// Three bytes of head in this form: two of length with the top bit set, and the type of the message.
  static func recognises(_ bytes: Span<UInt8>) -> Bool {
    guard bytes.count >= 5, bytes[0] & 0x80 != 0, bytes[2] == 1 else { return false }
    let version = bytes.uint16(at: 3)
    return version == 0x0002 || (0x0300...0x0303).contains(version)
  }
  static func length(of bytes: Span<UInt8>) -> Int { Int(bytes.uint16(at: 0) & 0x7fff) + 2 }

  static func describe(
    _ bytes: Span<UInt8>, to end: Int, into tree: inout FieldBuffer
  ) throws(Malformed) {
    let fields = HandshakeFields.fields
    let top = tree.opened(TLSFields.fields.record, count: end)
    tree.relabel(top, "SSLv2 Record Layer: Client Hello")
    tree.columns.addInfo("Client Hello")
    defer { tree.close(top) }
    tree.add(TLSFields.fields.version, 0x0002, .generated)
    tree.add(fields.ssl2Length, end - 2, at: 0, count: 2)
    tree.relabel(tree.last, "Length: \(end - 2)")
    var reader = TLSReader(bytes, at: 2)
    try reader.number(fields.ssl2Type, into: &tree)
    try reader.number(fields.version, into: &tree)
    let specs = try reader.number(fields.cipherSpecLength, into: &tree)
    let identifier = try reader.number(fields.ssl2SessionIDLength, into: &tree)
    let challenge = try reader.number(fields.challengeLength, into: &tree)
    let list = tree.addText(at: reader.position, count: specs) {
      $0.write("Cipher Specs (\(specs / 3) spec\(specs / 3 == 1 ? "" : "s"))")
    }
    tree.open(list)
    let stop = min(reader.position + specs, end)
    while reader.position + 3 <= stop { try reader.number(fields.cipherSpec, into: &tree) }
    tree.close(list)
    if identifier > 0 { try reader.content(fields.sessionID, identifier, into: &tree) }
    tree.add(fields.challenge, .none, at: reader.position, count: challenge)
  }
}
