import Applications
import Fields
import TestSupport
import Testing

@testable import Mail

@Suite struct SMTPPacketTests {
  @Test func replyOfSeveralLines() {
    var wire = DescribedConversation(SMTPPackets())
    let shown = wire.say(.server, "250-mx.example\r\n250-SIZE\r\n250 HELP\r\n")
    #expect(shown.name == "SMTP")
    #expect(shown.info == "S: 250-mx.example | SIZE | HELP")
    #expect(
      shown.tree == """
        Simple Mail Transfer Protocol
          Response: 250-mx.example\\r\\n
            Response code: Requested mail action okay, completed (250)
            Response parameter: mx.example
            Response parameter: SIZE
            Response parameter: HELP

        """)
  }

  @Test func commandNamesAreWhole() {
    var wire = DescribedConversation(SMTPPackets())
    let shown = wire.say(.client, "STARTTLS\r\n")
    #expect(shown.tree.contains("    Command: STARTTLS\n"))
    let agreed = wire.say(.server, "220 go ahead\r\n")
    #expect(agreed.outcome == .encoded(from: 14, .tls))
  }

  /// A part of a message that was lost and comes when the end has been seen is text, not commands.
  @Test(arguments: ["DATA\r\n", "BDAT 18 LAST\r\n"]) func lostPartThatComesLate(_ command: String) {
    var wire = DescribedConversation(SMTPPackets())
    _ = wire.say(.client, command)
    let start = UInt32(command.utf8.count)
    let isChunk = command.hasPrefix("BDAT")
    let whole = wire.say(
      .client, isChunk ? "Subject: a\r\n\r\nhi\r\n" : "Subject: a\r\n\r\nhi\r\n.\r\n")
    #expect(whole.name == "SMTP/IMF")
    let late = wire.say(.client, "QUIT\r\n", late: start + 6)
    #expect(late.info == "C: DATA fragment, 6 bytes")
    #expect(late.tree.contains("  Line-based text data (1 lines)\n"))
    let next = wire.say(.client, "MAIL FROM:<a@example.org>\r\n")
    #expect(next.info == "C: MAIL FROM:<a@example.org>")
  }

  /// Only CRLF.CRLF ends a message: what a lenient server would take for its end is text (the session says so too).
  @Test(arguments: ["\n.\n", "\n.\r\n", "\r\n.\n", "\r.\r", "\r.\r\n", "\r\n.\r"])
  func onlyCRLFDotCRLFEndsAMessage(_ end: String) {
    var wire = DescribedConversation(SMTPPackets())
    _ = wire.say(.client, "DATA\r\n")
    _ = wire.say(.server, "354 go\r\n")
    let shown = wire.say(.client, "Subject: a\r\n\r\nhi\(end)RCPT TO:<b@y.org>\r\n.\r\n")
    #expect(shown.name == "SMTP/IMF")
    #expect(!shown.tree.contains("Command"))
  }

  /// A server that takes LF.LF for the end answers: the message is shown with its answer.
  @Test func messageThatTheServerEnds() {
    var wire = DescribedConversation(SMTPPackets())
    _ = wire.say(.client, "DATA\n")
    _ = wire.say(.server, "354 go\r\n")
    #expect(wire.say(.client, "Subject: a\n\nhi\n.\n").info == "C: DATA fragment, 17 bytes")
    let answer = wire.say(.server, "250 queued\r\n")
    #expect(answer.name == "SMTP/IMF")
    #expect(answer.tree.contains("  Subject: a\n"))
    #expect(wire.say(.client, "QUIT\n").info == "C: QUIT")
  }

  @Test func bytesOfXEXCH50() {
    var wire = DescribedConversation(SMTPPackets())
    _ = wire.say(.client, "XEXCH50 8 2\r\n")
    _ = wire.say(.server, "354 Send binary data\r\n")
    let first = wire.say(.client, "\u{1}QUIT")
    #expect(first.info == "C: XEXCH50 data, 5 bytes")
    #expect(first.tree == "Simple Mail Transfer Protocol\n  XEXCH50 data (5 bytes)\n")
    #expect(wire.say(.client, "\r\n\u{2}DATA\r\n").info == "C: XEXCH50 data, 3 bytes | DATA")
    _ = wire.say(.server, "250 XEXCH50 OK\r\n354 go\r\n")
    #expect(wire.say(.client, "hi\r\n").info == "C: DATA fragment, 4 bytes")
  }

  @Test func refusedXEXCH50() {
    var wire = DescribedConversation(SMTPPackets())
    _ = wire.say(.client, "XEXCH50 8 2\r\n")
    _ = wire.say(.server, "504 need to authenticate\r\n")
    #expect(wire.say(.client, "QUIT\r\n").info == "C: QUIT")
  }

  /// The refusal of a recipient is not that of DATA, which came in the same segment.
  @Test func refusedRecipientBeforeTheGoAhead() {
    var wire = DescribedConversation(SMTPPackets())
    _ = wire.say(.client, "RCPT TO:<a@b.c>\r\nRCPT TO:<d@b.c>\r\nDATA\r\n")
    _ = wire.say(.server, "250 ok\r\n550 no\r\n354 go\r\n")
    #expect(wire.say(.client, "hi\r\n").info == "C: DATA fragment, 4 bytes")
  }

  /// Session and tree cut lines alike: LF ends them, a CR alone does not.
  @Test func linesEndInLF() {
    var wire = DescribedConversation(SMTPPackets())
    #expect(wire.say(.client, "NO\rOP\nRSET\r\n").info == "C: NO\\rOP | RSET")
    #expect(wire.say(.client, "NOOP\r").outcome == .unfinished(from: 0, needs: .line))
    #expect(wire.say(.client, "\n").info == "C: NOOP")
  }

  @Test func startOfTLS() {
    var wire = DescribedConversation(SMTPPackets())
    #expect(wire.say(.client, "STARTTLS\r\n").outcome == .described)
    #expect(wire.say(.client, "NOOP\r\n").outcome == .undecided(from: 0))
    #expect(wire.say(.server, "220 go\r\n").outcome == .encoded(from: 8, .tls))
    #expect(wire.say(.client, "NOOP\r\n").outcome == .described)
    var other = DescribedConversation(SMTPPackets())
    #expect(other.say(.client, "STARTTLS\r\nNOOP\r\n").outcome == .undecided(from: 10))
    #expect(other.say(.server, "454 no\r\n250 ok\r\n").outcome == .described)
    #expect(other.say(.client, "NOOP\r\n").outcome == .described)
  }

  /// What is not kept of a message is counted, and its end is still found.
  @Test func messageThatIsForgotten() {
    var wire = DescribedConversation(SMTPPackets())
    _ = wire.say(.client, "DATA\r\n")
    _ = wire.say(.client, "Subject: a\r\n")
    #expect(wire.dissector.held > 12)
    wire.dissector.forgetHeld()
    #expect(wire.dissector.held == 0)
    let last = wire.say(.client, "\r\nhi\r\n.\r\nQUIT\r\n")
    #expect(wire.dissector.held == 0)
    #expect(last.info == "C: . | QUIT")
    #expect(last.tree.contains("  [18 bytes of the message were not kept]\n"))
  }

  @Test func messageBeyondTheLimit() {
    var wire = DescribedConversation(SMTPPackets())
    _ = wire.say(.client, "DATA\r\n")
    let text = [UInt8](repeating: 0x78, count: 1 << 20)
    for _ in 0..<9 { _ = wire.say(.client, text) }
    #expect(wire.dissector.held < MessageFragments.limit + 4_096)
    let last = wire.say(.client, "\r\n.\r\n")
    #expect(last.tree.contains("  [1048578 bytes of the message were not kept]\n"))
    #expect(wire.dissector.held == 0)
  }

  @Test func segmentsBeyondTheLimit() {
    var fragments = MessageFragments()
    let byte: [UInt8] = [0x78]
    for frame in 0..<MessageFragments.pieceLimit + 5 { fragments.append(byte.span, frame: frame) }
    #expect(fragments.pieces.count == MessageFragments.pieceLimit)
    #expect(fragments.dropped == 5)
  }

  @Test func messageAndCommandAfterIt() {
    var wire = DescribedConversation(SMTPPackets())
    _ = wire.say(.client, "DATA\r\n")
    _ = wire.say(.server, "354 go\r\n")
    let first = wire.say(.client, "Subject: a\r\n")
    #expect(first.info == "C: DATA fragment, 12 bytes")
    let last = wire.say(.client, "\r\nhi\r\n.\r\nQUIT\r\n")
    #expect(last.name == "SMTP/IMF")
    #expect(last.tree.contains("  [2 DATA fragments (18 bytes): #3(12), #4(6)]\n"))
    #expect(last.tree.contains("    Command: QUIT\n"))
    #expect(last.tree.contains("Internet Message Format\n  Subject: a\n  Message-Text\n    hi  \n"))
  }

  @Test func refusedData() {
    var wire = DescribedConversation(SMTPPackets())
    _ = wire.say(.client, "DATA\r\n")
    _ = wire.say(.server, "503 no recipients\r\n")
    #expect(wire.say(.client, "QUIT\r\n").info == "C: QUIT")
  }

  @Test func chunks() {
    var wire = DescribedConversation(SMTPPackets())
    let shown = wire.say(.client, "BDAT 14 LAST\r\nSubject: x\r\n\r\nRSET\r\n")
    #expect(shown.info == "C: BDAT 14 LAST | . | RSET | subject: x, ")
    #expect(shown.tree.contains("  Subject: x\n"))
  }

  @Test func emptyLastChunk() {
    var wire = DescribedConversation(SMTPPackets())
    _ = wire.say(.client, "BDAT 14\r\nSubject: x\r\n\r\n")
    let shown = wire.say(.client, "BDAT 0 LAST\r\n")
    #expect(shown.info == "C: BDAT 0 LAST | . | subject: x, ")
    #expect(shown.tree.contains("  [1 DATA fragment (14 bytes): #1(14)]\n"))
  }

  @Test func answersThatAUTHBeginsWith() {
    var wire = DescribedConversation(SMTPPackets())
    let login = wire.say(.client, "AUTH LOGIN dXNlcg==\r\n")
    #expect(login.info == "C: AUTH LOGIN User: dXNlcg==")
    #expect(login.tree.contains("    Username: dXNlcg==\n"))
    _ = wire.say(.server, "535 no\r\n")
    let plain = wire.say(.client, "AUTH PLAIN AGEAYg==\r\n")
    #expect(plain.info == "C: AUTH PLAIN AGEAYg==")
    #expect(plain.tree.contains("    Username/Password: AGEAYg==\n"))
  }

  @Test func codesThatChangeInsideAReply() {
    var wire = DescribedConversation(SMTPPackets())
    let shown = wire.say(.server, "250-a\r\noh\r\n251 b\r\n")
    #expect(shown.info == "S: 250-a | oh | b")
    #expect(
      shown.tree.contains(
        "Unexpected response code 251 in multiline response. Expected 250"))
    #expect(shown.tree.hasSuffix("    Response parameter: oh\n    Response parameter: b\n"))
  }

  @Test func saslAnswers() {
    var wire = DescribedConversation(SMTPPackets())
    _ = wire.say(.client, "AUTH LOGIN\r\n")
    #expect(wire.say(.client, "dXNlcg==\r\n").info == "C: User: dXNlcg==")
    #expect(wire.say(.client, "cGFzcw==\r\n").info == "C: Pass: cGFzcw==")
    _ = wire.say(.server, "235 welcome\r\n")
    #expect(wire.say(.client, "NOOP\r\n").info == "C: NOOP")
  }

  @Test func lineInTwoSegments() {
    var wire = DescribedConversation(SMTPPackets())
    #expect(wire.say(.client, "MAIL FR").outcome == .unfinished(from: 0, needs: .line))
    #expect(wire.say(.client, "OM:<>\r\n").info == "C: MAIL FROM:<>")
  }
}

