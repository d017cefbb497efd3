import ArgumentParser
import Dissection

struct PacketsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "packets", _superCommandName: Mailwire.name,
    abstract: "Shows what is in each frame, as Wireshark and tshark show it.")

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case list
    case tree
    case json
    case ndjson
    case fields
  }

  @OptionGroup var common: CommonOptions

  @Option(
    name: [.customShort("T", allowingJoined: true), .long],
    help: ArgumentHelp(
      "list, tree, json (as tshark -T json), ndjson (typed, one object a line) or fields (with -e).",
      valueName: "format"))
  var format: Format?

  @Flag(name: [.customShort("V"), .long], help: "The tree of every frame (as --format tree).")
  var tree = false

  @Option(
    name: [.customShort("Y", allowingJoined: true), .customLong("filter")], parsing: .unconditional,
    help: ArgumentHelp(
      "Show only the frames that match a display filter, in Wireshark's language.",
      valueName: "filter"))
  var displayFilter: String?

  @Option(
    name: [.customShort("e", allowingJoined: true), .customLong("field")],
    help: ArgumentHelp(
      "A field or column (_ws.col.Info) for --format fields; can be repeated.", valueName: "name"))
  var fields: [String] = []

  @Option(
    name: [.customShort("E", allowingJoined: true), .customLong("field-style")],
    help: ArgumentHelp(
      """
      How --format fields writes: separator=,|/t|/s, aggregator=, occurrence=f|l|a, quote=d|s|n, \
      header=y|n, bom=y|n; can be repeated.
      """, valueName: "option"))
  var fieldStyle: [String] = []

  @Flag(
    name: [.customShort("x"), .customLong("bytes")],
    help:
      "The bytes of every frame, alone or below --format list and tree; in json the _raw fields.")
  var showsBytes = false

  @Flag(help: "ndjson: say where in the frame each field lies.")
  var offsets = false

  @Option(
    name: [.customShort("w", allowingJoined: true), .customLong("write")],
    help: ArgumentHelp(
      "Write the frames as a capture; they are shown too only where --format says how.",
      valueName: "path"),
    completion: .file(extensions: ["pcap", "pcapng"]))
  var savePath: String?

  @Flag(help: "-w: put the TLS secrets that open what is written into the capture, a .pcapng.")
  var embedSecrets = false

  @Flag(help: "-w: leave out the TLS secrets that the capture brings.")
  var stripSecrets = false

  @Flag(help: "Take every frame of each TCP conversation in which --filter chooses one.")
  var wholeSessions = false

  @Option(
    name: [.customShort("t", allowingJoined: true), .customLong("time-format")],
    help: ArgumentHelp(
      "What the list's time column shows: r, a, ad, adoy, d, dd, e, u, ud or udoy, as tshark's -t.",
      valueName: "format"))
  var timeFormat = PacketList.TimeFormat.relative

  @Flag(name: .customShort("n"), help: "Do not resolve the vendors of MAC addresses.")
  var noNames = false

  @Flag(help: "Do not validate IPv4, TCP and UDP checksums.")
  var noChecksums = false

  @Flag(
    help: "Take for mail only what the ports say, as tshark does; without it greetings count too.")
  var portsOnly = false

  @Option(
    help: ArgumentHelp(
      "Threads that may be at work: the cores, unless told. The output is the same.",
      valueName: "n"))
  var jobs: Int?

  func validate() throws {
    if let jobs, jobs < 1 { throw ValidationError("--jobs takes a number from 1 on.") }
    if tree, let format, format != .tree {
      throw ValidationError("--tree and --format \(format.rawValue) exclude each other.")
    }
    if !fields.isEmpty || !fieldStyle.isEmpty, format != .fields {
      throw ValidationError("-e and -E need --format fields.")
    }
    if showsBytes, format == .ndjson || format == .fields {
      throw ValidationError("-x is for --format list, tree and json.")
    }
    if offsets, format != .ndjson { throw ValidationError("--offsets needs --format ndjson.") }
    if wholeSessions, displayFilter == nil {
      throw ValidationError("--whole-sessions needs --filter.")
    }
    if embedSecrets || stripSecrets, savePath == nil {
      throw ValidationError("--embed-secrets and --strip-secrets need -w.")
    }
    if embedSecrets, stripSecrets {
      throw ValidationError("--embed-secrets and --strip-secrets exclude each other.")
    }
    if savePath == "-", shown != nil, common.output == "-" {
      throw ValidationError("Standard output cannot take a capture and text at once.")
    }
  }

  /// The view that was asked for; nil where frames are only written to a capture.
  private var shown: Format? {
    format ?? (tree ? .tree : savePath == nil || showsBytes ? .list : nil)
  }

  func run() throws {
    var options = PacketOptions()
    options.resolvesNames = !noNames
    options.validatesChecksums = !noChecksums
    options.displayFilter = displayFilter
    options.takesWholeSessions = wholeSessions
    options.lastCopyWins = common.overlap == .last
    options.savePath = savePath
    if embedSecrets { options.savedSecrets = .used }
    if stripSecrets { options.savedSecrets = .none }
    options.jobs = jobs ?? Console.coreCount
    options.application.recognition = try common.recognition
    options.application.keys = try common.keys
    if portsOnly { options.application.recognition.policy = .ports }
    let list = PacketList(timeFormat: timeFormat, isColored: common.isColored)
    switch shown {
    case .list where showsBytes && format == nil:
      try show(HexDump(below: NoPacketView()), options)
    case .list where showsBytes: try show(HexDump(below: list, separates: true), options)
    case .list: try show(list, options)
    case .tree where showsBytes: try show(HexDump(below: PacketTree(dumpsData: false)), options)
    case .tree: try show(PacketTree(), options)
    case .json: try show(PacketJSON(showsBytes: showsBytes), options)
    case .ndjson: try show(PacketNDJSON(showsOffsets: offsets), options)
    case .fields:
      var style = PacketFields.Style()
      for option in fieldStyle { try style.set(option) }
      try show(PacketFields(fields, style, timeFormat: timeFormat), options)
    case nil: try show(NoPacketView(), options)
    }
  }

  private func show(_ view: some PacketView, _ options: PacketOptions) throws {
    try common.run { (source, output) throws(RunError) in
      try PacketRun.run(source, options, view, to: &output)
    }
  }
}

extension PacketList.TimeFormat: ExpressibleByArgument {}
