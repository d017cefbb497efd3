import Foundation
import Mail
import Testing

@testable import Dissection

/// Messages that come in pieces.
@Suite struct MessageAssemblyTests {
  static let header = "From: ann@example.org\r\nSubject: pieces\r\n\r\n"
  static let text = "The first line.\r\nThe second line.\r\nThe third and last line.\r\n"
  static let message = header + text

  /// Bytes of the message as the literal of an item.
  static func stretch(_ start: Int, _ count: Int) -> String {
    let bytes = Array(message.utf8).dropFirst(start).prefix(count)
    return "BODY[]<\(start)> {\(bytes.count)}\r\n" + String(decoding: bytes, as: UTF8.self)
  }

  static func literal(_ name: String, _ text: String) -> String {
    "\(name) {\(text.utf8.count)}\r\n\(text)"
  }

  /// A session in which each FETCH is answered by one response of message 1 with these items.
  static func read(_ answers: [String]) throws -> SessionRecord {
    var made = MadeConversation(serverPort: 143)
    made.open()
    made.say(.server, "* OK ready\r\n")
    made.say(.client, "a SELECT INBOX\r\n")
    made.say(.server, "* 3 EXISTS\r\n* OK [UIDVALIDITY 7] valid\r\na OK [READ-WRITE] done\r\n")
    for (number, items) in answers.enumerated() {
      made.say(.client, "f\(number) FETCH 1 (BODY.PEEK[])\r\n")
      made.say(.server, "* 1 FETCH (\(items))\r\nf\(number) OK done\r\n")
    }
    made.close(.client)
    var options = SessionRunOptions()
    options.messages.keepsBytes = true
    return try #require(made.read(options).records.first)
  }

  static func bytes(_ content: MessageContent?) throws -> String {
    var bytes: [UInt8] = []
    try content?.bytes?.forEach { piece throws(OutputError) in bytes += piece.copy }
    return String(decoding: bytes, as: UTF8.self)
  }

  struct Case: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var answers: [String]
    var expected = MessageAssemblyTests.message
    var gaps: [MessageGap] = []
  }

  static let size = message.utf8.count
  static let cases = [
    Case(
      testDescription: "in order, with the size",
      answers: ["RFC822.SIZE \(size) UID 9 \(stretch(0, 40))", "UID 9 \(stretch(40, 1000))"]),
    Case(
      testDescription: "out of order, twice, one within another",
      answers: [
        "RFC822.SIZE \(size) UID 9", "\(stretch(30, 1000)) UID 9", "UID 9 \(stretch(0, 40))",
        "UID 9 \(stretch(10, 5))", "UID 9 \(stretch(0, 40))",
      ]),
    Case(
      testDescription: "by number alone, up to an empty stretch",
      answers: [stretch(0, 64), stretch(64, 64), "BODY[]<\(size)> \"\""]),
    Case(
      testDescription: "header and text",
      answers: [literal("BODY[HEADER]", header), literal("BODY[TEXT]", text)]),
    Case(
      testDescription: "header and stretches of the text, in one answer",
      answers: [
        literal("RFC822.HEADER", header) + " "
          + literal("BODY[TEXT]<15>", String(text.dropFirst(15)))
          + " " + literal("BODY[TEXT]<0>", String(text.prefix(20))) + " RFC822.SIZE \(size)"
      ]),
    Case(
      testDescription: "a hole",
      answers: ["RFC822.SIZE \(size) \(stretch(0, 30))", stretch(50, 1000)],
      expected: String(decoding: message.utf8.prefix(30), as: UTF8.self)
        + String(decoding: message.utf8.dropFirst(50), as: UTF8.self),
      gaps: [MessageGap(offset: 30, length: 20)]),
    Case(
      testDescription: "nothing says where it ends", answers: [stretch(0, 20), stretch(20, 30)],
      expected: String(decoding: message.utf8.prefix(50), as: UTF8.self),
      gaps: [MessageGap(offset: 50, length: nil)]),
  ]

  @Test(arguments: cases) func stretches(_ test: Case) throws {
    let record = try Self.read(test.answers)
    let messages = record.session.messages
    let whole = try #require(messages.indices.last { !messages[$0].pieces.isEmpty })
    #expect(messages.indices.dropLast().allSatisfy { messages[$0].whole == whole })
    #expect(try Self.bytes(record.contents[whole]) == test.expected)
    #expect(messages[whole].size == test.expected.utf8.count)
    #expect(record.contents[whole]?.gaps == test.gaps)
    #expect(messages[whole].complete == test.gaps.isEmpty)
    #expect(messages[whole].section == nil && messages[whole].mailbox == "INBOX")
    #expect(messages[whole].origin.uidValidity == 7)
    #expect(record.contents[whole]?.headers?.from == ["ann@example.org"])
    if test.gaps.isEmpty {
      let digest = MessageFolderTests.sha256(Array(Self.message.utf8))
      #expect(record.contents[whole]?.digests?.sha256 == digest)
    }
  }

  @Test func whatCameAsAWholeTooIsNoPiece() throws {
    let record = try Self.read([
      Self.literal("UID 9 BODY[HEADER]", Self.header), Self.literal("UID 9 BODY[]", Self.message),
      Self.literal("UID 9 BODY[1]", Self.text),
    ])
    #expect(record.session.messages.map(\.whole) == [1, nil, 1])
  }

  @Test func oneStretchIsSaidByItsSection() throws {
    let record = try Self.read([Self.literal("UID 9 BODY[HEADER]", Self.header)])
    #expect(record.session.messages.map(\.section) == ["HEADER"])
    #expect(record.session.messages.map(\.whole) == [nil])
  }

  /// Numbers mean other messages after EXPUNGE.
  @Test func numbersAfterExpunge() throws {
    let record = try Self.read([
      "\(Self.stretch(0, 20)))\r\n* 1 EXPUNGE\r\n* 1 FETCH (FLAGS ()", Self.stretch(20, 1000),
    ])
    #expect(record.session.messages.allSatisfy { $0.pieces.isEmpty && $0.whole == nil })
  }

  /// Two messages of one APPEND, each of texts and of what lies on the server.
  @Test func catenate() throws {
    var made = MadeConversation(serverPort: 143)
    made.open()
    made.say(.server, "* PREAUTH ready\r\n")
    made.say(
      .client, "a APPEND Drafts (\\Seen) CATENATE (TEXT {5+}\r\none\r\n TEXT {5+}\r\ntwo\r\n")
    made.say(.client, ") CATENATE (URL \"/a;UID=1\" TEXT {5+}\r\nthr\r\n URL \"/b) (;UID=2\")\r\n")
    made.say(.server, "a OK [APPENDUID 7 1:2] done\r\n")
    made.close(.client)
    var options = SessionRunOptions()
    options.messages.keepsBytes = true
    let record = try #require(made.read(options).records.first)
    let messages = record.session.messages
    #expect(messages.count == 5)
    #expect(messages.map(\.pieces) == [[], [], [], [0, 1], [2]])
    #expect(try Self.bytes(record.contents[3]) == "one\r\ntwo\r\n")
    #expect(messages[3].complete && messages[3].outcome == .accepted)
    #expect(try Self.bytes(record.contents[4]) == "thr\r\n")
    #expect(!messages[4].complete)
    #expect(
      record.contents[4]?.gaps == [
        MessageGap(offset: 0, length: nil), MessageGap(offset: 5, length: nil),
      ])
  }
}
