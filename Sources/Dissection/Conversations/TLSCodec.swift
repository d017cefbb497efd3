import Fields
import Mail
import TLS

/// TLS around a session: what its records hold, as far as there are secrets, and what they say of themselves. What a side
/// sends in clear where TLS should begin is passed on as it came.
struct TLSCodec: StreamCodec {
  var sourceName: String { "Decrypted TLS" }
  var isDescribed: Bool { true }

  private var client = Direction()
  private var server = Direction()
  private var hasMixture = false
  private var handshake = TLSHandshake()
  var tls: TLSHandshake? { handshake }
  /// The first bytes that come are those with which TLS begins: they say whether it does.
  private let isFromStart: Bool
  /// Nil where there are no secrets at all.
  private var opening: TLSOpening?

  init(isFromStart: Bool, _ keys: TLSKeys, keepsRecords: Bool) {
    self.isFromStart = isFromStart
    guard !keys.isEmpty else { return }
    opening = TLSOpening(keys, keepsRecords: keepsRecords)
    client.keepsData = true
    server.keepsData = true
  }

  mutating func finish(at end: Position, into output: inout CodecOutput) {
    opening?.finish(end, into: &output)
  }

  mutating func takeSecrets() -> String { opening?.takeSecrets() ?? "" }
  mutating func takeRecords() -> [TLSOpening.Record] { opening?.takeRecords() ?? [] }

  mutating func weigh() -> Int {
    let certificates =
      handshake.facts.serverCertificates.certificates.count
      + handshake.facts.clientCertificates.certificates.count
    return MemoryLayout<Self>.size + client.heldBytes + server.heldBytes + handshake.facts.held
      + certificates * Self.certificateBytes
      + 2 * handshake.facts.runs.count * MemoryLayout<TLSRun>.stride + (opening?.heldBytes ?? 0)
  }
  /// What is known of a certificate takes about this much.
  private static let certificateBytes = 4_096

  mutating func receive(
    _ bytes: Span<UInt8>, from side: Side, at position: Position, into output: inout CodecOutput
  ) {
    if side == .client {
      client.receive(
        bytes, from: side, at: position, isFromStart: isFromStart, &handshake, &opening,
        into: &output)
    } else {
      server.receive(
        bytes, from: side, at: position, isFromStart: isFromStart, &handshake, &opening,
        into: &output)
    }
    if !hasMixture { noteMixture(&output) }
  }

  mutating func gap(
    _ length: Int, from side: Side, at position: Position, into output: inout CodecOutput
  ) {
    if side == .client {
      client.miss(length, from: side, at: position, &handshake, &opening, into: &output)
    } else {
      server.miss(length, from: side, at: position, &handshake, &opening, into: &output)
    }
  }

  /// Says it once where one side speaks TLS and the other does not.
  private mutating func noteMixture(_ output: inout CodecOutput) {
    guard handshake.isMixed,
      let start = (client.speech == .clear ? client : server).start
    else { return }
    hasMixture = true
    output.pieces.append(.oneSided(client.speech == .clear ? .server : .client, start))
  }
}

extension TLSCodec {
  /// What a side speaks, as its first bytes say it.
  enum Speech: Sendable {
    case nothing
    case records
    case clear
    /// It cannot be known any more.
    case unknown

    private static let leastText = 12

    private static func isText(_ byte: UInt8) -> Bool {
      (0x20...0x7e).contains(byte) || byte == 0x09 || byte == 0x0a || byte == 0x0d
    }

    /// Nil where more bytes must come.
    init?(_ first: Span<UInt8>, isFromStart: Bool) {
      guard first.count > 0 else { return nil }
      switch first[0] {
      case 0x14...0x18:
        guard first.count > 1 else { return nil }
        self = first[1] == 3 ? .records : .unknown
      case 0x09, 0x0a, 0x0d, 0x20...0x7e:
        guard !isFromStart else {
          self = .clear
          return
        }
        // The bytes may be from the middle of a record: few of them are text by chance.
        guard first.count >= Self.leastText else { return nil }
        self = first.indices.allSatisfy { Self.isText(first[$0]) } ? .clear : .unknown
      default: self = .unknown
      }
    }
  }

