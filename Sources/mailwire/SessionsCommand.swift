import ArgumentParser
import Dissection

struct SessionsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sessions",
    abstract: "Shows what client and server said: SMTP, LMTP, POP3 and IMAP. (default)")

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case text
    case json
    case ndjson
    case mermaid
  }

  @OptionGroup var common: CommonOptions

  @Option(
    help: ArgumentHelp(
      "text: a transcript; json: one document; ndjson: one session a line, as they end; mermaid: a sequence diagram.",
      valueName: "format"))
  var format = Format.text

  @Flag(help: "Client and server side by side, with an arrow for each command and reply.")
  var ladder = false

  @Flag(help: "How the SMTP clients speak: their dialects, and the features in which they differ.")
  var dialects = false

  @Flag(help: "Print passwords and SASL secrets; without it they are •••.")
  var showSecrets = false

  @Flag(help: "JSON: say where each command, reply and message lies in its stream and in the file.")
  var offsets = false

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
    for (flag, isSet) in [("--ladder", ladder), ("--dialects", dialects)]
    where isSet && format != .text {
      throw ValidationError("\(flag) and --format \(format.rawValue) exclude each other.")
    }
    guard (0...86_400).contains(clockSkew) else {
      throw ValidationError("--clock-skew takes seconds from 0 to 86400.")
    }
    if let jobs, jobs < 1 { throw ValidationError("--jobs takes a number from 1 on.") }
    if ladder, dialects { throw ValidationError("--ladder and --dialects exclude each other.") }
    if offsets, format != .json, format != .ndjson {
      throw ValidationError("--offsets needs --format json or ndjson.")
    }
  }

  func run() throws {
    switch format {
    case .text where dialects: try show(Dialects())
    case .text where ladder:
      try show(
        Ladder(
          width: Console.width ?? 80, showsSecrets: showSecrets, isColored: common.isColored))
    case .mermaid: try show(Mermaid(showsSecrets: showSecrets))
    case .text:
      try show(Transcript(showsSecrets: showSecrets, isColored: common.isColored))
    case .json, .ndjson:
      try show(
        SessionsJSON(
          lines: format == .ndjson, showsSecrets: showSecrets, showsOffsets: offsets))
    }
  }

  private func show(_ view: consuming some SessionView & ~Copyable) throws {
    var view = view
    var options = SessionRunOptions()
    options.recognition = try common.recognition
    options.keys = try common.keys
    options.jobs = jobs ?? Console.coreCount
    options.lastCopyWins = common.overlap == .last
    options.streams.clockSkew = Int64(clockSkew * 1_000_000_000)
    try common.run { (source, output) throws(RunError) in
      try SessionRun.run(source, options, &view, to: &output)
    }
  }
}
