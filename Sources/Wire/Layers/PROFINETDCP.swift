import Fields

/// A PDU of PROFINET's discovery and configuration protocol.
struct ProfinetDCP: ~Escapable {
  private static let headerLength = 10

  private let reader: ByteReader
  private let resolvesNames: Bool

  /// Checks nothing: `describe` reads on with checks of its own.
  @_lifetime(copy bytes)
  init(_ bytes: Span<UInt8>, _ layer: Layer, _ context: borrowing DescribeContext) {
    reader = ByteReader(bytes, layer)
    resolvesNames = context.resolvesNames
  }

  /// What a service asks and answers decides what stands in its blocks.
  private struct Service {
    let id: UInt8
    let type: UInt8

    /// Blocks begin with a BlockInfo.
    var informs: Bool { type == 1 || id == 6 }
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

  func describe(into tree: inout FieldBuffer) throws(DecodeError) {
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
      let data = reader.bytes.part(Self.headerLength, Self.headerLength + length)
      tree.addUndecoded(data, at: Self.headerLength)
      return
    }
    var summary = TextBuffer()
    summary.write("\(typeName), Xid:0x")
    summary.write(hex: UInt64(exchange), digits: 1)
    tree.columns.info.write(summary.bytes[...])
    tree.note(top, summary.string)
    let end = Self.headerLength + length
    if service.id == 3, service.type == 0 {
      try describeOptions(until: end, top, fields, into: &tree)
    } else {
      try describeBlocks(service, until: end, top, fields, into: &tree)
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

  private func describeBlocks(
    _ service: Service, until end: Int, _ top: FieldIndex, _ fields: ProfinetDCPFields,
    into tree: inout FieldBuffer
  ) throws(DecodeError) {
    var offset = Self.headerLength
    while offset < end {
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
      if (offset - start) % 2 == 1, offset < reader.count {
        let padding = tree.add(fields.padding, "data", at: offset, count: 1)
        tree.relabel(padding, "Padding: 1 byte")
        offset += 1
      }
    }
  }

  private func finish(
    _ block: FieldIndex, _ top: FieldIndex, _ summary: String, _ tree: inout FieldBuffer
  ) {
    tree.close(block)
    tree.columns.info.write(summary)
    tree.note(top, summary)
  }

  private func suboptionName(_ option: UInt8, _ suboption: UInt8) -> String? {
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

  private func describeOption(
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

  /// Returns where the block ends. `summary` becomes what the frame's summary says of it.
  private func describeBlock(
    _ service: Service, at start: Int, _ block: FieldIndex, _ summary: inout String,
    _ fields: ProfinetDCPFields, into tree: inout FieldBuffer
  ) throws(DecodeError) -> Int {
    let option = try reader.uint8(at: start)
    switch option {
    case 1, 2, 3, 5, 6, 7, 255, 0x80...0xfe: break
    default:
      tree.add(fields.option, option, at: start, count: 1)
      tree.note(block, "Reserved")
      summary = ", Reserved"
      return start + 1
    }
    let (_, suboption) = try describeOption(at: start, fields.option, fields, into: &tree)
    let length = Int(try reader.uint16(at: start + 2))
    tree.add(fields.blockLength, length, at: start + 2, count: 2)
    let data = start + 4, end = data + length
    switch option {
    case 1: try describeIP(service, suboption, data, end, block, &summary, fields, &tree)
    case 2: try describeDevice(service, suboption, data, end, block, &summary, fields, &tree)
    case 3: try describeDHCP(service, suboption, data, end, block, &summary, fields, &tree)
    case 5: try describeControl(suboption, data, end, block, &summary, fields, &tree)
    case 6:
      tree.note(block, "DeviceInitiative/DeviceInitiative")
      summary = ", DeviceInitiative"
      let offset = try describePrefix(service, at: data, block, fields, into: &tree)
      tree.add(fields.initiative, try reader.uint16(at: offset), at: offset, count: 2)
    case 255:
      tree.note(block, "All/\(suboption == 255 ? "All" : "Unknown")")
      summary = ", All"
    case 7:
      let offset = try describePrefix(service, at: data, nil, fields, into: &tree)
      try addRest(from: offset, end, into: &tree)
    default:
      tree.note(block, "Manufacturer Specific")
      summary = ", Manufacturer Specific"
      try addRest(from: data, end, into: &tree)
    }
    return end
  }

  private func addRest(from offset: Int, _ end: Int, into tree: inout FieldBuffer)
    throws(DecodeError)
  {
    guard end > offset else { return }
    tree.addUndecoded(try reader.part(at: offset, end - offset), at: offset)
  }

  /// BlockInfo or BlockQualifier, where there is one; says so in the title of `block`. Returns what follows it.
  private func describePrefix(
    _ service: Service, at offset: Int, _ block: FieldIndex?, isIP: Bool = false,
    _ fields: ProfinetDCPFields, into tree: inout FieldBuffer
  ) throws(DecodeError) -> Int {
    guard service.informs || service.qualifies else { return offset }
    let value = try reader.uint16(at: offset)
    if service.informs {
      let item = tree.add(
        isIP ? fields.blockInfoIP : fields.blockInfo, value, at: offset, count: 2)
      let name = isIP ? dcpBlockInfoName(UInt64(value)) ?? "Unknown" : "Reserved"
      if let block { tree.note(block, ", BlockInfo: \(name)") }
      if isIP, value & 0x80 != 0 {
        tree.expert(
          fields.conflict, .note, .response, "IP address conflict detected!", under: item)
      }
    } else {
      tree.add(fields.blockQualifier, value, at: offset, count: 2)
      let name = dcpQualifierName(UInt64(value)) ?? "Unknown"
      if let block { tree.note(block, ", BlockQualifier: \(name)") }
    }
    return offset + 2
  }

  private func describeIP(
    _ service: Service, _ suboption: UInt8, _ data: Int, _ end: Int, _ block: FieldIndex,
    _ summary: inout String, _ fields: ProfinetDCPFields, _ tree: inout FieldBuffer
  ) throws(DecodeError) {
    switch suboption {
    case 1:
      tree.note(block, "IP/MAC")
      summary = ", MAC"
      let offset = try describePrefix(service, at: data, block, fields, into: &tree)
      let address = try reader.uint48(at: offset)
      tree.add(fields.macAddress, mac: address, at: offset, resolved: resolvesNames)
      tree.note(block) {
        $0.write(", MACAddress: ")
        $0.write(ether: address)
      }
    case 2, 3:
      tree.note(block, suboption == 2 ? "IP/IP" : "IP/MAC")
      summary = suboption == 2 ? ", IP" : ", MAC"
      var offset = try describePrefix(
        service, at: data, block, isIP: suboption == 2, fields, into: &tree)
      var parts = [
        (fields.ipAddress, "IP"), (fields.subnetMask, "Subnet"), (fields.gateway, "Gateway"),
      ]
      if suboption == 3 {
        parts += [
          (fields.ipAddress, "DNSServerIP1"), (fields.subnetMask, "DNSServerIP2"),
          (fields.gateway, "DNSServerIP3"), (fields.gateway, "DNSServerIP4"),
        ]
      }
      for (field, name) in parts {
        let address = try reader.uint32(at: offset)
        tree.add(field, .ipv4(address), at: offset, count: 4)
        tree.note(block) {
          $0.write(", \(name): ")
          $0.write(ipv4: address)
        }
        offset += 4
      }
    default: try addRest(from: data, end, into: &tree)
    }
  }

  private func describeDevice(
    _ service: Service, _ suboption: UInt8, _ data: Int, _ end: Int, _ block: FieldIndex,
    _ summary: inout String, _ fields: ProfinetDCPFields, _ tree: inout FieldBuffer
  ) throws(DecodeError) {
    let title: (title: String, summary: String)? =
      switch suboption {
      case 1: ("Manufacturer specific", "DeviceVendorValue")
      case 2: ("NameOfStation", "")
      case 3: ("Device ID", "Dev-ID")
      case 4: ("Device Role", "Dev-Role")
      case 5: ("Device Options", "")
      case 6: ("AliasName", "")
      case 7: ("Device Instance", "Dev-Instance")
      case 8: ("OEM Device ID", "OEM-Dev-ID")
      case 10: ("RSI Properties", "RSI-Properties")
      default: nil
      }
    guard let title else {
      try addRest(from: data, end, into: &tree)
      return
    }
    tree.note(block, "Device/\(title.title)")
    if !title.summary.isEmpty { summary = ", \(title.summary)" }
    let offset = try describePrefix(service, at: data, block, fields, into: &tree)
    switch suboption {
    case 1, 2, 6:
      let bytes = try reader.part(at: offset, max(0, end - offset))
      let field =
        suboption == 1
        ? fields.vendorValue : suboption == 2 ? fields.nameOfStation : fields.aliasName
      tree.add(field, bytes, at: offset)
      var text = TextBuffer()
      text.write("\"")
      text.write(bytes)
      text.write("\"")
      tree.note(block, suboption == 1 ? ", DeviceVendorValue: " : ", ")
      tree.note(block) { $0.write(printable: text.bytes[...], escapesQuotes: false) }
      if suboption == 2 { summary = ", NameOfStation:\(text.string)" }
      if suboption == 6 { summary = ", AliasName:\(text.string)" }
    case 3, 8:
      let vendor = try reader.uint16(at: offset), device = try reader.uint16(at: offset + 2)
      let isOEM = suboption == 8
      tree.add(isOEM ? fields.oemVendor : fields.vendorID, vendor, at: offset, count: 2)
      tree.add(isOEM ? fields.oemDevice : fields.deviceID, device, at: offset + 2, count: 2)
      tree.note(block) {
        $0.write(isOEM ? ", OEMVendorID: 0x" : ", VendorID: 0x")
        $0.write(hex: UInt64(vendor), digits: 4)
        $0.write(isOEM ? " / OEMDeviceID: 0x" : " / DeviceID: 0x")
        $0.write(hex: UInt64(device), digits: 4)
      }
    case 4:
      let role = try reader.uint8(at: offset)
      tree.add(fields.deviceRole, role, at: offset, count: 1)
      tree.add(fields.reserved8, try reader.uint8(at: offset + 1), at: offset + 1, count: 1)
      let names = ["IO-Device", "IO-Controller", "IO-Multidevice", "PN-Supervisor"]
      for (bit, name) in names.enumerated() where role >> UInt8(bit) & 1 == 1 {
        tree.note(block, ", \(name)")
      }
    case 5:
      var count = 0
      for position in stride(from: offset, through: end - 2, by: 2) {
        _ = try describeOption(at: position, fields.option, fields, into: &tree)
        count += 1
      }
      tree.note(block, ", \(count) options")
      summary = ", Dev-Options(\(count))"
    case 7:
      let high = try reader.uint8(at: offset), low = try reader.uint8(at: offset + 1)
      tree.add(fields.instance, high, at: offset, count: 1)
      let item = tree.add(fields.instance, low, at: offset + 1, count: 1)
      tree.relabel(item) {
        $0.write("DeviceInstanceLow: 0x")
        $0.write(hex: UInt64(low), digits: 2)
      }
      tree.note(block, ", InstanceHigh: \(high), Instance Low: \(low)")
    default: describeProperties(try reader.uint16(at: offset), at: offset, fields, &tree)
    }
  }

  private func describeProperties(
    _ value: UInt16, at offset: Int, _ fields: ProfinetDCPFields, _ tree: inout FieldBuffer
  ) {
    let outer = tree.opened(fields.properties, .unsigned(UInt64(value)), at: offset, count: 2)
    let inner = tree.add(fields.properties, value, at: offset, count: 2)
    for field in fields.propertyBits where UInt64(value) & field.mask != 0 {
      tree.note(inner, ", \(field.label)")
    }
    tree.open(inner)
    for field in fields.propertyBits { tree.add(field, bitsOf: value, at: offset, count: 2) }
    tree.add(fields.propertyOthers, bitsOf: value, at: offset, count: 2)
    tree.close(outer)
  }

  private func describeDHCP(
    _ service: Service, _ suboption: UInt8, _ data: Int, _ end: Int, _ block: FieldIndex,
    _ summary: inout String, _ fields: ProfinetDCPFields, _ tree: inout FieldBuffer
  ) throws(DecodeError) {
    guard suboption == 61 || suboption == 255 else {
      let offset = try describePrefix(service, at: data, nil, fields, into: &tree)
      try addRest(from: offset, end, into: &tree)
      return
    }
    tree.note(
      block,
      suboption == 61 ? "DHCP/Client-ID" : "DHCP/Control DHCP for address resolution")
    summary = ", \(dcpSuboptionDHCPName(UInt64(suboption)) ?? "")"
    let offset = try describePrefix(service, at: data, block, fields, into: &tree)
    tree.add(fields.dhcpCode, try reader.uint8(at: offset), at: offset, count: 1)
    let count = Int(try reader.uint8(at: offset + 1))
    tree.add(fields.dhcpLength, count, at: offset + 1, count: 1)
    guard count > 0 else { return }
    let value = try reader.uint8(at: offset + 2)
    if suboption == 255 {
      tree.add(fields.dhcpControl, value, at: offset + 2, count: 1)
      return
    }
    if count == 1 {
      tree.add(fields.dhcpControl, value, at: offset + 2, count: 1)
    } else {
      tree.note(block, ", Client-ID: Arbitrary")
      tree.add(fields.dhcpData, value, at: offset + 2, count: 1)
      tree.add(fields.dhcpClient, try reader.part(at: offset + 3, count - 1), at: offset + 3)
    }
  }

  private func describeControl(
    _ suboption: UInt8, _ data: Int, _ end: Int, _ block: FieldIndex, _ summary: inout String,
    _ fields: ProfinetDCPFields, _ tree: inout FieldBuffer
  ) throws(DecodeError) {
    switch suboption {
    case 1, 2:
      tree.note(block, suboption == 1 ? "Control/Start-Transaction" : "Control/End-Transaction")
      summary = suboption == 1 ? ", Start-Trans" : ", End-Trans"
      tree.add(fields.blockQualifier, try reader.uint16(at: data), at: data, count: 2)
    case 3:
      tree.note(block, "Control/Signal")
      summary = ", Signal"
      tree.add(fields.blockQualifier, try reader.uint16(at: data), at: data, count: 2)
      tree.add(fields.signal, try reader.uint16(at: data + 2), at: data + 2, count: 2)
    case 4: try describeResponse(data, block, &summary, fields, &tree)
    case 5, 6:
      let value = try reader.uint16(at: data)
      let name = dcpResetName(UInt64(value)) ?? "Unknown"
      let isFactory = suboption == 6
      tree.note(block, isFactory ? "Reset to FactorySettings" : "Control/Reset FactorySettings")
      tree.note(block, ", BlockQualifier: \(name)")
      summary = isFactory ? ", Reset to Factory" : ", Reset FactorySettings"
      let item = tree.add(fields.resetQualifier, value, at: data, count: 2)
      let label = isFactory ? "ResettoFactory" : "ResetFactorySettings"
      tree.relabel(item, "BlockQualifier: \(label): \(name) (\(value))")
    default: try addRest(from: data, end, into: &tree)
    }
  }

  private func describeResponse(
    _ data: Int, _ block: FieldIndex, _ summary: inout String, _ fields: ProfinetDCPFields,
    _ tree: inout FieldBuffer
  ) throws(DecodeError) {
    tree.note(block, "Control/Response")
    let (option, suboption) = try describeOption(
      at: data, fields.controlOption, fields, into: &tree)
    let error = try reader.uint8(at: data + 2)
    let item = tree.add(fields.blockError, error, at: data + 2, count: 1)
    let name = dcpErrorName(UInt64(error)) ?? "Unknown"
    if error != 0 {
      tree.expert(fields.blockErrorExpert, .chat, .response, name, under: item)
    }
    let optionName = dcpOptionName(UInt64(option)) ?? "Unknown"
    let status = "\(optionName) - \(suboptionName(option, suboption) ?? "Unknown")"
    tree.note(block, ", Status from \(status), BlockError: \(name)")
    summary = ", Response(\(name))"
  }
}
