import Fields

/// What an encrypted record was opened to.
public struct OpenedRecord: Sendable {
  public let type: ContentType
  /// Of application data it may be empty: that is described by what reads it.
  public let content: [UInt8]

  public init(type: ContentType, content: [UInt8]) { (self.type, self.content) = (type, content) }
}

/// TLS (RFC 8446, RFC 5246 and what came before), described record by record as Wireshark shows it.
public struct TLSPackets: PDUDissector {
  /// What the application data is said to be, from the port or from what agreed on TLS.
  private var inside: String?
  /// What records were opened to that are still to be described, by side and by the sequence number of their first byte.
  private var opened: [Side: [UInt32: OpenedRecord]] = [:]
  private var session = TLSSession()
  /// Something of the conversation was taken for TLS.
  private var hasStarted = false
  /// The last bytes broke off where more of a structure should have been.
  private var isMalformed = false
  /// The capture does not have the rest of the last record.
  private var isCutShort = false

  public init(inside: String?) { self.inside = inside }

  /// Opened records of a side that wait for their frame: more are not remembered.
  private static let mostOpened = 1024
  /// Data sources that a frame may have of opened records; what comes after is described as it was sent.
  private static let mostSources = 100

  /// Takes what a record was opened to, which begins with the byte of that sequence number: it is described in its place.
  public mutating func open(_ record: OpenedRecord, at sequence: UInt32, from side: Side) {
    if opened[side]?.count ?? 0 >= Self.mostOpened { opened[side] = nil }
    opened[side, default: [:]][sequence] = record
  }

  /// What the application data is, as Wireshark names it, now that it could be read.
  public mutating func name(inside name: String?) {
    if inside == nil { inside = name }
  }

  /// Bytes of handshake messages that wait for the next record: at most 64 KiB a side.
  public var held: Int {
    session.fragments(.client).bytes.count + session.fragments(.server).bytes.count
      + (opened.isEmpty
        ? 0 : opened.values.reduce(0) { $0 + $1.values.reduce(0) { $0 + $1.content.count } })
  }
  /// Gives them up: what comes next is taken for a message of its own.
  public mutating func forgetHeld() {
    for side in Side.allCases { _ = session.takeFragments(side) }
    opened = [:]
  }

  /// Whether the bytes begin with a record.
  public static func recognises(_ bytes: Span<UInt8>) -> Bool {
    bytes.count >= 3 && (20...24).contains(bytes[0]) && isVersion(bytes.uint16(at: 1))
  }

  public mutating func describe(
    _ bytes: Span<UInt8>, _ facts: PDUFacts, into tree: inout FieldBuffer
  ) -> PDUOutcome {
    (isMalformed, isCutShort) = (false, false)
    let isShort = bytes.count < 5 && facts.canAskForMore
    if !isShort {
      if Self.isText(bytes) { return .foreign }
      if session.negotiated == 0x0002 || !hasStarted && SSL2Record.isClientHello(bytes)
        || session.negotiated == nil && SSL2Record.isServerHello(bytes)
      {
        hasStarted = true
        return describeSSL2(bytes, facts, into: &tree)
      }
      hasStarted = true
    }
    tree.columns.startInfo()
    tree.columns.protocolName = session.negotiated.map { Self.name(of: $0) } ?? "SSL"
    tree.addProtocol("tls")
    let top = tree.opened(TLSFields.fields.tls, count: bytes.count)
    let outcome = describeRecords(bytes, facts, into: &tree)
    tree.close(top)
    if isMalformed { tree.addMalformed("TLS") }
    if isCutShort { tree.addCutShort("TLS") }
    return outcome
  }

  /// No record begins with so many printable characters: this is another protocol.
  private static func isText(_ bytes: Span<UInt8>) -> Bool {
    guard bytes.count >= 5 else { return false }
    for index in 0..<4 where !(0x20...0x7e).contains(bytes[index]) { return false }
    return true
  }

  private mutating func describeRecords(
    _ bytes: Span<UInt8>, _ facts: PDUFacts, into tree: inout FieldBuffer
  ) -> PDUOutcome {
    let fields = TLSFields.fields
    var position = 0
    while position < bytes.count, !isMalformed, !isCutShort {
      let available = bytes.count - position
      if available < 5, facts.canAskForMore {
        return .unfinished(from: position, needs: .oneMoreSegment)
      }
      if available < 5, facts.isCutShort {
        isCutShort = true
        return .described
      }
      guard available >= 5, isRecord(bytes, at: position) else {
        if !versionIsFixed {
          tree.columns.addInfo("Continuation Data")
        } else {
          let item = tree.addText("Ignored Unknown Record", at: position, count: available)
          tree.expert(
            fields.ignored, .warning, .proto, "Ignored Unknown Record", under: item)
          isCutShort = facts.isCutShort
          if !isCutShort { tree.columns.addInfo("Ignored Unknown Record") }
        }
        return .described
      }
      let length = Int(bytes.uint16(at: position + 3))
      if available < length + 5 {
        if facts.canAskForMore {
          return .unfinished(from: position, needs: .bytes(length + 5 - available))
        }
        // What was cut off after whole records is not shown.
        if position > 0 { return .described }
        isCutShort = facts.isCutShort
      }
      let end = min(bytes.count, position + 5 + length)
      describeRecord(bytes, at: position, to: end, length, facts, into: &tree)
      position = end
    }
    return .described
  }

