import ArgumentParser
import Dissection

struct PacketsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "packets",
    abstract: "Shows what is in each frame, as Wireshark and tshark show it.")

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case list
    case tree
    case json
  }

  @OptionGroup var common: CommonOptions

  @Option(help: ArgumentHelp("list, tree or json.", valueName: "format"))
  var format: Format?

  @Flag(name: [.customShort("V"), .long], help: "The tree of every frame (as --format tree).")
  var tree = false

  @Option(
    name: [.customShort("t"), .customLong("time-format")],
    help: ArgumentHelp(
      "What the list's time column shows: r, a, ad, d, dd, e, u or ud, as tshark's -t.",
      valueName: "format"))
  var timeFormat = PacketList.TimeFormat.relative

  @Flag(name: .customShort("n"), help: "Do not resolve the vendors of MAC addresses.")
  var noNames = false

  @Flag(help: "Do not validate IPv4, TCP and UDP checksums.")
  var noChecksums = false

  func validate() throws {
    if tree, let format, format != .tree {
      throw ValidationError("--tree and --format \(format.rawValue) exclude each other.")
    }
  }

  func run() throws {
    var options = PacketOptions()
    options.resolvesNames = !noNames
    options.validatesChecksums = !noChecksums
    switch format ?? (tree ? .tree : .list) {
    case .list:
      try show(PacketList(timeFormat: timeFormat, isColored: common.isColored), options)
    case .tree: try show(PacketTree(), options)
    case .json: try show(PacketJSON(), options)
    }
  }

  private func show(_ view: some PacketView, _ options: PacketOptions) throws {
    try common.run { (source, output) throws(RunError) in
      try PacketRun.run(source, options, view, to: &output)
    }
  }
}

extension PacketList.TimeFormat: ExpressibleByArgument {}
