import Fields

// Multicast listener discovery (RFC 2710, RFC 3810).
extension ICMPv6Message {
  func describeListener(_ fields: ICMPv6Fields, into tree: inout FieldBuffer)
    throws(DecodeError)
  {
    let isVersion2 = type == 130 && bytes.count >= 28
    let delay = try reader.uint16(at: 4)
    if isVersion2 {
      let value =
        delay < 0x8000
        ? UInt32(delay) : (UInt32(delay) & 0xfff | 0x1000) << (UInt32(delay) >> 12 & 7 + 3)
      tree.add(fields.responseCode, value, at: 4, count: 2)
    } else {
      tree.add(fields.responseDelay, delay, at: 4, count: 2)
    }
    tree.add(fields.reserved, try reader.part(at: 6, 2), at: 6)
    tree.add(fields.listenerAddress, try reader.ipv6(at: 8), at: 8, count: 16)
    guard isVersion2 else { return }
    let flags = try reader.uint8(at: 24)
    let item = tree.add(fields.listenerFlags, flags, at: 24, count: 1)
    if flags & 8 != 0 { tree.note(item, ", Suppress Router-Side Processing") }
    tree.open(item)
    tree.add(fields.listenerSuppress, bitsOf: flags, at: 24, count: 1)
    tree.add(fields.listenerRobustness, bitsOf: flags, at: 24, count: 1)
    tree.add(fields.listenerReserved, bitsOf: flags, at: 24, count: 1)
    tree.close(item)
    let code = UInt32(try reader.uint8(at: 25))
    let interval = code < 0x80 ? code : (code & 0xf | 0x10) << (code >> 4 & 7 + 3)
    tree.add(fields.listenerInterval, interval, at: 25, count: 1)
    let count = try reader.uint16(at: 26)
    tree.add(fields.listenerSourceCount, count, at: 26, count: 2)
    for index in 0..<Int(count) {
      let offset = 28 + 16 * index
      tree.add(fields.listenerSource, try reader.ipv6(at: offset), at: offset, count: 16)
    }
  }

  func describeListenerReport(_ fields: ICMPv6Fields, into tree: inout FieldBuffer)
    throws(DecodeError)
  {
    tree.add(fields.reserved, try reader.part(at: 4, 2), at: 4)
    let count = try reader.uint16(at: 6)
    tree.add(fields.recordCount, count, at: 6, count: 2)
    var offset = 8
    while offset < bytes.count {
      let start = offset
      let top = tree.opened(fields.record, at: start, count: 0)
      defer { tree.close(top) }
      let kind = try reader.uint8(at: offset)
      tree.add(fields.recordType, kind, at: offset, count: 1)
      let auxiliaryLength = try reader.uint8(at: offset + 1)
      tree.add(fields.auxiliaryLength, auxiliaryLength, at: offset + 1, count: 1)
      let sourceCount = try reader.uint16(at: offset + 2)
      tree.add(fields.recordSourceCount, sourceCount, at: offset + 2, count: 2)
      let address = try reader.ipv6(at: offset + 4)
      tree.add(fields.recordAddress, address, at: offset + 4, count: 16)
      tree.note(top) {
        $0.write(" \(listenerRecordName(UInt64(kind)) ?? "Unknown Record Type (\(kind))"): ")
        $0.write(address)
      }
      offset += 20
      for _ in 0..<Int(sourceCount) {
        tree.add(fields.recordSource, try reader.ipv6(at: offset), at: offset, count: 16)
        offset += 16
      }
      if auxiliaryLength > 0 {
        let data = try reader.part(at: offset, 4 * Int(auxiliaryLength))
        tree.add(fields.auxiliaryData, data, at: offset)
        offset += 4 * Int(auxiliaryLength)
      }
      tree.setLength(offset - start, of: top)
    }
  }
}
