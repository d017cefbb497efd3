import Fields

/// Extensions that agree on algorithms, versions and sizes.
extension HelloExtensions {
  /// RFC 8422 5.1.1.
  func describeGroups(
    _ reader: inout TLSReader, to end: Int, into tree: inout FieldBuffer
  ) throws(Malformed) {
    let fields = ExtensionFields.fields
    let listEnd = try reader.vector(fields.groupsLength, 2...0xffff, before: end, into: &tree)
    let count = (listEnd - reader.position) / 2
    let list = tree.opened(
      fields.groups, at: reader.position, count: listEnd - reader.position)
    tree.relabel(list, "Supported Groups (\(count) group\(count == 1 ? "" : "s"))")
    while reader.position + 2 <= listEnd { try reader.number(fields.group, into: &tree) }
    reader.finish(listEnd, into: &tree)
    tree.close(list)
  }

  /// RFC 8422 5.1.2.
  func describePointFormats(
    _ reader: inout TLSReader, to end: Int, into tree: inout FieldBuffer
  ) throws(Malformed) {
    let fields = ExtensionFields.fields
    let count = try reader.number(fields.pointFormatsLength, into: &tree)
    let listEnd = reader.position + count
    let list = tree.opened(fields.pointFormats, at: reader.position, count: count)
    tree.relabel(list, "Elliptic curves point formats (\(count))")
    while reader.position < listEnd { try reader.number(fields.pointFormat, into: &tree) }
    tree.close(list)
  }

  /// RFC 8446 4.2.1.
  func describeVersions(
    _ reader: inout TLSReader, to end: Int, into tree: inout FieldBuffer
  ) throws(Malformed) {
    let fields = ExtensionFields.fields
    guard message == .clientHello else {
      try reader.number(fields.supportedVersion, into: &tree)
      return
    }
    let listEnd = try reader.vector(fields.versionsLength, 2...254, before: end, into: &tree)
    while reader.position + 2 <= listEnd {
      try reader.number(fields.supportedVersion, into: &tree)
    }
    reader.finish(listEnd, into: &tree)
  }

  /// RFC 5746 3.2.
  func describeRenegotiation(
    _ reader: inout TLSReader, to end: Int, into tree: inout FieldBuffer
  ) throws(Malformed) {
    let fields = ExtensionFields.fields
    let top = tree.addText(
      "Renegotiation Info extension", at: reader.position, count: end - reader.position)
    tree.open(top)
    let stop = try reader.vector(fields.renegotiationLength, 0...255, before: end, into: &tree)
    if stop > reader.position {
      try reader.content(fields.renegotiation, stop - reader.position, into: &tree)
    }
    tree.close(top)
  }

  /// RFC 6066 8, and in a 1.3 Certificate the answer to it (RFC 8446 4.4.2.1).
  func describeStatusRequest(
    _ reader: inout TLSReader, to end: Int, into tree: inout FieldBuffer
  ) throws(Malformed) {
    switch message {
    case .clientHello:
      try describeStatusRequestItem(&reader, to: end, hasLength: false, into: &tree)
    case .certificate: try CertificateStatus.describe(&reader, to: end, into: &tree)
    default: break
    }
  }

  private func describeStatusRequestItem(
    _ reader: inout TLSReader, to end: Int, hasLength: Bool, into tree: inout FieldBuffer
  ) throws(Malformed) {
    let fields = ExtensionFields.fields
    let type = try reader.number(fields.statusType, into: &tree)
    var stop = end
    if hasLength {
      stop = try reader.vector(fields.statusLength, 0...0xffff, before: end, into: &tree)
    }
    guard type == 1 || type == 2 else {
      reader.move(to: stop)
      return
    }
    let responders = try reader.vector(
      fields.responderIDsLength, 0...0xffff, before: stop, into: &tree)
    skip(to: responders, "Responder ID list is", &reader, into: &tree)
    let extensions = try reader.vector(
      fields.requestExtensionsLength, 0...0xffff, before: stop, into: &tree)
    skip(to: extensions, "Request Extensions are", &reader, into: &tree)
  }

  private func skip(
    to end: Int, _ subject: String, _ reader: inout TLSReader, into tree: inout FieldBuffer
  ) {
    let count = end - reader.position
    guard count > 0 else { return }
    let words =
      "\(subject) not implemented, contact Wireshark developers if you want this to be supported"
    let item = tree.addText(words, at: reader.position, count: count)
    tree.expert(
      ExtensionFields.fields.statusUnimplemented, .note, .undecoded, words, under: item)
    reader.move(to: end)
  }

  /// RFC 6961.
  func describeStatusRequests(
    _ reader: inout TLSReader, to end: Int, into tree: inout FieldBuffer
  ) throws(Malformed) {
    guard message == .clientHello else { return }
    let fields = ExtensionFields.fields
    let listEnd = try reader.vector(
      fields.statusListLength, 1...0xffff, before: end, into: &tree)
    while reader.position < listEnd {
      try describeStatusRequestItem(&reader, to: listEnd, hasLength: true, into: &tree)
    }
  }

  /// RFC 7250, RFC 6091.
  func describeCertificateTypes(
    _ reader: inout TLSReader, to end: Int, into tree: inout FieldBuffer
  ) throws(Malformed) {
    let fields = ExtensionFields.fields
    guard message == .clientHello else {
      try reader.number(fields.certificateFormat, into: &tree)
      return
    }
    let listEnd = try reader.vector(
      fields.certificateFormatsLength, 1...255, before: end, into: &tree)
    let count = listEnd - reader.position
    let list = tree.opened(fields.certificateFormats, at: reader.position, count: count)
    tree.note(list, " (\(count))")
    while reader.position < listEnd { try reader.number(fields.certificateFormat, into: &tree) }
    tree.close(list)
  }

  /// RFC 8879 3.
  func describeCompressions(
    _ reader: inout TLSReader, to end: Int, into tree: inout FieldBuffer
  ) throws(Malformed) {
    let listEnd = try reader.vector(
      ExtensionFields.fields.compressionsLength, 2...254, before: end, into: &tree)
    while reader.position + 2 <= listEnd {
      try reader.number(HandshakeFields.fields.compressionAlgorithm, into: &tree)
    }
  }

  /// RFC 9345.
  func describeDelegatedCredentials(
    _ reader: inout TLSReader, to end: Int, into tree: inout FieldBuffer
  ) throws(Malformed) {
    let fields = ExtensionFields.fields
    guard message != .clientHello, message != .certificateRequest else {
      try Signature.describeAlgorithms(&reader, to: end, into: &tree)
      return
    }
    try reader.number(fields.validTime, into: &tree)
    try Signature.describeAlgorithm(&reader, into: &tree)
    var stop = try reader.vector(
      fields.credentialKeyLength, 1...0xffffff, before: end, into: &tree)
    try reader.content(fields.credentialKey, stop - reader.position, into: &tree)
    try Signature.describeAlgorithm(&reader, into: &tree)
    stop = try reader.vector(
      fields.credentialSignatureLength, 1...0xffff, before: end, into: &tree)
    try reader.content(fields.credentialSignature, stop - reader.position, into: &tree)
  }
}
