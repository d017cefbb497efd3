import Testing

@testable import Mail

@Suite struct HeaderTests {
  static let words: [(String, String)] = [
    ("plain", "plain"), ("Grüße", "Grüße"),
    ("=?utf-8?Q?Gr=C3=BC=C3=9Fe_aus?= =?UTF-8?b?S8O2bG4=?=", "Grüße ausKöln"),
    ("=?utf-8?q?=C3?=\r\n =?utf-8?q?=BC?=", "ü"), ("a =?utf-8?Q?b?= c", "a b c"),
    ("=?iso-8859-1?B?dGVzdCDlIOkg7iD4IPw=?=", "test å é î ø ü"), ("=?iso-8859-15?Q?=A4?=", "€"),
    ("=?windows-1252?Q?=80=93?=", "€“"), ("=?utf-8*de?Q?ja?=", "ja"), ("=?utf-8?Q??=x", "x"),
    ("=?gb2312?B?dGVzdCCy4srU?=", "test 测试"), ("=?utf-8?B?!?=", "=?utf-8?B?!?="),
    ("=?utf-8?X?a?=", "=?utf-8?X?a?="), ("=?utf-8?Q?a", "=?utf-8?Q?a"), ("=?", "=?"), ("", ""),
    ("=?utf-8?Q?a?==?utf-8?Q?b?=", "ab"), ("=?utf-8?Q?Gr=FC=DFe?=", "Grüße"),
    ("=?iso-8859-1?Q?=FC?= =?utf-8?Q?=C3=BC?=", "üü"),
  ]
  @Test(arguments: words) func encodedWords(_ text: String, _ wanted: String) {
    #expect(EncodedWord.decode(text.utf8).text == wanted)
  }

  static let lists: [(String, [String])] = [
    ("a@b.c", ["a@b.c"]), (" <a@b.c> ,d@e.f", ["a@b.c", "d@e.f"]), ("", []), (" , ,", []),
    ("Ann Example <ann@b.c>", ["Ann Example <ann@b.c>"]),
    ("\"Doe, John\" <j@b.c>", ["\"Doe, John\" <j@b.c>"]),
    ("\"J \\\"Q\\\" D\" <j@b.c>", ["\"J \\\"Q\\\" D\" <j@b.c>"]),
    ("=?utf-8?Q?M=C3=BCller=2C_J?= <m@b.c>", ["\"Müller, J\" <m@b.c>"]),
    ("j@b.c (John (Jr) D)", ["John (Jr) D <j@b.c>"]), ("undisclosed-recipients:;", []),
    ("Team: a@b.c, B <b@b.c>; c@b.c", ["a@b.c", "B <b@b.c>", "c@b.c"]),
    ("\"john doe\"@b.c", ["\"john doe\"@b.c"]), ("<@r1,@r2:a@b.c>", ["a@b.c"]),
    ("A\r\n B <a@b.c>", ["A B <a@b.c>"]), ("A <a@b.c", ["A <a@b.c>"]), ("\"open", ["\"open"]),
    ("jürgen@example.org", ["jürgen@example.org"]), ("mailto:a@b.c", ["mailto:a@b.c"]),
    ("A < a @ b.c (at home) >", ["A <a@b.c>"]),
    ("A <a@b.c, B <b@b.c>", ["A <a@b.c>", "B <b@b.c>"]),
    ("<\"a > b\"@b.c>", ["\"a > b\"@b.c"]), ("=?koi8-r?B?0MnT2M3P?= <a@b.c>", ["письмо <a@b.c>"]),
    ("=?utf-8?Q?Ann?=", ["Ann"]),
  ]
  @Test(arguments: lists) func addressLists(_ text: String, _ wanted: [String]) {
    #expect(AddressList(text.utf8).mailboxes.map(\.description) == wanted)
  }

