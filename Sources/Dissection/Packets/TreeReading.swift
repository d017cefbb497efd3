import Applications
import Fields
import Mail
import TLS
import Wire

/// What the readers of `packets` are told.
final class TreeSettings: ConversationSettings {
  let recognition: RecognitionOptions
  let inflation: InflationBudget
  let limits: PDULimits

  init(_ options: ApplicationOptions) {
    (recognition, limits) = (options.recognition, options.limits)
    inflation = InflationBudget()
  }
}

/// How the packets of conversations are described.
public struct ApplicationOptions: Sendable {
  public var recognition = RecognitionOptions()
  public var limits = PDULimits()

  public init() {}
}

/// Describes the packets of one conversation, frame by frame.
///
/// It goes by the frames as they came, as Wireshark does: what is late or lost in TCP is so in the tree. Only what a
/// codec made comes in the order of the stream, through `receive`, and waits here for the frame that is described.
struct TreeReading: ConversationReader {
  /// Nil where there is nothing to describe but bytes.
  private var dissector: (any PDUDissector)?
  private let spoken: ApplicationProtocol
  let serverPort: UInt16
  private let isSwapped: Bool
  /// The mail dialogue that agreed on TLS, for the case that TLS does not come.
  private var clear: (any PDUDissector)?
  /// Where a proxy's tunnel leads.
  private var tunnel: (host: String, port: UInt16?)?
  private var client = PDUReassembly()
  private var server = PDUReassembly()
  /// Bytes of the client of which the server's answer will say whether they are encoded.
  private var undecided: [(side: Side, piece: HeldPiece)] = []
  private var undecidedCount = 0
  private static let undecidedLimit = 1 << 16
  /// What a codec made in the frame that is described, and unfinished lines of that.
  private var decoded: [Decoded] = []
  private var unfinished: [Side: [UInt8]] = [:]

  private struct Decoded: Sendable {
    let side: Side
    let bytes: [UInt8]
    var loss: CodecLoss?
  }

  static var readsAtOnce: Bool { true }

  init?(
    _ decision: ProtocolRecognition.Decision, _ facts: ConversationFacts, _ settings: TreeSettings
  ) {
    guard let tree = decision.spoken.tree else { return nil }
    spoken = decision.spoken
    serverPort = decision.serverPort
    isSwapped = decision.isSwapped
    dissector = tree(serverPort)
  }

  /// Bytes that wait for more.
  var held: Int {
    client.held + server.held + (dissector?.held ?? 0) + undecidedCount
      + unfinished.values.reduce(0) { $0 + $1.count }
  }

  // MARK: What a codec made

  mutating func receive(
    _ bytes: Span<UInt8>, from side: Side, at position: Position, isDecoded: Bool
  ) -> StreamSwitch? {
    if isDecoded { decoded.append(Decoded(side: side, bytes: bytes.copy)) }
    return nil
  }

  mutating func see(_ bytes: Span<UInt8>, from side: Side, at position: Position) {}

  mutating func gap(_ length: Int, from side: Side, at position: Position) -> StreamSwitch? { nil }

  mutating func miss(_ length: Int, from side: Side, at position: Position) {}

  mutating func lose(_ side: Side, _ loss: CodecLoss, at position: Position) {
    unfinished[side] = nil
    decoded.append(Decoded(side: side, bytes: [], loss: loss))
  }

  mutating func end(_ end: StreamEnd, _ side: Side, at position: Position) {}
  mutating func note(_ oddity: StreamOddity, _ side: Side, at position: Position) {}
  mutating func decide() -> StreamSwitch? { nil }
  mutating func finish(_ facts: ConversationFacts) -> Never? { nil }

  // MARK: Segments

  /// Who sent a segment, as the dialogue has the sides.
  func side(_ source: UInt16, _ destination: UInt16, isFromClient: Bool) -> Side {
    if source != destination, source == serverPort || destination == serverPort {
      return destination == serverPort ? .client : .server
    }
    return isFromClient != isSwapped ? .client : .server
  }

  /// Describes the payload of a segment. Returns where the streams begin to be encoded, as soon as that is known;
  /// `streamOffset` is where the payload lies in its stream, and `otherCount` how much of the other was seen.
  mutating func describe(
    _ payload: Span<UInt8>, _ segment: PDUSegment, streamOffset: Int?, otherCount: Int,
    limits: PDULimits, room: Int, tcp: FieldIndex, into tree: inout FieldBuffer
  ) -> StreamSwitch? {
    var change: StreamSwitch?
    // The dissector and the reassembly are parts of one value: the reassembly is taken out while it calls.
    var reassembly = take(segment.side)
    reassembly.receive(payload, segment, limits: limits, room: room, tcp: tcp, into: &tree) {
      bytes, facts, tree in
      let outcome = describe(bytes, facts, into: &tree)
      let place = streamOffset.map {
        $0 + Int(Int32(bitPattern: facts.sequence &- segment.sequence))
      }
      switch outcome {
      case .undecided(let from): keep(bytes, from, place, segment)
      case .encoded(let from, let encoding):
        change = begin(encoding, bytes, from, place, segment, otherCount: otherCount)
      case .described, .unfinished, .foreign: return outcome
      }
      return .described
    }
    if segment.side == .client { client = reassembly } else { server = reassembly }
    if (dissector?.held ?? 0) > room { dissector?.forgetHeld() }
    return change
  }

