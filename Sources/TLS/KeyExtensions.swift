import Fields

/// Extensions that carry keys (RFC 8446 4.2.8 and 4.2.11).
extension HelloExtensions {
  func describeKeyShare(
    _ reader: inout TLSReader, to end: Int, into tree: inout FieldBuffer
  ) throws(Malformed) {
    guard reader.position < end else { return }
    let fields = ExtensionFields.fields
    let top = tree.addText(
      "Key Share extension", at: reader.position, count: end - reader.position)
    tree.open(top)
    switch message {
    case .clientHello:
      let listEnd = try reader.vector(
        fields.keySharesLength, 0...0xffff, before: end, into: &tree)
      while reader.position + 4 <= listEnd {
        let start = reader.position
        try describeKeyShareEntry(&reader, to: listEnd, into: &tree)
        if reader.position <= start { break }
      }
    case .retryRequest: try reader.number(fields.selectedGroup, into: &tree)
    case .serverHello: try describeKeyShareEntry(&reader, to: end, into: &tree)
    default: break
    }
    tree.close(top)
  }

  private func describeKeyShareEntry(
    _ reader: inout TLSReader, to end: Int, into tree: inout FieldBuffer
  ) throws(Malformed) {
    let fields = ExtensionFields.fields
    let start = reader.position
    let entry = tree.addText("Key Share Entry", at: start, count: 4)
    tree.open(entry)
    let group = try reader.number(fields.keyShareGroup, into: &tree)
    tree.note(entry, ": Group: \(TLSNames.group(UInt64(group)) ?? "Unknown (\(group))")")
    let stop = try reader.vector(
      fields.keyExchangeLength, 1...0xffff, before: end, into: &tree)
    tree.note(entry, ", Key Exchange length: \(stop - reader.position)")
    tree.setLength(stop - start, of: entry)
    try reader.content(fields.keyExchange, stop - reader.position, into: &tree)
    tree.close(entry)
  }

  func describePreSharedKey(
    _ reader: inout TLSReader, to end: Int, into tree: inout FieldBuffer
  ) throws(Malformed) {
    let fields = ExtensionFields.fields
    let top = tree.addText(
      "Pre-Shared Key extension", at: reader.position, count: end - reader.position)
    tree.open(top)
    guard message == .clientHello else {
      try reader.number(fields.selectedIdentity, into: &tree)
      tree.close(top)
      return
    }
    let listEnd = try reader.vector(
      fields.identitiesLength, 7...0xffff, before: end, into: &tree)
    while reader.position < listEnd {
      let start = reader.position
      let entry = tree.addText("PSK Identity", at: start, count: 2)
      tree.open(entry)
      let stop = try reader.vector(
        fields.identityLength, 1...0xffff, before: listEnd, into: &tree)
      tree.relabel(entry, "PSK Identity (length: \(stop - reader.position))")
      try reader.content(fields.identity, stop - reader.position, into: &tree)
      try reader.number(fields.ticketAge, into: &tree)
      tree.setLength(reader.position - start, of: entry)
      tree.close(entry)
    }
    let bindersEnd = try reader.vector(
      fields.bindersLength, 33...0xffff, before: end, into: &tree)
    tree.add(
      fields.binders, .none, at: reader.position, count: bindersEnd - reader.position)
    reader.move(to: bindersEnd)
    tree.close(top)
  }
}
