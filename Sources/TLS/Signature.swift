import Fields

/// Signatures and the algorithms they are made with (RFC 8446 4.2.3 and 4.4.3, RFC 5246 4.7 and 7.4.1.4.1).
enum Signature {
  static func describeAlgorithms(
    _ reader: inout TLSReader, to end: Int, into tree: inout FieldBuffer
  ) throws(Malformed) {
    let fields = ExtensionFields.fields
    let listEnd = try reader.vector(fields.signaturesLength, 2...0xfffe, before: end, into: &tree)
    let count = (listEnd - reader.position) / 2
    let list = tree.opened(
      fields.signatures, at: reader.position, count: listEnd - reader.position)
    tree.relabel(
      list, "Signature Hash Algorithms (\(count) algorithm\(count == 1 ? "" : "s"))")
    while reader.position + 2 <= listEnd { try describeAlgorithm(&reader, into: &tree) }
    reader.finish(listEnd, into: &tree)
    tree.close(list)
  }

  static func describeAlgorithm(
    _ reader: inout TLSReader, into tree: inout FieldBuffer
  ) throws(Malformed) {
    let fields = ExtensionFields.fields
    let start = reader.position
    let scheme = try reader.number(fields.signature, into: &tree)
    let item = tree.last
    let (hash, kind) = (UInt64(scheme >> 8), UInt64(scheme & 0xff))
    if TLSNames.signatureScheme(UInt64(scheme)) == nil {
      let words = "\(TLSNames.hash(hash) ?? "Unknown") \(TLSNames.signature(kind) ?? "Unknown")"
      tree.relabel(item) {
        $0.write("Signature Algorithm: \(words) (0x")
        $0.write(hex: UInt64(scheme), digits: 4)
        $0.write(")")
      }
    }
    tree.open(item)
    tree.add(fields.signatureHash, hash, at: start, count: 1)
    tree.add(fields.signatureKind, kind, at: start + 1, count: 1)
    tree.close(item)
  }

  /// What a Server Key Exchange ends with.
  static func describe(
    _ reader: inout TLSReader, to end: Int, _ session: TLSSession, into tree: inout FieldBuffer
  ) throws(Malformed) {
    let fields = HandshakeFields.fields
    if session.version == 0x0303 { try describeAlgorithm(&reader, into: &tree) }
    let stop = try reader.vector(fields.signatureLength, 0...0xffff, before: end, into: &tree)
    try reader.content(fields.signature, stop - reader.position, into: &tree)
  }

  /// Certificate Verify.
  static func describeVerify(
    _ reader: inout TLSReader, to end: Int, _ session: TLSSession, into tree: inout FieldBuffer
  ) throws(Malformed) {
    let fields = HandshakeFields.fields
    if session.version == 0x0303 || session.isVersion13 {
      try describeAlgorithm(&reader, into: &tree)
    }
    let stop = try reader.vector(
      fields.verifySignatureLength, 0...0xffff, before: end, into: &tree)
    try reader.content(fields.verifySignature, stop - reader.position, into: &tree)
  }
}