  private mutating func take(_ side: Side) -> PDUReassembly {
    var taken = PDUReassembly()
    if side == .client { swap(&taken, &client) } else { swap(&taken, &server) }
    return taken
  }

  /// Keeps bytes of the client for the codec that the server may agree on.
  private mutating func keep(
    _ bytes: Span<UInt8>, _ from: Int, _ place: Int?, _ segment: PDUSegment
  ) {
    guard let place, undecidedCount + bytes.count - from <= Self.undecidedLimit else { return }
    undecidedCount += bytes.count - from
    undecided.append(
      (
        segment.side,
        .bytes(
          bytes.extracting(droppingFirst: from).copy,
          Position(frame: segment.frame, time: segment.time, streamOffset: place + from))
      ))
  }

  private mutating func begin(
    _ encoding: StreamEncoding, _ bytes: Span<UInt8>, _ from: Int, _ place: Int?,
    _ segment: PDUSegment, otherCount: Int
  ) -> StreamSwitch? {
    guard encoding == .deflate else {
      // The records of TLS are described as they are.
      clear = dissector
      dissector = nil
      return nil
    }
    var change = StreamSwitch(encoding: encoding)
    change.client = otherCount
    if case .bytes(_, let position) = undecided.first?.piece {
      change.client = position.streamOffset
    }
    change.server = place.map { $0 + from }
    change.rest = undecided
    (undecided, undecidedCount) = ([], 0)
    if let place, from < bytes.count {
      change.rest.append(
        (
          segment.side,
          .bytes(
            bytes.extracting(droppingFirst: from).copy,
            Position(frame: segment.frame, time: segment.time, streamOffset: place + from))
        ))
    }
    return change
  }

  /// Describes what codecs made of the frame's payload; `name` is that of the data source.
  mutating func describeDecoded(
    _ segment: PDUSegment, named name: String, into tree: inout FieldBuffer
  ) {
    let pieces = decoded
    decoded = []
    for piece in pieces {
      if let loss = piece.loss {
        tree.addText(at: 0, count: 0) { $0.write("[Not decoded from here on: \(loss.rawValue)]") }
        continue
      }
      let bytes = (unfinished.removeValue(forKey: piece.side) ?? []) + piece.bytes
      (tree.source, tree.base) = (tree.addSource(name, bytes), 0)
      var facts = segment.facts(at: segment.sequence, canAskForMore: true)
      facts.side = piece.side
      var outcome = describe(bytes.span, facts, into: &tree)
      if case .unfinished(let from, _) = outcome {
        if bytes.count - from <= PDULimits().perPDU {
          unfinished[piece.side] = Array(bytes[max(0, from)...])
        } else {
          facts.canAskForMore = false
          outcome = describe(bytes.span, facts, into: &tree)
        }
      }
    }
    (tree.source, tree.base) = (0, 0)
  }

  /// Describes bytes that belong to no segment of the conversation.
  mutating func describe(
    quoted bytes: Span<UInt8>, _ facts: PDUFacts, into tree: inout FieldBuffer
  ) {
    _ = describe(bytes, facts, into: &tree)
  }

  // MARK: Dissectors

  private mutating func describe(
    _ bytes: Span<UInt8>, _ facts: PDUFacts, into tree: inout FieldBuffer
  ) -> PDUOutcome {
    if let tunnel {
      HTTPPackets.describeTunnel(host: tunnel.host, port: tunnel.port, bytes, into: &tree)
    }
    return describeContent(bytes, facts, into: &tree)
  }

  private mutating func describeContent(
    _ bytes: Span<UInt8>, _ facts: PDUFacts, into tree: inout FieldBuffer
  ) -> PDUOutcome {
    var facts = facts
    if let port = tunnel?.port {
      if facts.side == .client { facts.destinationPort = port } else { facts.sourcePort = port }
    }
    if clear != nil { changeToTLS(bytes) }
    let outcome = dissector?.describe(bytes, facts, into: &tree) ?? .foreign
    guard outcome == .foreign else { return outcome }
    if spoken == .tls, HTTPPackets.recognises(bytes), dissector is TLSPackets {
      dissector = ApplicationProtocol.http.tree?(serverPort)
      return describeContent(bytes, facts, into: &tree)
    }
    if let successor = dissector?.successor {
      change(to: successor)
      return describe(bytes, facts, into: &tree)
    }
    DataDescription.describe(bytes, into: &tree)
    return .described
  }

  /// What the protocol was a way to: a proxy's tunnel carries what the port there says.
  private mutating func change(to successor: StreamSuccessor) {
    dissector = nil
    guard case .tunnel(let host, let port) = successor else { return }
    tunnel = (host, port)
    let row = ApplicationProtocol.all.first { $0.isAt(port ?? 0, .ports) }
    if let row, row != .http { dissector = row.tree?(port ?? 0) }
  }

  /// TLS was agreed on: its first record makes the change; other bytes go on with the dialogue in clear.
  private mutating func changeToTLS(_ bytes: Span<UInt8>) {
    if TLSPackets.recognises(bytes) {
      dissector = TLSPackets(inside: spoken.nameInsideTLS)
    } else {
      dissector = clear
    }
    clear = nil
  }
}
