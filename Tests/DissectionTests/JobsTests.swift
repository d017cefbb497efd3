import Foundation
import TestSupport
import Testing
import Wire

@testable import Capture
@testable import Dissection

/// However many threads are at work, the same comes out.
@Suite struct JobsTests {
  @Test(arguments: Fixtures.captures(below: Fixtures.folder))
  func printsTheSame(_ capture: URL) {
    let alone = Self.output(of: capture, jobs: 1)
    for jobs in [2, 5] { #expect(Self.output(of: capture, jobs: jobs) == alone, "\(jobs) jobs") }
  }

  private struct Case: CustomTestStringConvertible {
    let view: any PacketView
    var filter: String?
    var frameLimit: Int?
    var testDescription: String { "\(type(of: view)) \(filter ?? "") \(frameLimit ?? 0)" }
  }
  private static var cases: [Case] {
    let fields = try? PacketFields(["frame.number", "_ws.col.Info", "frame.time_delta_displayed"])
    let views: [any PacketView] =
      [
        PacketList(timeFormat: .deltaDisplayed), PacketTree(), PacketJSON(showsBytes: true),
        PacketNDJSON(showsOffsets: true), HexDump(below: PacketTree(dumpsData: false)),
        NoPacketView(),
      ] + [fields].compactMap { $0 }
    return views.map { Case(view: $0) } + views.map { Case(view: $0, frameLimit: 3) }
      + views.map { Case(view: $0, filter: "tcp.len > 0 || smtp || udp") }
      + views.map { Case(view: $0, filter: "imf", frameLimit: 200) }
  }

  @Test(arguments: Fixtures.captures(below: Fixtures.folder))
  func printsTheSamePackets(_ capture: URL) {
    for one in Self.cases {
      let expected = Self.output(of: capture, one, jobs: 1)
      for jobs in [2, 4] {
        #expect(Self.output(of: capture, one, jobs: jobs) == expected, "\(one.testDescription)")
      }
    }
  }

  private static func output(of capture: URL, _ one: Case, jobs: Int) -> [String?] {
    var options = PacketOptions()
    (options.jobs, options.displayFilter) = (jobs, one.filter)
    let source = CaptureSource(paths: [capture.path], frameLimit: one.frameLimit)
    return output(of: source, options, one.view)
  }

  private static func output(
    of source: CaptureSource, _ options: PacketOptions, _ view: some PacketView
  ) -> [String?] {
    var output = MemoryOutput()
    do throws(RunError) {
      try PacketRun.run(source, options, view, to: &output)
    } catch {
      return [output.string, error.message]
    }
    return [output.string, nil]
  }

  /// Takes no more than some bytes, as a pipe whose reader goes away.
  private struct ClosingOutput: ByteOutput {
    var room = 1 << 17
    mutating func write(_ bytes: Span<UInt8>) throws(OutputError) {
      room -= bytes.count
      if room < 0 { throw OutputError(message: "closed", isClosedPipe: true) }
    }
  }

  /// Where the reader goes away, the threads end.
  @Test(.timeLimit(.minutes(1)), arguments: [1, 2, 4]) func packetsCanBeLeft(jobs: Int) throws {
    var options = PacketOptions()
    options.jobs = jobs
    for capture in Fixtures.captures(below: Fixtures.folder.appending(path: "recorded")) {
      let source = CaptureSource(paths: [capture.path])
      var output = ClosingOutput()
      try? PacketRun.run(source, options, PacketList(), to: &output)
      output.room = 1
      try? PacketRun.run(source, options, PacketJSON(showsBytes: true), to: &output)
    }
  }

  /// The same where sessions settle and end within a batch, later ones before earlier ones.
  @Test func keepsTheOrderWithinABatch() throws {
    var (file, offsets) = (Self.captureHeader, [[Int]](repeating: [0, 0], count: 3))
    func say(_ connection: Int, _ isClient: Bool, _ text: String, _ flags: TCPFlags = [], at: Int) {
      let builder = SegmentBuilder(clientPort: UInt16(40_000 + connection), serverPort: 25)
      let (own, other) = isClient ? (0, 1) : (1, 0)
      let packet = builder.packet(
        fromClient: isClient, offset: offsets[connection][own], Array(text.utf8),
        acknowledging: offsets[connection][other],
        flags: isClient && flags == .syn ? .syn : flags.union(.acknowledgment))
      offsets[connection][own] += text.utf8.count
      file += Self.record(packet, at: at)
    }
    func open(_ connection: Int, at time: Int) {
      say(connection, true, "", .syn, at: time)
      say(connection, false, "", .syn, at: time)
      say(connection, false, "220 there\r\n", at: time)
      say(connection, true, "QUIT\r\n", at: time)
    }
    func close(_ connection: Int, at time: Int) {
      say(connection, false, "221 bye\r\n", .fin, at: time)
      say(connection, true, "", .fin, at: time)
    }
    open(0, at: 100)
    open(1, at: 101)
    close(1, at: 102)
    close(0, at: 103)
    open(2, at: 110)
    close(2, at: 130)
    let sessions = try Self.document(of: file)["sessions"].array
    #expect(sessions.map { $0["stream"].int } == [0, 1, 2])
  }

  /// More conversations end at once than a batch has steps, in the middle of the capture and at its end.
  @Test func manyEndAtOnce() throws {
    var file = Self.captureHeader
    for (count, time) in [(3_000, 0), (1_500, 10_000)] {
      for port in 0..<count {
        let builder = SegmentBuilder(clientPort: UInt16(20_000 + port), serverPort: 25)
        let packet = builder.packet(
          fromClient: true, offset: 0, [], acknowledging: 0, flags: .syn)
        file += Self.record(packet, at: time)
      }
    }
    let attempts = try Self.document(of: file)["attempts"].array
    #expect(attempts.map { $0["count"].int } == [4_500])
  }

  /// The JSON of a capture, which must be the same for any number of jobs.
  private static func document(of file: [UInt8]) throws -> JSON {
    let capture = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).pcap")
    defer { try? FileManager.default.removeItem(at: capture) }
    try Data(file).write(to: capture)
    let alone = output(of: capture, jobs: 1)
    for jobs in [2, 5] { #expect(output(of: capture, jobs: jobs) == alone, "\(jobs) jobs") }
    return try JSON(text: alone.first.flatMap { $0 } ?? "")
  }

  /// A packet as a pcap has it. `time`: in seconds.
  private static func record(_ packet: [UInt8], at time: Int) -> [UInt8] {
    [time, 0, packet.count, packet.count].flatMap { word in
      [0, 8, 16, 24].map { UInt8(truncatingIfNeeded: word >> $0) }
    } + packet
  }

  /// That of a pcap without link layers.
  private static let captureHeader: [UInt8] =
    [0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0] + [UInt8](repeating: 0, count: 8)
    + [0xff, 0xff, 0, 0, 101, 0, 0, 0]

  /// What is printed of a capture, and what ended it.
  private static func output(of capture: URL, jobs: Int) -> [String?] {
    var options = SessionRunOptions()
    options.jobs = jobs
    var view = SessionsJSON(showsOffsets: true)
    var output = MemoryOutput()
    do throws(RunError) {
      try SessionRun.run(CaptureSource(paths: [capture.path]), options, &view, to: &output)
    } catch {
      return [output.string, error.message]
    }
    return [output.string, nil]
  }

  /// Who stops asking for sessions lets go of the threads.
  @Test(.timeLimit(.minutes(1))) func canBeLeft() throws {
    var options = SessionRunOptions()
    options.jobs = 3
    for capture in Fixtures.captures(below: Fixtures.folder.appending(path: "recorded")) {
      _ = try MailSessions(CaptureSource(paths: [capture.path]), options).next()
    }
  }

  @Test func aChannelKeepsTheOrder() {
    let channel = Channel<Int>(limit: 3)
    let thread = WorkThread {
      for number in 0..<1000 where !channel.send(number) { return }
      channel.close()
    }
    var received: [Int] = []
    while let number = channel.receive() { received.append(number) }
    #expect(thread != nil)
    #expect(received == Array(0..<1000))
    #expect(!channel.send(1))
  }
}
