import Fields
import TestSupport
import Testing

@testable import Mail

@Suite struct FuzzTests {
  static let client = [
    "EHLO a.b\r\n", "LHLO a\r\n", "MAIL FROM:<a@b>\r\n", "RCPT TO:<c@d> NOTIFY=NEVER\r\n",
    "DATA\r\n",
    "BDAT 5\r\nab", "BDAT 0 LAST\r\n", "BDAT 3 LAST\r\n", "BDAT 9999999999999999999\r\n",
    "RSET\r\n",
    "QUIT\r\n", "AUTH LOGIN\r\n", "AUTH PLAIN AGEAYg==\r\n", "YQ==\r\n", "*\r\n", "STARTTLS\r\n",
    "hello\r\n", "\n.\r\n", "\r\n.\r\n", ".\r\n", "..\r\n", "\r", "\n", ".", "\u{16}\u{3}\u{1}",
    "\r.\r",
    "XEXCH50 4 1\r\n", "TURN\r\n", "BURL imap://x LAST\r\n", "", "XCLIENT NAME=x\r\n", "é\0\r\n",
  ]
  static let server = [
    "220 mx ESMTP\r\n", "250 ok\r\n", "250-mx\r\n250-PIPELINING\r\n250 SIZE 5\r\n", "354 go\r\n",
    "334 \r\n", "334 VXNlcm5hbWU6\r\n", "235 ok\r\n", "550 5.1.1 no\r\n", "421 bye\r\n",
    "221 bye\r\n",
    "503 no\r\n", "250-", "25", "hm\r\n", "999 x\r\n", "\n", "\u{16}\u{3}", "220 go\r\n",
    "250 2.0.0 ok\n",
  ]

  /// Any bytes of any side in any order: no trap, and the same record however they are cut.
  @Test func anyDialogue() {
    for round in 0..<400 {
      var random = SeededGenerator(round: round)
      var steps: [Dialogue.Step] = []
      for _ in 0..<Int.random(in: 1...40, using: &random) {
        switch Int.random(in: 0..<20, using: &random) {
        case 0: steps.append(.gap(.client, Int.random(in: 1...30, using: &random)))
        case 1: steps.append(.gap(.server, Int.random(in: 1...30, using: &random)))
        case 2: steps.append(.bytes(.client, random.bytes(8)))
        case 3: steps.append(.bytes(.server, random.bytes(8)))
        case 4..<13: steps.append(.client(Self.client.randomElement(using: &random) ?? ""))
        default: steps.append(.server(Self.server.randomElement(using: &random) ?? ""))
        }
      }
      var options = SessionOptions()
      if Bool.random(using: &random) {
        options.undecidedLimit = Int.random(in: 1...40, using: &random)
        options.lineLimit = Int.random(in: 1...40, using: &random)
        options.pendingCommandLimit = Int.random(in: 1...4, using: &random)
        options.recordLimit = Int.random(in: 0...20_000, using: &random)
      }
      let dialogue = Dialogue(
        Bool.random(using: &random) ? .smtp : .lmtp, midstream: Bool.random(using: &random),
        options: options, steps: steps)
      let whole = dialogue.run()
      let single = dialogue.run { Array(repeating: 1, count: $1) }
      // With limits this tight, which of the two findings an unclear end gets depends on the pieces.
      let isTight = options.undecidedLimit < 64
      if isTight ? single.sink.messages != whole.sink.messages : single != whole {
        Issue.record("\(SeededGenerator.replay), round \(round): cut bytewise differs")
        return
      }
    }
  }