  fileprivate struct Direction {
    var speech = Speech.nothing
    /// Bytes that do not say yet what they are.
    private var first: [UInt8] = []
    private(set) var start: Position?
    private var records = RecordReader()
    /// Whether what encrypted records hold is of use.
    var keepsData: Bool {
      get { records.keepsApplicationData }
      set { records.keepsApplicationData = newValue }
    }

    var heldBytes: Int { first.capacity + records.content.capacity }

    mutating func receive(
      _ bytes: Span<UInt8>, from side: Side, at position: Position, isFromStart: Bool,
      _ handshake: inout TLSHandshake, _ opening: inout TLSOpening?, into output: inout CodecOutput
    ) {
      if start == nil {
        start = position
        handshake[side].start = position
      }
      handshake[side].count += bytes.count
      switch speech {
      case .unknown: break
      case .records: scan(bytes, from: side, at: position, &handshake, &opening, into: &output)
      case .clear: output.append(bytes, at: position)
      case .nothing:
        let all = first + bytes.copy
        guard let speech = Speech(all.span, isFromStart: isFromStart) else { return first = all }
        (first, self.speech) = ([], speech)
        handshake[side].speech = speech
        if speech == .clear, let start {
          output.pieces.append(.stayedClear(start))
          output.append(all.span, at: start)
        } else if speech == .records {
          scan(
            all.span, from: side, at: position.advanced(by: bytes.count - all.count), &handshake,
            &opening, into: &output)
        }
      }
    }

    mutating func miss(
      _ length: Int, from side: Side, at position: Position, _ handshake: inout TLSHandshake,
      _ opening: inout TLSOpening?, into output: inout CodecOutput
    ) {
      if speech == .clear { return output.pieces.append(.gap(length, position)) }
      handshake.facts.miss(length, from: side)
      if speech == .records {
        let record = records.miss(length, at: TLSPlace(position))
        if keepsData {
          opening?.miss(
            length, from: side, at: position, isLost: records.isLost, into: &output)
        } else {
          output.pieces.append(.missing(length, position))
        }
        if let record {
          take(
            record, from: side, at: position, end: position.streamOffset + length, &handshake,
            &opening, into: &output)
        }
      } else {
        output.pieces.append(.missing(length, position))
        if speech == .nothing {
          speech = .unknown
          handshake[side].speech = speech
        }
      }
      if speech != .records || records.isLost { handshake.isUnsure = true }
    }

    private mutating func scan(
      _ bytes: Span<UInt8>, from side: Side, at position: Position, _ handshake: inout TLSHandshake,
      _ opening: inout TLSOpening?, into output: inout CodecOutput
    ) {
      let place = TLSPlace(position)
      var index = 0
      while index < bytes.count {
        if records.isLost {
          guard keepsData,
            let rest = opening?.find(
              bytes.extracting(index...), from: side, at: position.advanced(by: index),
              &handshake.facts, into: &output)
          else { break }
          records.findAgain()
          index = bytes.count - rest
          continue
        }
        guard let record = records.next(bytes, from: &index, at: place) else { break }
        take(
          record, from: side, at: position, end: position.streamOffset + index, &handshake,
          &opening, into: &output)
      }
      if let type = records.type { handshake.facts.begin(type, records.content.first, from: side) }
      guard records.isLost else { return }
      handshake.isUnsure = true
      handshake.facts.stray(side, at: place)
    }

    private mutating func take(
      _ record: TLSRecord, from side: Side, at position: Position, end: Int,
      _ handshake: inout TLSHandshake, _ opening: inout TLSOpening?,
      into output: inout CodecOutput
    ) {
      handshake.facts.see(record, records.content.span, from: side)
      guard keepsData else { return }
      opening?.take(
        record, records.content, from: side, at: position, end: end, &handshake.facts,
        into: &output)
      records.dropContent()
      if let opening, !opening.isOpen(side) { keepsData = false }
    }
  }
}

extension TLSPlace {
  init(_ position: Position) { self.init(frame: position.frame, time: position.time) }
}

/// How far two sides have come with TLS.
struct TLSHandshake: Sendable {
  struct End: Sendable {
    var speech = TLSCodec.Speech.nothing
    /// Of the first byte, and how many there were.
    var start: Position?
    var count = 0
  }
  var client = End()
  var server = End()
  /// What its records say.
  var facts = TLSFacts()
  /// Bytes were not captured that may have shown it.
  var isUnsure = false

  var hasClientHello: Bool { facts.hasClientHello }
  /// What a side says before anything is encrypted: why there will be no TLS.
  var alert: TLSAlertFact? { facts.alerts.first { $0.isBeforeCipher } }

  subscript(side: Side) -> End {
    get { side == .client ? client : server }
    set { if side == .client { client = newValue } else { server = newValue } }
  }

  /// Both sides have agreed on TLS, as far as the capture shows it.
  var isEncrypted: Bool {
    facts.hasCipher || facts.hasServerHello && alert == nil || !isMixed && (isUnsure || isUnknown)
  }
  private var isUnknown: Bool { client.speech == .unknown || server.speech == .unknown }

  /// One side speaks TLS, and the other does not.
  var isMixed: Bool {
    client.speech == .records && server.speech == .clear
      || client.speech == .clear && server.speech == .records
  }

  /// What a side has sent of TLS: `Client Hello`, `Alert: Handshake Failure`.
  func words(of side: Side) -> String {
    if let alert, alert.side == side { return "TLS alert, \(alert.name)" }
    if side == .client, hasClientHello { return "TLS Client Hello" }
    return "TLS records"
  }
}
