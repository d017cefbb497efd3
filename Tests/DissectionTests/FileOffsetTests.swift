import Foundation
import Testing

@testable import Dissection

/// `--offsets` is evidence: what it points at must be there.
@Suite struct FileOffsetTests {
  static let captures = ["recorded", "degraded"].flatMap {
    Fixtures.captures(below: Fixtures.folder.appending(path: $0))
  }.filter { ["pcap", "pcapng"].contains($0.pathExtension) }

  @Test func capturesAreThere() { #expect(Self.captures.count > 20) }

  @Test(arguments: captures) func pointsAtTheFirstByte(_ capture: URL) throws {
    let file = try Data(contentsOf: capture)
    let document = try Fixtures.sessions(of: capture)
    var (known, all) = (0, 0)
    func check(_ place: JSON, _ text: String?) {
      guard let first = text?.utf8.first, first < 0x80 else { return }
      all += 1
      guard let offset = place["fileOffset"].int, file.indices.contains(offset) else { return }
      known += 1
      #expect(file[offset] == first, "\(text ?? "")")
    }
    for session in document["sessions"].array where !session["compressed"].exists {
      for exchange in session["exchanges"].array {
        check(exchange["command"], exchange["command"]["text"].string)
        for reply in exchange["replies"].array {
          let first = reply["code"].int.map(String.init) ?? reply["tag"].string
          // A reply of ManageSieve begins with its data.
          if session["protocol"].string != "managesieve" {
            check(reply, first ?? reply["status"].string)
          }
        }
      }
    }
    #expect(known == all)
  }

  @Test func whatWasInflatedLiesNowhere() throws {
    let capture = Fixtures.folder.appending(path: "recorded/imap-compress.pcap")
    let session = try Fixtures.sessions(of: capture)["sessions"].array[0]
    let places = session["exchanges"].array.map { $0["command"]["fileOffset"].exists }
    #expect(places == [true, true, false, false, false, false])
  }
}