  /// What begins a line of each side, and the words that follow: names that the parsers look for, and all that
  /// separates, opens or closes something, where nobody would write it.
  private static let starts: [MailProtocol: (client: [String], server: [String])] = [
    .smtp: (
      [
        "EHLO", "MAIL", "MAIL FROM:", "RCPT TO:", "AUTH", "BDAT", "XCLIENT", "XFORWARD", "ETRN", "",
        "Subject:", "Content-Type:", "From:",
      ], ["220 ", "250-", "250 ", "334 ", "354 ", "535 ", "250", "", "25"]
    ),
    .lmtp: (["LHLO", "MAIL FROM:", "RCPT TO:", "DATA", ""], ["220 ", "250-", "250 ", "354 ", ""]),
    .pop3: (
      ["USER", "PASS", "APOP", "AUTH", "RETR", "TOP", "UIDL", "LIST", "CAPA", "", "LANG"],
      ["+OK", "-ERR", "+", "", ".", "1 ", "SASL", "IMPLEMENTATION", "EXPIRE"]
    ),
    .imap: (
      [
        "a LOGIN", "a AUTHENTICATE", "a FETCH", "a APPEND", "a ID", "a SEARCH", "a STATUS",
        "a LIST",
        "a SELECT", "a UID", "a NOTIFY", "a ENABLE", "a", "", "DONE",
      ],
      [
        "* FETCH", "* 1 FETCH", "* LIST", "* STATUS", "* SEARCH", "* ESEARCH", "* OK", "a OK",
        "a NO",
        "+", "* CAPABILITY", "* NAMESPACE", "* ID", "* VANISHED", "* BYE", "",
      ]
    ),
  ]
  private static let openings: [MailProtocol: [String]] = [
    .smtp: ["220 mx.example ESMTP\r\n"], .lmtp: ["220 mx.example LMTP\r\n"],
    .pop3: ["+OK ready\r\n"],
    .imap: ["* OK ready\r\n"],
  ]
  private static let words = [
    "=", "==", ":", "<", ">", "<>", "<@", "(", ")", "()", "((", "))", "{", "}", "{0}", "{3}",
    "{3+}",
    "~{2}", "{99999999999999999999}", "[", "]", "[]", "[a", "\"", "\"\"", "\\", "*", "+", "-", "&",
    "&-",
    "&AAA-", "&2D0-", "%", "@", ",", ";", " ", "  ", "\t", "\0", "é", "\u{202e}", ".", "..", "/",
    "?",
    "=?utf-8?q?=", "=?utf-8?b?!?=", "0", "1", "4294967296", "-1", "1:*", "AUTH", "AUTH=", "SIZE",
    "SIZE=", "STARTTLS", "PLAIN", "NTLM", "CRAM-MD5", "SCRAM-SHA-1", "XOAUTH2", "EXTERNAL", "LAST",
    "NIL", "BODY[", "BODY[1.2.HEADER.FIELDS (a", "ENVELOPE", "ENVELOPE (", "BODYSTRUCTURE (",
    "FLAGS",
    "UID", "COPYUID", "APPENDUID", "[CODE", "[CAPABILITY", "INBOX", "a@b", "<a@[1.2.3.4]>",
    "TlRMTVNTUAABAAAA", "TlRMTVNTUAACAAAA////", "TlRMTVNTUAADAAAA/////////////w==", "AAAA",
    "bixhPWE=",
    "cj0s", "ISO-8859-1''%", "filename*0*=", "boundary=\"", "multipart/", "\n", "\r",
  ]

  /// Lines of names and separators in any order, for every protocol: no trap.
  @Test func hostileWords() {
    var random = SeededGenerator()
    for _ in 0..<1_500 {
      for mailProtocol in MailProtocol.allCases {
        guard let starts = Self.starts[mailProtocol] else { continue }
        var steps: [Dialogue.Step] = []
        if Bool.random(using: &random) {
          steps = (Self.openings[mailProtocol] ?? []).map { .server($0) }
          if mailProtocol == .smtp { steps.append(.client("EHLO a.example\r\n")) }
        }
        func line(_ starts: [String]) -> String {
          var line = starts.randomElement(using: &random) ?? ""
          for _ in 0..<Int.random(in: 0...5, using: &random) {
            if Bool.random(using: &random) { line += " " }
            line += Self.words.randomElement(using: &random) ?? ""
          }
          return line + (Int.random(in: 0..<20, using: &random) == 0 ? "" : "\r\n")
        }
        for _ in 0..<Int.random(in: 1...12, using: &random) {
          steps.append(
            Bool.random(using: &random)
              ? .client(line(starts.client)) : .server(line(starts.server)))
        }
        let dialogue = Dialogue(
          mailProtocol, midstream: Bool.random(using: &random), steps: steps)
        _ = dialogue.run()
      }
    }
  }

  @Test func anyBytesAreRecognized() {
    var random = SeededGenerator()
    for _ in 0..<2_000 {
      let words = (Self.client + Self.server).shuffled(using: &random).prefix(2).joined()
      var bytes = Array(words.utf8)
      if !bytes.isEmpty, Bool.random(using: &random) {
        let place = Int.random(in: 0..<bytes.count, using: &random)
        bytes[place] = UInt8.random(in: 0...255, using: &random)
      }
      for side in [nil, Side.client, .server] {
        _ = SMTPRecognition.verdict(of: bytes.span, from: side)
        _ = SMTPRecognition.verdictOfLMTP(of: bytes.span, from: side)
        _ = POP3Recognition.verdict(of: bytes.span, from: side)
        _ = IMAPRecognition.verdict(of: bytes.span, from: side)
      }
    }
  }
}
