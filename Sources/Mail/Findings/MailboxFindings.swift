extension FindingEntry {
  /// POP3 and IMAP.
  static let mailboxRows: [FindingEntry] = pop3Rows + imapRows

  private static let pop3Rows: [FindingEntry] = [
    FindingEntry(
      .pop3BareLF, .note, "Line ends in LF alone",
      explanation: "A command or reply line ends in LF without CR. Strict peers wait for the CR.",
      reference: "RFC 1939 §3"),
    FindingEntry(
      .pop3LongLine, .warning, "Line too long",
      explanation: "Commands may have 255 octets and replies 512, line end included. Peers may "
        + "cut or refuse longer ones.",
      reference: "RFC 2449 §4"),
    FindingEntry(
      .pop3UnknownCommand, .note, "Unknown command",
      explanation: "The verb is none of POP3 or of its registered extensions.",
      reference: "RFC 1939 §3"),
    FindingEntry(
      .pop3WrongState, .warning, "Command in the wrong state",
      explanation: "Before the login only login commands are allowed, after it only those of the "
        + "transaction, after QUIT none.",
      reference: "RFC 1939 §3"),
    FindingEntry(
      .pop3BeforeGreeting, .warning, "Command before the greeting",
      explanation: "The client spoke first. It was not waiting for a server, or did not care "
        + "which one it was.",
      reference: "RFC 1939 §4"),
    FindingEntry(
      .pop3Pipelining, .note, "Pipelining that is not offered",
      explanation: "A command was sent before the reply to the one before it, though CAPA does not "
        + "offer PIPELINING. Some servers lose such commands.",
      reference: "RFC 2449 §6.6"),
    FindingEntry(
      .pop3ReplySyntax, .error, "Reply outside the grammar",
      explanation: "A reply begins with +OK or -ERR, a SASL challenge with +.",
      reference: "RFC 1939 §9"),
    FindingEntry(
      .pop3StrayReply, .error, "Reply without a command",
      explanation: "The server sent more replies than it got commands: client and server no longer "
        + "agree which reply belongs to what.",
      reference: "RFC 1939 §3"),
    FindingEntry(
      .pop3ListNotEnded, .error, "Multi-line reply without its end",
      explanation:
        "The line with a dot alone is missing. A client waits for it until it times out.",
      reference: "RFC 1939 §3"),
    FindingEntry(
      .pop3MessageCutOff, .error, "Message without its end",
      explanation: "The session ended while a message was being sent.",
      reference: "RFC 1939 §3"),
    FindingEntry(
      .pop3OctetCount, .note, "Octet count differs",
      explanation: "+OK announced another count of octets than came. Servers that count LF as line "
        + "end, or change the message on the way, do this; clients show wrong progress.",
      reference: "RFC 1939 §11"),
    FindingEntry(
      .pop3BadTimestamp, .warning, "Malformed APOP timestamp",
      explanation: "What the greeting has in angle brackets is no msg-id. Strict clients refuse "
        + "it, since a forged timestamp helps to find the password.",
      reference: "RFC 1939 §7"),
    FindingEntry(
      .pop3APOPWithoutTimestamp, .warning, "APOP without a timestamp",
      explanation: "The greeting has no timestamp, so the server does not offer APOP.",
      reference: "RFC 1939 §7"),
    FindingEntry(
      .pop3BadDigest, .warning, "Malformed APOP digest",
      explanation: "The digest is an MD5 sum: 32 hexadecimal digits.",
      reference: "RFC 1939 §7"),
    FindingEntry(
      .pop3PlaintextLogin, .warning, "Password in the clear",
      explanation: "The login was sent without TLS. Whoever sees the traffic has the password.",
      reference: "RFC 8314 §3"),
    FindingEntry(
      .pop3LoginRefused, .warning, "Login refused",
      explanation: "The server answered the login with -ERR.",
      reference: "RFC 3206 §4"),
    FindingEntry(
      .pop3STLSUnused, .warning, "STLS offered and not used",
      explanation: "The server offers TLS, and the client logged in without it.",
      reference: "RFC 2595 §4"),
    FindingEntry(
      .pop3STLSRefused, .error, "STLS refused",
      explanation: "The server offers STLS and answered it with -ERR.",
      reference: "RFC 2595 §4"),
    FindingEntry(
      .pop3STLSStripped, .error, "Masked capability",
      explanation: "A capability of X's alone is what a middlebox leaves of STLS to keep the "
        + "session in the clear.",
      reference: "RFC 8314 §5"),
    FindingEntry(
      .pop3CommandInjection, .error, "Commands before the handshake",
      explanation: "Commands followed STLS in the clear. A server that does not empty its buffer "
        + "takes them as sent under TLS.",
      reference: "RFC 2595 §4"),
    FindingEntry(
      .pop3ReplyInjection, .error, "Replies before the handshake",
      explanation: "Text followed the reply to STLS in the clear. A client that does not empty its "
        + "buffer takes it as sent under TLS.",
      reference: "RFC 2595 §4"),
    FindingEntry(
      .pop3DeleteWithoutQuit, .warning, "DELE without QUIT",
      explanation: "Messages are removed only when QUIT is carried out: these stay, and will be "
        + "retrieved again.",
      reference: "RFC 1939 §6"),
    FindingEntry(
      .pop3NoQuit, .note, "Session ended without QUIT",
      explanation: "The connection was closed after the login without QUIT. The maildrop may stay "
        + "locked until the server notices.",
      reference: "RFC 1939 §5"),
  ]

  private static let imapRows: [FindingEntry] = [
    FindingEntry(
      .imapBareLF, .note, "Line ends in LF alone",
      explanation:
        "A command or response line ends in LF without CR. Strict peers wait for the CR.",
      reference: "RFC 9051 §2.2"),
    FindingEntry(
      .imapLongLine, .warning, "Command line too long",
      explanation: "Servers need not take more than 8,192 octets in a command line; long lists of "
        + "messages belong into several commands or into ranges.",
      reference: "RFC 7162 §4"),
    FindingEntry(
      .imapCommandSyntax, .error, "Command outside the grammar",
      explanation: "The line is no command: words are missing, a quote or parenthesis is not "
        + "closed, or there is no verb.",
      reference: "RFC 9051 §9"),
    FindingEntry(
      .imapNoTag, .error, "Command without a tag",
      explanation: "Every command begins with a tag. The server takes the verb for one.",
      reference: "RFC 9051 §2.2.1"),
    FindingEntry(
      .imapBadTag, .error, "Malformed tag",
      explanation: "A tag is made of characters other than blanks, controls and ( ) { % * \" \\ +.",
      reference: "RFC 9051 §9"),
    FindingEntry(
      .imapReusedTag, .warning, "Tag used twice",
      explanation: "Two commands have the same tag: their completions cannot be told apart.",
      reference: "RFC 9051 §2.2.1"),
    FindingEntry(
      .imapUnknownTag, .error, "Completion of no command",
      explanation: "The server completed a command with a tag that the client did not send. The "
        + "client goes on waiting for its own.",
      reference: "RFC 9051 §2.2.2"),
    FindingEntry(
      .imapUnknownCommand, .note, "Unknown command",
      explanation: "The verb is none of IMAP or of its registered extensions.",
      reference: "RFC 9051 §6.5"),
    FindingEntry(
      .imapWrongState, .warning, "Command in the wrong state",
      explanation: "Which commands are allowed depends on whether the client is logged in and has "
        + "selected a mailbox.",
      reference: "RFC 9051 §3"),
    FindingEntry(
      .imapBeforeGreeting, .warning, "Command before the greeting",
      explanation: "The client spoke first. The greeting may have been BYE or PREAUTH.",
      reference: "RFC 9051 §3"),
    FindingEntry(
      .imapResponseSyntax, .error, "Response outside the grammar",
      explanation: "A response begins with * or +, or with a tag and OK, NO or BAD.",
      reference: "RFC 9051 §9"),
    FindingEntry(
      .imapStrayContinuation, .warning, "Continuation request for nothing",
      explanation: "The server sent + where no command waits for it.",
      reference: "RFC 9051 §7.6"),
    FindingEntry(
      .imapLiteralNotAwaited, .error, "Literal sent without waiting",
      explanation: "After {n} a client waits for +. Had the server refused, it would have taken "
        + "the literal's bytes for commands.",
      reference: "RFC 9051 §4.3"),
    FindingEntry(
      .imapLiteralNotOffered, .error, "Non-synchronizing literal not offered",
      explanation: "{n+} was sent to a server that offers neither LITERAL+ nor LITERAL-.",
      reference: "RFC 7888 §3"),
    FindingEntry(
      .imapLiteralMinus, .error, "Non-synchronizing literal too long",
      explanation: "With LITERAL- a literal of more than 4,096 bytes must be synchronizing.",
      reference: "RFC 7888 §5"),
    FindingEntry(
      .imapLiteralRefused, .note, "Literal refused",
      explanation: "The server completed the command instead of asking for the literal: it was "
        + "too large, or the command was not allowed.",
      reference: "RFC 9051 §4.3"),
    FindingEntry(
      .imapLiteralLength, .error, "Wrong literal length",
      explanation: "What follows a literal is neither a blank, a parenthesis nor a line end: its "
        + "announced length is not what was sent. Peers lose their place in the stream.",
      reference: "RFC 9051 §4.3"),
    FindingEntry(
      .imapLiteralCutOff, .error, "Literal without its end",
      explanation: "The session ended while a message was being sent.",
      reference: "RFC 9051 §4.3"),
    FindingEntry(
      .imapCommandInIdle, .error, "Command during IDLE",
      explanation: "Until DONE the client may send nothing else.",
      reference: "RFC 2177 §3"),
    FindingEntry(
      .imapIdleTooLong, .note, "IDLE for too long",
      explanation: "A server may end a session that is idle for 30 minutes; clients renew IDLE "
        + "every 29 minutes at the latest.",
      reference: "RFC 2177 §3"),
    FindingEntry(
      .imapPlaintextLogin, .warning, "Password in the clear",
      explanation: "The login was sent without TLS. Whoever sees the traffic has the password.",
      reference: "RFC 9051 §11.1"),
    FindingEntry(
      .imapLoginDisabled, .error, "LOGIN though it is disabled",
      explanation: "The server offers LOGINDISABLED to keep passwords off the wire before TLS; the "
        + "client sent one all the same.",
      reference: "RFC 9051 §6.2.3"),
    FindingEntry(
      .imapLoginRefused, .warning, "Login refused",
      explanation: "The server answered the login with NO or BAD.",
      reference: "RFC 9051 §6.2.3"),
    FindingEntry(
      .imapStartTLSUnused, .warning, "STARTTLS offered and not used",
      explanation: "The server offers TLS, and the client logged in without it.",
      reference: "RFC 9051 §6.2.1"),
    FindingEntry(
      .imapStartTLSRefused, .error, "STARTTLS refused",
      explanation: "The server offers STARTTLS and answered it with NO or BAD.",
      reference: "RFC 9051 §6.2.1"),
    FindingEntry(
      .imapStartTLSStripped, .error, "Masked capability",
      explanation: "A capability of X's alone is what a middlebox leaves of STARTTLS to keep the "
        + "session in the clear.",
      reference: "RFC 8314 §5"),
    FindingEntry(
      .imapCommandInjection, .error, "Commands before the handshake",
      explanation: "Commands followed STARTTLS in the clear. A server that does not empty its "
        + "buffer takes them as sent under TLS.",
      reference: "RFC 9051 §11.1"),
    FindingEntry(
      .imapReplyInjection, .error, "Responses before the handshake",
      explanation: "Text followed the completion of STARTTLS in the clear. A client that does not "
        + "empty its buffer takes it as sent under TLS.",
      reference: "RFC 9051 §11.1"),
    FindingEntry(
      .imapExistsDecreased, .error, "EXISTS went down without EXPUNGE",
      explanation: "The number of messages may shrink by EXPUNGE or VANISHED only: client and "
        + "server no longer agree on message numbers.",
      reference: "RFC 9051 §7.4.1"),
    FindingEntry(
      .imapBodySize, .warning, "Message size differs",
      explanation: "RFC822.SIZE is not the size of the message that came. Clients that fetch in "
        + "parts cut it or wait for more.",
      reference: "RFC 9051 §2.3.4"),
    FindingEntry(
      .imapByeWithoutLogout, .warning, "Session ended by the server",
      explanation: "The server said BYE though the client had not sent LOGOUT: an idle time-out, a "
        + "shutdown, or a limit.",
      reference: "RFC 9051 §7.1.5"),
    FindingEntry(
      .imapAfterLogout, .warning, "Data after the end of LOGOUT",
      explanation: "The server sent more after it had completed LOGOUT.",
      reference: "RFC 9051 §6.1.3"),
    FindingEntry(
      .imapNoLogout, .note, "Session ended without LOGOUT",
      explanation: "The connection was closed after the login without LOGOUT.",
      reference: "RFC 9051 §6.1.3"),
  ]
}