  static let mailers: [(String, String?, String?)] = [
    ("Mutt/2.2.9 (2022-11-12)", "Mutt", "2.2.9"),
    (
      "Mozilla/5.0 (X11; Linux x86_64; rv:102.0) Gecko/20100101 Thunderbird/102.4.2", "Thunderbird",
      "102.4.2"
    ),
    ("Mozilla Thunderbird", "Mozilla Thunderbird", nil),
    ("Microsoft Outlook 16.0", "Microsoft Outlook", "16.0"),
    ("swaks v20201014.0 jetmore.org/john/code/swaks/", "swaks", "v20201014.0"),
    ("Apple Mail (2.3608.120.23.2.7)", "Apple Mail", "2.3608.120.23.2.7"),
    ("iPhone Mail (19H12)", "iPhone Mail", "19H12"), ("/", "/", nil), ("(comment only)", nil, nil),
    ("", nil, nil), ("((", nil, nil), ("a/", "a", nil), ("Mozilla/", "Mozilla", nil),
    ("7.0", "7.0", nil),
  ]
  @Test(arguments: mailers) func mailerNames(_ text: String, _ name: String?, _ version: String?) {
    let software = Software(mailer: text, source: "X-Mailer")
    #expect(software?.name == name)
    #expect(software?.version == version)
  }

  @Test func writers() {
    let header = "User-Agent: Mutt/2.2.9\r\nX-Mailer: other\r\n\r\n"
    #expect(headers(header)?.software?.name == "Mutt")
    #expect(headers(header)?.isEmpty == true)
  }

  private func read(_ text: String, cutting length: Int = .max) -> MessageHeadersReader {
    var reader = MessageHeadersReader()
    let bytes = Array(text.utf8)
    var start = 0
    while start < bytes.count {
      let end = start + min(length, bytes.count - start)
      reader.receive(bytes.span.extracting(start..<end))
      start = end
    }
    return reader
  }

  private func headers(_ text: String, cutting length: Int = .max) -> MessageHeaders? {
    var reader = read(text, cutting: length)
    return reader.finish()
  }

  static let message =
    "Received: x\r\nsubject : one\r\n\ttwo\r\nFrom: Ann <a@b.c>\r\nTo: b@b.c\r\nTo: c@b.c\r\n"
    + "Date: Fri, 13 Jun 2025 12:34:00 +0200\r\nMessage-ID: <1@b.c>\r\nSubject: later\r\n"
    + "\r\nCc: not@header\r\n"

  @Test(arguments: [1, 3, 10_000]) func fields(_ length: Int) {
    var wanted = MessageHeaders()
    (wanted.from, wanted.to, wanted.subject) = (["Ann <a@b.c>"], ["b@b.c", "c@b.c"], "one\ttwo")
    (wanted.date, wanted.messageID) = ("Fri, 13 Jun 2025 12:34:00 +0200", "1@b.c")
    wanted.wasRelayed = true
    #expect(read(Self.message, cutting: length).isDone)
    #expect(headers(Self.message, cutting: length) == wanted)
  }

  @Test func noHeader() {
    #expect(headers("\r\nSubject: body\r\n") == nil)
    #expect(headers("") == nil)
    #expect(headers("no colon\n\n") == nil)
  }

  @Test func cutByAGap() {
    var reader = read("Subject: whole\r\nFrom: a@b")
    reader.gap()
    #expect(reader.isDone)
    let headers = reader.finish()
    #expect(headers?.subject == "whole")
    #expect(headers?.from == nil)
  }

  @Test func findsFieldsFarDown() {
    let long = String(
      repeating: "Received: \(String(repeating: "x", count: 90))\r\n", count: 20_000)
    let recipients = (0..<500).map { "recipient\($0)@example.org" }
    let field = "To: \(recipients.joined(separator: ",\r\n "))\r\n"
    var reader = read("Subject: first\r\n" + long + field + "From: far@away\r\n\r\n")
    let headers = reader.finish()
    #expect(headers?.subject == "first")
    #expect(headers?.to == recipients)
    #expect(headers?.from == ["far@away"])
    #expect(reader.droppedFields == 0)
  }

  @Test func countsWhatALimitDrops() {
    let long = String(repeating: "x", count: HeaderReader.fieldLimit)
    var reader = read("Subject: \(long)\r\nX-Long: \(long)\r\nTo: a@b\r\n\r\n")
    let headers = reader.finish()
    #expect(headers?.subject?.utf8.count == HeaderReader.fieldLimit - 9)
    #expect(headers?.to == ["a@b"])
    #expect(reader.droppedFields == 1)
    let list = String(repeating: "To: \(long.dropLast(6))\r\n", count: 6)
    reader = read(list + "Subject: y\r\n\r\n")
    #expect(reader.finish()?.to?.count == 3)
    #expect(reader.droppedFields == 3)
  }
}
