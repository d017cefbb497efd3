import ArgumentParser
import Dissection

struct FieldsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fields", abstract: "Lists every field mailwire knows: name, type, description.")

  func run() throws {
    for line in FieldCatalogue.listing { print(line) }
  }
}
