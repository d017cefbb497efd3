import Fields

/// TLS records (RFC 8446 5.1) as Wireshark shows them, without what is inside: types, versions, lengths, and the
/// handshake messages that are not encrypted.
struct TLSPackets: PDUDissector {
  /// What `Application Data Protocol` says, by the port of the server.
  private let inside: ApplicationLayer?
  private var version: UInt16 = 0
  /// By side: after its Change Cipher Spec.
  private var isEncrypted = [false, false]

  init(inside: ApplicationLayer?) { self.inside = inside }

  /// Whether the bytes begin with a record.
  static func recognises(_ bytes: Span<UInt8>) -> Bool {
    guard bytes.count >= 3 else { return false }
    return (20...24).contains(bytes[0]) && bytes[1] == 3 && bytes[2] <= 4
  }

  mutating func describe(
    _ bytes: Span<UInt8>, _ facts: PDUFacts, into tree: inout FieldBuffer
  ) -> PDUOutcome {
    let fields = TLSFields.fields
    guard Self.recognises(bytes) || bytes.count < 3 && facts.canAskForMore else {
      // The rest of a record that could not be put together.
      guard version != 0 else { return .foreign }
      tree.columns.protocolName = Self.name(of: version)
      tree.columns.setInfo("Continuation Data")
      tree.addProtocol("tls")
      tree.add(fields.tls, .none, count: bytes.count)
      return .described
    }
    tree.columns.startInfo()
    tree.addProtocol("tls")
    let top = tree.opened(fields.tls, count: bytes.count)
    var outcome = PDUOutcome.described
    var position = 0
    var isFirst = true
    while position < bytes.count {
      let available = bytes.count - position
      let length =
        available < 5 ? 0 : Int(bytes[position + 3]) << 8 | Int(bytes[position + 4])
      if facts.canAskForMore, available < 5 || Self.recognises(bytes.extracting(position...)),
        available < length + 5
      {
        outcome = .unfinished(
          from: position,
          needs: available < 5 ? .oneMoreSegment : .bytes(length + 5 - available))
        break
      }
      guard Self.recognises(bytes.extracting(position...)), available >= 5 else {
        tree.add(fields.ignored, .none, at: position, count: available)
        addInfo("Ignored Unknown Record", &isFirst, &tree)
        position = bytes.count
        break
      }
      // What was cut off behind whole records is not shown.
      if position > 0, available < length + 5 { break }
      let end = min(bytes.count, position + 5 + length)
      describeRecord(
        bytes.extracting(position..<end), at: position, length, facts, &isFirst, into: &tree)
      position = end
    }
    tree.columns.protocolName = Self.name(of: version)
    tree.close(top)
    return outcome
  }

  private func addInfo(_ words: String, _ isFirst: inout Bool, _ tree: inout FieldBuffer) {
    if !isFirst || !tree.columns.info.isEmpty { tree.columns.info.write(", ") }
    isFirst = false
    tree.columns.info.write(words)
  }

  private static func name(of version: UInt16) -> String {
    switch version {
    case 0x0300: "SSLv3"
    case 0x0301: "TLSv1"
    case 0x0302: "TLSv1.1"
    case 0x0303: "TLSv1.2"
    case 0x0304: "TLSv1.3"
    default: "TLS"
    }
  }

