import ArgumentParser
import Dissection

struct MessagesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "messages", _superCommandName: Mailwire.name,
    abstract: "Shows and extracts the messages that were submitted, retrieved and appended.",
    discussion: """
      mailwire messages show N FILE… prints message N: header, texts, list of attachments.

      With --output DIR each message is written to DIR (0001.eml, …), its attachments, decoded, beside it, and \
      index.json says what all of them are. DIR must be new or empty: a second run into it is refused.
      """)

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case text
    case eml
    case json
    case ndjson
    case mbox
    case maildir
  }

  @OptionGroup var common: CommonOptions
  @OptionGroup var reading: SessionReadingOptions

  @Option(
    help: ArgumentHelp(
      """
      text: a row a message; eml: files in the folder that --output names (taken where it is given); json: one \
      document; ndjson: one message a line; mbox: one mailbox file, its lines quoted as mboxrd; maildir: a folder \
      of that form, named by --output.
      """, valueName: "format"))
  var format: Format?

  @Flag(
    help: """
      Put the envelope in front of each message that is written, as header fields: Return-Path, Delivered-To, \
      X-Envelope-From and X-Envelope-To.
      """)
  var envelope = false

  @Option(
    name: [.customShort("Y", allowingJoined: true), .customLong("filter")], parsing: .unconditional,
    help: ArgumentHelp(
      """
      Take only the messages that match a display filter, in Wireshark's language: \
      'imf.subject contains "invoice" && mail.attachment'. mailwire fields lists the fields (imf, mail).
      """, valueName: "filter"))
  var filter: String?

  @Option(
    help: ArgumentHelp(
      "Digests beside SHA-256, of messages and of their parts: md5, sha1.", valueName: "list"))
  var digests: DigestChoice?

  @Flag(
    help: """
      List the URLs of each message's texts and HTML, decoded: a line each, with number, part, place, URL, where it leads \
      in the end where a gateway has put its own address in front, and what a reader sees in its place, parted by tabs.
      """)
  var urls = false

  @Option(
    help: ArgumentHelp(
      """
      A public key for DKIM signatures, beside those that the capture's DNS answers hold: PEM, for all of them, or lines \
      as a zone file has them (selector._domainkey.example.org. IN TXT "v=DKIM1; p=…").
      """, valueName: "file"))
  var dkimKey: [String] = []

  @Option(
    help: ArgumentHelp(
      "show: only this part, decoded, as IMAP numbers it: 1.2.", valueName: "path"))
  var part: String?

  @Flag(help: "JSON: say where each message lies in its stream and in the file.")
  var offsets = false

  /// The message that `show N` asks for; the captures come after it.
  private var shown: Int? {
    common.files.first == "show" && common.files.count > 2 ? Int(common.files[1]) : nil
  }

  private var chosen: Format { format ?? (common.output == "-" ? .text : .eml) }

  func validate() throws {
    if common.files.first == "show" {
      guard let shown, shown > 0 else {
        throw ValidationError("show takes the number of a message, and captures: show 3 mail.pcap.")
      }
      guard format == nil, filter == nil, digests == nil, !envelope, !offsets, !urls else {
        throw ValidationError("show goes with --part and --output only.")
      }
      return
    }
    if part != nil { throw ValidationError("--part is for show.") }
    if urls {
      guard format ?? .text == .text, !envelope, !offsets, digests == nil else {
        throw ValidationError("--urls goes with --filter, --dkim-key and --output only.")
      }
      return
    }
    if chosen == .eml || chosen == .maildir, common.output == "-" {
      throw ValidationError("--format \(chosen.rawValue) needs --output and a folder.")
    }
    if offsets, chosen != .json, chosen != .ndjson {
      throw ValidationError("--offsets needs --format json or ndjson.")
    }
    if envelope, chosen != .eml, chosen != .mbox, chosen != .maildir {
      throw ValidationError("--envelope needs --output DIR or --format mbox or maildir.")
    }
  }

  func run() throws {
    if let shown { return try show(message: shown) }
    if urls { return try show(MessageLinks()) }
    switch chosen {
    case .text:
      let width = common.output == "-" ? Console.width : nil
      try show(MessageTable(width: width, isColored: common.isColored))
    case .eml:
      let folder = try MessageFolder(path: common.output, showsEnvelope: envelope)
      try write(folder, index: folder.indexOutput)
    case .maildir:
      try write(
        Maildir(path: common.output, showsEnvelope: envelope), index: MemoryOutput())
    case .mbox: try show(Mailbox(showsEnvelope: envelope))
    case .json, .ndjson:
      try show(MessagesJSON(lines: chosen == .ndjson, showsOffsets: offsets))
    }
  }

  private var options: SessionRunOptions {
    get throws(RunError) {
      var options = try reading.options(common)
      options.messages.digests = digests ?? []
      options.messages.keys = try DKIMKeys(files: dkimKey)
      return options
    }
  }

  private func show(message number: Int) throws {
    var view = MessageReading(
      number: number, part: part, isEscaped: common.output == "-" && Console.isTerminal,
      isColored: common.isColored)
    let options = try options
    var file = try FileOutput(path: common.output)
    var source = common.source
    source.paths.removeFirst(2)
    try MessageRun.run(source, options, &view, to: &file)
    try view.check()
  }

  private func show(_ view: consuming some MessageView & ~Copyable) throws {
    var view = view
    let options = try options
    try common.run { (source, output) throws(RunError) in
      try MessageRun.run(source, options, filter: filter, &view, to: &output)
    }
  }

  /// For a view that has files of its own.
  private func write(_ view: some MessageView, index: some ByteOutput) throws {
    var (view, index) = (view, index)
    try MessageRun.run(common.source, try options, filter: filter, &view, to: &index)
  }
}

extension DigestChoice: ExpressibleByArgument {
  /// `md5,sha1`
  public init?(argument: String) {
    self = []
    for name in argument.split(separator: ",") {
      switch name {
      case "md5": insert(.md5)
      case "sha1": insert(.sha1)
      case "sha256": break
      default: return nil
      }
    }
  }
}
