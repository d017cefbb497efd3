import TestSupport
import Testing

import Fields
@testable import Mail

@Suite struct IMAPTreeTests {
  @Test func answerToARequest() {
    var wire = DescribedConversation(IMAPPackets())
    _ = wire.say(.client, "a1 UID FETCH 1 RFC822\r\n")
    let shown = wire.say(.server, "a1 OK done\r\n")
    #expect(
      shown.tree == """
        Internet Message Access Protocol
          Line: a1 OK done\\r\\n
            Response: a1 OK done
            Response Tag: a1
            Response Status: OK
            Response Command: done
            [Request In: 1]
            [Response Time: 0.001000000 seconds]

        """)
  }

  @Test func everyLiteralOfALine() {
    var wire = DescribedConversation(IMAPPackets())
    let shown = wire.say(
      .server, "* 1 FETCH (BODY[HEADER] {14}\r\nSubject: x\r\n\r\n BODY[1] {4}\r\nhi\r\n)\r\n")
    #expect(shown.name == "IMAP/IMF")
    #expect(shown.tree.contains("  Line-based text data (1 lines)\n    hi\\r\\n\n"))
    #expect(shown.tree.contains("  Subject: x\n"))
  }

  @Test func appendedMessage() {
    var wire = DescribedConversation(IMAPPackets())
    let command = wire.say(.client, "a1 APPEND INBOX {14}\r\n")
    #expect(command.has("Request Command: APPEND"))
    #expect(command.outcome == .described)
    _ = wire.say(.server, "+ go\r\n")
    let shown = wire.say(.client, "Subject: x\r\n\r\n\r\n")
    #expect(shown.name == "IMAP/IMF")
    #expect(shown.tree.contains("  Line: \\r\\n\nInternet Message Format\n  Subject: x\n"))
  }

  @Test func literalsOfALogin() {
    var wire = DescribedConversation(IMAPPackets())
    _ = wire.say(.client, "a1 LOGIN {3}\r\n")
    _ = wire.say(.server, "+\r\n")
    // The literal waits for the line that it ends in.
    #expect(wire.say(.client, "ann").outcome == .unfinished(from: 0, needs: .line))
    let shown = wire.say(.client, " {6+}\r\nsecret\r\n")
    #expect(shown.info == "Request: ann {6+}")
    #expect(shown.has("ann") && shown.has("secret") && shown.has("Line: \\r\\n"))
    #expect(wire.say(.client, "a2 NOOP\r\n").has("Request Command: NOOP"))
  }

  /// A mailbox that comes as a literal is no message, the literal after it is.
  @Test(arguments: [
    "a1 APPEND {4+}\r\nSent {3+}\r\nabc\r\n", "a1 REPLACE 7 {4+}\r\nSent {3+}\r\nabc\r\n",
  ])
  func mailboxAsALiteral(_ command: String) {
    var wire = DescribedConversation(IMAPPackets())
    let shown = wire.say(.client, command)
    #expect(shown.tree.contains("  Line-based text data (1 lines)\n    Sent\n"))
    #expect(shown.tree.ranges(of: "Internet Message Format").count == 1)
  }

  @Test(arguments: ["a1 APPEND INBOX {5}", "a1 LOGIN {5}", "a1 LOGIN ann {5}", "a1 SELECT {5}"])
  func refusedLiteral(_ command: String) {
    var wire = DescribedConversation(IMAPPackets())
    _ = wire.say(.client, command + "\r\n")
    #expect(wire.say(.server, "* 3 EXISTS\r\na1 NO no\r\n").has("[Request In: 1]"))
    let next = wire.say(.client, "a2 LOGOUT\r\n")
    #expect(next.info == "Request: a2 LOGOUT")
    #expect(next.has("Request Command: LOGOUT"))
    #expect(wire.say(.server, "a2 OK bye\r\n").has("[Request In: 3]"))
  }

  /// Another command's completion refuses nothing.
  @Test func literalAfterAnotherCompletion() {
    var wire = DescribedConversation(IMAPPackets())
    _ = wire.say(.client, "a1 NOOP\r\na2 APPEND INBOX {14}\r\n")
    _ = wire.say(.server, "a1 OK done\r\n")
    #expect(wire.say(.client, "Subject: x\r\n\r\n\r\n").name == "IMAP/IMF")
  }

  @Test func lineAfterAContinuation() {
    var wire = DescribedConversation(IMAPPackets())
    _ = wire.say(.client, "a1 AUTHENTICATE PLAIN\r\n")
    _ = wire.say(.server, "+ \r\n")
    #expect(!wire.say(.client, "AGFubgBzZWNyZXQ=\r\n").tree.contains("Request Tag"))
    _ = wire.say(.server, "a1 OK in\r\n")
    _ = wire.say(.client, "a2 IDLE\r\n")
    _ = wire.say(.server, "+ idling\r\n* 4 EXISTS\r\n")
    #expect(!wire.say(.client, "DONE\r\n").tree.contains("Request Tag"))
    #expect(wire.say(.client, "a3 NOOP\r\n").has("Request Command: NOOP"))
  }

  @Test func compression() {
    var wire = DescribedConversation(IMAPPackets())
    // What is sent before the answer came may be compressed.
    #expect(wire.say(.client, "a1 COMPRESS DEFLATE\r\nxyz").outcome == .undecided(from: 21))
    #expect(wire.say(.client, "a7 NOOP\r\n").outcome == .undecided(from: 0))
    #expect(
      wire.say(.server, "* OK\r\na1 OK on\r\n\u{1}\u{2}").outcome == .encoded(from: 16, .deflate))
    // What was no request has no answer.
    #expect(!wire.say(.server, "a7 OK\r\n").tree.contains("Request In"))
    #expect(wire.say(.client, "a2 NOOP\r\n").outcome == .described)
  }

  @Test func refusedCompression() {
    var wire = DescribedConversation(IMAPPackets())
    _ = wire.say(.client, "a1 COMPRESS DEFLATE\r\na2 NOOP\r\n")
    #expect(wire.say(.server, "a1 NO no\r\na2 OK\r\n").outcome == .described)
    #expect(wire.say(.client, "a3 NOOP\r\n").outcome == .described)
  }

  @Test func startTLS() {
    var wire = DescribedConversation(IMAPPackets())
    #expect(wire.say(.client, "a1 STARTTLS\r\n").outcome == .described)
    let answer = wire.say(.server, "a1 OK begin\r\n")
    #expect(answer.outcome == .encoded(from: 13, .tls))
    // TLS was opened on the way: the dialogue goes on.
    #expect(wire.say(.client, "a2 NOOP\r\n").has("Request Command: NOOP"))
  }

  @Test func textAfterTheAnswerToStartTLS() {
    var wire = DescribedConversation(IMAPPackets())
    _ = wire.say(.client, "a1 STARTTLS\r\n")
    let injected = wire.say(.server, "a1 OK begin\r\n* CAPABILITY X\r\n")
    #expect(injected.has("Line: * CAPABILITY X\\r\\n"))
    #expect(injected.outcome == .encoded(from: 29, .tls))
  }

  /// A literal that is longer than what can wait is shown as far as it is there, and its rest as it comes.
  @Test func literalThatIsTooLong() {
    var wire = DescribedConversation(IMAPPackets())
    _ = wire.say(.server, "* 1 FETCH (BODY[1] {10}\r\nabc", canAskForMore: false)
    #expect(wire.say(.server, "def").tree.contains("Literal data (3 bytes)"))
    let rest = wire.say(.server, "ghij)\r\na1 OK\r\n")
    #expect(rest.tree.contains("Literal data (4 bytes)"))
    #expect(rest.has("Line: )\\r\\n") && rest.has("Response Status: OK"))
  }

  /// Whatever the segments are, the lines are the same, each shown once.
  @Test func responseInPieces() {
    let wire = "* 1 FETCH (BODY[1] {3}\r\nabc BODY[2] {0}\r\n X {2}\r\n\r\n)\r\na1 OK done\r\n"
    let difference = Splits.firstDifference(of: wire.utf8.count) { lengths in
      var conversation = DescribedConversation(IMAPPackets())
      let shown = Splits.pieces(Array(wire.utf8), lengths).map {
        conversation.say(.server, $0).tree
      }
      return shown.joined().split(separator: "\n").filter { $0.hasPrefix("  Line") }
    }
    #expect(difference == nil)
  }

  /// Tags of any length wait for their answers without being kept.
  @Test func longTags() {
    var wire = DescribedConversation(IMAPPackets())
    let tag = String(repeating: "t", count: 60_000)
    _ = wire.say(.client, "\(tag)1 NOOP\r\n")
    _ = wire.say(.client, "\(tag)2 NOOP\r\n")
    #expect(wire.say(.server, "\(tag)1 OK\r\n").has("[Request In: 1]"))
    #expect(wire.say(.server, "\(tag)2 OK\r\n").has("[Request In: 2]"))
  }
}
