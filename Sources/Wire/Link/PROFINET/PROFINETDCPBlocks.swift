import Fields

/// A block that is being described.
struct ProfinetDCPBlock {
  let service: ProfinetDCP.Service
  let suboption: UInt8
  /// Where its data begins, and how long it says to be.
  let data: Int
  let count: Int
  /// Its line in the tree, which takes notes.
  let item: FieldIndex
  /// What the frame's summary says of it.
  var summary = ""

  /// Bytes of BlockInfo or BlockQualifier.
  var prefixLength: Int { service.informs || service.qualifies ? 2 : 0 }
}

// The blocks of a PDU. Each function returns where its block ends.
extension ProfinetDCP {
  func describeBlock(
    _ service: Service, at start: Int, _ item: FieldIndex, _ summary: inout String,
    _ fields: ProfinetDCPFields, into tree: inout FieldBuffer
  ) throws(DecodeError) -> Int {
    let option = try reader.uint8(at: start)
    switch option {
    case 1, 2, 3, 5, 6, 7, 255, 0x80...0xfe: break
    default:
      tree.add(fields.option, option, at: start, count: 1)
      tree.note(item, "Reserved")
      summary = ", Reserved"
      return start + 1
    }
    let (_, suboption) = try describeOption(at: start, fields.option, fields, into: &tree)
    let length = Int(try reader.uint16(at: start + 2))
    tree.add(fields.blockLength, length, at: start + 2, count: 2)
    var block = ProfinetDCPBlock(
      service: service, suboption: suboption, data: start + 4, count: length, item: item)
    defer { summary = block.summary }
    switch option {
    case 1: return try describeIP(&block, fields, &tree)
    case 2: return try describeDevice(&block, fields, &tree)
    case 3: return try describeDHCP(&block, fields, &tree)
    case 5: return try describeControl(&block, fields, &tree)
    case 6:
      tree.note(item, "DeviceInitiative/DeviceInitiative")
      block.summary = ", DeviceInitiative"
      let offset = try describePrefix(block, fields, into: &tree)
      tree.add(fields.initiative, try reader.uint16(at: offset), at: offset, count: 2)
      return offset + 2
    case 7: return try describeDomain(&block, fields, &tree)
    case 255 where suboption == 255:
      tree.note(item, "All/All")
      block.summary = ", All"
      return block.data
    case 255: return try addUndecoded(block, from: block.data, into: &tree)
    default:
      tree.note(item, "Manufacturer Specific")
      block.summary = ", Manufacturer Specific"
      return try addUndecoded(block, from: block.data, into: &tree)
    }
  }

  /// The rest of the block's data, which is nothing's.
  private func addUndecoded(
    _ block: ProfinetDCPBlock, from offset: Int, into tree: inout FieldBuffer
  ) throws(DecodeError) -> Int {
    let end = block.data + block.count
    tree.addUndecoded(try reader.part(at: offset, end - offset), at: offset)
    return end
  }

  /// BlockInfo or BlockQualifier, where there is one; says so in the title of the block unless it has none. Returns
  /// what follows it.
  private func describePrefix(
    _ block: ProfinetDCPBlock, isIP: Bool = false, hasTitle: Bool = true,
    _ fields: ProfinetDCPFields, into tree: inout FieldBuffer
  ) throws(DecodeError) -> Int {
    guard block.prefixLength > 0 else { return block.data }
    let value = try reader.uint16(at: block.data)
    if block.service.informs {
      let item = tree.add(
        isIP ? fields.blockInfoIP : fields.blockInfo, value, at: block.data, count: 2)
      let name = isIP ? dcpBlockInfoName(UInt64(value)) ?? "Undecoded" : "Reserved"
      if hasTitle { tree.note(block.item, ", BlockInfo: \(name)") }
      if isIP, value & 0x80 != 0 {
        tree.expert(
          fields.conflict, .note, .response, "IP address conflict detected!", under: item)
      }
    } else {
      tree.add(fields.blockQualifier, value, at: block.data, count: 2)
      let name = dcpQualifierName(UInt64(value)) ?? "Unknown"
      if hasTitle { tree.note(block.item, ", BlockQualifier: \(name)") }
    }
    return block.data + 2
  }

