import Fields

extension SegmentAnalysis.Result {
  /// Adds `[SEQ/ACK analysis]`, where there is something to tell.
  func describe(handshakeTime: Int64?, into tree: inout FieldBuffer) {
    guard !isEmpty else { return }
    let fields = TCPFields.fields
    let top = tree.opened(fields.analysis, .none, .generated)
    if acknowledgedFrame != 0 {
      tree.add(fields.acknowledgedFrame, acknowledgedFrame, .generated)
      if acknowledgmentTime != 0 {
        tree.add(fields.acknowledgmentTime, .time(acknowledgmentTime), .generated)
      }
    }
    if let handshakeTime, handshakeTime != 0 {
      tree.add(fields.handshakeTime, .time(handshakeTime), .generated)
    }
    if bytesInFlight != 0 {
      tree.add(fields.bytesInFlight, bytesInFlight, .generated)
    }
    if bytesSincePush != 0 {
      tree.add(fields.bytesSincePush, bytesSincePush, .generated)
    }
    if !flags.isEmpty { describeFlags(into: &tree) }
    tree.close(top)
  }

  private func describeFlags(into tree: inout FieldBuffer) {
    let fields = TCPFields.fields
    let top = tree.opened(fields.analysisFlags, .none, .generated)
    func tell(
      _ flag: SegmentAnalysis.Flags, _ field: Field, _ severity: ExpertSeverity,
      into tree: inout FieldBuffer
    ) {
      if !flags.isDisjoint(with: flag) {
        tree.expert(field, severity, .sequence, field.label, under: top)
      }
    }
    tell(.portsReused, fields.portsReused, .note, into: &tree)
    tell(.fastRetransmission, fields.fastRetransmission, .note, into: &tree)
    tell(.spuriousRetransmission, fields.spuriousRetransmission, .note, into: &tree)
    tell(
      [.retransmission, .fastRetransmission, .spuriousRetransmission], fields.retransmission, .note,
      into: &tree)
    if flags.contains(.retransmission), timeout != 0 {
      tree.open(top)
      tree.add(fields.timeout, .time(timeout), .generated)
      tree.add(fields.timeoutFrame, timeoutFrame, .generated)
    }
    tell(.outOfOrder, fields.outOfOrder, .warning, into: &tree)
    tell(.previousNotCaptured, fields.lostSegment, .warning, into: &tree)
    tell(.acknowledgesUnseen, fields.acknowledgesLost, .warning, into: &tree)
    tell(.windowUpdate, fields.windowUpdate, .chat, into: &tree)
    tell(.windowFull, fields.windowFull, .warning, into: &tree)
    tell(.keepAlive, fields.keepAlive, .note, into: &tree)
    tell(.keepAliveAnswer, fields.keepAliveAnswer, .note, into: &tree)
    if flags.contains(.duplicateAcknowledgment) { describeDuplicate(top, into: &tree) }
    tell(.zeroWindowProbe, fields.zeroWindowProbe, .note, into: &tree)
    tell(.zeroWindow, fields.zeroWindow, .warning, into: &tree)
    tell(.zeroWindowProbeAnswer, fields.zeroWindowProbeAnswer, .note, into: &tree)
    tree.close(top)
  }

  private func describeDuplicate(_ top: FieldIndex, into tree: inout FieldBuffer) {
    let fields = TCPFields.fields
    tree.open(top)
    let mark = tree.add(fields.isDuplicate, .none, .generated)
    tree.relabel(mark, "This is a TCP duplicate ack")
    tree.close(top)
    tree.add(fields.duplicateNumber, duplicateNumber, .generated)
    let frame = tree.add(fields.duplicateFrame, duplicateFrame, .generated)
    tree.expert(
      fields.isDuplicate, .note, .sequence, "Duplicate ACK (#\(duplicateNumber))",
      under: frame)
    tree.open(top)
  }

  /// The findings as the Info column begins with them: `[TCP Retransmission] `.
  func writeFlagTitles(to text: inout TextBuffer) {
    func write(
      _ flag: SegmentAnalysis.Flags, _ title: StaticString, to text: inout TextBuffer
    ) {
      if flags.contains(flag) { text.write(title) }
    }
    write(.zeroWindowProbeAnswer, "[TCP ZeroWindowProbeAck] ", to: &text)
    write(.zeroWindow, "[TCP ZeroWindow] ", to: &text)
    write(.zeroWindowProbe, "[TCP ZeroWindowProbe] ", to: &text)
    if flags.contains(.duplicateAcknowledgment) {
      text.write(named: "[TCP Dup ACK ", duplicateFrame)
      text.write(named: "#", duplicateNumber)
      text.write("] ")
    }
    write(.keepAliveAnswer, "[TCP Keep-Alive ACK] ", to: &text)
    write(.keepAlive, "[TCP Keep-Alive] ", to: &text)
    write(.windowFull, "[TCP Window Full] ", to: &text)
    write(.windowUpdate, "[TCP Window Update] ", to: &text)
    write(.acknowledgesUnseen, "[TCP ACKed unseen segment] ", to: &text)
    write(.previousNotCaptured, "[TCP Previous segment not captured] ", to: &text)
    write(.outOfOrder, "[TCP Out-Of-Order] ", to: &text)
    write(.spuriousRetransmission, "[TCP Spurious Retransmission] ", to: &text)
    write(.fastRetransmission, "[TCP Fast Retransmission] ", to: &text)
    write(.retransmission, "[TCP Retransmission] ", to: &text)
    write(.portsReused, "[TCP Port numbers reused] ", to: &text)
  }
}
