import Fields

/// Certificate (RFC 5246 7.4.2, RFC 8446 4.4.2).
enum CertificateMessage {
  static func describe(
    _ reader: inout TLSReader, to end: Int, _ session: TLSSession, into tree: inout FieldBuffer
  ) throws(Malformed) {
    let fields = HandshakeFields.fields
    if session.isVersion13 {
      let stop = try reader.vector(fields.requestContextLength, 0...255, before: end, into: &tree)
      if stop > reader.position {
        try reader.content(fields.requestContext, stop - reader.position, into: &tree)
      }
    }
    let listEnd = try reader.vector(
      fields.certificatesLength, 0...0xffffff, before: end, into: &tree)
    let count = listEnd - reader.position
    guard count > 0 else { return }
    let list = tree.opened(fields.certificates, at: reader.position, count: count)
    tree.note(list, " (\(count) bytes)")
    defer { tree.close(list) }
    while reader.position < listEnd {
      let stop = try reader.vector(
        fields.certificateLength, 1...0xffffff, before: listEnd, into: &tree)
      let start = reader.position
      let item = try reader.content(fields.certificate, stop - start, into: &tree)
      tree.open(item)
      try CertificateDescription.describe(
        reader.bytes.extracting(start..<stop), at: start, below: item, into: &tree)
      tree.close(item)
      if session.isVersion13 {
        let extensions = HelloExtensions(.certificate, session)
        try extensions.describe(&reader, to: listEnd, into: &tree)
      }
    }
  }
}

/// Certificate Request (RFC 5246 7.4.4, RFC 8446 4.3.2).
enum CertificateRequest {
  static func describe(
    _ reader: inout TLSReader, to end: Int, _ session: TLSSession, into tree: inout FieldBuffer
  ) throws(Malformed) {
    let fields = HandshakeFields.fields
    if session.isVersion13 {
      let stop = try reader.vector(fields.requestContextLength, 0...255, before: end, into: &tree)
      if stop > reader.position {
        try reader.content(fields.requestContext, stop - reader.position, into: &tree)
      }
      let extensions = HelloExtensions(.certificateRequest, session)
      try extensions.describe(&reader, to: end, into: &tree)
      return
    }
    let typesEnd = try reader.vector(
      fields.certificateTypesCount, 1...255, before: end, into: &tree)
    let count = typesEnd - reader.position
    if count > 0 {
      let list = tree.opened(fields.certificateTypes, at: reader.position, count: count)
      tree.note(list, " (\(count) type\(count == 1 ? "" : "s"))")
      while reader.position < typesEnd { try reader.number(fields.certificateType, into: &tree) }
      tree.close(list)
    }
    if session.version == 0x0303 { try Signature.describeAlgorithms(&reader, to: end, into: &tree) }
    try describeNames(&reader, to: end, into: &tree)
  }

  /// The certificate authorities that are accepted.
  static func describeNames(
    _ reader: inout TLSReader, to end: Int, into tree: inout FieldBuffer
  ) throws(Malformed) {
    let fields = HandshakeFields.fields
    let listEnd = try reader.vector(fields.namesLength, 0...0xffff, before: end, into: &tree)
    let count = listEnd - reader.position
    guard count > 0 else { return }
    let list = tree.opened(fields.names, at: reader.position, count: count)
    tree.note(list, " (\(count) byte\(count == 1 ? "" : "s"))")
    defer { tree.close(list) }
    while reader.position < listEnd {
      let stop = try reader.vector(fields.nameLength, 1...0xffff, before: listEnd, into: &tree)
      let start = reader.position
      let item = tree.opened(fields.name, at: start, count: stop - start)
      let title = try CertificateDescription.describeName(
        reader.bytes.extracting(start..<stop), at: start, into: &tree)
      if !title.isEmpty { tree.note(item, ": (\(title))") }
      tree.close(item)
      reader.move(to: stop)
    }
  }
}

/// Certificate Status (RFC 6066 8), which a 1.3 Certificate has as an extension.
enum CertificateStatus {
  static func describe(
    _ reader: inout TLSReader, to end: Int, into tree: inout FieldBuffer
  ) throws(Malformed) {
    let fields = ExtensionFields.fields
    switch try reader.number(fields.statusType, into: &tree) {
    case 1: try describeResponse(&reader, to: end, into: &tree)
    case 2:
      let listEnd = try reader.vector(
        fields.responsesLength, 1...0xffffff, before: end, into: &tree)
      while reader.position < listEnd {
        try describeResponse(&reader, to: listEnd, into: &tree)
      }
    default: break
    }
  }

  private static func describeResponse(
    _ reader: inout TLSReader, to end: Int, into tree: inout FieldBuffer
  ) throws(Malformed) {
    let stop = try reader.vector(
      ExtensionFields.fields.responseLength, 0...0xffffff, before: end, into: &tree)
    let start = reader.position
    guard stop > start else { return }
    try StatusResponse.describe(reader.bytes.extracting(start..<stop), at: start, into: &tree)
    reader.move(to: stop)
  }
}

/// Compressed Certificate (RFC 8879 4).
enum CompressedCertificate {
  static func describe(
    _ reader: inout TLSReader, to end: Int, into tree: inout FieldBuffer
  ) throws(Malformed) {
    let fields = HandshakeFields.fields
    try reader.number(fields.compressionAlgorithm, into: &tree)
    try reader.number(fields.uncompressedLength, into: &tree)
    let stop = try reader.vector(fields.compressedLength, 0...0xffffff, before: end, into: &tree)
    try reader.content(fields.compressedCertificate, stop - reader.position, into: &tree)
  }
}

/// Certificate URL (RFC 6066 5).
enum CertificateURLs {
  static func describe(
    _ reader: inout TLSReader, to end: Int, into tree: inout FieldBuffer
  ) throws(Malformed) {
    let fields = HandshakeFields.fields
    try reader.number(fields.urlType, into: &tree)
    let listEnd = try reader.vector(fields.urlsLength, 1...0xffff, before: end, into: &tree)
    while reader.position < listEnd {
      let item = tree.opened(fields.urls, at: reader.position, count: listEnd - reader.position)
      let stop = try reader.vector(fields.urlLength, 1...0xffff, before: listEnd, into: &tree)
      try reader.content(fields.url, stop - reader.position, into: &tree)
      try reader.integer(width: 1)
      try reader.content(fields.urlHash, 20, into: &tree)
      tree.close(item)
    }
  }
}