  private func describeIP(
    _ block: inout ProfinetDCPBlock, _ fields: ProfinetDCPFields, _ tree: inout FieldBuffer
  ) throws(DecodeError) -> Int {
    switch block.suboption {
    case 1:
      tree.note(block.item, "IP/MAC")
      block.summary = ", MAC"
      let offset = try describePrefix(block, fields, into: &tree)
      let address = try reader.uint48(at: offset)
      tree.add(fields.macAddress, mac: address, at: offset)
      tree.note(block.item) {
        $0.write(", MACAddress: ")
        $0.write(ether: address)
      }
      return offset + 6
    case 2, 3:
      let isFull = block.suboption == 3
      tree.note(block.item, isFull ? "IP/MAC" : "IP/IP")
      block.summary = isFull ? ", MAC" : ", IP"
      var offset = try describePrefix(block, isIP: !isFull, fields, into: &tree)
      var parts = [
        (fields.ipAddress, "IP"), (fields.subnetMask, "Subnet"), (fields.gateway, "Gateway"),
      ]
      if isFull {
        parts += [
          (fields.ipAddress, "DNSServerIP1"), (fields.subnetMask, "DNSServerIP2"),
          (fields.gateway, "DNSServerIP3"), (fields.gateway, "DNSServerIP4"),
        ]
      }
      for (field, name) in parts {
        let address = try reader.uint32(at: offset)
        tree.add(field, .ipv4(address), at: offset, count: 4)
        tree.note(block.item) {
          $0.write(", \(name): ")
          $0.write(ipv4: address)
        }
        offset += 4
      }
      return offset
    default: return try addUndecoded(block, from: block.data, into: &tree)
    }
  }

  /// The titles of these blocks, but one, are written when all of them is read.
  private func describeDevice(
    _ block: inout ProfinetDCPBlock, _ fields: ProfinetDCPFields, _ tree: inout FieldBuffer
  ) throws(DecodeError) -> Int {
    do throws(DecodeError) {
      return try describeProperty(&block, fields, &tree)
    } catch {
      if block.suboption != Self.deviceOptions {
        tree.relabel(block.item, "Block: ")
        block.summary = ""
      }
      throw error
    }
  }
  private static let deviceOptions: UInt8 = 5

  private func describeProperty(
    _ block: inout ProfinetDCPBlock, _ fields: ProfinetDCPFields, _ tree: inout FieldBuffer
  ) throws(DecodeError) -> Int {
    let title: (title: String, summary: String)? =
      switch block.suboption {
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
      let offset = try describePrefix(block, hasTitle: false, fields, into: &tree)
      return try addUndecoded(block, from: offset, into: &tree)
    }
    tree.note(block.item, "Device/\(title.title)")
    if !title.summary.isEmpty { block.summary = ", \(title.summary)" }
    let offset = try describePrefix(block, fields, into: &tree)
    switch block.suboption {
    case 1, 2, 6: return try describeName(&block, from: offset, fields, &tree)
    case 3, 8:
      let vendor = try reader.uint16(at: offset), device = try reader.uint16(at: offset + 2)
      let isOEM = block.suboption == 8
      tree.add(isOEM ? fields.oemVendor : fields.vendorID, vendor, at: offset, count: 2)
      tree.add(isOEM ? fields.oemDevice : fields.deviceID, device, at: offset + 2, count: 2)
      tree.note(block.item) {
        $0.write(isOEM ? ", OEMVendorID: 0x" : ", VendorID: 0x")
        $0.write(hex: UInt64(vendor), digits: 4)
        $0.write(isOEM ? " / OEMDeviceID: 0x" : " / DeviceID: 0x")
        $0.write(hex: UInt64(device), digits: 4)
      }
      return offset + 4
    case 4:
      let role = try reader.uint8(at: offset)
      tree.add(fields.deviceRole, role, at: offset, count: 1)
      tree.add(fields.reserved8, try reader.uint8(at: offset + 1), at: offset + 1, count: 1)
      let names = ["IO-Device", "IO-Controller", "IO-Multidevice", "PN-Supervisor"]
      for (bit, name) in names.enumerated() where role >> UInt8(bit) & 1 == 1 {
        tree.note(block.item, ", \(name)")
      }
      return offset + 2
    case 5:
      // Half an option makes more of them than a frame can hold.
      let count = UInt16(truncatingIfNeeded: block.count - block.prefixLength)
      tree.note(block.item, ", \(count / 2) options")
      block.summary = ", Dev-Options(\(count / 2))"
      var end = offset
      while count % 2 == 1 || end < offset + Int(count) {
        _ = try describeOption(at: end, fields.option, fields, into: &tree)
        end += 2
      }
      return end
    case 7:
      let high = try reader.uint8(at: offset), low = try reader.uint8(at: offset + 1)
      tree.add(fields.instance, high, at: offset, count: 1)
      let item = tree.add(fields.instance, low, at: offset + 1, count: 1)
      tree.relabel(item) {
        $0.write("DeviceInstanceLow: 0x")
        $0.write(hex: UInt64(low), digits: 2)
      }
      tree.note(block.item, ", InstanceHigh: \(high), Instance Low: \(low)")
      return offset + 2
    default:
      describeProperties(try reader.uint16(at: offset), at: offset, fields, &tree)
      return offset + 2
    }
  }

