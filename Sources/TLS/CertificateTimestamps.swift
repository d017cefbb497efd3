import Fields

/// Signed certificate timestamps (RFC 6962 3.3), in an extension of TLS or of a certificate.
enum CertificateTimestamps {
  static func describe(
    _ reader: inout TLSReader, to end: Int, into tree: inout FieldBuffer
  ) throws(Malformed) {
    let fields = ExtensionFields.fields
    let listEnd = try reader.vector(fields.timestampsLength, 1...0xffff, before: end, into: &tree)
    while reader.position < listEnd {
      let start = reader.position
      let item = tree.addText("Signed Certificate Timestamp", at: start, count: 2)
      tree.open(item)
      defer { tree.close(item) }
      let stop = try reader.vector(
        fields.timestampLength, 1...0xffff, before: listEnd, into: &tree)
      tree.setLength(stop - start, of: item)
      try describeOne(&reader, to: stop, item, into: &tree)
      reader.finish(stop, into: &tree)
    }
  }

  /// The list that an OCTET STRING holds.
  static func describe(
    in list: Element, into tree: inout FieldBuffer
  ) throws(Malformed) {
    let base = tree.base
    tree.base = base + list.contentsStart
    defer { tree.base = base }
    let contents = list.contents
    var reader = TLSReader(contents.span)
    do throws(Malformed) {
      try describe(&reader, to: contents.count, into: &tree)
    } catch {
      if error == .missing { throw error }
    }
  }

  private static func describeOne(
    _ reader: inout TLSReader, to end: Int, _ item: FieldIndex, into tree: inout FieldBuffer
  ) throws(Malformed) {
    let fields = ExtensionFields.fields
    guard try reader.number(fields.timestampVersion, into: &tree) == 0 else {
      reader.move(to: end)
      return
    }
    let start = reader.position
    try reader.content(fields.logID, 32, into: &tree)
    var identifier = TextBuffer()
    identifier.write(
      hex: reader.bytes.extracting(start..<start + 32).copied, colons: false, limit: 32)
    tree.note(item, " (\(TransparencyLogs.names[identifier.string] ?? "Unknown Log"))")
    let milliseconds = try reader.integer(width: 8)
    tree.add(
      fields.timestamp,
      .time(
        TimeValue(
          seconds: Int64(milliseconds / 1000),
          nanoseconds: Int32(milliseconds % 1000) * 1_000_000)),
      at: reader.position - 8, count: 8)
    let stop = try reader.vector(
      fields.timestampExtensionsLength, 0...0xffff, before: end, into: &tree)
    if stop > reader.position {
      tree.add(
        fields.timestampExtensions, .none, at: reader.position, count: stop - reader.position)
      reader.move(to: stop)
    }
    try Signature.describeAlgorithm(&reader, into: &tree)
    let signatureEnd = try reader.vector(
      fields.timestampSignatureLength, 0...0xffff, before: end, into: &tree)
    try reader.content(fields.timestampSignature, signatureEnd - reader.position, into: &tree)
  }
}
