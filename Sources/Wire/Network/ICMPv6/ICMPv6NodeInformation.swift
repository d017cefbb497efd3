import Fields

// Node information (RFC 4620) and home agents (RFC 6275 6.5 to 6.8).
extension ICMPv6Message {
  func describeNodeInformation(_ fields: ICMPv6Fields, into tree: inout FieldBuffer)
    throws(DecodeError)
  {
    let queryType = try reader.uint16(at: 4)
    tree.add(fields.queryType, queryType, at: 4, count: 2)
    tree.add(fields.nodeFlags, try reader.uint16(at: 6), at: 6, count: 2)
    tree.add(fields.nodeNonce, try reader.uint64(at: 8), at: 8, count: 8)
    guard bytes.count > 16 else { return }
    if type == 139 {
      switch code {
      case 0: tree.add(fields.subjectIPv6, try reader.ipv6(at: 16), at: 16, count: 16)
      case 1:
        let name = try DomainName(in: bytes, at: 16, base: 16, reader)
        tree.add(fields.subjectName, name.text, at: 16, count: name.length)
      case 2:
        tree.add(fields.subjectIPv4, .ipv4(try reader.uint32(at: 16)), at: 16, count: 4)
      default: break
      }
      return
    }
    switch queryType {
    case 2:
      tree.add(fields.nodeTTL, try reader.uint32(at: 16), at: 16, count: 4)
      var offset = 20
      while offset < bytes.count {
        let name = try DomainName(in: bytes, at: offset, base: 16, reader)
        if name.text == "<Root>" { break }
        tree.add(fields.nodeName, name.text, at: offset, count: name.length)
        offset += max(1, name.length)
      }
    case 3:
      for offset in stride(from: 16, to: bytes.count, by: 20) {
        tree.add(fields.nodeTTL, try reader.uint32(at: offset), at: offset, count: 4)
        tree.add(fields.nodeAddress, try reader.ipv6(at: offset + 4), at: offset + 4, count: 16)
      }
    case 4:
      for offset in stride(from: 16, to: bytes.count, by: 8) {
        tree.add(fields.nodeTTL, try reader.uint32(at: offset), at: offset, count: 4)
        tree.add(
          fields.nodeIPv4, .ipv4(try reader.uint32(at: offset + 4)), at: offset + 4, count: 4)
      }
    default: break
    }
  }

  func describeMobility(
    _ fields: ICMPv6Fields,
    into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let identifier = try reader.uint16(at: 4)
    let item = tree.add(fields.mobilityIdentifier, identifier, at: 4, count: 2)
    tree.note(item) {
      $0.write(" (0x")
      $0.write(hex: UInt64(identifier), digits: 4)
      $0.write(")")
    }
    guard type == 147 else {
      tree.add(fields.reserved, try reader.part(at: 6, 2), at: 6)
      if type == 145 {
        for offset in stride(from: 8, to: bytes.count, by: 16) {
          tree.add(fields.homeAgentAddress, try reader.ipv6(at: offset), at: offset, count: 16)
        }
      } else if type == 146 {
        try ICMPv6Options(reader, at: 8).describe(type, into: &tree)
      }
      return
    }
    let flags = try reader.uint16(at: 6)
    let flagItem = tree.add(fields.mobilityFlags, flags, at: 6, count: 2)
    tree.note(flagItem) {
      if flags & 0x8000 != 0 { $0.write(", Managed address configuration") }
      if flags & 0x4000 != 0 { $0.write(", Other configuration") }
    }
    tree.open(flagItem)
    for field in [fields.mobilityManaged, fields.mobilityOther, fields.mobilityReserved] {
      tree.add(field, bitsOf: flags, at: 6, count: 2)
    }
    tree.close(flagItem)
    try ICMPv6Options(reader, at: 8).describe(type, into: &tree)
  }
}
