import Fields

/// The option of Multipath TCP (RFC 8684 3).
struct MultipathOption: ~Escapable {
  enum Subtype: UInt8 {
    case capable, join, dataSequence, addAddress, removeAddress, priority, fallback, fastClose,
      reset

    var name: String {
      switch self {
      case .capable: "Multipath Capable"
      case .join: "Join Connection"
      case .dataSequence: "Data Sequence Signal"
      case .addAddress: "Add Address"
      case .removeAddress: "Remove Address"
      case .priority: "Change Subflow Priority"
      case .fallback: "TCP Fallback"
      case .fastClose: "Fast Close"
      case .reset: "TCP Reset"
      }
    }
  }

  /// As far as they were captured.
  private let bytes: Span<UInt8>
  private let length: Int

  /// At least the two bytes of kind and length; `length` is what the second says.
  @_lifetime(copy bytes)
  init(_ bytes: Span<UInt8>, length: Int) {
    self.bytes = bytes
    self.length = length
  }

  /// Nil where it is not there.
  var subtypeNumber: UInt8? { bytes.count > 2 ? bytes[2] >> 4 : nil }
  /// Nil for one that is not known, or not there.
  var subtype: Subtype? { subtypeNumber.flatMap { Subtype(rawValue: $0) } }
  var version: UInt8 { bytes[2] & 0x0f }
  /// Of a capable option that has one.
  var senderKey: UInt64? {
    [12, 20, 22, 24].contains(length) && bytes.count >= 12 ? bytes.uint64(at: 4) : nil
  }
  /// Of the first option of a join.
  var receiverToken: UInt32? {
    length == 12 && bytes.count >= 8 ? bytes.uint32(at: 4) : nil
  }

  /// Bytes that the option must have.
  private var neededLength: Int {
    switch subtype {
    case .capable, .addAddress, .reset: 4
    case .dataSequence:
      bytes.count < 4 ? 4 : 4 + acknowledgmentSize + (hasSequence ? sequenceSize + 6 : 0)
    case .fallback, .fastClose: 12
    case .join, .removeAddress, .priority, nil: 3
    }
  }
  /// Whether all that the option says can be read.
  var isReadable: Bool { bytes.count == length && length >= neededLength }

  private var hasSequence: Bool { bytes[3] & 4 != 0 }
  private var sequenceSize: Int { bytes[3] & 8 != 0 ? 8 : 4 }
  private var acknowledgmentSize: Int {
    bytes[3] & 1 == 0 ? 0 : bytes[3] & 2 != 0 ? 8 : 4
  }

  /// False where it ends before all that it must have.
  func describe(
    _ facts: MultipathFacts?, _ hashes: MultipathHashes?, at place: Int,
    into tree: inout FieldBuffer
  ) -> Bool {
    let fields = MultipathFields.fields
    tree.columns.protocolName = "MPTCP"
    tree.addProtocol("mptcp")
    let top = tree.opened(fields.mptcp, at: place, count: length)
    defer { tree.close(top) }
    tree.add(TCPOptionFields.fields.kind, bytes[0], at: place, count: 1)
    tree.add(TCPOptionFields.fields.length, length, at: place + 1, count: 1)
    guard let subtypeNumber else { return false }
    let name = subtype?.name ?? "Unknown (\(subtypeNumber))"
    tree.note(top, ": \(name)")
    let item = tree.add(fields.subtype, bitsOf: bytes[2], at: place + 2, count: 1)
    tree.relabel(item) {
      $0.write(bits: UInt64(bytes[2]), mask: 0xf0, of: 8)
      $0.write(" = Multipath TCP subtype: ")
      $0.write(subtype == nil ? name : "\(name) (\(subtypeNumber))")
    }
    switch subtype {
    case .capable: describeCapable(hashes, at: place, into: &tree)
    case .join: describeJoin(at: place, into: &tree)
    case .dataSequence: describeDataSequence(facts, top, at: place, into: &tree)
    case .addAddress: describeAddAddress(facts, at: place, into: &tree)
    case .removeAddress:
      tree.add(fields.removedCount, length - 3, at: place + 2, count: 1, .generated)
      for offset in 3..<max(3, bytes.count) {
        tree.add(fields.addressID, bytes[offset], at: place + offset, count: 1)
      }
    case .priority:
      describeFlags(at: 2, [fields.backup], place, into: &tree)
      if length == 4, bytes.count == 4 {
        tree.add(fields.addressID, bytes[3], at: place + 3, count: 1)
      }
    case .fallback, .fastClose:
      guard bytes.count >= 4 else { break }
      tree.add(fields.reserved, bitsOf: bytes.uint16(at: 2), at: place + 2, count: 2)
      guard bytes.count >= 12 else { break }
      let field = subtype == .fallback ? fields.dataSequence : fields.receiverKey
      tree.add(field, bytes.uint64(at: 4), at: place + 4, count: 8)
    case .reset:
      describeFlags(
        at: 2, [fields.resetU, fields.resetV, fields.resetW, fields.transient], place, into: &tree)
      if bytes.count >= 4 { tree.add(fields.resetReason, bytes[3], at: place + 3, count: 1) }
    case nil: break
    }
    return isReadable
  }

