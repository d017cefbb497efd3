import ArgumentParser
import Dissection

struct FindingsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "findings", _superCommandName: Mailwire.name,
    abstract: "Lists every finding of sessions: code, severity, what it rests on, title.")

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case text
    case markdown
  }

  @Option(help: ArgumentHelp("text, or markdown with explanations.", valueName: "format"))
  var format = Format.text

  func run() throws {
    switch format {
    case .text: for line in FindingCatalogue.listing { print(line) }
    case .markdown: print(FindingCatalogue.markdown, terminator: "")
    }
  }
}
