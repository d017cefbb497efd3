import Fields

/// A frame of a wireless LAN (IEEE 802.11 clause 9), viewed in place: its header, and what leads to the packet that a
/// data frame carries in clear. The bodies of management frames are not decoded.
struct WLANFrame: LayerView, ~Escapable {
  private static let checkLength = 4

  private let reader: ByteReader
  /// Whether the frame ends with its check sequence.
  private let hasCheck: Bool
  /// Whether the header is padded to a multiple of four bytes.
  private let isPadded: Bool
  let control: FrameControl

  /// Checks the frame control; `next` and `describe` check the rest.
  @_lifetime(copy bytes)
  init(_ bytes: Span<UInt8>, _ layer: Layer) throws(DecodeError) {
    reader = ByteReader(bytes, layer)
    hasCheck = layer.kind == .wlanWithCheck || layer.kind == .paddedWLANWithCheck
    isPadded = layer.kind == .paddedWLAN || layer.kind == .paddedWLANWithCheck
    control = FrameControl(first: try reader.uint8(at: 0), flags: try reader.uint8(at: 1))
  }

  private var bytes: Span<UInt8> {
    @_lifetime(copy self) get { reader.bytes }
  }

  // MARK: The header's parts

  /// Where the parts of a data frame's header are.
  private var qualityOffset: Int { control.isBetweenAccessPoints ? 30 : 24 }
  private var throughputOffset: Int { qualityOffset + (control.hasQuality ? 2 : 0) }
  private var unpaddedLength: Int {
    throughputOffset + (control.hasQuality && control.isOrdered ? 4 : 0)
  }
  /// Bytes before the body.
  private var headerLength: Int {
    switch control.type {
    case .data: isPadded ? (unpaddedLength + 3) & ~3 : unpaddedLength
    case .management: 24
    case .control, .extension: control.controlLength
    }
  }
  /// Bytes of the body on the wire.
  private func bodyLength(_ layer: Layer) -> Int {
    max(0, layer.wireCount - headerLength - (hasCheck ? Self.checkLength : 0))
  }

  private var protection: Protection { Protection(reader.rest(from: headerLength)) }
  private var isFragment: Bool {
    get throws(DecodeError) {
      let sequence = try reader.uint16LittleEndian(at: 22)
      return control.hasMoreFragments || sequence & 0xf != 0
    }
  }
  /// Whether the body holds several packets.
  private var isAggregate: Bool {
    control.type == .data && control.hasQuality && qualityOffset + 2 <= bytes.count
      && bytes[qualityOffset] & 0x80 != 0
  }

  func next(_ layer: Layer) throws(DecodeError) -> Layer? {
    guard control.type == .data else { return nil }
    try reader.require(headerLength, at: 0)
    let length = bodyLength(layer)
    guard control.hasBody else { return nil }
    if control.isProtected {
      let protection = protection
      let rest = length - protection.length - protection.trailerLength
      guard rest > 0 else { return nil }
      return layer.above(.data, at: headerLength + protection.length, length: rest)
    }
    if try isFragment { return layer.above(.data, at: headerLength, length: length) }
    let kind: LayerKind = isAggregate ? .wlanAggregate : .llc
    return layer.above(kind, at: headerLength, length: length)
  }

  // MARK: Description

  func describe(
    _ layer: Layer, _ context: borrowing DescribeContext, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let fields = WLANFields.fields
    tree.addProtocol("wlan")
    tree.columns.protocolName = "802.11"
    tree.columns.startInfo()
    let name = control.name
    tree.columns.info.write(name)
    let top = tree.add(
      fields.wlan, .none, count: min(headerLength, reader.count))
    tree.relabel(top, "IEEE 802.11 \(name)")
    tree.open(top)
    defer { tree.close(top) }
    describeControl(into: &tree)
    try reader.require(4, at: 0)
    describeDuration(into: &tree)
    switch control.type {
    case .data, .management:
      try describeAddressedFrame(top, layer, into: &tree)
    case .control: try describeControlAddresses(into: &tree)
    case .extension: break
    }
    if control.type == .control || control.type == .extension {
      noteFlags(of: top, into: &tree)
      tree.columns.info.write(", Flags=")
      tree.columns.info.write(frameFlags: control.flags, hasCheck)
      try describeCheck(layer, into: &tree)
    }
  }

  private func noteFlags(of top: FieldIndex, into tree: inout FieldBuffer) {
    tree.note(top) {
      $0.write(", Flags: ")
      $0.write(frameFlags: control.flags, hasCheck)
    }
  }

