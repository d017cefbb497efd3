extension FindingCode {
  /// IMAP.
  static let imap: [FindingCode] = [
    .imapBareLF, .imapLongLine, .imapCommandSyntax, .imapNoTag, .imapBadTag, .imapReusedTag,
    .imapUnknownTag, .imapUnknownCommand, .imapWrongState, .imapBeforeGreeting, .imapResponseSyntax,
    .imapStrayContinuation, .imapLiteralNotAwaited, .imapLiteralNotOffered, .imapLiteralMinus,
    .imapLiteralRefused, .imapLiteralLength, .imapLiteralCutOff, .imapCommandInIdle,
    .imapIdleTooLong, .imapLoginDisabled, .imapExistsDecreased, .imapBodySize,
    .imapByeWithoutLogout, .imapAfterLogout, .imapNoLogout, .imapNoAnswer, .imapDataMissing,
    .imapDataSyntax, .imapUnendedLine, .imapNotReceived,
  ]

  public static let imapBareLF = FindingCode(
    "imap.bare-lf", .note, "Line ends in LF alone",
    explanation:
      "A command or response line ends in LF without CR. Strict peers wait for the CR.",
    reference: "RFC 9051 §2.2")
  public static let imapLongLine = FindingCode(
    "imap.long-line", .warning, "Command line too long",
    explanation: "Servers need not take more than 8,192 octets in a command line; long lists of "
      + "messages belong into several commands or into ranges.",
    reference: "RFC 7162 §4")
  public static let imapCommandSyntax = FindingCode(
    "imap.command-syntax", .error, "Command outside the grammar",
    explanation: "The line is no command: words are missing, a quote or parenthesis is not "
      + "closed, or there is no verb.",
    reference: "RFC 9051 §9")
  public static let imapNoTag = FindingCode(
    "imap.no-tag", .error, "Command without a tag",
    explanation: "Every command begins with a tag. The server takes the verb for one.",
    reference: "RFC 9051 §2.2.1")
  public static let imapBadTag = FindingCode(
    "imap.bad-tag", .error, "Malformed tag",
    explanation: "A tag is made of characters other than blanks, controls and ( ) { % * \" \\ +.",
    reference: "RFC 9051 §9")
  public static let imapReusedTag = FindingCode(
    "imap.reused-tag", .warning, "Tag used twice",
    explanation: "Two commands have the same tag: their completions cannot be told apart.",
    reference: "RFC 9051 §2.2.1")
  public static let imapUnknownTag = FindingCode(
    "imap.unknown-tag", .error, "Completion of no command",
    explanation: "The server completed a command with a tag that the client did not send. The "
      + "client goes on waiting for its own.",
    reference: "RFC 9051 §2.2.2")
  public static let imapUnknownCommand = FindingCode(
    "imap.unknown-command", .note, "Unknown command",
    explanation: "The verb is none of IMAP or of its registered extensions.",
    reference: "RFC 9051 §6.5")
  public static let imapWrongState = FindingCode(
    "imap.wrong-state", .warning, "Command in the wrong state",
    explanation: "Which commands are allowed depends on whether the client is logged in and has "
      + "selected a mailbox.",
    reference: "RFC 9051 §3")
  public static let imapBeforeGreeting = FindingCode(
    "imap.command-before-greeting", .warning, "Command before the greeting",
    explanation: "The client spoke first. The greeting may have been BYE or PREAUTH.",
    reference: "RFC 9051 §3")
  public static let imapResponseSyntax = FindingCode(
    "imap.response-syntax", .error, "Response outside the grammar",
    explanation: "A response begins with * or +, or with a tag and OK, NO or BAD.",
    reference: "RFC 9051 §9")
  public static let imapStrayContinuation = FindingCode(
    "imap.stray-continuation", .warning, "Continuation request for nothing",
    explanation: "The server sent + where no command waits for it.",
    reference: "RFC 9051 §7.6")
  public static let imapLiteralNotAwaited = FindingCode(
    "imap.literal-not-awaited", .error, "Literal sent without waiting",
    explanation: "After {n} a client waits for +. Had the server refused, it would have taken "
      + "the literal's bytes for commands.",
    reference: "RFC 9051 §4.3")
  public static let imapLiteralNotOffered = FindingCode(
    "imap.literal-plus-not-offered", .error, "Non-synchronizing literal not offered",
    explanation: "{n+} was sent to a server that offers neither LITERAL+ nor LITERAL-.",
    reference: "RFC 7888 §3")
  public static let imapLiteralMinus = FindingCode(
    "imap.literal-minus-too-long", .error, "Non-synchronizing literal too long",
    explanation: "With LITERAL- a literal of more than 4,096 bytes must be synchronizing.",
    reference: "RFC 7888 §5")
  public static let imapLiteralRefused = FindingCode(
    "imap.literal-refused", .note, "Literal refused",
    explanation: "The server completed the command instead of asking for the literal: it was "
      + "too large, or the command was not allowed.",
    reference: "RFC 9051 §4.3")
  public static let imapLiteralLength = FindingCode(
    "imap.literal-length", .error, "Wrong literal length",
    explanation: "What follows a literal is neither a blank, a parenthesis nor a line end: its "
      + "announced length is not what was sent. Peers lose their place in the stream.",
    reference: "RFC 9051 §4.3")
  public static let imapLiteralCutOff = FindingCode(
    "imap.literal-cut-off", .error, "Literal without its end",
    explanation: "The session ended while a message was being sent.",
    reference: "RFC 9051 §4.3")
  public static let imapCommandInIdle = FindingCode(
    "imap.command-in-idle", .error, "Command during IDLE",
    explanation: "Until DONE the client may send nothing else.",
    reference: "RFC 2177 §3")
  public static let imapIdleTooLong = FindingCode(
    "imap.idle-too-long", .note, "IDLE for too long",
    explanation: "A server may end a session that is idle for 30 minutes; clients renew IDLE "
      + "every 29 minutes at the latest.",
    reference: "RFC 2177 §3")
  public static let imapLoginDisabled = FindingCode(
    "imap.login-disabled", .error, "LOGIN though it is disabled",
    explanation: "The server offers LOGINDISABLED to keep passwords off the wire before TLS; the "
      + "client sent one all the same.",
    reference: "RFC 9051 §6.2.3")
  public static let imapExistsDecreased = FindingCode(
    "imap.exists-decreased", .error, "EXISTS went down without EXPUNGE",
    explanation: "The number of messages may shrink by EXPUNGE or VANISHED only: client and "
      + "server no longer agree on message numbers.",
    reference: "RFC 9051 §7.4.1")
  public static let imapBodySize = FindingCode(
    "imap.body-size", .warning, "Message size differs",
    explanation: "RFC822.SIZE is not the size of the message that came. Clients that fetch in "
      + "parts cut it or wait for more.",
    reference: "RFC 9051 §2.3.4")
  public static let imapByeWithoutLogout = FindingCode(
    "imap.bye-without-logout", .warning, "Session ended by the server",
    explanation: "The server said BYE though the client had not sent LOGOUT: an idle time-out, a "
      + "shutdown, or a limit.",
    reference: "RFC 9051 §7.1.5")
  public static let imapAfterLogout = FindingCode(
    "imap.data-after-logout", .warning, "Data after the end of LOGOUT",
    explanation: "The server sent more after it had completed LOGOUT.",
    reference: "RFC 9051 §6.1.3")
  public static let imapNoLogout = FindingCode(
    "imap.no-logout", .note, "Session ended without LOGOUT",
    explanation: "The connection was closed after the login without LOGOUT.",
    reference: "RFC 9051 §6.1.3")
  public static let imapNoAnswer = FindingCode(
    "imap.no-answer", .warning, "Command without an answer",
    explanation: "The server received the command, or may have, and never completed it.",
    reference: "RFC 9051 §7.1")
  public static let imapDataMissing = FindingCode(
    "imap.data-missing", .warning, "Completed without its data",
    explanation: "The server completed a command with OK, but did not send what it asks for. "
      + "Clients show an empty message or folder, or ask again.",
    reference: "RFC 9051 §7")
  public static let imapDataSyntax = FindingCode(
    "imap.data-syntax", .error, "Data outside the grammar",
    explanation: "What the server sends of a message, a mailbox or its flags does not follow the "
      + "grammar. Strict clients stop there: the folder stays empty, or loads for ever.",
    reference: "RFC 9051 §9")
  public static let imapUnendedLine = FindingCode(
    "imap.response-without-line-end", .warning, "Response without its line end",
    explanation: "A response ends in CRLF. A client that waits for it sees this one only with the "
      + "next, or never.",
    reference: "RFC 9051 §2.2")
  public static let imapNotReceived = FindingCode(
    "imap.not-received", .error, "Not received by the other side",
    explanation:
      "The last bytes of a side were sent again and again and never acknowledged: they did "
      + "not arrive. Where full-size segments only are lost, look for a path MTU that is smaller than "
      + "what the sender believes, and for filters that drop the ICMP messages which would say so.",
    reference: "RFC 9293 §3.8.1, RFC 2923 §2.1")
}
