import Fields

/// The data of an SVCB or HTTPS record (RFC 9460).
struct DNSServiceBinding: ~Escapable {
  private let reader: ByteReader
  private let start: Int
  private let end: Int

  @_lifetime(copy reader)
  init(_ reader: borrowing ByteReader, at start: Int, _ end: Int) {
    self.reader = copy reader
    (self.start, self.end) = (start, end)
  }

  func describe(into tree: inout FieldBuffer) throws(DecodeError) {
    let fields = DNSServiceBindingFields.fields
    tree.add(fields.priority, try reader.uint16(at: start), at: start, count: 2)
    let target = try DomainName(in: reader.bytes, at: start + 2, base: 0, reader)
    tree.add(fields.target, target.text, at: start + 2, count: target.length)
    var offset = start + 2 + target.length
    while offset < end {
      let top = tree.opened(fields.parameter, at: offset)
      defer { tree.close(top) }
      let key = try reader.uint16(at: offset)
      tree.add(fields.key, key, at: offset, count: 2)
      let count = Int(try reader.uint16(at: offset + 2))
      tree.add(fields.valueLength, count, at: offset + 2, count: 2)
      tree.setLength(4 + count, of: top)
      tree.note(top, ": \(serviceParameterName(UInt64(key)) ?? "key\(key)")")
      offset = try describe(key, at: offset + 4, count, top, fields, into: &tree)
    }
  }

  /// Returns where what the key makes of the value ends: there the next parameter is looked for.
  private func describe(
    _ key: UInt16, at start: Int, _ count: Int, _ top: FieldIndex,
    _ fields: DNSServiceBindingFields, into tree: inout FieldBuffer
  ) throws(DecodeError) -> Int {
    var offset = start
    /// Writes a value of a list after the parameter's name.
    func note(_ tree: inout FieldBuffer, writing: (inout TextBuffer) -> Void) {
      tree.note(top) {
        $0.write(offset == start ? "=" : ",")
        writing(&$0)
      }
    }
    switch key {
    case 0:
      while offset < start + count {
        let number = try reader.uint16(at: offset)
        tree.add(fields.mandatoryKey, number, at: offset, count: 2)
        note(&tree) { $0.write(serviceParameterName(UInt64(number)) ?? "key\(number)") }
        offset += 2
      }
    case 1:
      while offset < start + count {
        let length = Int(try reader.uint8(at: offset))
        tree.add(fields.alpnLength, length, at: offset, count: 1)
        let name = try reader.part(at: offset + 1, length)
        tree.add(string: fields.alpn, name, at: offset + 1)
        note(&tree) { $0.write(ascii: name) }
        offset += 1 + length
      }
    case 2: break
    case 3:
      let port = try reader.uint16(at: offset)
      tree.add(fields.port, port, at: offset, count: 2)
      note(&tree) { $0.write("\(port)") }
      offset += 2
    case 4, 6:
      while offset < start + count {
        let address =
          key == 4 ? FieldValue.ipv4(try reader.uint32(at: offset)) : try reader.ipv6(at: offset)
        let size = key == 4 ? 4 : 16
        tree.add(key == 4 ? fields.ipv4 : fields.ipv6, address, at: offset, count: size)
        note(&tree) { $0.write(address) }
        offset += size
      }
    case 5, 32769:
      let value = try reader.part(at: offset, count)
      let field = key == 5 ? fields.echConfig : fields.odohConfig
      let item = tree.add(field, value, at: offset)
      tree.relabel(item) {
        $0.write("\(field.label): ")
        $0.write(base64: value)
      }
      note(&tree) { $0.write(base64: value) }
      offset += count
    default:
      guard count > 0 else { break }
      let value = try reader.part(at: offset, count)
      tree.add(fields.value, value, at: offset)
      note(&tree) { $0.write(printable: value) }
      offset += count
    }
    return offset
  }
}

@Sendable private func serviceParameterName(_ key: UInt64) -> String? {
  switch key {
  case 32769: "odohconfig"
  case 65535: "key65535"
  default:
    word(
      key, ["mandatory", "alpn", "no-default-alpn", "port", "ipv4hint", "echconfig", "ipv6hint"])
  }
}

extension TextBuffer {
  mutating func write(base64 bytes: Span<UInt8>) {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let count = min(3, bytes.count - start)
      var group: UInt32 = 0
      for index in 0..<count { group |= UInt32(bytes[start + index]) << UInt32(16 - 8 * index) }
      for index in 0..<4 {
        let digit = Int(group >> UInt32(18 - 6 * index) & 63)
        write(byte: index <= count ? alphabet[digit] : UInt8(ascii: "="))
      }
    }
  }
}

/// The fields of service bindings, as Wireshark names them.
struct DNSServiceBindingFields: FieldSet {
  let priority = Field("dns.svcb.svcpriority", "SvcPriority", .uint16)
  let target = Field("dns.svcb.targetname", "TargetName", .string)
  let parameter = Field("dns.svcb.svcparam", "SvcParam", .none)
  let key = Field(
    "dns.svcb.svcparam.key", "SvcParamKey", .uint16, .natural, .names(serviceParameterName))
  let valueLength = Field("dns.svcb.svcparam.value.length", "SvcParamValue length", .uint16)
  let value = Field("dns.svcb.svcparam.value", "SvcParamValue", .bytes)
  let mandatoryKey = Field(
    "dns.svcb.svcparam.mandatory.key", "Mandatory key", .uint16, .natural,
    .names(serviceParameterName))
  let alpnLength = Field("dns.svcb.svcparam.alpn.length", "ALPN length", .uint8)
  let alpn = Field("dns.svcb.svcparam.alpn", "ALPN", .string)
  let port = Field("dns.svcb.svcparam.port", "Port", .uint16)
  let ipv4 = Field("dns.svcb.svcparam.ipv4hint.ip", "IP", .ipv4)
  let echConfig = Field("dns.svcb.svcparam.echconfig", "ECHConfig", .bytes)
  let ipv6 = Field("dns.svcb.svcparam.ipv6hint.ip", "IP", .ipv6)
  let odohConfig = Field("dns.svcb.svcparam.odohconfig", "ODoHConfig", .bytes)

  static let fields = Self()
}
