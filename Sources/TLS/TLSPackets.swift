import Fields

/// TLS (RFC 8446, RFC 5246 and what came before), described record by record as Wireshark shows it without keys.
public struct TLSPackets: PDUDissector {
  /// What the application data is said to be, from the port or from what agreed on TLS.
  private let inside: String?
  private var session = TLSSession()
  /// Something of the conversation was taken for TLS.
  private var hasStarted = false
  /// The last bytes broke off where more of a structure should have been.
  public private(set) var isMalformed = false

  public init(inside: String?) { self.inside = inside }

  /// Whether the bytes begin with a record.
  public static func recognises(_ bytes: Span<UInt8>) -> Bool {
    bytes.count >= 3 && (20...24).contains(bytes[0]) && isVersion(bytes.uint16(at: 1))
  }

  public mutating func describe(
    _ bytes: Span<UInt8>, _ facts: PDUFacts, into tree: inout FieldBuffer
  ) -> PDUOutcome {
    isMalformed = false
    if !hasStarted {
      // No record begins with a printable character: this is another protocol.
      if bytes.isEmpty || (0x20...0x7e).contains(bytes[0]) { return .foreign }
      if SSL2Hello.recognises(bytes) { return describeSSL2(bytes, facts, into: &tree) }
    }
    if bytes.count < 5, facts.canAskForMore {
      return .unfinished(from: 0, needs: .oneMoreSegment)
    }
    hasStarted = true
    tree.columns.startInfo()
    tree.columns.protocolName = session.negotiated.map { Self.name(of: $0) } ?? "SSL"
    tree.addProtocol("tls")
    let top = tree.opened(TLSFields.fields.tls, count: bytes.count)
    let outcome = describeRecords(bytes, facts, into: &tree)
    tree.close(top)
    return outcome
  }

  private mutating func describeRecords(
    _ bytes: Span<UInt8>, _ facts: PDUFacts, into tree: inout FieldBuffer
  ) -> PDUOutcome {
    let fields = TLSFields.fields
    var position = 0
    while position < bytes.count, !isMalformed {
      let available = bytes.count - position
      if available < 5, facts.canAskForMore {
        return .unfinished(from: position, needs: .oneMoreSegment)
      }
      guard available >= 5, isRecord(bytes, at: position) else {
        if session.negotiated == nil {
          tree.columns.addInfo("Continuation Data")
        } else {
          let item = tree.add(fields.ignored, .none, at: position, count: available)
          tree.expert(
            fields.ignored, .warning, .proto, "Ignored Unknown Record", under: item)
          tree.columns.addInfo("Ignored Unknown Record")
        }
        return .described
      }
      let length = Int(bytes.uint16(at: position + 3))
      if available < length + 5 {
        if facts.canAskForMore {
          return .unfinished(from: position, needs: .bytes(length + 5 - available))
        }
        // What was cut off behind whole records is not shown.
        if position > 0 { return .described }
      }
      let end = min(bytes.count, position + 5 + length)
      describeRecord(bytes, at: position, to: end, length, facts, into: &tree)
      position = end
    }
    return .described
  }

  /// Whether a record begins there. Once the server has chosen a version, that of the record says nothing any more.
  private func isRecord(_ bytes: Span<UInt8>, at position: Int) -> Bool {
    guard (20...25).contains(bytes[position]) else { return false }
    return session.negotiated != nil || Self.isVersion(bytes.uint16(at: position + 1))
  }

  private static func isVersion(_ version: UInt16) -> Bool {
    (0x0300...0x0303).contains(version) || version == 0x0101
  }

  private mutating func describeRecord(
    _ bytes: Span<UInt8>, at offset: Int, to end: Int, _ length: Int, _ facts: PDUFacts,
    into tree: inout FieldBuffer
  ) {
    let fields = TLSFields.fields
    let type = bytes[offset]
    let recordVersion = bytes.uint16(at: offset + 1)
    session.recordVersion = recordVersion
    let start = offset + 5
    let name = Self.name(of: session.negotiated ?? recordVersion)
    let top = tree.opened(fields.record, at: offset, count: end - offset)
    defer { tree.close(top) }
    let isOpaque = session.isVersion13 && type == 23
    tree.add(isOpaque ? fields.opaqueType : fields.contentType, type, at: offset, count: 1)
    tree.add(fields.version, recordVersion, at: offset + 1, count: 2)
    tree.add(fields.length, length, at: offset + 3, count: 2)
    guard start < end else {
      isMalformed = true
      return
    }
    tree.columns.protocolName = name
    let title: String?
    switch type {
    case 20: title = describeChangeCipherSpec(at: start, to: end, facts.side, into: &tree)
    case 21: title = describeAlert(bytes, at: start, to: end, into: &tree)
    case 22:
      title = "Handshake Protocol: "
        + describeHandshake(bytes, at: start, to: end, facts, into: &tree)
      if let version = session.version { tree.columns.protocolName = Self.name(of: version) }
    case 23: title = describeApplicationData(bytes, at: start, to: end, into: &tree)
    case 24: title = describeHeartbeat(bytes, at: start, to: end, facts.side, into: &tree)
    default: title = nil
    }
    if let title { tree.relabel(top, "\(name) Record Layer: \(title)") }
  }

