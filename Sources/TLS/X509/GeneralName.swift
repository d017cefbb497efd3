import Fields

/// GeneralName (RFC 5280 4.2.1.6).
enum GeneralName {
  static func describeList(
    _ field: Field, _ list: Element, into tree: inout FieldBuffer
  ) throws(Malformed) {
    let top = tree.opened(field, counting: list.children.count, of: list)
    defer { tree.close(top) }
    for name in list.children {
      try describe(CertificateFields.fields.generalName, name, into: &tree)
    }
  }

  /// A DNS name or an address, as it is written; nil for another name.
  static func hostText(_ name: Element) -> String? {
    switch name.context {
    case 2: return String(decoding: name.contents, as: UTF8.self)
    case 7:
      let bytes = Array(name.contents)
      var text = TextBuffer()
      switch bytes.count {
      case 4: text.write(ipv4: bytes.reduce(0) { $0 << 8 | UInt32($1) })
      case 16:
        let span = bytes.span
        text.write(ipv6High: span.uint64(at: 0), low: span.uint64(at: 8))
      default: return nil
      }
      return text.string
    default: return nil
    }
  }

  /// `field` says which of the choices it is.
  static func describe(
    _ field: Field, _ name: Element, into tree: inout FieldBuffer
  ) throws(Malformed) {
    let fields = CertificateFields.fields
    let choice = tree.opened(
      field, .unsigned(UInt64(name.context ?? 0)), at: name.start, count: name.count)
    defer { tree.close(choice) }
    switch name.context {
    case 0: describeOther(name, into: &tree)
    case 1: tree.add(fields.rfc822Name, contentsOf: name)
    case 2: tree.add(fields.dnsName, contentsOf: name)
    case 4:
      guard let sequence = name.children.first else { throw .missing }
      let item = tree.opened(
        fields.directoryName, .unsigned(0), at: sequence.start, count: sequence.count)
      defer { tree.close(item) }
      _ = try DistinguishedName.describe(fields.nameSequence, sequence, into: &tree)
    case 6: tree.add(fields.resourceIdentifier, contentsOf: name)
    case 7: describeAddress(name, into: &tree)
    case 8: tree.add(fields.registeredID, identifierIn: name)
    default: break
    }
  }

  private static func describeOther(_ name: Element, into tree: inout FieldBuffer) {
    let fields = CertificateFields.fields
    let top = tree.opened(fields.otherName, of: name)
    defer { tree.close(top) }
    guard let type = name.children.first, name.children.count > 1 else { return }
    tree.add(fields.otherNameType, identifierIn: type)
    guard let value = name.children[1].children.first else { return }
    if type.objectIdentifier.digits == "1.3.6.1.4.1.311.20.2.3" {
      tree.addProtocol("x509sat")
      tree.add(fields.utf8Syntax, textOf: value)
    } else {
      tree.addNotImplemented(value)
    }
  }

  private static func describeAddress(_ name: Element, into tree: inout FieldBuffer) {
    let fields = CertificateFields.fields
    let bytes = Array(name.contents)
    func number(_ start: Int) -> UInt64 {
      bytes[start..<start + 8].reduce(0) { $0 << 8 | UInt64($1) }
    }
    switch bytes.count {
    case 4:
      let address = bytes.reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
      tree.add(fields.ipv4Name, .ipv4(address), at: name.contentsStart, count: 4)
    case 16:
      tree.add(
        fields.ipv6Name, .ipv6(high: number(0), low: number(8)), at: name.contentsStart, count: 16)
    // With its mask, in a name constraint, Wireshark does not show it.
    default: break
    }
  }
}