  /// The vendor's value, the name of the station or an alias.
  private func describeName(
    _ block: inout ProfinetDCPBlock, from offset: Int, _ fields: ProfinetDCPFields,
    _ tree: inout FieldBuffer
  ) throws(DecodeError) -> Int {
    let bytes = try reader.part(at: offset, block.data + block.count - offset)
    let (field, label) =
      switch block.suboption {
      case 1: (fields.vendorValue, "")
      case 2: (fields.nameOfStation, "NameOfStation")
      default: (fields.aliasName, "AliasName")
      }
    tree.add(string: field, bytes, at: offset)
    var text = TextBuffer()
    text.write(ascii: bytes)
    var quoted = TextBuffer()
    quoted.write("\"")
    quoted.write(printable: text.bytes[...])
    quoted.write("\"")
    tree.note(block.item, block.suboption == 1 ? ", DeviceVendorValue: " : ", ")
    tree.note(block.item) { $0.write(quoted.bytes[...]) }
    if !label.isEmpty { block.summary = ", \(label):\(quoted.string)" }
    return offset + bytes.count
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
    _ block: inout ProfinetDCPBlock, _ fields: ProfinetDCPFields, _ tree: inout FieldBuffer
  ) throws(DecodeError) -> Int {
    let isClient = block.suboption == 61
    guard isClient || block.suboption == 255 else {
      let offset = try describePrefix(block, hasTitle: false, fields, into: &tree)
      return try addUndecoded(block, from: offset, into: &tree)
    }
    tree.note(
      block.item, isClient ? "DHCP/Client-ID" : "DHCP/Control DHCP for address resolution")
    block.summary = ", \(dcpSuboptionDHCPName(UInt64(block.suboption)) ?? "")"
    var offset = try describePrefix(block, fields, into: &tree)
    tree.add(fields.dhcpCode, try reader.uint8(at: offset), at: offset, count: 1)
    let count = Int(try reader.uint8(at: offset + 1))
    tree.add(fields.dhcpLength, count, at: offset + 1, count: 1)
    offset += 2
    if !isClient || count > 0 {
      let value = try reader.uint8(at: offset)
      if isClient, count == 1 {
        tree.note(
          block.item, ", Client-ID: \(value == 1 ? "MAC Address" : "Name of Station")")
      } else if isClient {
        tree.note(block.item, ", Client-ID: Arbitrary")
      }
      tree.add(isClient ? fields.dhcpData : fields.dhcpControl, value, at: offset, count: 1)
      offset += 1
      if isClient, count > 1 {
        tree.add(string: fields.dhcpClient, try reader.part(at: offset, count - 1), at: offset)
        offset += count - 1
      }
    }
    let rest = block.data + block.count - offset
    guard rest > 0 else { return offset }
    _ = try reader.part(at: offset, rest)
    let item = tree.add(fields.undefined, "data", at: offset, count: rest)
    tree.relabel(item, "Undefined: \(rest) byte")
    return offset + rest
  }

