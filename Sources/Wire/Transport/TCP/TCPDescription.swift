import Fields

// A segment in the tree of its packet.
extension TCPSegment {
  static func describe(
    _ bytes: Span<UInt8>, _ layer: Layer, _ context: borrowing DescribeContext,
    into tree: inout FieldBuffer
  ) throws(DecodeError) {
    tree.addProtocol("tcp")
    let index = context.index
    guard let place = context.found.segments.firstIndex(where: { $0.layer == index }) else {
      return describeCut(bytes, layer, into: &tree)
    }
    try TCPSegment(bytes, layer).describe(
      context.found.segments[place], context.found.histories[place],
      context.found.multipath.first { $0.segment == place }?.facts, layer, context.options.hashes,
      into: &tree)
  }

  private func describe(
    _ segment: Segment, _ history: SegmentHistory, _ multipath: MultipathFacts?, _ layer: Layer,
    _ hashes: MultipathHashes?, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let fields = TCPFields.fields
    let top = tree.opened(fields.tcp, count: max(Self.headerLength, headerLength))
    defer { tree.close(top) }
    describePorts(top, &tree)
    startInfo(segment, history, &tree.columns)
    describeNumbers(segment, top, &tree)
    guard describeHeaderLength(segment, &tree) else { return }
    describeFlags(history, &tree)
    describeWindow(history, &tree)
    guard describeChecksum(segment, &tree), describeUrgentPointer(segment, &tree) else {
      throw layer.error(needed: headerLength)
    }
    if let length = segment.header.payloadLength {
      tree.columns.info.write(named: " Len=", length)
    }
    let end = describeOptions(segment, multipath, hashes, &tree)
    describeTimes(segment, history, &tree)
    switch end {
    case .whole: break
    case .cut(let part): throw layer.error(needed: headerLength).within(part)
    case .malformed(let part): throw layer.malformed.within(part)
    }
    if !segment.isQuoted {
      if !segment.analysis.isEmpty {
        tree.columns.prefixInfo { history.analysis.writeFlagTitles(to: &$0) }
      }
      history.analysis.describe(handshakeTime: segment.handshakeTime, into: &tree)
      multipath?.describe(into: &tree)
    }
    describePayload(segment, &tree)
  }

  /// What can be said of a header that was cut before the window.
  private static func describeCut(
    _ bytes: Span<UInt8>, _ layer: Layer, into tree: inout FieldBuffer
  ) {
    guard bytes.count >= 4 else { return }
    let fields = TCPFields.fields
    tree.columns.protocolName = "TCP"
    let top = tree.opened(fields.tcp, count: bytes.count)
    let (source, destination) = (bytes.uint16(at: 0), bytes.uint16(at: 2))
    addPorts(source, destination, top, &tree)
    tree.columns.startInfo()
    tree.columns.info.write(source, to: destination)
    if layer.isQuoted, bytes.count >= 8 {
      addQuotedSequence(SequenceNumber(bytes.uint32(at: 4)), &tree)
    }
    tree.close(top)
  }

  /// What an ICMP error quotes begins with the number as it was sent.
  private static func addQuotedSequence(
    _ sequence: SequenceNumber, _ tree: inout FieldBuffer
  ) {
    let item = tree.add(TCPFields.fields.sequence, sequence.rawValue, at: 4, count: 4)
    tree.relabel(item) {
      $0.write("Sequence Number: ")
      $0.write(decimal: UInt64(sequence.rawValue))
    }
  }

  private func describePorts(_ top: FieldIndex, _ tree: inout FieldBuffer) {
    tree.columns.protocolName = "TCP"
    Self.addPorts(sourcePort, destinationPort, top, &tree)
  }

  private static func addPorts(
    _ source: UInt16, _ destination: UInt16, _ top: FieldIndex, _ tree: inout FieldBuffer
  ) {
    let fields = TCPFields.fields
    tree.note(top) {
      $0.write(", Src Port: ")
      $0.write(decimal: UInt64(source))
      $0.write(", Dst Port: ")
      $0.write(decimal: UInt64(destination))
    }
    tree.add(fields.sourcePort, source, at: 0, count: 2)
    tree.add(fields.destinationPort, destination, at: 2, count: 2)
    tree.add(fields.port, source, at: 0, count: 2, .hidden)
    tree.add(fields.port, destination, at: 2, count: 2, .hidden)
  }

