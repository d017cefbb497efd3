import Foundation
import Testing

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