  private mutating func describeRecord(
    _ record: Span<UInt8>, at offset: Int, _ length: Int, _ facts: PDUFacts,
    _ isFirst: inout Bool, into tree: inout FieldBuffer
  ) {
    let fields = TLSFields.fields
    let type = record[0]
    let recordVersion = UInt16(record[1]) << 8 | UInt16(record[2])
    if version == 0 { version = recordVersion }
    let content = record.extracting(min(5, record.count)...)
    let side = facts.side == .client ? 0 : 1
    let kind = contentKind(type, content, side)
    if case .handshake(let messages) = kind {
      for message in messages where message.type == 2 { agree(content, message.start, message.end) }
    }
    let top = tree.opened(fields.record, at: offset, count: record.count)
    let name = Self.name(of: version)
    let title: String
    switch kind {
    case .changeCipherSpec:
      isEncrypted[side] = true
      title = "Change Cipher Spec Protocol: Change Cipher Spec"
      addInfo("Change Cipher Spec", &isFirst, &tree)
    case .alert(let words):
      title = words == nil ? "Encrypted Alert" : "Alert (\(words ?? ""))"
      addInfo(title, &isFirst, &tree)
    case .handshake(let messages):
      let names = messages.map { Self.handshakeName($0.type) }
      title =
        "Handshake Protocol: " + (names.count == 1 ? names[0] : "Multiple Handshake Messages")
      for one in names { addInfo(one, &isFirst, &tree) }
    case .encryptedHandshake:
      title = "Handshake Protocol: Encrypted Handshake Message"
      addInfo("Encrypted Handshake Message", &isFirst, &tree)
    case .applicationData:
      title = "Application Data Protocol: \(insideName ?? "Application Data")"
      addInfo("Application Data", &isFirst, &tree)
    case .heartbeat:
      title = "Heartbeat Request"
      addInfo("Encrypted Heartbeat", &isFirst, &tree)
    }
    tree.relabel(top, "\(name) Record Layer: \(title)")
    let isOpaque = version == 0x0304 && type == 23
    tree.add(isOpaque ? fields.opaqueType : fields.contentType, type, at: offset, count: 1)
    tree.add(fields.version, recordVersion, at: offset + 1, count: 2)
    tree.add(fields.length, length, at: offset + 3, count: 2)
    switch kind {
    case .changeCipherSpec:
      tree.add(fields.changeCipherSpec, .none, at: offset + 5, count: content.count)
    case .alert(let words):
      let alert = tree.opened(fields.alert, at: offset + 5, count: content.count)
      if words == nil {
        tree.relabel(alert, "Alert Message: Encrypted Alert")
      } else if content.count >= 2 {
        tree.add(fields.alertLevel, content[0], at: offset + 5, count: 1)
        tree.add(fields.alertDescription, content[1], at: offset + 6, count: 1)
      }
      tree.close(alert)
    case .encryptedHandshake:
      let item = tree.add(fields.handshake, .none, at: offset + 5, count: content.count)
      tree.relabel(item, "Handshake Protocol: Encrypted Handshake Message")
    case .handshake(let messages):
      for message in messages {
        let item = tree.opened(
          fields.handshake, at: offset + 5 + message.start, count: message.end - message.start)
        tree.relabel(item, "Handshake Protocol: \(Self.handshakeName(message.type))")
        tree.add(fields.handshakeType, message.type, at: offset + 5 + message.start, count: 1)
        tree.add(
          fields.handshakeLength, message.end - message.start - 4, at: offset + 6 + message.start,
          count: 3)
        tree.close(item)
      }
    case .applicationData:
      tree.add(fields.applicationData, content, at: offset + 5)
      if let insideName {
        tree.add(fields.applicationProtocol, insideName, .generated)
      }
    case .heartbeat: break
    }
    tree.close(top)
  }

  private var insideName: String? {
    switch inside {
    case .smtp: "Simple Mail Transfer Protocol"
    case .pop: "Post Office Protocol"
    case .imap: "Internet Message Access Protocol"
    case .http: "Hypertext Transfer Protocol"
    default: nil
    }
  }

  private typealias Message = (type: UInt8, start: Int, end: Int)
  private enum Kind {
    case changeCipherSpec
    /// Nil: encrypted.
    case alert(String?)
    case handshake([Message])
    case encryptedHandshake
    case applicationData
    case heartbeat
  }

  private func contentKind(_ type: UInt8, _ content: Span<UInt8>, _ side: Int) -> Kind {
    switch type {
    case 20: return .changeCipherSpec
    case 21:
      guard content.count == 2, !isEncrypted[side] else { return .alert(nil) }
      return .alert(
        "Level: \(TLSFields.levelName(UInt64(content[0])) ?? "Unknown"), Description: "
          + "\(TLSFields.alertName(UInt64(content[1])) ?? "Unknown")")
    case 22:
      guard !isEncrypted[side] else { return .encryptedHandshake }
      var messages: [Message] = []
      var position = 0
      while position + 4 <= content.count {
        let length =
          Int(content[position + 1]) << 16 | Int(content[position + 2]) << 8
          | Int(content[position + 3])
        let end = position + 4 + length
        guard end <= content.count, Self.isHandshake(content[position]) else { break }
        messages.append((content[position], position, end))
        position = end
      }
      return messages.isEmpty ? .encryptedHandshake : .handshake(messages)
    case 24: return .heartbeat
    default: return .applicationData
    }
  }

  /// Takes the version that a Server Hello chooses.
  private mutating func agree(_ content: Span<UInt8>, _ start: Int, _ end: Int) {
    guard end - start >= 39 else { return }
    version = UInt16(content[start + 4]) << 8 | UInt16(content[start + 5])
    // Behind the session ID, the cipher suite and the compression method: the extensions.
    var position = start + 39 + Int(content[start + 38]) + 3 + 2
    while position + 4 <= end {
      let type = UInt16(content[position]) << 8 | UInt16(content[position + 1])
      let length = Int(content[position + 2]) << 8 | Int(content[position + 3])
      if type == 43, length == 2, position + 6 <= end {
        version = UInt16(content[position + 4]) << 8 | UInt16(content[position + 5])
      }
      position += 4 + length
    }
  }

  private static func isHandshake(_ type: UInt8) -> Bool {
    TLSFields.handshakeName(UInt64(type)) != nil
  }
  private static func handshakeName(_ type: UInt8) -> String {
    TLSFields.handshakeName(UInt64(type)) ?? "Unknown"
  }
}