  /// Once the server has chosen a version, those of the records say nothing any more; 1.3 is not in them.
  private var versionIsFixed: Bool { session.negotiated != nil && !session.isVersion13 }

  private func isRecord(_ bytes: Span<UInt8>, at position: Int) -> Bool {
    (20...25).contains(bytes[position])
      && (versionIsFixed || Self.isVersion(bytes.uint16(at: position + 1)))
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
    // A conversation that was joined later has no hello.
    if type == 21 || type == 23, session.negotiated == nil { session.agree(version: recordVersion) }
    let name = Self.name(of: session.negotiated ?? recordVersion)
    let top = tree.opened(fields.record, at: offset, count: end - offset)
    defer { tree.close(top) }
    let isOpaque = session.isVersion13 && type == 23
    tree.add(isOpaque ? fields.opaqueType : fields.contentType, type, at: offset, count: 1)
    tree.add(fields.version, recordVersion, at: offset + 1, count: 2)
    tree.add(fields.length, length, at: offset + 3, count: 2)
    let record =
      opened.isEmpty
      ? nil : opened[facts.side]?.removeValue(forKey: facts.sequence &+ UInt32(offset))
    if let record, isOpaque {
      tree.add(fields.contentType, record.type.rawValue, .generated)
    }
    if length > 1 << 14 + 2048 {
      tree.expert(
        fields.lengthInvalid, .error, .proto, "TLSCiphertext length MUST NOT exceed 2^14 + 2048",
        under: tree.last)
    }
    guard start < end else {
      isMalformed = true
      return
    }
    tree.columns.protocolName = name
    guard !isCutShort else { return }
    let title: String?
    if let record, record.type != .applicationData, tree.sources.count < Self.mostSources {
      let (base, source, content) = (tree.base, tree.source, record.content)
      (tree.base, tree.source) = (0, tree.addSource("Decrypted TLS", content))
      title = describeContent(
        record.type.rawValue, content.span, at: 0, to: content.count, isOpened: true, facts,
        into: &tree)
      (tree.base, tree.source) = (base, source)
    } else {
      title = describeContent(
        type, bytes, at: start, to: end, isOpened: false, facts, into: &tree)
    }
    if let title { tree.relabel(top, "\(name) Record Layer: \(title)") }
  }

  /// What a record holds; gives what its head says. `isOpened`: it was decrypted.
  private mutating func describeContent(
    _ type: UInt8, _ bytes: Span<UInt8>, at start: Int, to end: Int, isOpened: Bool,
    _ facts: PDUFacts, into tree: inout FieldBuffer
  ) -> String? {
    switch type {
    case 20: return describeChangeCipherSpec(at: start, to: end, facts.side, into: &tree)
    case 21: return describeAlert(bytes, at: start, to: end, into: &tree)
    case 22:
      let title = describeHandshake(
        bytes, at: start, to: end, isOpened: isOpened, facts, into: &tree)
      if let version = session.version { tree.columns.protocolName = Self.name(of: version) }
      return "Handshake Protocol: " + title
    case 23: return describeApplicationData(bytes, at: start, to: end, into: &tree)
    case 24: return describeHeartbeat(bytes, at: start, to: end, facts.side, into: &tree)
    default: return nil
    }
  }

  /// Records of SSL 2.0: all of a conversation that speaks it, or a Client Hello that is for later versions too.
  private mutating func describeSSL2(
    _ bytes: Span<UInt8>, _ facts: PDUFacts, into tree: inout FieldBuffer
  ) -> PDUOutcome {
    tree.columns.startInfo()
    tree.addProtocol("tls")
    let top = tree.opened(TLSFields.fields.tls, count: bytes.count)
    tree.columns.protocolName = "SSLv2"
    var outcome = PDUOutcome.described
    var position = 0
    while position + 2 <= bytes.count, !isMalformed {
      let length = SSL2Record.length(bytes, at: position)
      if bytes.count - position < length, facts.canAskForMore {
        outcome = .unfinished(from: position, needs: .bytes(length - (bytes.count - position)))
        break
      }
      let end = min(bytes.count, position + length)
      do throws(Malformed) {
        let type = try SSL2Record.describe(
          bytes, from: position, to: end, isClear: !session.isEncrypted(.client), into: &tree)
        if type == 2 { session.encrypts(.client) }
        if type == 4 { session.agree(version: 0x0002) }
      } catch {
        isMalformed = error == .missing
      }
      position = end
    }
    tree.close(top)
    if isMalformed { tree.addMalformed("TLS") }
    return outcome
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
    at start: Int, to end: Int, _ side: Side, into tree: inout FieldBuffer
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
    _ bytes: Span<UInt8>, at start: Int, to end: Int, _ side: Side,
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
        length = end - start - 3
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
    _ bytes: Span<UInt8>, at start: Int, to end: Int, isOpened: Bool, _ facts: PDUFacts,
    into tree: inout FieldBuffer
  ) -> String {
    let fields = HandshakeFields.fields
    guard isOpened || !session.looksEncrypted(bytes, at: start, to: end, facts.side) else {
      let item = tree.add(fields.handshake, .none, at: start, count: end - start)
      tree.relabel(item, "Handshake Protocol: Encrypted Handshake Message")
      tree.columns.addInfo("Encrypted Handshake Message")
      session.encrypts(facts.side)
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
    _ message: HandshakeMessage, _ side: Side, into tree: inout FieldBuffer
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
    _ fragments: HandshakeFragments, _ side: Side, into tree: inout FieldBuffer
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