@Suite struct POPPacketTests {
  @Test func messageOfKnownSize() {
    var wire = DescribedConversation(POPPackets())
    _ = wire.say(.client, "RETR 1\r\n")
    _ = wire.say(.server, "+OK 20 octets\r\n")
    #expect(wire.say(.server, "Subject: x\r\n").info == "S: DATA fragment, 12 bytes")
    let shown = wire.say(.server, "\r\nhello\r\n.\r\n")
    #expect(shown.name == "POP/IMF")
    #expect(shown.tree.contains("  [2 DATA fragments (24 bytes): #3(12), #4(12)]\n"))
  }
}

@Suite struct PacketRobustnessTests {
  static let dialogue = """
    220 mx ESMTP\r\nEHLO a\r\nAUTH PLAIN\r\nDATA\r\nFrom: "a, b" <c@d>, e\r\n\tf\r\nContent-Type: \
    multipart/mixed; boundary="x"\r\n\r\n--x\r\nContent-Type: text/plain\r\n\r\nhi\r\n--x--\r\n.\r\nBDAT 3\r\nabc\
    a1 LOGIN {1}\r\nx {1}\r\ny\r\n* 1 FETCH (BODY[] {3}\r\nabc)\r\n+OK 3 octets\r\n\
    POST /a?b HTTP/1.1\r\nContent-Length: 3\r\nCookie: a=b;\r\n\r\nabcHTTP/1.1 200 OK\r\nTransfer-Encoding: \
    chunked\r\nContent-Encoding: gzip\r\nContent-Type: application/json\r\n\r\n5\r\n{"a":\r\n0\r\n\r\n\
    Content-Type: text/xml\r\n\r\n<a b="c"><?d?></a>Content-Type: multipart/x\r\n
    """

  /// Whatever comes, in whatever pieces: nothing traps, and what is asked for lies inside the bytes.
  @Test func anyBytesInAnyPieces() {
    var random = SeededGenerator()
    func next(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &random) }
    let source = Array(Self.dialogue.utf8)
    for _ in 0..<300 {
      var smtp = DescribedConversation(SMTPPackets()), pop = DescribedConversation(POPPackets()),
        imap = DescribedConversation(IMAPPackets())
      var http = DescribedConversation(
        HTTPPackets(decode: { $0.isEmpty ? nil : [$0[0]] }), serverPort: 80)
      for _ in 0..<12 {
        let start = next(source.count)
        var bytes = Array(source[start..<min(source.count, start + 1 + next(60))])
        if next(3) == 0 { bytes[next(bytes.count)] = UInt8(next(256)) }
        let side: Side = next(2) == 0 ? .client : .server
        let all = [
          smtp.say(side, bytes), pop.say(side, bytes), imap.say(side, bytes),
          http.say(side, bytes, canAskForMore: next(3) > 0),
        ]
        for shown in all {
          if case .unfinished(let from, _) = shown.outcome {
            #expect(from >= 0, "\(SeededGenerator.replay)")
          }
        }
      }
    }
  }
}