/// The fields of TLS records, as Wireshark names them.
public struct TLSFields: FieldSet {
  let tls = Field("tls", "Transport Layer Security", .proto)
  let record = Field("tls.record", "Record Layer", .none)
  let contentType = Field(
    "tls.record.content_type", "Content Type", .uint8, .natural, .names(Self.contentName))
  let opaqueType = Field(
    "tls.record.opaque_type", "Opaque Type", .uint8, .natural, .names(Self.contentName))
  let version = Field(
    "tls.record.version", "Version", .uint16, .hex, .names(Self.versionName))
  let length = Field("tls.record.length", "Length", .uint16)
  let changeCipherSpec = Field("tls.change_cipher_spec", "Change Cipher Spec Message", .none)
  let alert = Field("tls.alert_message", "Alert Message", .none)
  let alertLevel = Field(
    "tls.alert_message.level", "Level", .uint8, .natural, .names(Self.levelName))
  let alertDescription = Field(
    "tls.alert_message.desc", "Description", .uint8, .natural, .names(Self.alertName))
  let handshake = Field("tls.handshake", "Handshake Protocol", .none)
  let handshakeType = Field(
    "tls.handshake.type", "Handshake Type", .uint8, .natural, .names(Self.handshakeName))
  let handshakeLength = Field("tls.handshake.length", "Length", .uint24)
  let applicationData = Field(
    "tls.app_data", "Encrypted Application Data", .bytes)
  let applicationProtocol = Field("tls.app_data_proto", "Application Data Protocol", .string)
  let ignored = Field("tls.ignored_unknown_record", "Ignored Unknown Record", .none)

  public init() {}
  static let fields = Self()

  @Sendable static func contentName(_ type: UInt64) -> String? {
    switch type {
    case 20: "Change Cipher Spec"
    case 21: "Alert"
    case 22: "Handshake"
    case 23: "Application Data"
    case 24: "Heartbeat"
    default: nil
    }
  }
  @Sendable static func versionName(_ version: UInt64) -> String? {
    switch version {
    case 0x0300: "SSL 3.0"
    case 0x0301: "TLS 1.0"
    case 0x0302: "TLS 1.1"
    case 0x0303: "TLS 1.2"
    case 0x0304: "TLS 1.3"
    default: nil
    }
  }
  @Sendable static func levelName(_ level: UInt64) -> String? {
    level == 1 ? "Warning" : level == 2 ? "Fatal" : nil
  }
  @Sendable static func alertName(_ alert: UInt64) -> String? {
    switch alert {
    case 0: "Close Notify"
    case 10: "Unexpected Message"
    case 20: "Bad Record MAC"
    case 21: "Decryption Failed"
    case 22: "Record Overflow"
    case 30: "Decompression Failure"
    case 40: "Handshake Failure"
    case 41: "No Certificate"
    case 42: "Bad Certificate"
    case 43: "Unsupported Certificate"
    case 44: "Certificate Revoked"
    case 45: "Certificate Expired"
    case 46: "Certificate Unknown"
    case 47: "Illegal Parameter"
    case 48: "Unknown CA"
    case 49: "Access Denied"
    case 50: "Decode Error"
    case 51: "Decrypt Error"
    case 60: "Export Restriction"
    case 70: "Protocol Version"
    case 71: "Insufficient Security"
    case 80: "Internal Error"
    case 86: "Inappropriate Fallback"
    case 90: "User Canceled"
    case 100: "No Renegotiation"
    case 109: "Missing Extension"
    case 110: "Unsupported Extension"
    case 111: "Certificate Unobtainable"
    case 112: "Unrecognized Name"
    case 113: "Bad Certificate Status Response"
    case 114: "Bad Certificate Hash Value"
    case 115: "Unknown PSK Identity"
    case 116: "Certificate Required"
    case 120: "No application Protocol"
    default: nil
    }
  }
  @Sendable static func handshakeName(_ type: UInt64) -> String? {
    switch type {
    case 0: "Hello Request"
    case 1: "Client Hello"
    case 2: "Server Hello"
    case 3: "Hello Verify Request"
    case 4: "New Session Ticket"
    case 5: "End of Early Data"
    case 6: "Hello Retry Request"
    case 8: "Encrypted Extensions"
    case 11: "Certificate"
    case 12: "Server Key Exchange"
    case 13: "Certificate Request"
    case 14: "Server Hello Done"
    case 15: "Certificate Verify"
    case 16: "Client Key Exchange"
    case 20: "Finished"
    case 21: "Certificate URL"
    case 22: "Certificate Status"
    case 23: "Supplemental Data"
    case 24: "Key Update"
    case 25: "Compressed Certificate"
    default: nil
    }
  }
}