  func startInfo(
    _ segment: borrowing Segment, _ history: borrowing SegmentHistory, _ columns: inout Columns
  ) {
    columns.startInfo()
    columns.info.write(sourcePort, to: destinationPort)
    columns.info.write(" [")
    flags.writeNames(to: &columns.info)
    columns.info.write("] Seq=")
    columns.info.write(decimal: UInt64(shownSequence(segment)))
    if flags.contains(.acknowledgment) {
      columns.info.write(named: " Ack=", Int(shownAcknowledgment(segment)))
    }
    columns.info.write(named: " Win=", shownWindow(history))
  }

  /// Numbers stay raw where the header does not fit in the segment.
  private func shownSequence(_ segment: borrowing Segment) -> UInt32 {
    segment.header.payloadLength == nil ? sequence.rawValue : segment.relativeSequence
  }
  private func shownAcknowledgment(_ segment: borrowing Segment) -> UInt32 {
    segment.header.payloadLength == nil
      ? acknowledgment.rawValue : segment.relativeAcknowledgment
  }
  private func shownWindow(_ history: borrowing SegmentHistory) -> Int {
    flags.contains(.syn) ? Int(window) : Int(window) << history.windowScale.shift
  }

  private func describeNumbers(_ segment: Segment, _ top: FieldIndex, _ tree: inout FieldBuffer) {
    let fields = TCPFields.fields
    if segment.isQuoted {
      Self.addQuotedSequence(sequence, &tree)
      tree.note(top) {
        $0.write(", Seq: ")
        $0.write(decimal: UInt64(sequence.rawValue))
      }
    }
    tree.add(fields.stream, segment.stream, .generated)
    let completeness = tree.add(fields.completeness, segment.completeness.rawValue, .generated)
    tree.relabel(completeness) {
      $0.write("Conversation completeness: ")
      $0.write(segment.completeness.name)
      $0.write(" (")
      $0.write(decimal: UInt64(segment.completeness.rawValue))
      $0.write(")")
    }
    if let length = segment.header.payloadLength {
      tree.add(fields.length, length, .generated)
    } else if !segment.isQuoted {
      let text = """
        Short segment. Segment/fragment does not contain a full TCP header (might be NMAP or someone else \
        deliberately sending unusual packets)
        """
      let short = tree.addText(text)
      tree.expert(fields.shortSegment, .warning, .malformed, text, under: short)
    }
    if !segment.isQuoted {
      tree.add(fields.sequence, shownSequence(segment), at: 4, count: 4)
      tree.add(fields.rawSequence, sequence.rawValue, at: 4, count: 4)
      tree.note(top) {
        $0.write(", Seq: ")
        $0.write(decimal: UInt64(shownSequence(segment)))
      }
    }
    guard headerLength >= Self.headerLength else { return }
    if segment.header.payloadLength != nil {
      tree.add(fields.next, segment.relativeNext, .generated)
    }
    if flags.contains(.acknowledgment) {
      let item = tree.add(
        fields.acknowledgment, shownAcknowledgment(segment), at: 8, count: 4)
      if flags.contains(.syn), segment.relativeAcknowledgment > 1 {
        tree.expert(
          fields.fastOpenAnswer, .note, .sequence, "TCP SYN-ACK accepting TFO data", under: item)
      }
      tree.add(fields.rawAcknowledgment, acknowledgment.rawValue, at: 8, count: 4)
      tree.note(top) {
        $0.write(", Ack: ")
        $0.write(decimal: UInt64(shownAcknowledgment(segment)))
      }
    } else {
      let item = tree.add(fields.acknowledgment, acknowledgment.rawValue, at: 8, count: 4)
      tree.relabel(item) {
        $0.write("Acknowledgment Number: ")
        $0.write(decimal: UInt64(acknowledgment.rawValue))
      }
      if acknowledgment.rawValue != 0 {
        tree.expert(
          fields.acknowledgmentNotZero, .note, .proto,
          "The acknowledgment number field is nonzero while the ACK flag is not set", under: item)
      }
      tree.add(fields.rawAcknowledgment, acknowledgment.rawValue, at: 8, count: 4)
    }
    if let length = segment.header.payloadLength {
      tree.note(top) {
        $0.write(", Len: ")
        $0.write(decimal: length)
      }
    }
  }

