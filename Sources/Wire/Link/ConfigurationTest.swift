import Fields

/// Ethernet's configuration test protocol, EtherType 0x9000: a list of functions, of which `skip` bytes are done.
struct ConfigurationTest: LayerView, ~Escapable {
  private let reader: ByteReader

  /// `next` and `describe` check as they go.
  @_lifetime(copy bytes)
  init(_ bytes: Span<UInt8>, _ layer: Layer) { reader = ByteReader(bytes, layer) }

  private static let reply: UInt16 = 1
  private static let forward: UInt16 = 2

  private func uint16(at offset: Int) throws(DecodeError) -> UInt16 {
    try reader.uint16(at: offset).byteSwapped
  }

  func next(_ layer: Layer) throws(DecodeError) -> Layer? {
    var (offset, goesOn) = (2, true)
    while goesOn {
      switch try uint16(at: offset) {
      case Self.reply: (offset, goesOn) = (offset + 4, false)
      case Self.forward: offset += 8
      default: (offset, goesOn) = (offset + 2, false)
      }
    }
    try reader.require(0, at: offset)
    return layer.above(.data, at: offset)
  }

  func describe(
    _ layer: Layer, _ context: borrowing DescribeContext, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let fields = ConfigurationTestFields.fields
    tree.addProtocol("loop")
    tree.columns.protocolName = "LOOP"
    tree.columns.startInfo()
    let top = tree.opened(fields.loop, count: reader.count)
    defer { tree.close(top) }
    let skip = Int(try uint16(at: 0))
    tree.add(fields.skipCount, skip, at: 0, count: 2)
    var (offset, goesOn, isFound) = (2, true, false)
    while goesOn {
      let function = try uint16(at: offset)
      if offset - 2 == skip {
        tree.add(fields.relevantFunction, function, at: offset, count: 2)
        isFound = true
        let name = ConfigurationTestFields.functionName(UInt64(function))
        tree.columns.setInfo(name ?? "Unknown function (\(function))")
      }
      tree.add(fields.function, function, at: offset, count: 2)
      offset += 2
      switch function {
      case Self.reply:
        tree.add(fields.receipt, try uint16(at: offset), at: offset, count: 2)
        (offset, goesOn) = (offset + 2, false)
      case Self.forward:
        tree.add(
          fields.forwardingAddress, mac: try reader.uint48(at: offset), at: offset)
        offset += 6
      default: goesOn = false
      }
    }
    if !isFound { tree.columns.setInfo("No valid function found") }
  }
}

/// The fields of the configuration test protocol.
struct ConfigurationTestFields: FieldSet {
  let loop = Field("loop", "Configuration Test Protocol (loopback)", .proto)
  let skipCount = Field("loop.skipcount", "skipCount", .uint16)
  let relevantFunction = Field(
    "loop.relevant_function", "Relevant function", .uint16, .natural,
    .names { ConfigurationTestFields.functionName($0) })
  let function = Field(
    "loop.function", "Function", .uint16, .natural,
    .names { ConfigurationTestFields.functionName($0) })
  let receipt = Field("loop.receipt_number", "Receipt number", .uint16)
  let forwardingAddress = Field("loop.forwarding_address", "Forwarding address", .ether)

  static let fields = Self()

  static func functionName(_ number: UInt64) -> String? {
    word(number, ["", "Reply", "Forward Data"])
  }
}