  @discardableResult
  private func describeFlags(
    at offset: Int, _ flags: [Field], _ place: Int, into tree: inout FieldBuffer
  ) -> FieldIndex {
    let item = tree.opened(
      MultipathFields.fields.flags, .unsigned(UInt64(bytes[offset])), at: place + offset, count: 1)
    for flag in flags {
      tree.add(flag, bitsOf: bytes[offset], at: place + offset, count: 1)
      if flag.type == .boolean, UInt64(bytes[offset]) & flag.mask != 0 {
        tree.note(item, ", \(flag.label)")
      }
    }
    tree.close(item)
    return item
  }

  private func describeCapable(
    _ hashes: MultipathHashes?, at place: Int, into tree: inout FieldBuffer
  ) {
    let fields = MultipathFields.fields
    tree.add(fields.version, bitsOf: bytes[2], at: place + 2, count: 1)
    guard bytes.count >= 4 else { return }
    let flags =
      version == 1
      ? [
        fields.checksumRequired, fields.extensibility, fields.noMoreSubflows, fields.sha256,
      ]
      : [fields.checksumRequired, fields.extensibility, fields.sha1]
    let item = describeFlags(at: 3, flags, place, into: &tree)
    describeReserved(of: item, at: place + 3, into: &tree)
    let algorithm = bytes[3] & 0x3f
    if algorithm == 0 {
      tree.expert(
        fields.noAlgorithm, .warning, .proto, "No crypto algorithm specified", under: item)
    }
    if algorithm != 1 {
      tree.expert(
        fields.unknownAlgorithm, .warning, .proto, "Unsupported algorithm", under: item)
    }
    guard let key = senderKey else { return }
    tree.add(fields.senderKey, key, at: place + 4, count: 8)
    let derived = MultipathKey(key, version: version, hashes)
    tree.add(fields.expectedToken, derived.token, at: place + 4, .generated)
    let sequence = tree.add(
      fields.expectedSequence, derived.initialSequence, at: place + 4, .generated)
    tree.note(sequence, " (64bits version)")
    guard bytes.count >= 20 else { return }
    tree.add(fields.receiverKey, bytes.uint64(at: 12), at: place + 12, count: 8)
    if bytes.count >= 22 {
      tree.add(fields.dataLength, bytes.uint16(at: 20), at: place + 20, count: 2)
    }
    if bytes.count == 24 {
      tree.add(fields.checksum, bytes.uint16(at: 22), at: place + 22, count: 2)
    }
  }

  /// The bits of the capable option that mean nothing: one less since version 1.
  private func describeReserved(
    of item: FieldIndex, at place: Int, into tree: inout FieldBuffer
  ) {
    let mask: UInt8 = version == 1 ? 0x1e : 0x3e
    let value = (bytes[3] & mask) >> 1
    tree.open(item)
    let reserved = tree.add(
      MultipathFields.fields.reservedFlags, bitsOf: bytes[3] & mask, at: place, count: 1)
    tree.relabel(reserved) {
      $0.write(bits: UInt64(bytes[3]), mask: UInt64(mask), of: 8)
      $0.write(" = Reserved: 0x")
      $0.write(hex: UInt64(value), digits: version == 1 ? 1 : 2)
    }
    tree.close(item)
  }

  private func describeJoin(at place: Int, into tree: inout FieldBuffer) {
    let fields = MultipathFields.fields
    guard length == 12 || length == 16 || length == 24, bytes.count == length else { return }
    if length == 24 {
      tree.add(fields.reserved, bitsOf: bytes.uint16(at: 2), at: place + 2, count: 2)
      tree.add(fields.hmac, bytes.part(4, 24), at: place + 4)
      return
    }
    describeFlags(at: 2, [fields.backup], place, into: &tree)
    tree.add(fields.addressID, bytes[3], at: place + 3, count: 1)
    if length == 12 {
      tree.add(fields.receiverToken, bytes.uint32(at: 4), at: place + 4, count: 4)
      tree.add(fields.senderRandom, bytes.uint32(at: 8), at: place + 8, count: 4)
    } else {
      tree.add(fields.truncatedHMAC, bytes.uint64(at: 4), at: place + 4, count: 8)
      tree.add(fields.senderRandom, bytes.uint32(at: 12), at: place + 12, count: 4)
    }
  }

