import Fields

/// A record of SSL 2.0, which also a Client Hello for later versions may come in (RFC 5246 E.2).
enum SSL2Record {
  /// Whether a Client Hello begins there: two bytes of length with the top bit set, the type, a version.
  static func isClientHello(_ bytes: Span<UInt8>) -> Bool {
    guard bytes.count >= 5, bytes[0] & 0x80 != 0, bytes[2] == 1 else { return false }
    let version = bytes.uint16(at: 3)
    return version == 0x0002 || (0x0300...0x0303).contains(version)
  }
  /// Whether the Server Hello of one that speaks SSL 2.0 begins there.
  static func isServerHello(_ bytes: Span<UInt8>) -> Bool {
    bytes.count >= 7 && bytes[0] & 0x80 != 0 && bytes[2] == 4 && bytes.uint16(at: 5) == 0x0002
  }

  /// Bytes of the head: three where it tells of padding.
  private static func headLength(_ bytes: Span<UInt8>, at start: Int) -> Int {
    bytes[start] & 0x80 != 0 ? 2 : 3
  }
  /// Bytes of the whole record at `start`, of which there are two at least.
  static func length(_ bytes: Span<UInt8>, at start: Int) -> Int {
    let length = bytes.uint16(at: start)
    return bytes[start] & 0x80 != 0 ? Int(length & 0x7fff) + 2 : Int(length & 0x3fff) + 3
  }

  /// Describes the record from `start` to `end`; `isClear` where keys are not agreed on yet. Gives the message's type
  /// where it is described.
  static func describe(
    _ bytes: Span<UInt8>, from start: Int, to end: Int, isClear: Bool, into tree: inout FieldBuffer
  ) throws(Malformed) -> UInt8? {
    let fields = HandshakeFields.fields
    let top = tree.opened(TLSFields.fields.record, at: start, count: end - start)
    defer { tree.close(top) }
    tree.add(TLSFields.fields.version, 0x0002, .generated)
    let head = headLength(bytes, at: start)
    let type = start + head < end ? bytes[start + head] : 0
    guard isClear, [1, 2, 4].contains(type), let name = TLSNames.ssl2MessageType(UInt64(type))
    else {
      tree.relabel(top, "SSLv2 Record Layer: Encrypted Data")
      tree.columns.addInfo("Encrypted Data")
      return nil
    }
    tree.relabel(top, "SSLv2 Record Layer: \(name)")
    tree.columns.addInfo(name)
    tree.add(fields.ssl2Length, end - start - head, at: start, count: 2)
    var reader = TLSReader(bytes, at: start + head)
    try reader.number(fields.ssl2Type, into: &tree)
    switch type {
    case 1: try describeClientHello(&reader, to: end, into: &tree)
    case 2: try describeMasterKey(&reader, into: &tree)
    default: try describeServerHello(&reader, to: end, into: &tree)
    }
    return type
  }

  private static func describeClientHello(
    _ reader: inout TLSReader, to end: Int, into tree: inout FieldBuffer
  ) throws(Malformed) {
    let fields = HandshakeFields.fields
    try reader.number(fields.version, into: &tree)
    let specs = try reader.number(fields.cipherSpecLength, into: &tree)
    let identifier = try reader.number(fields.ssl2SessionIDLength, into: &tree)
    let challenge = try reader.number(fields.challengeLength, into: &tree)
    try describeSpecs(specs, &reader, to: end, into: &tree)
    if identifier > 0 { try reader.content(fields.sessionID, identifier, into: &tree) }
    tree.add(fields.challenge, .none, at: reader.position, count: challenge)
  }

  private static func describeServerHello(
    _ reader: inout TLSReader, to end: Int, into tree: inout FieldBuffer
  ) throws(Malformed) {
    let fields = HandshakeFields.fields
    try reader.number(fields.sessionIDHit, into: &tree)
    try reader.number(fields.ssl2CertificateType, into: &tree)
    try reader.number(fields.version, into: &tree)
    let certificate = try reader.number(fields.ssl2CertificateLength, into: &tree)
    let specs = try reader.number(fields.cipherSpecLength, into: &tree)
    let connection = try reader.number(fields.connectionIDLength, into: &tree)
    if certificate > 0 {
      let start = reader.position
      let item = try reader.content(fields.certificate, certificate, into: &tree)
      tree.open(item)
      defer { tree.close(item) }
      try CertificateDescription.describe(
        reader.bytes.extracting(start..<start + certificate), at: start, below: item, into: &tree)
    }
    try describeSpecs(specs, &reader, to: end, into: &tree)
    tree.add(fields.connectionID, .none, at: reader.position, count: connection)
  }

  private static func describeMasterKey(
    _ reader: inout TLSReader, into tree: inout FieldBuffer
  ) throws(Malformed) {
    let fields = HandshakeFields.fields
    try reader.number(fields.cipherSpec, into: &tree)
    let clear = try reader.number(fields.clearKeyLength, into: &tree)
    let encrypted = try reader.number(fields.encryptedKeyLength, into: &tree)
    let argument = try reader.number(fields.keyArgumentLength, into: &tree)
    for (field, count) in [
      (fields.clearKey, clear), (fields.encryptedKey, encrypted), (fields.keyArgument, argument),
    ] where count > 0 {
      tree.add(field, .none, at: reader.position, count: count)
      reader.move(to: reader.position + count)
    }
  }

  private static func describeSpecs(
    _ count: Int, _ reader: inout TLSReader, to end: Int, into tree: inout FieldBuffer
  ) throws(Malformed) {
    let fields = HandshakeFields.fields
    let list = tree.opened(fields.cipherSuites, at: reader.position, count: count)
    tree.relabel(list, "Cipher Specs (\(count / 3) spec\(count / 3 == 1 ? "" : "s"))")
    let stop = min(reader.position + count, end)
    while reader.position + 3 <= stop { try reader.number(fields.cipherSpec, into: &tree) }
    tree.close(list)
  }
}
