import Capture
import Fields
import Foundation
import TestSupport
import Testing
import Wire

@testable import Dissection

/// A document that was begun is ended, whatever the capture does.
@Suite struct EndOfDocumentTests {
  private static let compressed = ["crafted/pcap-zstd.pcap.zst", "crafted/pcap-gzip.pcap.gz"]

  /// Cut, or with a byte that is another, in many places.
  @Test(arguments: compressed) func ofADamagedCapture(_ name: String) throws {
    let whole = try Array(Data(contentsOf: Fixtures.folder.appending(path: name)))
    for place in stride(from: 4, to: whole.count, by: 11) {
      var changed = whole
      changed[place] ^= 0xff
      for bytes in [changed, Array(whole[..<place])] {
        try expectDocuments(of: bytes, "\(name) at \(place)")
      }
    }
  }

  @Test func ofACaptureThatEndsInItsHeader() throws {
    let name = "recorded/smtp-delivery.pcap"
    let whole = try Array(Data(contentsOf: Fixtures.folder.appending(path: name)))
    for place in 4..<40 { try expectDocuments(of: Array(whole[..<place]), "cut at \(place)") }
  }

  /// A filter that has no meaning for a link type of which a frame comes later.
  @Test func ofAFilterThatCannotJudge() {
    let path = Fixtures.folder.appending(path: "crafted/pcapng-two-interfaces.pcapng").path
    let source = CaptureSource(paths: [path], captureFilter: "ether host 00:00:5e:00:53:10")
    for document in Self.documents(of: source) where !document.isWhole {
      Issue.record("ends early: \(document.text.suffix(60))")
    }
  }

  private func expectDocuments(of bytes: [UInt8], _ place: String) throws {
    let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).pcap")
    try Data(bytes).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    // Where the damage is in its first bytes it is no capture any more, and nothing is begun.
    for document in Self.documents(of: CaptureSource(paths: [file.path]))
    where document.status != 65 {
      #expect(document.isWhole, "\(place) ends early: \(document.text.suffix(60))")
      #expect([0, 2].contains(document.status), "\(place)")
    }
  }

  private struct Document {
    var text: String
    var status: Int32

    var isWhole: Bool { (try? JSON(text: text)) != nil }
  }

  private enum View: CaseIterable {
    case packets, packetLines, sessions, sessionLines

    func run(_ source: CaptureSource, to output: inout MemoryOutput) throws(RunError) {
      switch self {
      case .packets: try PacketRun.run(source, PacketOptions(), PacketJSON(), to: &output)
      case .packetLines: try PacketRun.run(source, PacketOptions(), PacketNDJSON(), to: &output)
      case .sessions, .sessionLines:
        var view = SessionsJSON(lines: self == .sessionLines)
        try SessionRun.run(source, SessionRunOptions(), &view, to: &output)
      }
    }
  }

  /// Of both commands; lines are made an array.
  private static func documents(of source: CaptureSource) -> [Document] {
    View.allCases.map { view in
      var (output, status) = (MemoryOutput(), Int32(0))
      do throws(RunError) { try view.run(source, to: &output) } catch { status = error.exitStatus }
      guard view == .packetLines || view == .sessionLines else {
        return Document(text: output.string, status: status)
      }
      let lines = output.string.split(separator: "\n").joined(separator: ",")
      return Document(text: "[\(lines)]", status: status)
    }
  }
}
