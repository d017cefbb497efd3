import ArgumentParser
import Dissection

/// The options that every command has.
struct CommonOptions: ParsableArguments {
  @Argument(
    help: ArgumentHelp(
      "Captures to read; several are one capture, ordered by time. - is standard input.",
      valueName: "file"),
    completion: .file(extensions: ["pcap", "pcapng", "cap", "gz", "zst"]))
  var files: [String]

  @Option(
    name: [.customShort("f", allowingJoined: true), .long],
    help: ArgumentHelp("Take only the frames that match a BPF filter.", valueName: "expr"))
  var captureFilter: String?

  @Option(
    name: [.customShort("c", allowingJoined: true), .long],
    help: ArgumentHelp("Stop after this many frames.", valueName: "n"))
  var count: Int?

  @Option(
    name: [.customShort("o", allowingJoined: true), .long],
    help: ArgumentHelp("Write to a file rather than standard output.", valueName: "path"))
  var output = "-"

  @Option(
    name: [.customShort("d", allowingJoined: true), .long],
    help: ArgumentHelp(
      """
      Take the payload on a TCP port for a protocol, or that on a UDP port for a tunnel: \
      tcp.port==2525,smtp, udp.port==8472,vxlan; can be repeated.
      """,
      valueName: "rule"))
  var decodeAs: [String] = []

  @Option(
    help: ArgumentHelp(
      "TLS secrets in the NSS key log format (SSLKEYLOGFILE); it is read again where it has grown.",
      valueName: "file"))
  var keylog: String?

  @Option(
    help: ArgumentHelp(
      "A server's RSA key in PEM or DER, for TLS with RSA key exchange; can be repeated.",
      valueName: "file"))
  var tlsKey: [String] = []

  @Option(
    help: ArgumentHelp(
      "Which copy counts where a segment comes again with other bytes before it is acknowledged: first or last.",
      valueName: "copy"))
  var overlap = Overlap.first

  enum Overlap: String, ExpressibleByArgument, CaseIterable {
    case first
    case last
  }

  @Option(help: ArgumentHelp("Colours: auto, always or never.", valueName: "when"))
  var color = ColorChoice.auto

  enum ColorChoice: String, ExpressibleByArgument, CaseIterable {
    case auto
    case always
    case never
  }

  func validate() throws {
    if let count, count < 1 { throw ValidationError("--count takes a number from 1 on.") }
    if files.isEmpty { throw ValidationError("Missing expected argument '<file> ...'") }
    if files.count(where: { $0 == "-" }) > 1 {
      throw ValidationError("Standard input (-) can be read only once.")
    }
  }

  /// Only to a terminal unless the option says otherwise, and not where `NO_COLOR` is set.
  var isColored: Bool {
    switch color {
    case .always: true
    case .never: false
    case .auto:
      output == "-" && Console.isTerminal
        && !Console.refusesColor
    }
  }

  /// What `--decode-as` says.
  var recognition: RecognitionOptions {
    get throws(RunError) {
      var options = RecognitionOptions()
      for rule in decodeAs { try options.decodeAs.add(rule) }
      return options
    }
  }

  /// What `--keylog` and `--tls-key` name.
  var keys: TLSKeys {
    get throws(RunError) {
      try TLSKeys.open(keyLog: keylog, serverKeys: tlsKey, for: files)
    }
  }

  /// Opens the output and runs `body`.
  func run(
    _ body: (CaptureSource, inout FileOutput) throws(RunError) -> Void
  ) throws(RunError) {
    var file = try FileOutput(path: output)
    try body(source, &file)
  }

  var source: CaptureSource {
    CaptureSource(paths: files, captureFilter: captureFilter, frameLimit: count)
  }
}