  /// False where the header is too short to be one: nothing more can be said.
  private func describeHeaderLength(_ segment: Segment, _ tree: inout FieldBuffer) -> Bool {
    let fields = TCPFields.fields
    let item = tree.add(fields.headerLength, headerLength, at: 12, count: 1)
    tree.relabel(item) {
      $0.write(bits: UInt64(bytes[12]), mask: 0xf0, of: 8)
      $0.write(" = Header Length: ")
      $0.write(decimal: headerLength)
      $0.write(" bytes (")
      $0.write(decimal: headerLength / 4)
      $0.write(")")
    }
    if headerLength >= Self.headerLength { return true }
    let problem = "bogus TCP header length (\(headerLength), must be at least 20)"
    tree.columns.info.write(", \(problem)")
    tree.expert(
      fields.bogusHeaderLength, .error, .proto, "B\(problem.dropFirst())", under: item)
    return false
  }

  private func describeFlags(_ history: SegmentHistory, _ tree: inout FieldBuffer) {
    let fields = TCPFields.fields
    let item = tree.opened(fields.flags, .unsigned(UInt64(flags.rawValue)), at: 12, count: 2)
    tree.relabel(item) {
      $0.write("Flags: 0x")
      $0.write(hex: UInt64(flags.rawValue), digits: 3)
      $0.write(" (")
      flags.writeNames(to: &$0)
      $0.write(")")
    }
    let bits = fields.flagBits
    for position in bits.indices {
      let field = bits[position]
      let bit = tree.add(
        field, bitsOf: flags.rawValue, at: position < 2 ? 12 : 13, count: 1)
      guard field.mask & UInt64(flags.rawValue) != 0 else { continue }
      switch TCPFlags(rawValue: UInt16(field.mask)) {
      case .reset:
        tree.expert(
          fields.connectionReset, .warning, .sequence, "Connection reset (RST)", under: bit)
      case .syn:
        if flags.contains(.acknowledgment) {
          tree.expert(
            fields.connectionSynAck, .chat, .sequence,
            "Connection establish acknowledge (SYN+ACK): server port \(sourcePort)", under: bit)
        } else {
          tree.expert(
            fields.connectionSyn, .chat, .sequence,
            "Connection establish request (SYN): server port \(destinationPort)", under: bit)
        }
      case .fin:
        tree.expert(
          fields.connectionFin, .chat, .sequence, "Connection finish (FIN)", under: bit)
      default: break
      }
    }
    let letters = tree.add(fields.flagLetters, at: 12, count: 2, .generated) {
      flags.writeLetters(to: &$0)
    }
    if flags.contains(.fin) {
      if history.peerHasClosed {
        tree.expert(
          fields.finPassive, .note, .sequence, "This frame undergoes the connection closing",
          under: letters)
      } else {
        tree.expert(
          fields.finActive, .note, .sequence, "This frame initiates the connection closing",
          under: letters)
      }
    }
    tree.close(item)
  }

  private func describeWindow(_ history: SegmentHistory, _ tree: inout FieldBuffer) {
    let fields = TCPFields.fields
    tree.add(fields.windowValue, window, at: 14, count: 2)
    tree.add(fields.window, shownWindow(history), at: 14, count: 2, .generated)
    guard !flags.contains(.syn) else { return }
    let factor: Int, words: String
    switch history.windowScale {
    case .unknown: (factor, words) = (-1, " (unknown)")
    case .unused: (factor, words) = (-2, " (no window scaling used)")
    case .shift(let count): (factor, words) = (1 << Int(count), "")
    }
    let item = tree.add(fields.windowFactor, factor, at: 14, count: 2, .generated)
    tree.note(item, words)
  }