  private func describeDataSequence(
    _ facts: MultipathFacts?, _ top: FieldIndex, at place: Int, into tree: inout FieldBuffer
  ) {
    let fields = MultipathFields.fields
    guard bytes.count >= 4 else { return }
    describeFlags(
      at: 3,
      [
        fields.dataFin, fields.longSequence, fields.hasSequence, fields.longAcknowledgment,
        fields.hasAcknowledgment,
      ], place, into: &tree)
    var offset = 4
    if acknowledgmentSize > 0 {
      let size = acknowledgmentSize
      guard offset + size <= bytes.count else { return }
      let value = number(at: offset, size)
      let item = tree.add(fields.dataAcknowledgment, value, at: place + offset, count: size)
      if size == 8 { tree.note(item, " (64bits)") }
      if let base = facts?.peerSequenceBase {
        addRelative(fields.relativeAcknowledgment, value, base, size, place + offset, into: &tree)
      }
      offset += size
    }
    guard hasSequence else { return }
    let size = sequenceSize
    guard offset + size <= bytes.count else { return }
    let value = number(at: offset, size)
    let item = tree.add(fields.dataSequence, value, at: place + offset, count: size)
    tree.note(item, "  (\(8 * size)bits version)")
    offset += size
    guard offset + 4 <= bytes.count else { return }
    tree.add(fields.subflowSequence, bytes.uint32(at: offset), at: place + offset, count: 4)
    guard offset + 6 <= bytes.count else { return }
    let length = bytes.uint16(at: offset + 4)
    tree.add(fields.dataLength, length, at: place + offset + 4, count: 2)
    if length == 0 {
      tree.expert(
        fields.infiniteMapping, .warning, .proto, "Fallback to infinite mapping", under: top)
    }
    if let base = facts?.sequenceBase ?? (size == 8 ? 0 : nil) {
      addRelative(
        fields.relativeSequence, value, base, size, place + offset - size, into: &tree)
    }
    if offset + 10 <= bytes.count {
      tree.add(fields.checksum, bytes.uint16(at: offset + 6), at: place + offset + 6, count: 2)
    }
  }

  /// What is left of a number when the first one of its side is taken off; of a short one the lower half is known.
  private func addRelative(
    _ field: Field, _ value: UInt64, _ base: UInt64, _ size: Int, _ place: Int,
    into tree: inout FieldBuffer
  ) {
    let difference = value &- base
    let relative = size == 8 ? difference : difference & 0xffff_ffff
    let item = tree.add(field, relative, at: place, count: size, .generated)
    tree.note(item, " (Relative)")
  }

  private func number(at offset: Int, _ size: Int) -> UInt64 {
    size == 8 ? bytes.uint64(at: offset) : UInt64(bytes.uint32(at: offset))
  }

  private func describeAddAddress(
    _ facts: MultipathFacts?, at place: Int, into tree: inout FieldBuffer
  ) {
    let fields = MultipathFields.fields
    tree.add(
      facts?.version == 0 ? fields.addressVersion : fields.echo, bitsOf: bytes[2], at: place + 2,
      count: 1)
    guard bytes.count >= 4 else { return }
    tree.add(fields.addressID, bytes[3], at: place + 3, count: 1)
    guard bytes.count == length else { return }
    var offset = 4
    if [8, 10, 16, 18].contains(length) {
      tree.add(fields.ipv4, .ipv4(bytes.uint32(at: 4)), at: place + 4, count: 4)
      offset = 8
    } else if [20, 22, 28, 30].contains(length) {
      let address = FieldValue.ipv6(high: bytes.uint64(at: 4), low: bytes.uint64(at: 12))
      tree.add(fields.ipv6, address, at: place + 4, count: 16)
      offset = 20
    }
    if [10, 18, 22, 30].contains(length) {
      tree.add(fields.port, bytes.uint16(at: offset), at: place + offset, count: 2)
      offset += 2
    }
    if offset > 4, offset + 8 <= length {
      tree.add(fields.addressHMAC, bytes.uint64(at: offset), at: place + offset, count: 8)
    }
  }
}

extension MultipathFacts {
  /// Adds `[MPTCP analysis]`.
  func describe(into tree: inout FieldBuffer) {
    let fields = MultipathFields.fields
    let top = tree.opened(fields.analysis, .none, .generated)
    let item = tree.add(fields.master, .unsigned(isMaster ? 1 : 0), .generated)
    if let master { tree.relabel(item, "Master flow: Master is tcp stream \(master)") }
    tree.add(fields.stream, connection, .generated)
    tree.add(fields.subflows, subflows.map { "\($0) " }.joined(), .generated)
    tree.close(top)
  }
}
