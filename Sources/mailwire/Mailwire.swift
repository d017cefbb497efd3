import ArgumentParser
import Dissection

@main struct Mailwire: ParsableCommand {
  static let name = "mailwire"

  static let configuration = CommandConfiguration(
    commandName: name,
    abstract: "Reads captured mail traffic and says what was said.",
    discussion: """
      Reads .pcap and .pcapng files (also compressed with gzip or zstd; - is standard input), decodes \
      every frame, follows the TCP conversations, and shows the SMTP, POP3 and IMAP sessions in them.

      Exit status: 0 all was read; 2 not everything could be read: the capture is cut short or damaged, or \
      has link types that are not decoded (what could be read was shown); 64 wrong usage; 65 not a \
      capture; 66 cannot be opened; 74 cannot be written.
      """,
    version: "0.1.0",
    subcommands: [
      SessionsCommand.self, MessagesCommand.self, PacketsCommand.self, FieldsCommand.self,
      FindingsCommand.self,
    ],
    defaultSubcommand: SessionsCommand.self)

  static func main() {
    Console.ignoreClosedPipes()
    Console.keepFreedMemory()
    do {
      var command = try named() ?? parseAsRoot()
      try command.run()
    } catch let error as RunError {
      if let message = error.message { Console.report(message) }
      exit(withError: ExitCode(error.exitStatus))
    } catch {
      exit(withError: error)
    }
  }

  /// The command that the first argument names, where its arguments are right. The root looks through the options of
  /// every command before it comes to that one, which takes as long as reading a small capture; it is asked for help,
  /// for completions and for what is wrong with an argument.
  private static func named() -> (any ParsableCommand)? {
    let arguments = CommandLine.arguments.dropFirst()
    let command = configuration.subcommands.first { $0._commandName == arguments.first }
    return try? command?.parse(Array(arguments.dropFirst()))
  }
}
