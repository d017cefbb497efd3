import ArgumentParser
import Dissection

struct SessionsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sessions", _superCommandName: Mailwire.name,
    abstract: "Shows what client and server said: SMTP, LMTP, POP3 and IMAP. (default)")

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case text
    case json
    case ndjson
    case mermaid
  }

  @OptionGroup var common: CommonOptions
  @OptionGroup var reading: SessionReadingOptions

  @Option(
    help: ArgumentHelp(
      "text: a transcript; json: one document; ndjson: one session a line, as they end; mermaid: a sequence diagram.",
      valueName: "format"))
  var format = Format.text

  @Flag(help: "Client and server side by side, with an arrow for each command and reply.")
  var ladder = false

  @Flag(help: "How the SMTP clients speak: their dialects, and the features in which they differ.")
  var dialects = false

  @Flag(
    help:
      "Show the TLS handshake among the lines: its messages, who certifies whom, how much was encrypted after it."
  )
  var tls = false

  @Flag(help: "Print passwords and SASL secrets; without it they are •••.")
  var showSecrets = false

  @Flag(help: "JSON: say where each command, reply and message lies in its stream and in the file.")
  var offsets = false

  func validate() throws {
    for (flag, isSet) in [("--ladder", ladder), ("--dialects", dialects)]
    where isSet && format != .text {
      throw ValidationError("\(flag) and --format \(format.rawValue) exclude each other.")
    }
    if ladder, dialects { throw ValidationError("--ladder and --dialects exclude each other.") }
    if tls, dialects || format == .json || format == .ndjson {
      throw ValidationError("--tls is for transcripts and diagrams; JSON always has what it shows.")
    }
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
          width: Console.width ?? 80, showsSecrets: showSecrets, showsTLS: tls,
          isColored: common.isColored))
    case .mermaid: try show(Mermaid(showsSecrets: showSecrets, showsTLS: tls))
    case .text:
      try show(
        Transcript(showsSecrets: showSecrets, showsTLS: tls, isColored: common.isColored))
    case .json, .ndjson:
      try show(
        SessionsJSON(
          lines: format == .ndjson, showsSecrets: showSecrets, showsOffsets: offsets))
    }
  }

  private func show(_ view: consuming some SessionView & ~Copyable) throws {
    var view = view
    let options = try reading.options(common)
    try common.run { (source, output) throws(RunError) in
      try SessionRun.run(source, options, &view, to: &output)
    }
  }
}
