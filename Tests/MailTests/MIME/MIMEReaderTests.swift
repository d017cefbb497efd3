import Fields
import TestSupport
import Testing

@testable import Mail

@Suite struct MIMEReaderTests {
  struct Case: CustomTestStringConvertible, Sendable {
    var testDescription: String
    /// With LF where CRLF is meant.
    var text: String
    var parts: String

    init(_ testDescription: String, _ text: String, _ parts: String) {
      (self.testDescription, self.text, self.parts) = (testDescription, text, parts)
    }

    var bytes: [UInt8] { Array(text.replacing("\n", with: "\r\n").utf8) }
  }

  static let multipart = "Content-Type: multipart/mixed; boundary=b\n\n"

  static let cases = [
    Case("no MIME", "Subject: x\n\nbody\n", #"1 text/plain "body\r\n""#),
    Case("nothing", "", #"1 text/plain """#),
    Case("header alone", "Subject: x\n", #"1 text/plain """#),
    Case("no header", "\nbody", #"1 text/plain "body""#),
    Case(
      "two parts",
      multipart + "pre\n--b\n\none\n--b\nContent-Type: text/html\n\ntwo\n\n--b--\npost\n",
      """
      TEXT multipart/mixed "pre"
      1 text/plain "one"
      2 text/html "two\\r\\n"
      """),
    Case(
      "nested",
      multipart + "--b\nContent-Type: multipart/alternative; boundary=bb\n\n--bb\n\n1\n"
        + "--bb\n\n2\n--bb--\nend\n--b\n\n3\n--b--",
      """
      TEXT multipart/mixed ""
      1 multipart/alternative ""
      1.1 text/plain "1"
      1.2 text/plain "2"
      2 text/plain "3"
      """),
    Case(
      "a boundary around ends what is within",
      multipart + "--b\nContent-Type: multipart/mixed; boundary=c\n\n--c\n\n1\n--b\n\n2\n--b--\n",
      """
      TEXT multipart/mixed ""
      1 multipart/mixed incomplete ""
      1.1 text/plain "1"
      2 text/plain "2"
      """),
    Case(
      "the same boundary within: the outer one counts",
      multipart + "--b\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\n1\n--b--\n",
      """
      TEXT multipart/mixed ""
      1 multipart/mixed incomplete ""
      2 text/plain "1"
      """),
    Case(
      "lines that only look like it",
      multipart + "--b\n\n--bb\n--b-\n --b\n--b x\n--b--x\n-\n--\n\n--b \t\n\nx\n--b-- \n",
      """
      TEXT multipart/mixed ""
      1 text/plain "--bb\\r\\n--b-\\r\\n --b\\r\\n--b x\\r\\n--b--x\\r\\n-\\r\\n--\\r\\n"
      2 text/plain "x"
      """),
    Case(
      "boundary that ends in hyphens",
      "Content-Type: multipart/mixed; boundary=\"b--\"\n\n--b--\n\nx\n--b----\ny",
      """
      TEXT multipart/mixed ""
      1 text/plain "x"
      """),
    Case(
      "boundaries that follow each other", multipart + "--b\n--b\n\nx\n--b\n--b--\n",
      """
      TEXT multipart/mixed ""
      1 text/plain "x"
      """),
    Case(
      "a part without a body",
      multipart + "--b\nContent-Type: a/b\n--b\nContent-Type: c/d\n\n--b--",
      """
      TEXT multipart/mixed ""
      1 a/b ""
      2 c/d ""
      """),
    Case(
      "no empty line before the first boundary",
      "Content-Type: multipart/mixed; boundary=b\n--b\nContent-Type: a/b\nx y\n--b--",
      """
      TEXT multipart/mixed ""
      1 a/b "x y"
      """),
    Case(
      "no closing boundary", multipart + "--b\n\none\n",
      """
      TEXT multipart/mixed incomplete ""
      1 text/plain incomplete "one\\r\\n"
      """),
    Case(
      "boundary that never comes", multipart + "--c\n\none\n",
      #"TEXT multipart/mixed incomplete "--c\r\n\r\none\r\n""#),
    Case(
      "no boundary", "Content-Type: multipart/mixed\n\n--b\n", #"1 multipart/mixed "--b\r\n""#),
    Case(
      "after the closing one", multipart + "--b\n\nx\n--b--\n--b\n\nhidden\n--b--\n",
      """
      TEXT multipart/mixed ""
      1 text/plain "x"
      """),
    Case(
      "attached message",
      multipart + "--b\nContent-Type: message/rfc822\n\nSubject: in\n\nbody\n--b--\n",
      """
      TEXT multipart/mixed ""
      1 message/rfc822 "Subject: in\\r\\n\\r\\nbody"
      1.1 text/plain "body"
      """),
    Case(
      "a multipart in an attached message",
      "Content-Type: message/rfc822\n\nContent-Type: multipart/mixed; boundary=c\n\n--c\n\n1\n--c--\n",
      """
      1 message/rfc822 "Content-Type: multipart/mixed; boundary=c\\r\\n\\r\\n--c\\r\\n\\r\\n1\\r\\n--c--\\r\\n"
      1.TEXT multipart/mixed ""
      1.1 text/plain "1"
      """),
    Case(
      "an encoded message",
      "Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nU3ViamVjdDogaW4NCg0KYm9keQ==",
      """
      1 message/rfc822 "Subject: in\\r\\n\\r\\nbody"
      1.1 text/plain "body"
      """),
    Case(
      "a message that only says that it is encoded",
      "Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nSubject: in\n\nbody",
      """
      1 message/rfc822 "Subject: in\\r\\n\\r\\nbody"
      1.1 text/plain "body"
      """),
    Case(
      "digest", "Content-Type: multipart/digest; boundary=b\n\n--b\n\nSubject: in\n\nx\n--b--",
      """
      TEXT multipart/digest ""
      1 message/rfc822 "Subject: in\\r\\n\\r\\nx"
      1.1 text/plain "x"
      """),
    Case(
      "encodings",
      multipart + "--b\nContent-Transfer-Encoding: base64\n\naGVs\nbG8=\n--b\n"
        + "Content-Transfer-Encoding: QUOTED-PRINTABLE\n\na=20b=\nc  \n--b\n"
        + "Content-Transfer-Encoding: x-uuencode\n\nbegin 644 x\n%:&5L;&\\\n`\nend\n--b--",
      """
      TEXT multipart/mixed ""
      1 text/plain "hello"
      2 text/plain "a bc"
      3 text/plain "hello"
      """),
    Case(
      "uuencoded file in a text", "\nhello\nbegin 644 a b.txt\n%:&5L;&\\\n`\nend\nbye\n",
      """
      1 text/plain "hello\\r\\nbegin 644 a b.txt\\r\\n%:&5L;&\\\\\\r\\n`\\r\\nend\\r\\nbye\\r\\n"
      1.1 application/octet-stream <a b.txt> "hello"
      """),
    Case(
      "no uuencoded file", "\nbegin 644 reading\nthe book\nend\n",
      #"1 text/plain "begin 644 reading\r\nthe book\r\nend\r\n""#),
  ]

  @Test(arguments: cases) func reads(_ test: Case) {
    for bytes in [test.bytes, Array(test.text.utf8)] {
      let whole = ReadMessage([bytes])
      #expect(whole.isInOrder)
      let parts = bytes == test.bytes ? test.parts : test.parts.replacing("\\r\\n", with: "\\n")
      // In base64 the line ends stay as they were.
      if bytes == test.bytes || !test.text.contains("base64") {
        #expect(whole.description == parts)
      }
      let difference = Splits.firstDifference(of: bytes.count) {
        ReadMessage(Splits.pieces(bytes, $0))
      }
      #expect(difference == nil)
    }
  }

  static let names: [(String, String?)] = [
    ("Content-Disposition: attachment; filename=\"a b.txt\"", "a b.txt"),
    ("Content-Disposition: attachment; filename=a b.txt", "a b.txt"),
    ("Content-Disposition: attachment; filename=\"\"\nContent-Type: a/b; name=c", "c"),
    ("Content-Disposition: attachment\nContent-Type: a/b; name=c.d", "c.d"),
    ("Content-Disposition: attachment filename=x.y", "x.y"),
    ("Content-Disposition: attachment; filename*=utf-8''%C3%BC.txt; filename=u.txt", "ü.txt"),
    (
      "Content-Disposition: attachment; filename*0*=utf-8''%C3;\n filename*1*=%BC; filename*2=.txt",
      "ü.txt"
    ),
    ("Content-Disposition: attachment; filename=\"=?utf-8?Q?=C3=BC?=.txt\"", "ü.txt"),
    ("Content-Disposition: attachment; filename==?utf-8?B?w7w=?=", "ü"),
    ("Content-Disposition: attachment; filename=\"ü.txt\"", "ü.txt"),
    ("Content-Disposition: attachment; filename=\"a\\\"b\"", "a\"b"),
    ("Content-Disposition: attachment; filename=\"C:\\dir\\a.txt\"", "C:\\dir\\a.txt"),
    ("Content-Disposition: inline", nil),
  ]
  @Test(arguments: names) func fileNames(_ header: String, _ name: String?) {
    let part = ReadMessage("\(header)\n\nx").content.parts.first
    #expect(part?.filename == name)
  }

  @Test func facts() {
    let part = ReadMessage(
      """
      Content-Type: TEXT/Plain (comment); Charset="UTF-8"; format=flowed
      Content-Disposition: INLINE; filename=x
      Content-Transfer-Encoding: 8BIT
      Content-ID: <1@a.example>
      Content-Description: =?utf-8?Q?=C3=BC?=

      x
      """
    ).content.parts.first
    #expect(part?.contentType == "text/plain")
    #expect(part?.charset == "UTF-8")
    #expect(
      part?.parameters == [
        .init(name: "charset", value: "UTF-8"), .init(name: "format", value: "flowed"),
      ])
    #expect(part?.disposition == "inline")
    #expect(part?.encoding == "8bit")
    #expect(part?.contentID == "1@a.example")
    #expect(part?.description == "ü")
  }

  @Test func fieldsInOrder() {
    let content = ReadMessage(
      "Received: a\r\nSubject: =?utf-8?Q?=C3=BC?=\r\n x\r\nX-A:\r\nFrom: a@b\r\n\r\nbody"
    ).content
    #expect(content.fields.map(\.name) == ["Received", "Subject", "X-A", "From"])
    #expect(content.fields.map(\.value) == ["a", "ü x", "", "a@b"])
    #expect(content.fields.map(\.raw) == [nil, "=?utf-8?Q?=C3=BC?=\r\n x", nil, nil])
    #expect(content.headers?.subject == "ü x")
  }

  @Test func headersOfAnAttachedMessage() {
    let content = ReadMessage(
      "Subject: out\n" + Self.multipart
        + "--b\nContent-Type: message/rfc822\n\nSubject: in\n\nx\n--b--"
    ).content
    #expect(content.headers?.subject == "out")
    #expect(content.parts[1].headers?.subject == "in")
    #expect(content.parts.map(\.parent) == [nil, 0, 1])
  }

  @Test func gaps() {
    let text =
      Self.multipart + "--b\n\none\n--b\nContent-Transfer-Encoding: base64\n\naGVsbG8gd29y\n"
    let cases: [(String, String, String)] = [
      (text + "aGVs", "bG8=\nbG8h\n--b--", "2 text/plain incomplete \"hello worhello!\""),
      (text, "\n--b\n\nthree\n--b--", "3 text/plain \"three\""),
      ("Subject: x\nContent-Ty", "pe: a/b\n\nx", "1 text/plain incomplete \"pe: a/b\\n\\nx\""),
    ]
    for (before, after, line) in cases {
      let read = ReadMessage([Array(before.utf8), Array(after.utf8)], gap: (0, 10))
      #expect(read.isInOrder)
      #expect(read.description.split(separator: "\n").last.map(String.init) == line)
      #expect(read.content.parts.first?.isComplete == false)
    }
  }

  @Test func depthLimit() {
    var text = ""
    for depth in 0..<200 {
      text +=
        depth % 2 == 0
        ? "Content-Type: message/rfc822\n\n"
        : "Content-Type: multipart/mixed; boundary=b\(depth)\n\n--b\(depth)\n"
    }
    let read = ReadMessage(text + "\nx")
    #expect(read.content.parts.count == MIMEReader.depthLimit)
    #expect(read.codes.contains("message.mime-depth"))
    #expect(read.isInOrder)
  }

  @Test func partLimit() {
    let part = "--b\n\nx\n"
    let read = ReadMessage(Self.multipart + String(repeating: part, count: 10_010) + "--b--\n")
    #expect(read.content.parts.count == 10_000)
    #expect(read.content.droppedParts == 11)
    #expect(read.codes.contains("message.mime-parts"))
    #expect(read.isInOrder)
  }

  @Test func fieldLimits() {
    let field = "X: \(String(repeating: "y", count: 1_000))\n"
    let content = ReadMessage(String(repeating: field, count: 2_000) + "\nx").content
    #expect(content.fields.count + content.droppedFields == 2_000)
    #expect((900...1_048).contains(content.fields.count))
    #expect(content.findings.map(\.code.rawValue).contains("message.long-field"))
    let name = String(repeating: "x", count: 60_000)
    let part = "--b\nContent-Type: a/b; name=\(name)\n\n\n"
    let parts = ReadMessage(Self.multipart + String(repeating: part, count: 100) + "--b--").content
    #expect((16...18).contains(parts.parts.count { $0.filename != nil }))
    #expect(parts.droppedFields == 101 - parts.parts.count { $0.filename != nil } - 1)
  }
}
