import ArgumentParser
import Dissection

struct FieldsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fields", _superCommandName: Mailwire.name,
    abstract: "Lists every field mailwire knows: name, type, description.")

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case text
    case json
  }

  @Option(help: ArgumentHelp("text: a line a field; json: an array.", valueName: "format"))
  var format = Format.text

  func run() throws {
    print(format == .json ? FieldCatalogue.json : FieldCatalogue.listing, terminator: "")
  }
}