  private func describeControl(
    _ block: inout ProfinetDCPBlock, _ fields: ProfinetDCPFields, _ tree: inout FieldBuffer
  ) throws(DecodeError) -> Int {
    let data = block.data
    switch block.suboption {
    case _ where block.count == 0 && block.service.qualifies:
      tree.note(block.item, "Control/Erroneous DCPSet block")
      block.summary = ", Erroneous DCPSet block"
      return data
    case 1, 2:
      let isStart = block.suboption == 1
      tree.note(block.item, isStart ? "Control/Start-Transaction" : "Control/End-Transaction")
      block.summary = isStart ? ", Start-Trans" : ", End-Trans"
      tree.add(fields.blockQualifier, try reader.uint16(at: data), at: data, count: 2)
      return data + 2
    case 3:
      tree.note(block.item, "Control/Signal")
      block.summary = ", Signal"
      tree.add(fields.blockQualifier, try reader.uint16(at: data), at: data, count: 2)
      tree.add(fields.signal, try reader.uint16(at: data + 2), at: data + 2, count: 2)
      return data + 4
    case 4: return try describeResponse(&block, fields, &tree)
    case 5, 6:
      let value = try reader.uint16(at: data)
      let isFactory = block.suboption == 6
      // Only one of the two knows the default, and only the other one all else.
      let name = (value == 0) != isFactory ? dcpResetName(UInt64(value)) : nil
      tree.note(
        block.item, isFactory ? "Reset to FactorySettings" : "Control/Reset FactorySettings")
      tree.note(block.item, ", BlockQualifier: \(name ?? "reserved")")
      block.summary = isFactory ? ", Reset to Factory" : ", Reset FactorySettings"
      let item = tree.add(fields.resetQualifier, value, at: data, count: 2)
      let label = isFactory ? "ResettoFactory" : "ResetFactorySettings"
      tree.relabel(item, "BlockQualifier: \(label): \(name ?? "Unknown") (\(value))")
      return data + 2
    default: return try addUndecoded(block, from: data, into: &tree)
    }
  }

  private func describeResponse(
    _ block: inout ProfinetDCPBlock, _ fields: ProfinetDCPFields, _ tree: inout FieldBuffer
  ) throws(DecodeError) -> Int {
    let data = block.data
    tree.note(block.item, "Control/Response")
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
    tree.note(block.item, ", Status from \(status), BlockError: \(name)")
    block.summary = ", Response(\(name))"
    return data + 3
  }

  /// What a device says of its domain in a time-sensitive network.
  private func describeDomain(
    _ block: inout ProfinetDCPBlock, _ fields: ProfinetDCPFields, _ tree: inout FieldBuffer
  ) throws(DecodeError) -> Int {
    let end = block.data + block.count
    switch block.suboption {
    case 1:
      let offset = block.data + block.prefixLength
      let hasName = reader.count >= offset + 16 && end >= offset + 16
      if hasName { tree.note(block.item, "TSN/TSN-Domain Name") }
      _ = try describePrefix(block, hasTitle: hasName, fields, into: &tree)
      try add(uuid: fields.domainUUID, at: offset, into: &tree)
      let name = try reader.part(at: offset + 16, end - offset - 16)
      tree.add(string: fields.domainName, name, at: offset + 16)
      var text = TextBuffer()
      text.write(ascii: name)
      var quoted = TextBuffer()
      quoted.write("\"")
      quoted.write(printable: text.bytes[...])
      quoted.write("\"")
      tree.note(
        block.item,
        ", \(quoted.string), UUID identifying a TSN domain using SNMP/ LLDP/ DCP")
      block.summary = ", TSN-Domain Name, DomainName:\(quoted.string)"
      return end
    case 2:
      tree.note(block.item, "TSN/NME-Manager")
      block.summary = ", NME-Manager"
      let offset = try describePrefix(block, fields, into: &tree)
      guard block.service.informs else { return offset }
      let priority = try reader.uint16(at: offset)
      tree.add(fields.managerPriority, priority, at: offset, count: 2)
      tree.note(block.item, ", \(dcpManagerPriorityName(UInt64(priority)) ?? "")")
      return offset + 2
    case 3:
      tree.note(block.item, "TSN/NME-Parameter UUID")
      block.summary = ", NME-Parameter UUID"
      let hasValue = block.count > block.prefixLength
      let offset = try describePrefix(block, hasTitle: hasValue, fields, into: &tree)
      guard hasValue else { return offset }
      try add(uuid: fields.parameterUUID, at: offset, into: &tree)
      tree.note(
        block.item, ", UUID identifying an NME parameter set within the TSN domain.")
      return offset + 16
    default:
      tree.note(block.item, "TSN/Reserved")
      block.summary = ", TSN/Reserved"
      return try describePrefix(block, hasTitle: false, fields, into: &tree)
    }
  }

  private func add(uuid field: Field, at offset: Int, into tree: inout FieldBuffer)
    throws(DecodeError)
  {
    let bytes = try reader.part(at: offset, 16)
    tree.add(field, at: offset, count: 16) { $0.write(uuid: bytes) }
  }
}
