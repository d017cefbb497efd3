import Capture
import Fields
import Testing
import Wire

@testable import Dissection

#if canImport(Glibc)
  import Glibc
#endif

/// Each filter of `Filters/expected.tsv` must choose the frames that tshark chose.
///
/// `Filters/make.py` writes that file; it needs tshark, the test does not.
@Suite struct FilterTableTests {
  struct Row {
    let filter: String
    let frames: [Int]
  }

  private static let folder = #filePath.dropLastComponent
  private static let fixtures = folder.dropLastComponent.dropLastComponent + "/Fixtures"

  static let table: [String: [Row]] = {
    var table: [String: [Row]] = [:]
    for line in text(of: folder + "/Filters/expected.tsv").split(separator: "\n") {
      let cells = line.split(separator: "\t", omittingEmptySubsequences: false)
      guard cells.count == 3 else { continue }
      table[String(cells[0]), default: []].append(
        Row(filter: String(cells[1]), frames: numbers(cells[2])))
    }
    return table
  }()

  @Test func isLong() { #expect(Self.table.values.reduce(0) { $0 + $1.count } >= 150) }

  @Test(arguments: table.keys.sorted()) func choosesWhatTsharkChooses(_ capture: String) throws {
    let rows = try #require(Self.table[capture])
    var filters: [(row: Row, filter: DisplayFilter, chosen: [Int])] = []
    for row in rows {
      do throws(FilterError) {
        filters.append((row, try DisplayFilter(row.filter, fields: FieldCatalogue.names), []))
      } catch {
        Issue.record("\(row.filter): \(error.line)")
      }
    }
    var reading = try CaptureReading(CaptureSource(paths: [Self.fixtures + "/" + capture]))
    var selection = try FrameSelection(CaptureSource(paths: []), reading.format, movesOrigin: true)
    var frames = DescribedFrames(PacketOptions(), wantsTree: true)
    var facts = FrameFacts.none
    while let frame = reading.next() {
      guard selection.take(frame, &facts) else { continue }
      frames.describe(frame.bytes, facts)
      for index in filters.indices where filters[index].filter.matches(frames.tree, frame.bytes) {
        filters[index].chosen.append(facts.number)
      }
    }
    for (row, _, chosen) in filters {
      #expect(chosen == row.frames, "\(capture): \(row.filter)")
    }
  }

  /// `1-3,7`
  private static func numbers(_ text: Substring) -> [Int] {
    text.split(separator: ",").flatMap { part -> [Int] in
      let ends = part.split(separator: "-").compactMap { Int($0) }
      guard let first = ends.first, let last = ends.last else { return [] }
      return Array(first...last)
    }
  }

  private static func text(of path: String) -> String {
    guard let file = unsafe fopen(path, "r") else { return "" }
    defer { unsafe fclose(file) }
    var text: [UInt8] = []
    while case let byte = unsafe getc(file), byte != EOF {
      text.append(UInt8(truncatingIfNeeded: byte))
    }
    return String(decoding: text, as: UTF8.self)
  }
}

extension String {
  fileprivate var dropLastComponent: String {
    guard let slash = lastIndex(of: "/") else { return self }
    return String(self[..<slash])
  }
}
