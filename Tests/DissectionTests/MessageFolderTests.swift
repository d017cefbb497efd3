import Crypto
import Foundation
import TestSupport
import Testing

@testable import Dissection

/// What `messages` writes to files.
@Suite struct MessageFolderTests {
  /// A folder that goes with the test.
  final class Scratch {
    let url: URL
    init() throws {
      url = FileManager.default.temporaryDirectory.appending(path: "mailwire-\(UUID())")
      try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }
    deinit { try? FileManager.default.removeItem(at: url) }
    func path(_ name: String) -> String { url.appending(path: name).path }
    func names(in folder: String) throws -> [String] {
      try FileManager.default.contentsOfDirectory(atPath: path(folder)).sorted()
    }
    func bytes(_ name: String) throws -> [UInt8] {
      try Array(Data(contentsOf: url.appending(path: name)))
    }
  }

  static let captures = ["recorded", "degraded", "cases"].flatMap {
    Fixtures.captures(below: Fixtures.folder.appending(path: $0))
  }.filter { $0.lastPathComponent.contains(".pcap") }

  static func sha256(_ bytes: [UInt8]) -> String {
    SHA256.hash(data: bytes).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  /// Runs a view; a capture that is cut short gives what it has.
  static func run(
    _ view: consuming some MessageView & ~Copyable, _ captures: [URL], filter: String? = nil,
    to output: some ByteOutput = MemoryOutput()
  ) throws -> MemoryOutput? {
    var view = view
    var output = output
    do throws(RunError) {
      try MessageRun.run(
        CaptureSource(paths: captures.map(\.path)), SessionRunOptions(), filter: filter, &view,
        to: &output)
    } catch {
      guard error.exitStatus == 2 else { throw error }
    }
    return output as? MemoryOutput
  }

  /// Writes the messages of captures to `out`.
  static func extract(
    _ captures: [URL], to scratch: Scratch, showsEnvelope: Bool = false
  ) throws {
    let folder = try MessageFolder(path: scratch.path("out"), showsEnvelope: showsEnvelope)
    _ = try run(folder, captures, to: folder.indexOutput)
  }

  /// The files are what the index says, and the index is what the sessions' document says.
  @Test(arguments: captures) func filesAreAsIndexed(_ capture: URL) throws {
    let scratch = try Scratch()
    try Self.extract([capture], to: scratch)
    let index = try JSON(contentsOf: scratch.url.appending(path: "out/index.json"))
    #expect(index["format"].string == "mailwire-messages")
    var names = ["index.json"]
    for message in index["messages"].array {
      let name = try #require(message["file"].string)
      names.append(name)
      let bytes = try scratch.bytes("out/\(name)")
      #expect(bytes.count == message["size"].int, "\(name)")
      if let digest = message["sha256"].string { #expect(digest == Self.sha256(bytes), "\(name)") }
      for part in message["parts"].array {
        guard let name = part["file"].string else { continue }
        names.append(name)
        let bytes = try scratch.bytes("out/\(name)")
        #expect(bytes.count == part["size"].int, "\(name)")
        #expect(part["sha256"].string == Self.sha256(bytes), "\(name)")
      }
    }
    #expect(try scratch.names(in: "out") == names.sorted())
    // What came as a whole too is no message of the index.
    let sessions = try Fixtures.sessions(of: capture)["messages"].array
      .filter { !$0["partOf"].exists }
    #expect(
      index["messages"].array.map { $0["sha256"].string } == sessions.map { $0["sha256"].string })
  }

  @Test func aFolderThatIsNotEmptyIsRefused() throws {
    let scratch = try Scratch()
    try Data("kept".utf8).write(to: scratch.url.appending(path: "file"))
    let error = #expect(throws: RunError.self) { _ = try MessageFolder(path: scratch.url.path) }
    #expect(error?.exitStatus == 74)
    #expect(error?.message == "cannot write \(scratch.url.path): the folder is not empty")
    #expect(try scratch.names(in: "") == ["file"])
  }

  @Test func maildirHasWholeMessages() throws {
    let scratch = try Scratch()
    let capture = Fixtures.folder.appending(path: "recorded/smtp-delivery.pcap")
    _ = try Self.run(try Maildir(path: scratch.path("mail")), [capture])
    #expect(try scratch.names(in: "mail") == ["cur", "new", "tmp"])
    #expect(try scratch.names(in: "mail/tmp").isEmpty && scratch.names(in: "mail/cur").isEmpty)
    let names = try scratch.names(in: "mail/new")
    #expect(names.count == 1 && names.first?.hasPrefix("1795489301.M") == true)
    #expect(names.first?.hasSuffix("Q1.mailwire") == true)
    let digest = try Fixtures.sessions(of: capture)["messages"].array.first?["sha256"].string
    #expect(Self.sha256(try scratch.bytes("mail/new/\(names[0])")) == digest)
  }

  @Test func envelopeComesInFront() throws {
    let scratch = try Scratch()
    let capture = Fixtures.folder.appending(path: "recorded/smtp-delivery.pcap")
    try Self.extract([capture], to: scratch, showsEnvelope: true)
    let text = String(decoding: try scratch.bytes("out/0001.eml"), as: UTF8.self)
    #expect(
      text.hasPrefix(
        """
        Return-Path: <ann@example.com>\r
        Delivered-To: alice@example.org\r
        Delivered-To: bob@example.org\r
        X-Envelope-From: <ann@example.com> SIZE=308 BODY=8BITMIME\r
        X-Envelope-To: <alice@example.org>\r
        X-Envelope-To: <bob@example.org> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;bob@example.org\r
        X-Envelope-To: <carol@example.org>\r

        """))
    // Size and digest are the message's alone.
    let index = try JSON(contentsOf: scratch.url.appending(path: "out/index.json"))["messages"]
      .array
    #expect(index.first?["size"].int == 308)
  }

