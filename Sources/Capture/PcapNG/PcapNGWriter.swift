/// Writes a pcapng file of one section (draft-ietf-opsawg-pcapng) in this machine's byte order.
struct PcapNGWriter {
  private let output: OutputFile
  /// Where each interface already written is in the file, by its place in the capture read.
  private var written: [Int: Int] = [:]
  private var block: [UInt8] = []

  init(_ output: OutputFile) {
    self.output = output
    begin(BlockType.sectionHeader)
    append(SectionHeader.byteOrderMagic)
    append(UInt16(1))
    append(UInt16(0))
    append(UInt64.max)  // the length of the section is not known
    appendOption(SectionHeader.application, text: "mailwire")
    appendEndOfOptions()
    end()
  }

  mutating func write(_ frame: borrowing Frame) {
    let interface = frame.capturedOn
    let index = written[frame.interface] ?? write(interface, of: frame.interface)
    let ticks = Self.ticks(frame.time, Self.resolution(of: interface).unitsPerSecond)
    begin(BlockType.enhancedPacket)
    append(UInt32(clamping: index))
    append(UInt32(truncatingIfNeeded: ticks >> 32))
    append(UInt32(truncatingIfNeeded: ticks))
    append(UInt32(clamping: frame.bytes.count))
    append(UInt32(clamping: frame.originalLength))
    append(frame.bytes)
    if let notes = frame.notes { append(notes) }
    end()
  }

  /// A time in the units of an interface; what the format cannot say becomes the nearest that it can.
  private static func ticks(
    _ time: (seconds: Int64, nanoseconds: Int32), _ unitsPerSecond: UInt64
  ) -> UInt64 {
    guard let seconds = UInt64(exactly: time.seconds) else { return 0 }
    let (whole, overflow) = seconds.multipliedReportingOverflow(by: unitsPerSecond)
    let fraction = UInt64(time.nanoseconds.magnitude) / (1_000_000_000 / unitsPerSecond)
    let (sum, isBeyond) = whole.addingReportingOverflow(fraction)
    return overflow || isBeyond ? .max : sum
  }

  mutating func write(_ secrets: DecryptionSecrets) {
    begin(BlockType.decryptionSecrets)
    append(secrets.type)
    append(UInt32(clamping: secrets.bytes.count))
    append(secrets.bytes.span)
    end()
  }

  /// The resolution a copy needs to lose nothing, and its option value: the input's where that is
  /// a power of 10, else nanoseconds.
  private static func resolution(
    of interface: CaptureInterface
  ) -> (unitsPerSecond: UInt64, exponent: UInt8) {
    var units: UInt64 = 1
    for exponent in 0 as UInt8..<9 {
      if units == interface.timestampResolution { return (units, exponent) }
      units *= 10
    }
    return (units, 9)
  }

  private mutating func write(_ interface: CaptureInterface, of number: Int) -> Int {
    begin(BlockType.interfaceDescription)
    append(UInt16(clamping: LinkTypeNumbers.file(ofDLT: interface.linkType)))
    append(UInt16(0))
    append(UInt32(clamping: interface.snapLength))
    if let name = interface.name { appendOption(InterfaceOption.name, text: name) }
    if let text = interface.description { appendOption(InterfaceOption.description, text: text) }
    appendOption(InterfaceOption.timestampResolution, [Self.resolution(of: interface).exponent])
    if let filter = interface.filter { appendOption(InterfaceOption.filter, [0] + filter.utf8) }
    if let os = interface.os { appendOption(InterfaceOption.os, text: os) }
    if let hardware = interface.hardware { appendOption(InterfaceOption.hardware, text: hardware) }
    if let length = interface.fcsLength, length < 8 {
      appendOption(InterfaceOption.fcsLength, [UInt8(length)])
    }
    for comment in interface.comments { appendOption(OptionCode.comment, text: comment) }
    appendEndOfOptions()
    end()
    written[number] = written.count
    return written.count - 1
  }

  // MARK: - Blocks

  private mutating func begin(_ type: UInt32) {
    block.removeAll(keepingCapacity: true)
    append(type)
    append(UInt32(0))
  }

  /// Puts the length at both ends and hands the block to the file.
  private mutating func end() {
    let length = UInt32(clamping: block.count + 4)
    append(length)
    for index in 0..<4 { block[4 + index] = block[block.count - 4 + index] }
    output.write(block)
  }

  private mutating func append(_ value: some FixedWidthInteger) {
    var value = value
    unsafe withUnsafeBytes(of: &value) { unsafe block.append(contentsOf: $0) }
  }

  private mutating func append(_ bytes: Span<UInt8>) {
    unsafe bytes.withUnsafeBufferPointer { unsafe block.append(contentsOf: $0) }
    pad()
  }

  private mutating func pad() {
    while !block.count.isMultiple(of: 4) { block.append(0) }
  }

  private mutating func appendOption(_ code: UInt16, text: String) {
    appendOption(code, Array(text.utf8))
  }

  private mutating func appendOption(_ code: UInt16, _ value: [UInt8]) {
    let kept = value.prefix(Int(UInt16.max))
    appendOptionHeader(code, length: UInt16(kept.count))
    block.append(contentsOf: kept)
    pad()
  }

  private mutating func appendOptionHeader(_ code: UInt16, length: UInt16) {
    append(code)
    append(length)
  }

  private mutating func append(_ notes: PacketNotes) {
    for comment in notes.comments { appendOption(OptionCode.comment, text: comment) }
    appendOption(OptionCode.packetFlags, notes.flags)
    appendOption(OptionCode.dropCount, notes.dropCount)
    appendOption(OptionCode.packetIdentifier, notes.identifier)
    appendOption(OptionCode.packetQueue, notes.queue)
    for verdict in notes.verdicts {
      let isNumber = verdict.kind != 0 && verdict.value.count == 8
      appendOption(
        OptionCode.packetVerdict,
        [verdict.kind] + (isNumber ? verdict.value.reversed() : verdict.value))
    }
    appendEndOfOptions()
  }

  private mutating func appendOption<Value: FixedWidthInteger>(_ code: UInt16, _ value: Value?) {
    guard let value else { return }
    appendOptionHeader(code, length: UInt16(Value.bitWidth / 8))
    append(value)
  }

  private mutating func appendEndOfOptions() { appendOptionHeader(OptionCode.end, length: 0) }
}