  /// A Client Hello that an SSL 2.0 server understands too (RFC 5246 E.2).
  private mutating func describeSSL2(
    _ bytes: Span<UInt8>, _ facts: PDUFacts, into tree: inout FieldBuffer
  ) -> PDUOutcome {
    hasStarted = true
    let needed = SSL2Hello.length(of: bytes)
    if bytes.count < needed, facts.canAskForMore {
      return .unfinished(from: 0, needs: .bytes(needed - bytes.count))
    }
    tree.columns.startInfo()
    tree.addProtocol("tls")
    let top = tree.opened(TLSFields.fields.tls, count: bytes.count)
    tree.columns.protocolName = "SSLv2"
    do throws(Malformed) {
      try SSL2Hello.describe(bytes, to: min(needed, bytes.count), into: &tree)
    } catch {
      isMalformed = error == .missing
    }
    tree.close(top)
    return .described
  }

  /// As the Protocol column and the head of a record say it.
  static func name(of version: UInt16) -> String {
    switch version {
    case 0x0002: "SSLv2"
    case 0x0101: "GMTLSv1"
    case 0x0300: "SSLv3"
    case 0x0301: "TLSv1"
    case 0x0302: "TLSv1.1"
    case 0x0303: "TLSv1.2"
    case _ where TLSSession.isVersion13(version): "TLSv1.3"
    default: "SSL"
    }
  }

  // MARK: What records hold

  private mutating func describeChangeCipherSpec(
    at start: Int, to end: Int, _ side: StreamSide, into tree: inout FieldBuffer
  ) -> String {
    let fields = TLSFields.fields
    tree.columns.addInfo("Change Cipher Spec")
    let item = tree.add(fields.changeCipherSpec, .none, at: start, count: end - start)
    if session.isResumed, side == .server {
      tree.expert(
        fields.resumed, .note, .sequence,
        "This session reuses previously negotiated keys (Session resumption)", under: item)
    }
    session.changesCipher(side)
    return "Change Cipher Spec Protocol: Change Cipher Spec"
  }

  private func describeAlert(
    _ bytes: Span<UInt8>, at start: Int, to end: Int, into tree: inout FieldBuffer
  ) -> String {
    let fields = TLSFields.fields
    let top = tree.opened(fields.alert, at: start, count: end - start)
    defer { tree.close(top) }
    // In clear it has two bytes, and encrypted more.
    guard end - start == 2 else {
      tree.relabel(top, "Alert Message: Encrypted Alert")
      tree.columns.addInfo("Encrypted Alert")
      return "Encrypted Alert"
    }
    tree.add(fields.alertLevel, bytes[start], at: start, count: 1)
    tree.add(fields.alertDescription, bytes[start + 1], at: start + 1, count: 1)
    let level = TLSNames.alertLevel(UInt64(bytes[start])) ?? "Unknown"
    let alert = TLSNames.alert(UInt64(bytes[start + 1])) ?? "Unknown"
    let words = "Alert (Level: \(level), Description: \(alert))"
    tree.columns.addInfo(words)
    return words
  }

  private func describeApplicationData(
    _ bytes: Span<UInt8>, at start: Int, to end: Int, into tree: inout FieldBuffer
  ) -> String {
    let fields = TLSFields.fields
    let name = session.applicationName ?? inside
    tree.columns.addInfo("Application Data")
    tree.add(fields.applicationData, bytes.extracting(start..<end), at: start)
    if let name { tree.add(fields.applicationProtocol, name, .generated) }
    return "Application Data Protocol: \(name ?? "Application Data")"
  }

