import Capture
import Fields
import Foundation
import Testing
import Wire

@testable import Dissection

/// What nobody asks for is not described: what is asked for is the same with and without it.
@Suite struct FieldPartsTests {
  /// A view of chosen fields for which everything is described all the same.
  private struct WholeTree: PacketView {
    var view: PacketFields
    let wantsTree = true

    mutating func write(
      _ tree: borrowing FieldBuffer, of frame: borrowing FrameFacts, _ bytes: Span<UInt8>,
      to text: inout TextBuffer
    ) {
      view.write(tree, of: frame, bytes, to: &text)
    }
  }

  private func shown(_ view: some PacketView, _ capture: URL, _ filter: String?) throws -> String {
    var options = PacketOptions()
    options.displayFilter = filter
    var output = MemoryOutput()
    do throws(RunError) {
      try PacketRun.run(CaptureSource(paths: [capture.path]), options, view, to: &output)
    } catch {
      // A capture that is cut short, or is none, gives what it has, and says so.
      return output.string + "\(error)"
    }
    return output.string
  }

  @Test(
    arguments: [
      (nil, ["frame.number", "frame.len"]),
      (nil, ["ip.src", "ip.dst", "ip.checksum.status", "ip.ttl"]),
      (
        nil,
        ["tcp.stream", "tcp.seq", "tcp.options.timestamp.tsval", "tcp.analysis.retransmission"]
      ),
      (nil, ["smtp.req.command", "imap.request.command", "pop.request.command"]),
      (nil, ["imf.subject", "imf.address"]),
      (nil, ["frame.protocols", "tcp.payload"]),
      (nil, ["frame.number", "tcp.len", "smtp.response.code"]),
      ("smtp.req", ["smtp.req.command"]),
      ("imf || tcp.flags.syn == 1", ["frame.number", "tcp.port", "imf.from"]),
      ("smtp contains \"MAIL\"", ["smtp.req.parameter"]),
      ("tcp.analysis.flags", ["ip.addr", "tcp.segment_data", "text"]),
    ] as [(String?, [String])])
  func sameAsOfTheWholeTree(_ filter: String?, _ names: [String]) throws {
    for capture in Fixtures.captures(below: Fixtures.folder) {
      let view = try PacketFields(names)
      let part = try shown(view, capture, filter)
      let whole = try shown(WholeTree(view: view), capture, filter)
      #expect(part == whole, "\(capture.lastPathComponent)")
    }
  }

  /// A part that is not described is not asked for by any name.
  @Test func partsFollowFromNames() {
    func parts(_ names: String...) -> FieldParts {
      FieldCatalogue.parts(of: Set(names))
    }
    #expect(parts() == [])
    #expect(parts("frame.number", "frame") == .frame)
    #expect(parts("ip.src") == .ipv4)
    #expect(parts("tcp.port", "smtp.req.command") == [.tcp, .streams])
    #expect(parts("imf.subject") == [.streams, .messages])
    #expect(parts("eth.addr") == .all)
    #expect(parts("tcp.segment_data") == .all)
    #expect(parts("tcp.payload") == .all)
    #expect(parts("frame.protocols") == .all)
    #expect(parts("_ws.expert.message") == .all)
    #expect(parts("no.such.field") == .all)
  }

  /// Where a name is looked for first, all fields are that begin so: the same field is found as among all.
  @Test(arguments: FieldCatalogue.places.keys) func placesAreWhole(_ word: Substring) throws {
    let place = try #require(FieldCatalogue.places[word])
    let all = FieldNames(FieldCatalogue.fields)
    let few = FieldNames(place.fields)
    for field in FieldCatalogue.fields where FieldCatalogue.word(of: field.name) == word {
      let (expected, found) = (try #require(all[field.name]), few[field.name])
      #expect(found?.label == expected.label, "\(field.name)")
      #expect(found?.type == expected.type, "\(field.name)")
    }
  }
}
