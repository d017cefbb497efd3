import Foundation
import Testing

@testable import Dissection

/// Captures as people bring them: other formats, link types and mirrors (`Fixtures/cases`).
@Suite struct BroughtCaptureTests {
  private static func capture(_ name: String) -> URL {
    Fixtures.folder.appending(path: "cases/\(name)")
  }

  @Test func anotherFormatIsNamed() throws {
    let path = Self.capture("foreign-snoop.cap").path
    var (output, view) = (MemoryOutput(), SessionsJSON())
    let error = try #require(throws: RunError.self) {
      try SessionRun.run(
        CaptureSource(paths: [path]), SessionRunOptions(), &view, to: &output)
    }
    #expect(error.exitStatus == 65)
    #expect(
      error.message
        == "\(path): is a Solaris snoop capture; convert it: editcap -F pcap in out")
    #expect(output.bytes.isEmpty)
  }
}