  private func describeControl(into tree: inout FieldBuffer) {
    let fields = WLANFields.fields
    tree.add(fields.typeAndSubtype, control.typeAndSubtype, at: 0, count: 1)
    let item = tree.add(fields.control, bytes.uint16(at: 0), at: 0, count: 2)
    tree.open(item)
    for field in [fields.version, fields.type, fields.subtype] {
      tree.add(field, bitsOf: control.first, at: 0, count: 1)
    }
    let flags = tree.add(fields.flags, control.flags, at: 1, count: 1)
    tree.open(flags)
    tree.add(fields.distribution, bitsOf: control.flags, at: 1, count: 1)
    for field in [fields.toDistribution, fields.fromDistribution] {
      tree.add(field, bitsOf: control.flags, at: 1, count: 1, .hidden)
    }
    for field in fields.flagBits {
      let bit = tree.add(field, bitsOf: control.flags, at: 1, count: 1)
      if field.name == fields.retry.name, control.isRetry {
        tree.expert(
          fields.retryExpert, .note, .sequence, "Retransmission (retry)", under: bit)
      }
    }
    tree.close(item)
  }

  private func describeDuration(into tree: inout FieldBuffer) {
    let fields = WLANFields.fields
    let value = bytes.uint16LittleEndian(at: 2)
    if control.isPowerSavePoll, value & 0xc000 == 0xc000 {
      tree.add(fields.association, bitsOf: value, at: 2, count: 2)
    } else if value & 0x8000 == 0 {
      tree.add(fields.duration, bitsOf: value, at: 2, count: 2)
    } else {
      let item = tree.add(fields.reservedDuration, value, at: 2, count: 2)
      tree.relabel(item, "Duration/ID: \(value & 0x3fff) (reserved)")
    }
  }

  private func describeAddressedFrame(
    _ top: FieldIndex, _ layer: Layer, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let fields = WLANFields.fields
    try reader.require(10, at: 0)
    add(fields.receiver, at: 4, into: &tree)
    try reader.require(24, at: 0)
    if control.type == .data, control.isBetweenAccessPoints { try reader.require(30, at: 0) }
    noteFlags(of: top, into: &tree)
    let places = control.addressPlaces
    let (source, destination) = (
      tree.name(of: bytes.uint48(at: places.source)),
      tree.name(of: bytes.uint48(at: places.destination))
    )
    tree.columns.setAddresses({ $0.write(name: source) }, { $0.write(name: destination) })
    if control.type == .management {
      add(fields.destination, at: places.destination, isListed: false, into: &tree)
    }
    add(fields.transmitter, at: 10, into: &tree)
    // The third and the fourth address are those of the packets, which an aggregate has several of.
    if control.type == .data, places.destination < 16 || !isAggregate {
      add(fields.destination, at: places.destination, isListed: false, into: &tree)
    }
    if places.source < 16 || !isAggregate {
      add(fields.source, at: places.source, isListed: false, into: &tree)
    }
    if let place = places.cell { add(fields.cell, at: place, isListed: false, into: &tree) }
    if let place = places.station { add(fields.station, at: place, isListed: false, into: &tree) }
    let sequence = bytes.uint16LittleEndian(at: 22)
    tree.add(fields.fragment, bitsOf: sequence, at: 22, count: 2)
    tree.add(fields.sequence, bitsOf: sequence, at: 22, count: 2)
    // Each address is once among those of the frame.
    for place in [places.source, places.destination, places.cell ?? 0]
    where place > 10 && !isAggregate {
      listAddress(at: place, into: &tree)
    }
    tree.columns.info.write(", SN=\(sequence >> 4), FN=\(sequence & 0xf), Flags=")
    tree.columns.info.write(frameFlags: control.flags, hasCheck)
    try describeCheck(layer, into: &tree)
    guard control.type == .data else { return }
    if control.hasQuality { try describeQuality(into: &tree) }
    if control.hasQuality, control.isOrdered {
      try reader.require(4, at: throughputOffset)
      tree.add(
        fields.throughput, bytes.uint32LittleEndian(at: throughputOffset), at: throughputOffset,
        count: 4)
    }
    guard control.hasBody else { return }
    if control.isProtected { try describeProtection(layer, into: &tree) }
    if control.hasMoreFragments { tree.columns.setInfo("Fragmented IEEE 802.11 frame") }
  }

  private func add(
    _ address: WLANFields.Address, at place: Int, isListed: Bool = true,
    into tree: inout FieldBuffer
  ) {
    guard tree.wantsTree else { return }
    let name = tree.name(of: bytes.uint48(at: place))
    tree.add(address.field, mac: name, at: place)
    if tree.resolvesNames {
      tree.add(address.resolved, at: place, count: 6, [.hidden, .generated]) {
        $0.write(name: name)
      }
    }
    if isListed { listAddress(at: place, into: &tree) }
  }

