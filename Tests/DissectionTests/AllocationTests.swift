import CAllocations
import Fields
import Mail
import Testing
import Wire

@testable import Dissection

/// A budget of allocations: what a frame may ask the allocator for, once all is under way.
@Suite(.enabled(if: allocations_of_thread() >= 0, "allocations are not counted here"))
struct AllocationTests {
  // Without optimisation, closures and generic values take memory that they do not take otherwise: the true budget is that
  // of `swift test -c release -Xswiftc -enable-testing`.
  #if DEBUG
    private static let (mostOfSessions, mostOfList) = (40, 80)
  #else
    private static let (mostOfSessions, mostOfList) = (0, 4)
  #endif

  /// A dialogue whose message has so many segments; the first of them are not counted, nor the last.
  enum Transfer: String, CaseIterable, CustomTestStringConvertible {
    case data, retr, fetch

    var testDescription: String { rawValue.uppercased() }

    private static let segments = 300
    /// Those that are counted.
    static let counted = 100..<250
    private static let text = Array(
      String(
        repeating: "A line of the message, as long as most lines of a message are.\r\n", count: 20
      )
      .utf8)

    /// The frames, and which of them carry segments that count.
    var frames: (all: [(bytes: [UInt8], time: Int64)], counted: Range<Int>) {
      let port: UInt16 =
        switch self {
        case .data: 25
        case .retr: 110
        case .fetch: 143
        }
      var made = MadeConversation(serverPort: port)
      made.open()
      let side: Side
      switch self {
      case .data:
        side = .client
        made.say(.server, "220 mx.example.org ESMTP\r\n")
        made.say(.client, "HELO client.example.org\r\n")
        made.say(.server, "250 mx.example.org\r\n")
        made.say(.client, "MAIL FROM:<ann@example.org>\r\n")
        made.say(.server, "250 OK\r\n")
        made.say(.client, "RCPT TO:<bob@example.org>\r\n")
        made.say(.server, "250 OK\r\n")
        made.say(.client, "DATA\r\n")
        made.say(.server, "354 go on\r\n")
      case .retr:
        side = .server
        made.say(.server, "+OK POP3 server ready\r\n")
        made.say(.client, "RETR 1\r\n")
        made.say(.server, "+OK message follows\r\n")
      case .fetch:
        side = .server
        made.say(.server, "* PREAUTH IMAP4rev1 ready\r\n")
        made.say(.client, "a1 FETCH 1 BODY[]\r\n")
        made.say(.server, "* 1 FETCH (BODY[] {\(Self.segments * Self.text.count)}\r\n")
      }
      let start = made.frames.count
      for _ in 0..<Self.segments { made.say(side, Self.text) }
      return (
        made.frames, start + 2 * Self.counted.lowerBound..<start + 2 * Self.counted.upperBound
      )
    }
  }

  /// How many allocations it takes to give `take` the frames of a range, after those before it.
  private static func count(
    _ frames: [(bytes: [UInt8], time: Int64)], _ counted: Range<Int>,
    _ take: ([UInt8], FrameFacts) -> Void
  ) -> Int {
    var total = 0
    for number in 0..<counted.upperBound {
      let facts = FrameFacts(
        number: number + 1, time: frames[number].time, wireLength: frames[number].bytes.count,
        linkType: 12)
      let before = allocations_of_thread()
      take(frames[number].bytes, facts)
      if counted.contains(number) { total += Int(allocations_of_thread() - before) }
    }
    return total
  }

  @Test(arguments: Transfer.allCases)
  func sessionsInMidMessage(_ transfer: Transfer) {
    let (frames, counted) = transfer.frames
    var pipeline = SessionPipeline(SessionRunOptions(), wantsDigests: false)
    let count = Self.count(frames, counted) { pipeline.receive($0.span, $1) }
    #expect(count <= Self.mostOfSessions * counted.count, "\(counted.count) frames")
  }

  @Test(arguments: Transfer.allCases)
  func list(_ transfer: Transfer) {
    let (frames, counted) = transfer.frames
    var described = DescribedFrames(wantsTree: false)
    var view = PacketList()
    var text = TextBuffer(capacity: 1 << 16)
    let count = Self.count(frames, counted) { bytes, facts in
      described.describe(bytes.span, facts)
      text.clear()
      view.write(described.tree, of: facts, bytes.span, to: &text)
    }
    #expect(count <= Self.mostOfList * counted.count, "\(counted.count) frames")
  }
}
