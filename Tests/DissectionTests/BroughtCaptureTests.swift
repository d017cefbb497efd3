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
    var output = MemoryOutput()
    var view = SessionsJSON()
    var ending: RunError?
    do throws(RunError) {
      try SessionRun.run(
        CaptureSource(paths: [capture.path], frameLimit: frameLimit), SessionRunOptions(), &view,
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