  /// False where the frame was cut before the checksum.
  private func describeChecksum(_ segment: Segment, _ tree: inout FieldBuffer) -> Bool {
    guard let checksum else { return false }
    let fields = TCPFields.fields
    let item = tree.add(fields.checksum, checksum, at: 16, count: 2)
    switch segment.checksum {
    case .good:
      tree.note(item, " [correct]")
      tree.add(fields.checksumStatus, 1, at: 16, .generated)
      tree.add(fields.calculatedChecksum, checksum, at: 16, count: 2, .generated)
    case .bad(let expected):
      var digits = TextBuffer()
      digits.write(hex: UInt64(expected), digits: 4)
      tree.note(item) {
        $0.write(" incorrect, should be 0x")
        $0.write(hex: UInt64(expected), digits: 4)
        $0.write("(maybe caused by \"TCP checksum offload\"?)")
      }
      tree.expert(
        fields.badChecksum, .error, .checksum, "Bad checksum [should be 0x\(digits.string)]",
        under: item)
      tree.add(fields.checksumStatus, 0, at: 16, .generated)
      tree.add(fields.calculatedChecksum, expected, at: 16, count: 2, .generated)
      tree.columns.info.write(" [TCP CHECKSUM INCORRECT]")
    case .unverified:
      tree.note(item, " [unverified]")
      tree.add(fields.checksumStatus, 2, at: 16, .generated)
    }
    return true
  }

  /// False where the frame was cut before the urgent pointer.
  private func describeUrgentPointer(_ segment: Segment, _ tree: inout FieldBuffer) -> Bool {
    guard let urgentPointer else { return false }
    let fields = TCPFields.fields
    let item = tree.add(fields.urgentPointer, urgentPointer, at: 18, count: 2)
    if flags.contains(.urgent) {
      tree.columns.info.write(named: " Urg=", Int(urgentPointer))
    } else if urgentPointer != 0 {
      tree.expert(
        fields.urgentPointerNotZero, .note, .proto,
        "The urgent pointer field is nonzero while the URG flag is not set", under: item)
    }
    return true
  }

  private func describeOptions(
    _ segment: Segment, _ multipath: MultipathFacts?, _ hashes: MultipathHashes?,
    _ tree: inout FieldBuffer
  ) -> TCPOptionsDescription.End {
    guard headerLength > Self.headerLength else { return .whole }
    var description = TCPOptionsDescription(options, segment, multipath, hashes)
    return description.describe(length: headerLength - Self.headerLength, into: &tree)
  }

  private func describeTimes(
    _ segment: Segment, _ history: SegmentHistory, _ tree: inout FieldBuffer
  ) {
    let fields = TCPFields.fields
    let top = tree.addText("Timestamps", .generated)
    tree.open(top)
    tree.add(fields.timeRelative, .time(segment.time &- history.firstTime), .generated)
    tree.add(fields.timeDelta, .time(segment.time &- history.previousTime), .generated)
    tree.close(top)
  }

  private func describePayload(_ segment: Segment, _ tree: inout FieldBuffer) {
    guard payload.count > 0 else { return }
    let fields = TCPFields.fields
    if flags.contains(.reset) {
      let cause = tree.add(fields.resetCause, ascii: payload, at: headerLength)
      tree.noteStrayBytes(of: payload, under: cause)
      return
    }
    let item = tree.add(fields.payload, payload, at: headerLength)
    let length = segment.header.payloadLength ?? payload.count
    tree.relabel(item) { $0.write("TCP payload", bytes: length) }
  }
}

extension TCPSegment {
  /// Adds what an application wants more bytes for: `TCP segment data (512 bytes)`.
  static func addSegmentData(
    _ bytes: Span<UInt8>, at offset: Int, isRetransmitted: Bool = false,
    to tree: inout FieldBuffer
  ) {
    let item = tree.add(TCPFields.fields.segmentData, bytes, at: offset)
    tree.relabel(item) {
      $0.write(
        isRetransmitted ? "Retransmitted TCP segment data" : "TCP segment data",
        bytes: bytes.count)
    }
  }
}

extension TextBuffer {
  @inline(__always)
  mutating func write(named name: StaticString, _ number: Int) {
    write(name)
    write(decimal: number)
  }
  /// `25 → 40000`
  fileprivate mutating func write(_ source: UInt16, to destination: UInt16) {
    write(decimal: UInt64(source))
    write(" → ")
    write(decimal: UInt64(destination))
  }
  /// `TCP payload (1 byte)`
  fileprivate mutating func write(_ name: String, bytes count: Int) {
    write(name)
    write(" (")
    write(decimal: count)
    write(count == 1 ? " byte)" : " bytes)")
  }
}
