import Fields

/// A PDU of PROFINET's discovery and configuration protocol.
struct ProfinetDCP: LayerView, ~Escapable {
  private static let headerLength = 10

  let reader: ByteReader
  private let wireCount: Int

  /// Checks nothing: `describe` reads on with checks of its own.
  @_lifetime(copy bytes)
  init(_ bytes: Span<UInt8>, _ layer: Layer) {
    reader = ByteReader(bytes, layer)
    wireCount = layer.wireCount
  }

  /// What a service asks and answers decides what is in its blocks.
  struct Service {
    let id: UInt8
    let type: UInt8

    /// Blocks begin with a BlockInfo.
    var informs: Bool { type == 1 && id != 4 || id == 6 }
    /// Blocks begin with a BlockQualifier.
    var qualifies: Bool { id == 4 && type == 0 }
    var name: String {
      switch id {
      case 3: "Get"
      case 4: "Set"
      case 5: "Ident"
      case 6: "Hello"
      default: ""
      }
    }
    var typeName: String? {
      guard (3...6).contains(id) else { return nil }
      return switch type {
      case 0: " Req"
      case 1: " Ok "
      case 5: " unsupported"
      default: nil
      }
    }
  }

  func describe(
    _ layer: Layer, _ context: borrowing DescribeContext, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let fields = ProfinetDCPFields.fields
    tree.addProtocol("pn_dcp")
    tree.columns.protocolName = "PN-DCP"
    tree.columns.startInfo()
    let service = Service(id: try reader.uint8(at: 0), type: try reader.uint8(at: 1))
    let exchange = try reader.uint32(at: 2)
    let delay = try reader.uint16(at: 6)
    let length = Int(try reader.uint16(at: 8))
    tree.columns.info.write(service.name)
    let top = tree.add(fields.dcp, .none, count: reader.count)
    tree.note(top, ", \(service.name)")
    tree.open(top)
    defer { tree.close(top) }
    tree.add(fields.serviceID, service.id, at: 0, count: 1)
    tree.add(fields.serviceType, service.type, at: 1, count: 1)
    tree.add(fields.exchange, exchange, at: 2, count: 4)
    tree.add(
      service.id == 5 && service.type == 0 ? fields.responseDelay : fields.reserved16, delay,
      at: 6, count: 2)
    tree.add(fields.dataLength, length, at: 8, count: 2)
    guard let typeName = service.typeName else {
      tree.addUndecoded(reader.rest(from: Self.headerLength), at: Self.headerLength)
      return
    }
    var summary = TextBuffer()
    summary.write("\(typeName), Xid:0x")
    summary.write(hex: UInt64(exchange), digits: 1)
    tree.columns.info.write(summary.bytes[...])
    tree.note(top, summary.string)
    if service.id == 3, service.type == 0 {
      try describeOptions(until: Self.headerLength + length, top, fields, into: &tree)
    } else {
      try describeBlocks(service, count: length, top, fields, into: &tree)
    }
  }

  /// The options that a Get asks for.
  private func describeOptions(
    until end: Int, _ top: FieldIndex, _ fields: ProfinetDCPFields, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    var offset = Self.headerLength
    while offset + 2 <= end {
      let (option, suboption) = try describeOption(
        at: offset, fields.option, fields, into: &tree)
      let name = suboptionName(option, suboption) ?? "Unknown"
      tree.columns.info.write(", \(name)")
      tree.note(
        top, ", Status from \(dcpOptionName(UInt64(option)) ?? "Unknown") - \(name)")
      offset += 2
    }
  }

  /// A block ends where what it says of itself ends, whatever its length; the next one begins there.
  private func describeBlocks(
    _ service: Service, count: Int, _ top: FieldIndex, _ fields: ProfinetDCPFields,
    into tree: inout FieldBuffer
  ) throws(DecodeError) {
    var offset = Self.headerLength, left = count
    while left > 0 {
      let start = offset
      let block = tree.add(fields.block, .none, at: start)
      tree.note(block, ": ")
      tree.open(block)
      var summary = ""
      do throws(DecodeError) {
        offset = try describeBlock(service, at: start, block, &summary, fields, into: &tree)
      } catch {
        finish(block, top, summary, &tree)
        throw error
      }
      tree.setLength(offset - start, of: block)
      finish(block, top, summary, &tree)
      if (offset - start) % 2 == 1, offset < wireCount {
        try reader.require(1, at: offset)
        let padding = tree.add(fields.padding, "data", at: offset, count: 1)
        tree.relabel(padding, "Padding: 1 byte")
        offset += 1
      }
      left -= offset - start
    }
    if left < 0 {
      let words = fields.parseError.label
      let line = tree.addText(words, at: offset)
      tree.expert(fields.parseError, .error, .proto, words, under: line)
    }
  }

  private func finish(
    _ block: FieldIndex, _ top: FieldIndex, _ summary: String, _ tree: inout FieldBuffer
  ) {
    tree.close(block)
    tree.columns.info.write(summary)
    tree.note(top, summary)
  }

  func suboptionName(_ option: UInt8, _ suboption: UInt8) -> String? {
    let value = UInt64(suboption)
    return switch option {
    case 1: dcpSuboptionIPName(value)
    case 2: dcpSuboptionDeviceName(value)
    case 3: dcpSuboptionDHCPName(value)
    case 5: dcpSuboptionControlName(value)
    case 6: dcpSuboptionInitiativeName(value)
    case 7: dcpSuboptionTSNName(value)
    case 255: dcpSuboptionAllName(value)
    default: nil
    }
  }

  func describeOption(
    at offset: Int, _ field: Field, _ fields: ProfinetDCPFields, into tree: inout FieldBuffer
  ) throws(DecodeError) -> (UInt8, UInt8) {
    let option = try reader.uint8(at: offset)
    tree.add(field, option, at: offset, count: 1)
    let suboption = try reader.uint8(at: offset + 1)
    let suboptionField =
      switch option {
      case 1: fields.suboptionIP
      case 2: fields.suboptionDevice
      case 3: fields.suboptionDHCP
      case 5: fields.suboptionControl
      case 6: fields.suboptionInitiative
      case 7: fields.suboptionTSN
      case 255: fields.suboptionAll
      default: fields.suboptionManufacturer
      }
    tree.add(suboptionField, suboption, at: offset + 1, count: 1)
    return (option, suboption)
  }
}
