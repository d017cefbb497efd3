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

  @Test func everyFindingHasARow() {
    #expect(FindingEntry.rows.map(\.code).count == FindingCode.allCases.count)
    #expect(Set(FindingEntry.rows.map(\.code)) == Set(FindingCode.allCases))
    #expect(FindingCode.allCases.count >= 60)
    for entry in FindingEntry.rows { #expect(!entry.reference.isEmpty, "\(entry.code)") }
  }

  @Test func fieldNamesAreUnique() {
    let fields = FieldCatalogue.fields
    let byID = Dictionary(grouping: fields, by: \.id)
    for group in byID.values { #expect(Set(group.map(\.name)).count == 1) }
    #expect(fields.count > 500)
  }
}
