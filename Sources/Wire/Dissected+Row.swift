import Fields

// The row of a frame in the packet list, from header values: for the frames that nearly all are. What it writes is what a
// description writes into the columns.
extension Dissected {
  /// Writes the columns where they are all that is asked for, and the frame is one of these; else writes nothing, and is
  /// false.
  @inline(__always)
  public func describeRow(
    _ bytes: Span<UInt8>, _ facts: borrowing FrameFacts, into tree: inout FieldBuffer
  ) -> Bool {
    !tree.describesAny(of: .layers) && writeRow(bytes, facts, to: &tree.columns)
  }

  /// Writes the columns of a frame that is plainly TCP on IP on Ethernet. False where it is anything else, or where
  /// something is odd about it: that is for a description, and the columns are empty then.
  private func writeRow(
    _ bytes: Span<UInt8>, _ facts: borrowing FrameFacts, to columns: inout Columns
  ) -> Bool {
    guard !hasError, sources.isEmpty, segments.count == 1, histories.count == 1,
      lastSegment == 0,
      bytes.count == facts.wireLength,
      layers.count == 3 || layers.count == 4 && layers[3].kind == .data,
      layers[0].kind == .ethernet, layers[2].kind == .tcp, !layers[2].isQuoted
    else { return false }
    let (network, transport) = (layers[1], layers[2])
    switch network.kind {
    case .ipv4:
      guard transport.start == network.start + IPv4Packet.minimumHeaderLength else { return false }
      columns.setAddresses(
        { $0.write(ipv4: UInt32(truncatingIfNeeded: addresses.source.low)) },
        { $0.write(ipv4: UInt32(truncatingIfNeeded: addresses.destination.low)) })
    case .ipv6:
      columns.setAddresses(
        { $0.write(ipv6: addresses.source) }, { $0.write(ipv6: addresses.destination) })
    default: return false
    }
    let own = bytes.part(transport.start, transport.end)
    if writeRow(segments.span[0], histories.span[0], own, transport, to: &columns) {
      return true
    }
    columns.clear()
    return false
  }

  private func writeRow(
    _ segment: borrowing Segment, _ history: borrowing SegmentHistory, _ own: Span<UInt8>,
    _ layer: Layer, to columns: inout Columns
  ) -> Bool {
    guard multipath.isEmpty, let length = segment.header.payloadLength,
      let view = try? TCPSegment(own, layer), own.count >= view.headerLength,
      view.headerLength >= TCPSegment.headerLength
    else { return false }
    columns.protocolName = "TCP"
    view.startInfo(segment, history, &columns)
    if segment.checksum.isBad { columns.info.write(" [TCP CHECKSUM INCORRECT]") }
    if segment.header.flags.contains(.urgent), let pointer = view.urgentPointer {
      columns.info.write(named: " Urg=", Int(pointer))
    }
    columns.info.write(named: " Len=", length)
    guard view.options.writeRow(peerBase: segment.peerBase.rawValue, to: &columns.info) else {
      return false
    }
    if !segment.analysis.isEmpty {
      let analysis = history.analysis
      columns.prefixInfo { analysis.writeFlagTitles(to: &$0) }
    }
    return true
  }
}

extension Span<UInt8> {
  /// Writes what the Info column says of TCP options; false where there are others than those that nearly all segments
  /// have, or where they are not as they should be.
  fileprivate func writeRow(peerBase: UInt32, to info: inout TextBuffer) -> Bool {
    var offset = 0
    while offset < count {
      let kind = TCPOptionKind(rawValue: self[offset])
      if kind == .end || kind == .noOperation {
        offset += 1
        if kind == .end, offset < count, self[offset] != 0 { return true }
        continue
      }
      guard offset + 1 < count else { return false }
      let length = Int(self[offset + 1])
      guard length >= 2, offset + length <= count else { return false }
      switch (kind, length) {
      case (.maximumSegmentSize, 4): info.write(named: " MSS=", Int(uint16(at: offset + 2)))
      case (.windowScale, 3): info.write(named: " WS=", 1 << Int(Swift.min(self[offset + 2], 14)))
      case (.sackPermitted, 2): info.write(" SACK_PERM")
      case (.timestamps, 10):
        info.write(named: " TSval=", Int(uint32(at: offset + 2)))
        info.write(named: " TSecr=", Int(uint32(at: offset + 6)))
      case (.sack, 10), (.sack, 18), (.sack, 26), (.sack, 34):
        for block in stride(from: offset + 2, to: offset + length, by: 8) {
          info.write(named: " SLE=", Int(uint32(at: block) &- peerBase))
          info.write(named: " SRE=", Int(uint32(at: block + 4) &- peerBase))
        }
      default: return false
      }
      offset += length
    }
    return true
  }
}
