import Fields
import Mail
import TestSupport
import Wire

@testable import Dissection

/// A conversation that a test makes frame by frame, with a clock of its own.
struct MadeConversation {
  var builder: SegmentBuilder
  private(set) var frames: [(bytes: [UInt8], time: Int64)] = []
  private var sent: [Side: Int] = [:]
  private var now: Int64 = 1_000_000_000

  init(clientPort: UInt16 = 40_000, serverPort: UInt16 = 25) {
    builder = SegmentBuilder(clientPort: clientPort, serverPort: serverPort)
  }

  /// A segment, so long after the one before.
  mutating func send(
    _ side: Side, _ bytes: [UInt8] = [], _ flags: TCPFlags = [.acknowledgment],
    after seconds: Double = 0.001
  ) {
    now += Int64(seconds * 1_000_000_000)
    frames.append(
      (
        builder.packet(
          fromClient: side == .client, offset: sent[side, default: 0], bytes,
          acknowledging: sent[side.other, default: 0], flags: flags), now
      ))
    sent[side, default: 0] += bytes.count
  }

  /// What a side says, which the other acknowledges.
  mutating func say(_ side: Side, _ text: String, after seconds: Double = 0.001) {
    say(side, Array(text.utf8), after: seconds)
  }
  mutating func say(_ side: Side, _ bytes: [UInt8], after seconds: Double = 0.001) {
    send(side, bytes, [.acknowledgment, .push], after: seconds)
    send(side.other)
  }

  mutating func open() {
    send(.client, flags: [.syn])
    send(.server, flags: [.syn, .acknowledgment])
    send(.client)
  }
  mutating func send(_ side: Side, flags: TCPFlags, after seconds: Double = 0.001) {
    send(side, [], flags, after: seconds)
  }
  mutating func close(_ side: Side, after seconds: Double = 0.001) {
    send(side, flags: [.fin, .acknowledgment], after: seconds)
    send(side.other, flags: [.fin, .acknowledgment])
  }

  /// Other bytes in the place of those that a side has sent last.
  mutating func repeatLast(_ side: Side, _ bytes: [UInt8]) {
    let offset = sent[side, default: 0] - bytes.count
    now += 1_000_000
    frames.append(
      (
        builder.packet(
          fromClient: side == .client, offset: offset, bytes,
          acknowledging: sent[side.other, default: 0]), now
      ))
  }

  /// One byte before the next one.
  mutating func keepAlive(_ side: Side, _ byte: UInt8) {
    now += 1_000_000
    frames.append(
      (
        builder.packet(
          fromClient: side == .client, offset: sent[side, default: 0] - 1, [byte],
          acknowledging: sent[side.other, default: 0], flags: [.acknowledgment]), now
      ))
  }

  /// A frame that is no segment of the conversation.
  mutating func add(_ bytes: [UInt8], after seconds: Double = 0.001) {
    now += Int64(seconds * 1_000_000_000)
    frames.append((bytes, now))
  }

  /// Leaves out what a side sent.
  mutating func forget(_ side: Side) {
    let own = side == .client ? builder.client : builder.server
    frames.removeAll { Array($0.bytes[12..<16]) == own.address }
  }

  // MARK: Reading

  struct Result {
    var records: [SessionRecord] = []
    var summary = CaptureSummary()
    var attempts: [Attempt] { summary.attempts }
  }

  func read(_ options: SessionRunOptions = SessionRunOptions()) -> Result {
    Self.read(frames, options)
  }

  static func read(
    _ frames: [(bytes: [UInt8], time: Int64)], _ options: SessionRunOptions = SessionRunOptions()
  ) -> Result {
    var pipeline = SessionPipeline(options, wantsDigests: true)
    var result = Result()
    for (number, frame) in frames.enumerated() {
      pipeline.receive(
        frame.bytes.span,
        FrameFacts(
          number: number + 1, time: frame.time, wireLength: frame.bytes.count, linkType: 12))
    }
    pipeline.finish()
    while let record = pipeline.next() { result.records.append(record) }
    pipeline.complete(&result.summary)
    return result
  }
}
