extension FindingCode {
  /// ManageSieve.
  static let manageSieve: [FindingCode] = [
    .sieveBareLF, .sieveCommandSyntax, .sieveUnknownCommand, .sieveWrongState,
    .sieveSynchronizingLiteral, .sieveReplySyntax, .sieveStrayReply, .sieveNoAnswer,
    .sieveScriptRefused, .sieveLiteralCutOff, .sieveBye, .sieveNoLogout,
  ]

  public static let sieveBareLF = FindingCode(
    "managesieve.bare-lf", .note, "Line ends in LF alone",
    explanation: "A line ends in LF without CR. Strict peers wait for the CR.",
    reference: "RFC 5804 §4")
  public static let sieveCommandSyntax = FindingCode(
    "managesieve.command-syntax", .error, "Command outside the grammar",
    explanation: "Arguments are missing or too many, or a quote is not closed.",
    reference: "RFC 5804 §4")
  public static let sieveUnknownCommand = FindingCode(
    "managesieve.unknown-command", .note, "Unknown command",
    explanation: "The verb is none of ManageSieve.",
    reference: "RFC 5804 §2")
  public static let sieveWrongState = FindingCode(
    "managesieve.wrong-state", .warning, "Command in the wrong state",
    explanation: "Scripts may be listed and changed after the login only.",
    reference: "RFC 5804 §2")
  public static let sieveSynchronizingLiteral = FindingCode(
    "managesieve.synchronizing-literal", .warning, "Literal without its plus",
    explanation: "A client writes {n+}: servers do not ask for a literal, and may refuse {n}.",
    reference: "RFC 5804 §1.6")
  public static let sieveReplySyntax = FindingCode(
    "managesieve.reply-syntax", .error, "Reply outside the grammar",
    explanation: "A reply is lines of strings, then OK, NO or BYE.",
    reference: "RFC 5804 §4")
  public static let sieveStrayReply = FindingCode(
    "managesieve.reply-without-command", .error, "Reply without a command",
    explanation: "The server sent more replies than it got commands: client and server no longer "
      + "agree which reply belongs to what.",
    reference: "RFC 5804 §1.2")
  public static let sieveNoAnswer = FindingCode(
    "managesieve.no-answer", .warning, "Command without an answer",
    explanation: "The server received the command, or may have, and said nothing to it.",
    reference: "RFC 5804 §1.2")
  public static let sieveScriptRefused = FindingCode(
    "managesieve.script-refused", .warning, "Script refused",
    explanation: "The server did not take the script: it has errors, or is too large.",
    reference: "RFC 5804 §2.6")
  public static let sieveLiteralCutOff = FindingCode(
    "managesieve.literal-cut-off", .error, "Literal without its end",
    explanation: "The session ended while a script was being sent.",
    reference: "RFC 5804 §4")
  public static let sieveBye = FindingCode(
    "managesieve.bye", .warning, "Session ended by the server",
    explanation: "The server said BYE though the client had not sent LOGOUT: too many failed "
      + "logins, an idle time-out, or a shutdown.",
    reference: "RFC 5804 §1.2")
  public static let sieveNoLogout = FindingCode(
    "managesieve.no-logout", .note, "Session ended without LOGOUT",
    explanation: "The connection was closed after the login without LOGOUT.",
    reference: "RFC 5804 §2.3")
}
