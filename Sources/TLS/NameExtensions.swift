import Fields

/// Extensions that name servers and protocols.
extension HelloExtensions {
  /// RFC 6066 3.
  func describeServerNames(
    _ reader: inout TLSReader, to end: Int, into tree: inout FieldBuffer
  ) throws(Malformed) {
    // A server says with an empty one that it has used the name.
    guard reader.position < end else { return }
    let fields = ExtensionFields.fields
    let top = tree.addText(
      "Server Name Indication extension", at: reader.position, count: end - reader.position)
    tree.open(top)
    let listEnd = try reader.vector(
      fields.serverNamesLength, 1...0xffff, before: end, into: &tree)
    while reader.position < listEnd {
      try reader.number(fields.serverNameType, into: &tree)
      let nameEnd = try reader.vector(
        fields.serverNameLength, 0...0xffff, before: listEnd, into: &tree)
      try reader.content(fields.serverName, nameEnd - reader.position, into: &tree)
    }
    tree.close(top)
  }

  /// RFC 7301.
  func describeApplications(
    _ reader: inout TLSReader, to end: Int, into tree: inout FieldBuffer
  ) throws(Malformed) {
    let fields = ExtensionFields.fields
    let listEnd = try reader.vector(
      fields.applicationsLength, 2...0xffff, before: end, into: &tree)
    let list = tree.opened(
      fields.applications, at: reader.position, count: listEnd - reader.position)
    while reader.position < listEnd {
      let stop = try reader.vector(
        fields.applicationLength, 1...255, before: listEnd, into: &tree)
      try reader.content(fields.application, stop - reader.position, into: &tree)
    }
    tree.close(list)
  }

  /// ALPS, draft-vvv-tls-alps.
  func describeSettings(
    _ reader: inout TLSReader, to end: Int, into tree: inout FieldBuffer
  ) throws(Malformed) {
    let fields = ExtensionFields.fields
    guard message != .serverHello else {
      reader.move(to: end)
      return
    }
    guard message == .clientHello else {
      try reader.content(fields.settings, end - reader.position, into: &tree)
      return
    }
    let listEnd = try reader.vector(fields.settingsLength, 2...0xffff, before: end, into: &tree)
    let list = tree.opened(
      fields.settingsList, at: reader.position, count: listEnd - reader.position)
    while reader.position < listEnd {
      let stop = try reader.vector(
        fields.settingsNameLength, 1...255, before: listEnd, into: &tree)
      try reader.content(fields.settingsName, stop - reader.position, into: &tree)
    }
    tree.close(list)
  }

  /// ESNI, draft-ietf-tls-esni-01.
  func describeEncryptedName(
    _ reader: inout TLSReader, to end: Int, into tree: inout FieldBuffer
  ) throws(Malformed) {
    let fields = ExtensionFields.fields
    guard message == .clientHello else {
      try reader.content(fields.encryptedNameNonce, 16, into: &tree)
      return
    }
    try reader.number(fields.encryptedNameSuite, into: &tree)
    try describeKeyShareEntry(&reader, to: end, into: &tree)
    var stop = try reader.vector(
      fields.recordDigestLength, 0...0xffff, before: end, into: &tree)
    if stop > reader.position {
      try reader.content(fields.recordDigest, stop - reader.position, into: &tree)
    }
    stop = try reader.vector(
      fields.encryptedNameLength, 1...0xffff, before: end, into: &tree)
    try reader.content(fields.encryptedName, stop - reader.position, into: &tree)
  }

  /// NPN, draft-agl-tls-nextprotoneg.
  func describeNextProtocols(
    _ reader: inout TLSReader, to end: Int, into tree: inout FieldBuffer
  ) throws(Malformed) {
    let fields = ExtensionFields.fields
    guard reader.position < end else { return }
    let top = tree.addText(at: reader.position, count: end - reader.position) {
      $0.write("Next Protocol Negotiation")
    }
    tree.open(top)
    while reader.position < end {
      let stop = try reader.vector(
        fields.nextProtocolLength, 1...255, before: end, into: &tree)
      try reader.content(fields.nextProtocol, stop - reader.position, into: &tree)
    }
    tree.close(top)
  }
}

/// Encrypted Extensions of NPN, draft-agl-tls-nextprotoneg-04: the protocol that the client takes.
enum NextProtocol {
  static func describe(
    _ reader: inout TLSReader, into tree: inout FieldBuffer
  ) throws(Malformed) {
    let fields = HandshakeFields.fields
    let length = try reader.number(fields.selectedProtocolLength, into: &tree)
    try reader.content(fields.selectedProtocol, length, into: &tree)
    let padding = try reader.number(fields.protocolPaddingLength, into: &tree)
    if padding > 0 { try reader.content(fields.protocolPadding, padding, into: &tree) }
  }
}