  /// RFC 6520.
  private mutating func describeHeartbeat(
    _ bytes: Span<UInt8>, at start: Int, to end: Int, _ side: StreamSide,
    into tree: inout FieldBuffer
  ) -> String? {
    let fields = TLSFields.fields
    let top = tree.opened(fields.heartbeat, at: start, count: end - start)
    defer { tree.close(top) }
    guard end - start >= 3 else {
      isMalformed = true
      return nil
    }
    guard let type = TLSNames.heartbeatType(UInt64(bytes[start])),
      !session.isEncrypted(side)
    else {
      tree.relabel(top, "Encrypted Heartbeat Message")
      tree.columns.addInfo("Encrypted Heartbeat")
      return "Encrypted Heartbeat"
    }
    tree.columns.addInfo("Heartbeat \(type)")
    var reader = TLSReader(bytes, at: start)
    do throws(Malformed) {
      try reader.number(fields.heartbeatType, into: &tree)
      var length = try reader.number(fields.heartbeatPayloadLength, into: &tree)
      let item = tree.last
      if length > end - start - 16 - 3 {
        tree.expert(
          fields.heartbeatLengthInvalid, .error, .malformed,
          "Invalid heartbeat payload length (\(length))", under: item)
        length = max(0, end - start - 16 - 3)
        tree.note(item, " (invalid, using \(length) to decode payload)")
      }
      try reader.content(fields.heartbeatPayload, length, into: &tree)
      tree.relabel(tree.last, "Payload (\(length) byte\(length == 1 ? "" : "s"))")
      let rest = end - reader.position
      guard rest > 0 else { return "Heartbeat \(type)" }
      try reader.content(fields.heartbeatPadding, rest, into: &tree)
      tree.relabel(tree.last, "Padding and HMAC (\(rest) byte\(rest == 1 ? "" : "s"))")
    } catch {
      isMalformed = true
    }
    return "Heartbeat \(type)"
  }

  /// The messages of a record; gives what its head says.
  private mutating func describeHandshake(
    _ bytes: Span<UInt8>, at start: Int, to end: Int, _ facts: PDUFacts,
    into tree: inout FieldBuffer
  ) -> String {
    let fields = HandshakeFields.fields
    guard !session.looksEncrypted(bytes, at: start, to: end, facts.side) else {
      let item = tree.add(fields.handshake, .none, at: start, count: end - start)
      tree.relabel(item, "Handshake Protocol: Encrypted Handshake Message")
      tree.columns.addInfo("Encrypted Handshake Message")
      return "Encrypted Handshake Message"
    }
    var title: String?
    var position = start
    while position < end, !isMalformed {
      let isNew = session.fragments(facts.side).isEmpty
      if isNew, let message = HandshakeMessage(bytes, at: position, to: end) {
        guard message.isKnown || position == start else { break }
        describe(message, facts.side, into: &tree)
        title = title == nil ? message.name : "Multiple Handshake Messages"
        position = message.end
        continue
      }
      var fragments = session.takeFragments(facts.side)
      let taken = fragments.append(bytes, from: position, to: end, frame: facts.frame)
      let name = HandshakeMessage.name(ofType: fragments.bytes[0])
      let item = tree.add(fields.handshake, .none, at: position, count: taken)
      position += taken
      guard fragments.isComplete else {
        tree.relabel(item, "Handshake Protocol: \(name) (fragment)")
        if isNew, title == nil { tree.columns.addInfo("[\(name) Fragment]") }
        title = isNew && title == nil ? "\(name) (fragment)" : "Multiple Handshake Messages"
        if !fragments.isTooLong { session.setFragments(fragments, facts.side) }
        break
      }
      tree.relabel(item, "Handshake Protocol: \(name) (last fragment)")
      title = title == nil ? name : "Multiple Handshake Messages"
      describe(fragments, facts.side, into: &tree)
    }
    return title ?? ""
  }

  private mutating func describe(
    _ message: HandshakeMessage, _ side: StreamSide, into tree: inout FieldBuffer
  ) {
    tree.columns.addInfo(message.name)
    do throws(Malformed) {
      try message.describe(&session, side, into: &tree)
    } catch {
      isMalformed = true
    }
  }

  /// A message that is whole with its last fragment: a data source of its own.
  private mutating func describe(
    _ fragments: HandshakeFragments, _ side: StreamSide, into tree: inout FieldBuffer
  ) {
    let (base, source) = (tree.base, tree.source)
    let bytes = fragments.bytes
    (tree.base, tree.source) = (0, tree.addSource("Reassembled TLS", bytes))
    fragments.describe(into: &tree)
    if let message = HandshakeMessage(bytes.span, at: 0, to: bytes.count) {
      describe(message, side, into: &tree)
    }
    (tree.base, tree.source) = (base, source)
  }
}

extension Columns {
  /// One more of the things that a frame holds.
  mutating func addInfo(_ words: String) {
    if !info.isEmpty { info.write(", ") }
    info.write(words)
  }
}
