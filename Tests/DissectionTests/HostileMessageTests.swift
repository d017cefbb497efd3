import Foundation
import TestSupport
import Testing

@testable import Dissection

/// Names and contents that strangers chose.
@Suite struct HostileMessageTests {
  @Test(arguments: [
    ("report.pdf", "report.pdf"), ("../../etc/passwd", "passwd"), ("C:\\temp\\a.exe", "a.exe"),
    ("/", ""), ("..", ""), ("", ""), (".bashrc", "bashrc"), ("-rf", "rf"), ("--.x", "x"),
    ("a b\r\n\u{1b}[31m.txt", "a_b_31m.txt"), ("a\0b.txt", "a_b.txt"), ("x.txt. . .", "x.txt"),
    ("日本語.pdf", "_.pdf"), ("日本語", ""), ("re\u{202e}fdp.exe", "re_fdp.exe"),
    ("a|b<c>d:e\"f?g*h.txt", "a_b_c_d_e_f_g_h.txt"), ("~root", "_root"), ("$(id).sh", "_id_.sh"),
  ])
  func safeNames(_ wanted: String, _ expected: String) {
    #expect(SafeNames.safe(wanted) == expected)
  }

  @Test func longNamesKeepTheirEnding() {
    let name = SafeNames.safe(String(repeating: "ab", count: 5000) + ".pdf")
    #expect(name.utf8.count == SafeNames.limit)
    #expect(name.hasSuffix("b.pdf") || name.hasSuffix("a.pdf"))
  }

  @Test func aNameIsGivenOnce() {
    var names = SafeNames()
    let given = ["a.txt", "A.TXT", "a.txt", "a-2.txt", "a"].map { names.name(for: $0) }
    #expect(given == ["a.txt", "A-2.TXT", "a-3.txt", "a-2-2.txt", "a"])
  }

  /// A message of so many parts, all of one name, each of which becomes a file.
  @Test func manyParts() throws {
    let scratch = try MessageFolderTests.Scratch()
    let count = 2_000
    var made = MadeConversation()
    made.open()
    made.say(.server, "220 ready\r\n")
    for (command, reply) in [
      ("EHLO c", "250 hello"), ("MAIL FROM:<a@x>", "250 ok"), ("RCPT TO:<b@x>", "250 ok"),
      ("DATA", "354 go on"),
    ] {
      made.say(.client, command + "\r\n")
      made.say(.server, reply + "\r\n")
    }
    made.say(.client, "Content-Type: multipart/mixed; boundary=b\r\n\r\n")
    for number in 0..<count {
      made.say(
        .client,
        "--b\r\nContent-Disposition: attachment; filename=\"../CON\"\r\n\r\n\(number)\r\n")
    }
    made.say(.client, "--b--\r\n.\r\n")
    made.say(.server, "250 queued\r\n")
    made.close(.client)
    var view = try MessageFolder(path: scratch.path("out"))
    var options = SessionRunOptions()
    options.messages = view.options
    let record = try #require(made.read(options).records.first).message(0)
    var output = view.indexOutput
    let files = try #require(view.files(of: record))
    try view.deliver(files, number: 1, to: &output)
    let names = try scratch.names(in: "out").filter { $0.hasPrefix("0001-") }
    #expect(names.count == count)
    #expect(names.first == "0001-CON" && names.contains("0001-CON-\(count)"))
    #expect(try scratch.bytes("out/0001-CON-7") == Array("6".utf8))
  }

  /// A folder that cannot be written ends the run with one line and status 74.
  @Test func aFolderThatIsGone() throws {
    let scratch = try MessageFolderTests.Scratch()
    let folder = try MessageFolder(path: scratch.path("out"))
    try FileManager.default.removeItem(at: scratch.url.appending(path: "out"))
    let capture = Fixtures.folder.appending(path: "recorded/smtp-delivery.pcap")
    let error = #expect(throws: RunError.self) {
      _ = try MessageFolderTests.run(folder, [capture], to: folder.indexOutput)
    }
    #expect(error?.exitStatus == 74)
    #expect(error?.message?.hasPrefix("cannot write \(scratch.path("out"))/") == true)
  }

  @Test func aFilterThatIsNone() throws {
    let capture = Fixtures.folder.appending(path: "recorded/smtp-delivery.pcap")
    let error = #expect(throws: RunError.self) {
      _ = try MessageFolderTests.run(MessageTable(), [capture], filter: "mail.sized > 3")
    }
    #expect(error?.exitStatus == 64)
  }

  /// Which of the fixtures' messages filters take.
  @Test(arguments: [
    ("mail.direction == \"submitted\" && mail.size > 300", true),
    ("imf.subject contains \"zzz\"", false),
    ("imf", true), ("mail.from == \"ann@example.com\"", true), ("mail.to contains \"carol\"", true),
    ("mail.complete == false", false), ("mail.attachment", false),
    ("mail.part.type == \"text/plain\"", true),
    ("mail.md5 matches \"^[0-9a-f]{32}$\"", true), ("mail.time > \"2026-11-24 00:00:00\"", true),
  ])
  func filters(_ filter: String, _ isTaken: Bool) throws {
    let capture = Fixtures.folder.appending(path: "recorded/smtp-delivery.pcap")
    let output = try MessageFolderTests.run(MessageTable(), [capture], filter: filter)
    #expect(output?.string.split(separator: "\n").count == (isTaken ? 2 : 1), "\(filter)")
  }
}
