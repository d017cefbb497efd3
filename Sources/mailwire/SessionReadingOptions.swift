import ArgumentParser
import Dissection

/// The options of the commands that read sessions.
struct SessionReadingOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "How far the clocks of two capture points may be apart: so long a segment waits for what it acknowledges.",
      valueName: "seconds"))
  var clockSkew: Double = 2

  @Option(
    help: ArgumentHelp(
      "Threads that may be at work: the cores, unless told. The output is the same.",
      valueName: "n"))
  var jobs: Int?

  func validate() throws {
    guard (0...86_400).contains(clockSkew) else {
      throw ValidationError("--clock-skew takes seconds from 0 to 86400.")
    }
    if let jobs, jobs < 1 { throw ValidationError("--jobs takes a number from 1 on.") }
  }

  func options(_ common: CommonOptions) throws(RunError) -> SessionRunOptions {
    var options = SessionRunOptions()
    options.recognition = try common.recognition
    options.keys = try common.keys
    options.jobs = jobs ?? Console.coreCount
    options.lastCopyWins = common.overlap == .last
    options.streams.clockSkew = Int64(clockSkew * 1_000_000_000)
    return options
  }
}
