extension FindingCode {
  /// POP3.
  static let pop3: [FindingCode] = [
    .pop3BareLF, .pop3LongLine, .pop3UnknownCommand, .pop3WrongState, .pop3BeforeGreeting,
    .pop3Pipelining, .pop3ReplySyntax, .pop3StrayReply, .pop3ListNotEnded, .pop3MessageCutOff,
    .pop3OctetCount, .pop3BadTimestamp, .pop3APOPWithoutTimestamp, .pop3BadDigest,
    .pop3DeleteWithoutQuit, .pop3NoQuit, .pop3NoGreeting, .pop3UnfinishedReply, .pop3NoAnswer,
    .pop3NotReceived,
  ]

  public static let pop3BareLF = FindingCode(
    "pop3.bare-lf", .note, "Line ends in LF alone",
    explanation: "A command or reply line ends in LF without CR. Strict peers wait for the CR.",
    reference: "RFC 1939 §3")
  public static let pop3LongLine = FindingCode(
    "pop3.long-line", .warning, "Line too long",
    explanation: "Commands may have 255 octets and replies 512, line end included. Peers may "
      + "cut or refuse longer ones.",
    reference: "RFC 2449 §4")
  public static let pop3UnknownCommand = FindingCode(
    "pop3.unknown-command", .note, "Unknown command",
    explanation: "The verb is none of POP3 or of its registered extensions.",
    reference: "RFC 1939 §3")
  public static let pop3WrongState = FindingCode(
    "pop3.wrong-state", .warning, "Command in the wrong state",
    explanation: "Before the login only login commands are allowed, after it only those of the "
      + "transaction, after QUIT none.",
    reference: "RFC 1939 §3")
  public static let pop3BeforeGreeting = FindingCode(
    "pop3.command-before-greeting", .warning, "Command before the greeting",
    explanation: "The client spoke first. It was not waiting for a server, or did not care "
      + "which one it was.",
    reference: "RFC 1939 §4")
  public static let pop3Pipelining = FindingCode(
    "pop3.pipelining-not-offered", .note, "Pipelining that is not offered",
    explanation: "A command was sent before the reply to the one before it, though CAPA does not "
      + "offer PIPELINING. Some servers lose such commands.",
    reference: "RFC 2449 §6.6")
  public static let pop3ReplySyntax = FindingCode(
    "pop3.reply-syntax", .error, "Reply outside the grammar",
    explanation: "A reply begins with +OK or -ERR, a SASL challenge with +.",
    reference: "RFC 1939 §9")
  public static let pop3StrayReply = FindingCode(
    "pop3.reply-without-command", .error, "Reply without a command",
    explanation: "The server sent more replies than it got commands: client and server no longer "
      + "agree which reply belongs to what.",
    reference: "RFC 1939 §3")
  public static let pop3ListNotEnded = FindingCode(
    "pop3.list-not-ended", .error, "Multi-line reply without its end",
    explanation:
      "The line with a dot alone is missing. A client waits for it until it times out.",
    reference: "RFC 1939 §3")
  public static let pop3MessageCutOff = FindingCode(
    "pop3.message-cut-off", .error, "Message without its end",
    explanation: "The session ended while a message was being sent.",
    reference: "RFC 1939 §3")
  public static let pop3OctetCount = FindingCode(
    "pop3.octet-count", .note, "Octet count differs",
    explanation: "+OK announced another count of octets than came. Servers that count LF as line "
      + "end, or change the message on the way, do this; clients show wrong progress.",
    reference: "RFC 1939 §11")
  public static let pop3BadTimestamp = FindingCode(
    "pop3.apop-bad-timestamp", .warning, "Malformed APOP timestamp",
    explanation: "What the greeting has in angle brackets is no msg-id. Strict clients refuse "
      + "it, since a forged timestamp helps to find the password.",
    reference: "RFC 1939 §7")
  public static let pop3APOPWithoutTimestamp = FindingCode(
    "pop3.apop-without-timestamp", .warning, "APOP without a timestamp",
    explanation: "The greeting has no timestamp, so the server does not offer APOP.",
    reference: "RFC 1939 §7")
  public static let pop3BadDigest = FindingCode(
    "pop3.apop-bad-digest", .warning, "Malformed APOP digest",
    explanation: "The digest is an MD5 sum: 32 hexadecimal digits.",
    reference: "RFC 1939 §7")
  public static let pop3DeleteWithoutQuit = FindingCode(
    "pop3.delete-without-quit", .warning, "DELE without QUIT",
    explanation: "Messages are removed only when QUIT is carried out: these stay, and will be "
      + "retrieved again.",
    reference: "RFC 1939 §6")
  public static let pop3NoQuit = FindingCode(
    "pop3.no-quit", .note, "Session ended without QUIT",
    explanation: "The connection was closed after the login without QUIT. The maildrop may stay "
      + "locked until the server notices.",
    reference: "RFC 1939 §5")
  public static let pop3NoGreeting = FindingCode(
    "pop3.no-greeting", .note, "No greeting",
    explanation: "The server answered a command without having greeted. Strict clients take the "
      + "answer for the greeting, and every reply from there on for another one.",
    reference: "RFC 1939 §4")
  public static let pop3UnfinishedReply = FindingCode(
    "pop3.reply-without-line-end", .warning, "Reply without its line end",
    explanation: "A reply ends in CRLF. A client that waits for it sees this reply only with the "
      + "next one, or never.",
    reference: "RFC 1939 §3")
  public static let pop3NoAnswer = FindingCode(
    "pop3.no-answer", .warning, "Command without an answer",
    explanation: "The server received the command, or may have, and said nothing to it.",
    reference: "RFC 1939 §3")
  public static let pop3NotReceived = FindingCode(
    "pop3.not-received", .error, "Not received by the other side",
    explanation:
      "The last bytes of a side were sent again and again and never acknowledged: they did "
      + "not arrive. Where full-size segments only are lost, look for a path MTU that is smaller than "
      + "what the sender believes, and for filters that drop the ICMP messages which would say so.",
    reference: "RFC 9293 §3.8.1, RFC 2923 §2.1")
}
