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
