import Fields

// The security options: of RFC 791, of RFC 1108, and the commercial one (CIPSO, FIPS 188).
extension IPv4OptionBody {
  func describeSecurity(
    _ item: FieldIndex, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let fields = IPv4OptionFields.fields
    let level = try reader.uint8(at: 2)
    if reader.count == 11, IPv4OptionFields.securityName(UInt64(try reader.uint16(at: 2))) != nil {
      tree.add(fields.securityLevel, try reader.uint16(at: 2), at: start + 2, count: 2)
      tree.add(fields.compartments, try reader.uint16(at: 4), at: start + 4, count: 2)
      tree.add(fields.restrictions, try reader.part(at: 6, 2).untilZero, at: start + 6)
      tree.add(fields.controlCode, try reader.part(at: 8, 3).untilZero, at: start + 8)
      return
    }
    tree.add(fields.classification, level, at: start + 2, count: 1)
    var (offset, goesOn) = (3, true)
    while goesOn, offset < reader.count {
      let flags = try reader.uint8(at: offset)
      describeAuthorities(flags, at: offset, into: &tree)
      offset += 1
      goesOn = flags & 1 == 1
    }
    if offset < reader.count {
      tree.expert(
        fields.lengthInvalid, .warning, .proto, "Extraneous data in option", under: item)
    } else if goesOn, offset > 3 {
      tree.expert(
        fields.lengthInvalid, .warning, .proto,
        "Field Termination Indicator set to 1 for last byte of option", under: item)
    }
  }

  private func describeAuthorities(
    _ flags: UInt8, at offset: Int, into tree: inout FieldBuffer
  ) {
    let fields = IPv4OptionFields.fields
    let item = tree.add(fields.authorities, flags, at: start + offset, count: 1)
    let parts: [Field] =
      offset == 3
      ? [fields.genser, fields.siopESI, fields.sci, fields.nsa, fields.doe, fields.unassigned]
      : [fields.unassignedRest]
    tree.note(item) {
      for field in parts + [fields.terminator] where field.type == .boolean {
        if UInt64(flags) & field.mask != 0 {
          $0.write(", ")
          $0.write(field.label)
        }
      }
    }
    tree.open(item)
    for field in parts + [fields.terminator] {
      tree.add(field, bitsOf: flags, at: start + offset, count: 1)
    }
    tree.close(item)
  }

  func describeCommercialSecurity(into tree: inout FieldBuffer) throws(DecodeError) {
    let fields = IPv4OptionFields.fields
    tree.add(fields.interpretation, try reader.uint32(at: 2), at: start + 2, count: 4)
    var offset = 6
    while offset < reader.count {
      let type = try reader.uint8(at: offset)
      let item = tree.add(fields.tagType, type, at: start + offset, count: 1)
      if type == 0 {
        offset += 1
        continue
      }
      let isKnown = IPv4OptionFields.tagName(UInt64(type)) != nil
      guard offset + 1 < reader.count || isKnown else { throw reader.malformed }
      let length = offset + 1 < reader.count ? Int(try reader.uint8(at: offset + 1)) : 0
      if !isKnown {
        tree.note(item, " (\(length) bytes)")
        return
      }
      let least = type == 7 ? 2 : 4
      guard length >= least, offset + least <= reader.count else {
        tree.expert(
          fields.tagMalformed, .error, .sequence, "Malformed CIPSO tag", under: item)
        return
      }
      offset = try describeTag(type, at: offset, length, into: &tree)
    }
  }

  /// Returns where the next tag begins.
  private func describeTag(
    _ type: UInt8, at offset: Int, _ length: Int, into tree: inout FieldBuffer
  ) throws(DecodeError) -> Int {
    let fields = IPv4OptionFields.fields
    if type == 6 || type == 7 {
      let data = try reader.part(at: offset + 2, length - 2)
      tree.add(fields.tagData, data, at: start + offset + 2)
      return offset + length
    }
    tree.add(fields.sensitivity, try reader.uint8(at: offset + 3), at: start + offset + 3, count: 1)
    let data = try reader.part(at: offset + 4, length - 4)
    guard !data.isEmpty else { return offset + 4 }
    let at = start + offset + 4
    var text = TextBuffer()
    switch type {
    case 1:
      data.writeBitmap(to: &text)
      tree.add(fields.categories, at: at, count: data.count) { $0.write(text.bytes[...]) }
      return offset + length
    case 2: data.writeList(to: &text)
    default: data.writeRanges(to: &text)
    }
    tree.add(fields.categories, at: at, count: data.count) { $0.write(text.bytes[...]) }
    return offset + 4 + data.count / 2 * 2
  }
}

extension Span<UInt8> {
  /// The numbers of the bits that are set.
  fileprivate func writeBitmap(to text: inout TextBuffer) {
    for bit in 0..<8 * count where self[bit / 8] >> UInt8(7 - bit % 8) & 1 == 1 {
      text.write(listed: bit)
    }
  }
  fileprivate func writeList(to text: inout TextBuffer) {
    for place in 0..<count / 2 { text.write(listed: Int(uint16(at: 2 * place))) }
  }
  /// Upper and lower ends; the last lower end may be left out, and is 0 then.
  fileprivate func writeRanges(to text: inout TextBuffer) {
    for place in stride(from: 0, through: count - 2, by: 4) {
      text.write(listed: Int(uint16(at: place)))
      text.write("-")
      text.write(decimal: place + 4 <= count ? Int(uint16(at: place + 2)) : 0)
    }
  }
}

extension TextBuffer {
  fileprivate mutating func write(listed number: Int) {
    if !isEmpty { write(",") }
    write(decimal: number)
  }
}
