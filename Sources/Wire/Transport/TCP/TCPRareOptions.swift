import Fields

// Options that are seen seldom.
extension TCPOptionsDescription {
  func describeQuickStart(
    _ bytes: Span<UInt8>, at place: Int, into tree: inout FieldBuffer
  ) {
    let fields = TCPOptionFields.fields
    let rate = bytes[2] & 0x0f
    let item = tree.add(fields.quickStartRate, bitsOf: bytes[2], at: place + 2, count: 1)
    let name = TCPOptionFields.quickStartRateName(rate)
    tree.relabel(item) {
      $0.write(bits: UInt64(rate), mask: 0x0f, of: 8)
      $0.write(" = QS Rate: \(name) (\(rate))")
    }
    tree.add(fields.quickStartHops, bytes[3], at: place + 3, count: 1)
    tree.columns.info.write(" QSresp=\(name)")
  }

  /// What an end of a satellite link can do (CCSDS 714.0-B, SCPS).
  func describeCapabilities(
    _ bytes: Span<UInt8>, at place: Int, into tree: inout FieldBuffer
  ) {
    let fields = TCPOptionFields.fields
    let vector = tree.opened(
      fields.capabilities, .unsigned(UInt64(bytes[2])), at: place + 2, count: 1)
    var names: [String] = []
    for (field, name) in fields.capabilityBits {
      tree.add(field, bitsOf: bytes[2], at: place + 2, count: 1)
      if field.mask & UInt64(bytes[2]) != 0 { names.append(name) }
    }
    tree.close(vector)
    if !names.isEmpty {
      let words = names.joined(separator: ", ")
      tree.note(vector, " (\(words))")
      tree.columns.info.write(" SCPS[\(words)]")
    }
    tree.add(fields.connectionID, bytes[3], at: place + 3, count: 1)
    if bytes[3] != 0 { tree.columns.info.write(named: " Connection ID=", Int(bytes[3])) }
  }

  func describeFastOpen(
    _ option: borrowing TCPOption, from start: Int, requestAt: Int, into tree: inout FieldBuffer
  ) throws(MissingOption) {
    let fields = TCPOptionFields.fields
    guard option.length > start else {
      tree.add(fields.fastOpenRequest, .none, at: option.place + requestAt, count: 2)
      tree.columns.info.write(" TFO=R")
      return
    }
    try option.need(option.length)
    let cookie = tree.add(
      fields.fastOpenCookie, option.bytes.part(start, option.length), at: option.place + start)
    tree.columns.info.write(" TFO=C")
    if segment.header.flags.isSyn {
      tree.expert(
        TCPFields.fields.fastOpenSyn, .note, .sequence, "TCP SYN with TFO Cookie", under: cookie)
    }
  }

  /// Up to three counters after `start` bytes (RFC 9768 3.2.3).
  func describeAccurateECN(
    _ option: borrowing TCPOption, isFirst: Bool, from start: Int, into tree: inout FieldBuffer
  ) throws(MissingOption) {
    let fields = TCPOptionFields.fields
    let counters: [(Field, String)] =
      isFirst
      ? [(fields.counter0, "EE0B"), (fields.counterCE, "ECEB"), (fields.counter1, "EE1B")]
      : [(fields.counter1, "EE1B"), (fields.counterCE, "ECEB"), (fields.counter0, "EE0B")]
    if option.length == start { tree.columns.info.write(" AccECN") }
    for (position, (field, name)) in counters.enumerated() {
      let offset = start + 3 * position
      guard offset + 3 <= option.length else { break }
      try option.need(offset + 3)
      let value = option.bytes.uint24(at: offset)
      tree.add(field, value, at: option.place + offset, count: 3)
      let start = position == 0 ? " (Order \(isFirst ? 0 : 1)): " : ", "
      tree.note(option.item, "\(start)\(name) \(value)")
      tree.columns.info.write(" \(name)=\(value)")
    }
  }

  func describeExperiment(
    _ option: borrowing TCPOption, into tree: inout FieldBuffer
  ) throws(MissingOption) {
    let fields = TCPOptionFields.fields
    let identifier = try option.uint16(at: 2)
    let name = TCPOptionFields.experimentName(identifier) ?? "Unknown"
    tree.relabel(option.item, "TCP Option - Experimental: \(name)")
    tree.add(fields.experiment, identifier, at: option.place + 2, count: 2)
    if identifier == 0xf989 {
      return try describeFastOpen(option, from: 4, requestAt: 2, into: &tree)
    }
    if option.length > 4 {
      try option.need(option.length)
      tree.add(
        fields.experimentData, option.bytes.part(4, option.length), at: option.place + 4)
    }
    tree.columns.info.write(" ExID=\(String(identifier, radix: 16, uppercase: true))")
  }
}
