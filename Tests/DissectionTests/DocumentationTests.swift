import Fields
import Foundation
import Mail
import Testing

@testable import Dissection

@Suite struct DocumentationTests {
  @Test func findingsAreDocumented() throws {
    let file = Fixtures.root.appending(path: "docs/findings.md")
    #expect(
      try String(contentsOf: file, encoding: .utf8) == FindingCatalogue.markdown,
      "run `make docs`")
  }

  /// What is declared anywhere is in the list that documentation is made from.
  @Test func everyFindingIsListed() throws {
    let sources = Fixtures.root.appending(path: "Sources/Mail")
    let files = try #require(
      FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil))
    var declared: [String] = []
    for case let file as URL in files where file.pathExtension == "swift" {
      let text = try String(contentsOf: file, encoding: .utf8)
      for match in text.matches(of: /= FindingCode\(\s*"([^"]+)"/) {
        declared.append(String(match.1))
      }
    }
    #expect(declared.count >= 60)
    #expect(declared.sorted() == FindingCode.all.map(\.rawValue).sorted())
  }

  @Test func fieldNamesAreUnique() {
    let fields = FieldCatalogue.fields
    let byID = Dictionary(grouping: fields, by: \.id)
    for group in byID.values { #expect(Set(group.map(\.name)).count == 1) }
    #expect(fields.count > 500)
  }
}