  private func listAddress(at place: Int, into tree: inout FieldBuffer) {
    guard tree.wantsTree else { return }
    let fields = WLANFields.fields
    let name = tree.name(of: bytes.uint48(at: place))
    tree.setTraits(.hidden, of: tree.add(fields.anyAddress.field, mac: name, at: place))
    if tree.resolvesNames {
      tree.add(fields.anyAddress.resolved, at: place, count: 6, [.hidden, .generated]) {
        $0.write(name: name)
      }
    }
  }

  private func describeControlAddresses(into tree: inout FieldBuffer) throws(DecodeError) {
    let fields = WLANFields.fields
    try reader.require(10, at: 0)
    let isPoll = control.isPowerSavePoll
    let receiver = tree.name(of: bytes.uint48(at: 4))
    add(fields.receiver, at: 4, into: &tree)
    if isPoll { add(fields.cell, at: 4, isListed: false, into: &tree) }
    var transmitter: MACName?
    if control.hasTransmitter {
      try reader.require(16, at: 0)
      transmitter = tree.name(of: bytes.uint48(at: 10))
      add(fields.transmitter, at: 10, into: &tree)
    }
    tree.columns.setAddresses(
      {
        guard let transmitter else { return }
        $0.write(mac: transmitter)
        $0.write(" (TA)")
      },
      {
        $0.write(mac: receiver)
        $0.write(isPoll ? " (BSSID)" : " (RA)")
      })
  }

  private func describeCheck(_ layer: Layer, into tree: inout FieldBuffer) throws(DecodeError) {
    let fields = WLANFields.fields
    let at = layer.wireCount - Self.checkLength
    guard hasCheck, at >= headerLength, at + Self.checkLength <= reader.count else { return }
    let item = tree.add(
      fields.check, bytes.uint32LittleEndian(at: at), at: at, count: Self.checkLength)
    tree.note(item, " [unverified]")
    tree.add(fields.checkStatus, Checksum.Status.unverified.rawValue, .generated)
  }

  private func describeQuality(into tree: inout FieldBuffer) throws(DecodeError) {
    let fields = WLANFields.fields
    let at = qualityOffset
    let value = try reader.uint16LittleEndian(at: at)
    let item = tree.add(fields.quality, value, at: at, count: 2)
    tree.open(item)
    tree.add(fields.traffic, bitsOf: value, at: at, count: 2)
    tree.add(fields.priority, bitsOf: value, at: at, count: 2, .generated)
    tree.add(
      control.isFromDistribution ? fields.endOfService : fields.bit4, bitsOf: value, at: at,
      count: 2)
    tree.add(fields.acknowledgment, bitsOf: value, at: at, count: 2)
    if control.hasBody { tree.add(fields.aggregation, bitsOf: value, at: at, count: 2) }
    if control.isFromDistribution {
      let buffer = tree.add(fields.bufferState, bitsOf: value, at: at, count: 2)
      tree.open(buffer)
      tree.add(fields.isBufferStateTold, bitsOf: value, at: at, count: 2)
      tree.close(buffer)
    } else if value & 0x10 == 0 {
      let duration = tree.add(fields.opportunity, bitsOf: value, at: at, count: 2)
      tree.note(duration, value >> 8 == 0 ? " (no TXOP requested)" : "")
    } else {
      tree.add(fields.queueSize, bitsOf: value, at: at, count: 2)
    }
    tree.close(item)
  }

  private func describeProtection(
    _ layer: Layer, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let fields = WLANFields.fields
    let at = headerLength
    let protection = protection
    try reader.require(4, at: at)
    let top = tree.addText(at: at, count: protection.length) {
      $0.write("\(protection.kind.name) parameters")
    }
    tree.open(top)
    defer { tree.close(top) }
    if protection.kind == .wired {
      tree.add(fields.vector, bytes.uint24(at: at), at: at, count: 3)
    } else {
      let field = protection.kind == .temporal ? fields.temporalVector : fields.counterVector
      let number = protection.packetNumber
      tree.add(field, at: at, count: protection.length) {
        $0.write("0x")
        $0.write(hex: number, digits: 12)
      }
    }
    tree.add(fields.key, bytes[at + 3] >> 6, at: at + 3, count: 1)
    guard protection.trailerLength > 0 else { return }
    let end = headerLength + bodyLength(layer) - protection.trailerLength
    guard end >= at + protection.length, end + 4 <= reader.count else { return }
    let check = tree.add(fields.protectionCheck, bytes.uint32(at: end), at: end, count: 4)
    tree.note(check, " (not verified)")
  }
}

extension TextBuffer {
  /// `.p.....TC`: a letter for each flag that is set.
  fileprivate mutating func write(frameFlags flags: UInt8, _ hasCheck: Bool) {
    for (index, letter) in "opmPRMFT".utf8.enumerated() {
      write(byte: flags >> UInt8(7 - index) & 1 == 1 ? letter : UInt8(ascii: "."))
    }
    if hasCheck { write("C") }
  }
}
