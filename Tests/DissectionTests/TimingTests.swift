import Fields
import TestSupport
import Testing
import Wire

@testable import Dissection

/// Where the time of an exchange went, where segments had to be sent again.
@Suite struct TimingTests {
  private struct Capture: ~Copyable {
    private let builder = SegmentBuilder(serverPort: 25)
    private var pipeline = SessionPipeline(SessionRunOptions(), wantsDigests: false)
    private var offsets: [Side: Int] = [:]
    private var number = 0

    init() {
      for side in [Side.client, .server] {
        send(
          builder.packet(
            fromClient: side == .client, offset: 0,
            flags: side == .client ? [.syn] : [.syn, .acknowledgment]), at: 0)
      }
    }

    private mutating func send(_ packet: [UInt8], at milliseconds: Int64) {
      number += 1
      pipeline.receive(
        packet.span,
        FrameFacts(
          number: number, time: milliseconds * 1_000_000, wireLength: packet.count, linkType: 12))
    }

    /// Says the same at each of these moments.
    mutating func say(_ side: Side, _ text: String, at moments: Int64...) {
      for moment in moments {
        send(
          builder.packet(
            fromClient: side == .client, offset: offsets[side, default: 0], Array(text.utf8),
            acknowledging: offsets[side.other, default: 0]), at: moment)
      }
      offsets[side, default: 0] += text.utf8.count
    }

    mutating func acknowledge(_ side: Side, at moment: Int64) {
      send(
        builder.packet(
          fromClient: side == .client, offset: offsets[side, default: 0],
          acknowledging: offsets[side.other, default: 0], flags: [.acknowledgment]), at: moment)
    }

    consuming func timings() -> [[Int64]] {
      pipeline.finish()
      guard let record = pipeline.next() else { return [] }
      var previous = record.session.greeting?.end.time
      return record.session.exchanges.map { exchange in
        let timing = record.timing(of: exchange, previousReply: previous)
        previous = exchange.replies.last?.end.time
        return [timing.network, timing.server, timing.client].map { $0 / 1_000_000 }
      }
    }
  }

  /// A command is lost twice: nine seconds of the network, two of the server.
  @Test func aCommandIsLost() {
    var capture = Capture()
    capture.say(.server, "220 mx\r\n", at: 0)
    capture.say(.client, "EHLO a.example\r\n", at: 1_000, 4_000, 10_000)
    capture.acknowledge(.server, at: 10_000)
    capture.say(.server, "250 mx\r\n", at: 12_000)
    #expect(capture.timings() == [[9_000, 2_000, 1_000]])
  }

  /// The server answers as soon as it has the command: all of the wait is the network's.
  @Test func theAnswerAcknowledges() {
    var capture = Capture()
    capture.say(.server, "220 mx\r\n", at: 0)
    capture.say(.client, "EHLO a.example\r\n", at: 1_000, 4_000)
    capture.say(.server, "250 mx\r\n", at: 4_000)
    #expect(capture.timings() == [[3_000, 0, 1_000]])
  }

  /// A reply is lost once: what the client waited for is no thinking of its own.
  @Test func aReplyIsLost() {
    var capture = Capture()
    capture.say(.server, "220 mx\r\n", at: 0)
    capture.say(.client, "EHLO a.example\r\n", at: 0)
    capture.say(.server, "250 mx\r\n", at: 500, 3_500)
    capture.acknowledge(.client, at: 3_500)
    capture.say(.client, "QUIT\r\n", at: 4_000)
    capture.say(.server, "221 bye\r\n", at: 4_000)
    #expect(capture.timings() == [[0, 500, 0], [3_000, 0, 500]])
  }

  /// What is repeated although it had arrived was not waited for.
  @Test func repeatedInVain() {
    var capture = Capture()
    capture.say(.server, "220 mx\r\n", at: 0)
    capture.say(.client, "EHLO a.example\r\n", at: 0)
    capture.acknowledge(.server, at: 0)
    capture.say(.server, "250 mx\r\n", at: 2_000)
    #expect(capture.timings() == [[0, 2_000, 0]])
  }
}