  /// Every split of a message gives the same quoting, and taking it back gives the message.
  @Test(arguments: [
    (
      "From x\nFrom y\n>From z\n>>From\n> From\nFro\n",
      ">From x\n>From y\n>>From z\n>>From\n> From\nFro\n\n"
    ),
    ("a\r\nFrom b", "a\r\n>From b\n\n"), ("", "\n"), ("From ", ">From \n\n"), (">", ">\n\n"),
    ("Fromage\n\n", "Fromage\n\n\n"),
  ])
  func mailboxQuoting(_ message: String, _ expected: String) {
    let bytes = Array(message.utf8)
    for cut in 0...bytes.count {
      var quoting = MailboxQuoting()
      var text = TextBuffer()
      quoting.write(bytes.span.extracting(..<cut), to: &text)
      quoting.write(bytes.span.extracting(cut...), to: &text)
      quoting.finish(to: &text)
      #expect(text.string == expected, "split at \(cut)")
    }
  }

  /// Contents go to files when there are many of them, or one is large; what comes back is the same.
  @Test func storeSpills() throws {
    let scratch = try Scratch()
    let folder = try OutputFolder(path: scratch.path("out"))
    var limits = MessageStore.Limits()
    (limits.content, limits.memory, limits.worthwhile, limits.most) = (4096, 16384, 1024, 32768)
    limits.openFiles = 3
    let store = MessageStore(in: folder, limits: limits)
    let contents = (0..<40).map { _ in store.makeContent() }
    var expected = Array(repeating: [UInt8](), count: contents.count)
    var generator = SeededGenerator()
    for round in 0..<60 {
      for (index, content) in contents.enumerated() {
        let piece = [UInt8](
          repeating: UInt8(truncatingIfNeeded: round &* index),
          count: Int.random(in: 0..<700, using: &generator))
        content.append(piece.span)
        expected[index] += piece
      }
    }
    #expect(try !scratch.names(in: "out").isEmpty)
    for (index, content) in contents.enumerated() {
      var bytes: [UInt8] = []
      try content.forEach { piece throws(OutputError) in bytes += piece.copy }
      #expect(bytes == expected[index])
      if index % 2 == 0 { try content.deliver(as: "\(index).eml", in: folder) }
    }
    _ = consume contents
    let names = try scratch.names(in: "out").filter { $0.hasSuffix(".eml") }
    #expect(names.count == 20)
    for name in names {
      let index = try #require(Int(name.dropLast(4)))
      #expect(try scratch.bytes("out/\(name)") == expected[index])
    }
  }
}

/// One message for a person.
@Suite struct MessageReadingTests {
  private static let capture = Fixtures.folder.appending(path: "recorded/smtp-delivery.pcap")

  @Test func wholeMessage() throws {
    let output = try MessageFolderTests.run(MessageReading(number: 1), [Self.capture])
    let text = output?.string ?? ""
    #expect(
      text.hasPrefix(
        """
        From: Ann Example <ann@example.com>
        To: alice@example.org
        Date: Fri, 13 Jun 2025 12:02:00 +0200
        Subject: Dots

        A line before.

        """))
    #expect(!text.contains("\r") && !text.contains("Attachments"))
  }

  @Test func onePart() throws {
    let output = try MessageFolderTests.run(MessageReading(number: 1, part: "1"), [Self.capture])
    #expect(output?.string.hasPrefix("A line before.\r\n") == true)
  }

  @Test func whatIsNotThere() throws {
    for view in [(2, nil), (1, "7.1")] as [(Int, String?)] {
      var reading = MessageReading(number: view.0, part: view.1)
      var output = MemoryOutput()
      try MessageRun.run(
        CaptureSource(paths: [Self.capture.path]), SessionRunOptions(), &reading, to: &output)
      var status: Int32?
      do throws(RunError) { try reading.check() } catch { status = error.exitStatus }
      #expect(status == 64)
      #expect(output.bytes.isEmpty)
    }
  }
}
