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
    var output = MemoryOutput()
    var view = SessionsJSON()
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

  /// Frames of link types that are not decoded are counted; the session between them is as without.
  @Test func whatIsNotDecodedIsSaid() throws {
    let capture = Fixtures.folder.appending(path: "crafted/pcapng-undecoded-links.pcapng")
    let (document, error) = try Self.sessions(of: capture)
    #expect(error?.exitStatus == 2)
    #expect(
      error?.message
        == "\(capture.path): 5 frames of link type 147, 1 of BLUETOOTH_HCI_H4 are not decoded")
    #expect(document["capture"]["undecoded"]["frames"].int == 6)
    #expect(document["capture"]["undecoded"]["linkTypes"].strings == ["147", "BLUETOOTH_HCI_H4"])
    #expect(document["sessions"].array.map { $0["verdict"].string } == ["delivered to 1 of 1"])
    var output = MemoryOutput()
    let packets = #expect(throws: RunError.self) {
      try PacketRun.run(
        CaptureSource(paths: [capture.path]), PacketOptions(), PacketList(), to: &output)
    }
    #expect(packets?.message == error?.message)
    #expect(output.string.split(separator: "\n").count == 25)
  }

  /// A filter that chooses what is decoded leaves nothing to be said.
  @Test func whatIsNotChosenIsNotSaid() throws {
    let capture = Fixtures.folder.appending(path: "crafted/pcapng-undecoded-links.pcapng")
    let (document, error) = try Self.sessions(of: capture, frameLimit: 1)
    #expect(error == nil)
    #expect(!document["capture"]["undecoded"].exists)
  }

  /// Segments larger than 64 KiB: an IPv6 payload length of 0 without an option goes to the frame's end.
  @Test func largeSegments() throws {
    let capture = Self.capture("ipv6-length-zero.pcap")
    let (document, error) = try Self.sessions(of: capture)
    #expect(error == nil)
    let session = document["sessions"].array.first
    #expect(session?["gaps"].array.isEmpty == true)
    #expect(session?["verdict"].string?.hasPrefix("delivered") == true)
    #expect(document["messages"].array.map { $0["complete"].bool } == [true])
    let list = try Self.packets(of: capture)
    #expect(!list.contains("Malformed") && !list.contains("unseen"))
  }

  /// Link types that say more than the packet, and mirrors: the session inside.
  @Test(arguments: ["link-nflog", "mirror-tzsp"]) func deliveryInside(_ name: String) throws {
    let (document, error) = try Self.sessions(of: Self.capture("\(name).pcap"))
    #expect(error == nil)
    #expect(!document["capture"]["undecoded"].exists)
    let sessions = document["sessions"].array
    #expect(sessions.map { $0["verdict"].string } == ["delivered to 1 of 1"])
    #expect(sessions.first?["frames"].int == 32)
    #expect(document["messages"].array.map { $0["complete"].bool } == [true])
  }

  /// Each session whole, whatever it is wrapped in; what is damaged around it is not said to be undecoded.
  @Test(arguments: [
    ("link-nflog-forms", 3), ("link-wlan", 4), ("link-radiotap", 3), ("link-ppi", 4),
    ("link-pflog", 3),
    ("link-vntag", 2), ("mirror-tzsp-forms", 5), ("mirror-vxlan", 3), ("tunnel-l2tp", 7),
  ])
  func sessionsInside(_ name: String, _ count: Int) throws {
    let capture = Fixtures.folder.appending(path: "crafted/\(name).pcap")
    var options = SessionRunOptions()
    try options.recognition.decodeAs.add("udp.port==14789,vxlan")
    let (document, error) = try Self.sessions(of: [capture], options)
    #expect(error == nil)
    #expect(!document["capture"]["undecoded"].exists)
    let sessions = document["sessions"].array
    #expect(sessions.count == count)
    for session in sessions {
      #expect(session["greeting"]["code"].int == 220)
      #expect(session["exchanges"].array.map { $0["command"]["verb"].string } == ["QUIT"])
      let replies = session["exchanges"].array.flatMap { $0["replies"].array }
      #expect(replies.map { $0["code"].int } == [221])
      #expect(session["gaps"].array.isEmpty)
      #expect(session["midstream"].bool == false)
    }
    #expect(Set(sessions.map { $0["client"]["port"].int }).count == count)
  }

  /// The same traffic in two mirrors is one session.
  @Test func twoMirrors() throws {
    let captures = ["mirror-tzsp-forms", "mirror-vxlan"].map {
      Fixtures.folder.appending(path: "crafted/\($0).pcap")
    }
    let (document, error) = try Self.sessions(of: captures, SessionRunOptions())
    #expect(error == nil)
    let first = document["sessions"].array.first
    #expect(first?["frames"].int == 18)
    #expect(first?["exchanges"].array.count == 1)
    #expect(document["sessions"].array.count == 6)
  }

  /// `packets` has the mail of each packet of a wireless frame.
  @Test func aggregatedPackets() throws {
    let list = try Self.packets(of: Fixtures.folder.appending(path: "crafted/link-wlan.pcap"))
    #expect(list.contains("   31   0.030000 "))
  }

  /// The byte of a keep-alive lies before the window: it is no part of the next line.
  @Test func keepAliveByte() throws {
    let list = try Self.packets(of: Self.capture("keep-alive-byte.pcap"))
    #expect(list.contains("IMAP 60 Request: DONE\n"))
    #expect(list.contains("[TCP Keep-Alive] 40500 → 143 [ACK] Seq=47 Ack=168 Win=64240 Len=1\n"))
  }

  /// The document of a capture, and how the run ended.
  private static func sessions(
    of capture: URL, frameLimit: Int? = nil
  ) throws -> (document: JSON, error: RunError?) {
    try sessions(of: [capture], SessionRunOptions(), frameLimit: frameLimit)
  }

  private static func sessions(
    of captures: [URL], _ options: SessionRunOptions, frameLimit: Int? = nil
  ) throws -> (document: JSON, error: RunError?) {
    var output = MemoryOutput()
    var view = SessionsJSON()
    var ending: RunError?
    do throws(RunError) {
      try SessionRun.run(
        CaptureSource(paths: captures.map(\.path), frameLimit: frameLimit), options, &view,
        to: &output)
    } catch { ending = error }
    return (try JSON(text: output.string), ending)
  }

  private static func packets(of capture: URL) throws -> String {
    var output = MemoryOutput()
    try PacketRun.run(
      CaptureSource(paths: [capture.path]), PacketOptions(), PacketList(), to: &output)
    return output.string
  }
}
