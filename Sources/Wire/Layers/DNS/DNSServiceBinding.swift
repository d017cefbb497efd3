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
    let target = try DNSName(in: reader.bytes, at: start + 2, base: 0, reader)
    tree.add(fields.target, target.text, at: start + 2, count: target.length)
    var offset = start + 2 + target.length
    while offset < end {
      let key = try reader.uint16(at: offset)
      let count = Int(try reader.uint16(at: offset + 2))
      let name = serviceParameterName(UInt64(key)) ?? "key\(key)"
      let top = tree.add(fields.parameter, .none, at: offset, count: 4 + count)
      tree.note(top, ": \(name)")
      tree.open(top)
      defer { tree.close(top) }
      tree.add(fields.key, key, at: offset, count: 2)
      tree.add(fields.valueLength, count, at: offset + 2, count: 2)
      offset += 4
      let value = try reader.part(at: offset, count)
      try describe(key, value, at: offset, top, fields, into: &tree)
      offset += count
    }
  }

  private func describe(
    _ key: UInt16, _ value: Span<UInt8>, at offset: Int, _ top: FieldIndex,
    _ fields: DNSServiceBindingFields, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    switch key {
    case 0:
      for index in stride(from: 0, through: value.count - 2, by: 2) {
        let number = value.uint16(at: index)
        tree.add(fields.mandatoryKey, number, at: offset + index, count: 2)
        let name = serviceParameterName(UInt64(number)) ?? "key\(number)"
        tree.note(top, "\(index == 0 ? "=" : ",")\(name)")
      }
    case 1:
      var position = 0
      while position < value.count {
        let count = Int(value[position])
        tree.add(fields.alpnLength, count, at: offset + position, count: 1)
        let name = try reader.part(at: offset + position + 1, count)
        tree.add(fields.alpn, name, at: offset + position + 1)
        tree.note(top) {
          $0.write(position == 0 ? "=" : ",")
          $0.write(name)
        }
        position += 1 + count
      }
    case 2: break
    case 3:
      let port = try reader.uint16(at: offset)
      tree.add(fields.port, port, at: offset, count: 2)
      tree.note(top, "=\(port)")
    case 4:
      for index in stride(from: 0, through: value.count - 4, by: 4) {
        let address = FieldValue.ipv4(value.uint32(at: index))
        tree.add(fields.ipv4, address, at: offset + index, count: 4)
        tree.note(top) {
          $0.write(index == 0 ? "=" : ",")
          $0.write(address)
        }
      }
    case 6:
      for index in stride(from: 0, through: value.count - 16, by: 16) {
        let address = try reader.ipv6(at: offset + index)
        tree.add(fields.ipv6, address, at: offset + index, count: 16)
        tree.note(top) {
          $0.write(index == 0 ? "=" : ",")
          $0.write(address)
        }
      }
    case 5, 32769:
      let field = key == 5 ? fields.echConfig : fields.odohConfig
      let item = tree.add(field, value, at: offset)
      tree.relabel(item) {
        $0.write("\(field.label): ")
        $0.write(base64: value)
      }
      tree.note(top) {
        $0.write("=")
        $0.write(base64: value)
      }
    default:
      guard !value.isEmpty else { return }
      tree.add(fields.value, value, at: offset)
      tree.note(top) {
        $0.write("=")
        $0.write(value)
      }
    }
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
