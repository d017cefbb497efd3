extension FindingCode {
  /// SMTP and LMTP.
  static let smtp: [FindingCode] = [
    .smtpCommandBeforeGreeting, .smtpGreetingRefused, .smtpMailBeforeHello, .smtpRcptBeforeMail,
    .smtpDataBeforeRcpt, .smtpNestedMail, .smtpUnknownCommand, .smtpArgument, .smtpCutLine,
    .smtpLongCommand, .smtpLongReply, .smtpLongPath, .smtpLongTextLine, .smtpBareLFInCommand,
    .smtpBareCRInCommand, .smtpBareLFInReply, .smtpBareLFInData, .smtpBareCRInData, .smtpNULInData,
    .smtpAmbiguousEnd, .smtpSmuggling, .smtpLenientEnd, .smtpEightBitCommand, .smtpEightBitData,
    .smtpDeclaredTooLarge, .smtpTooLarge, .smtpSizeExceeded, .smtpPipeliningNotOffered,
    .smtpMisplacedPipelining, .smtpDataNotAwaited, .smtpBadReplyLine, .smtpMultilineCodes,
    .smtpReplyCode, .smtpEnhancedMismatch, .smtpUnexpectedReply, .smtpReplyAfterQuit,
    .smtpCommandAfterQuit, .smtpNoQuit, .smtpDropped, .smtpClosing, .smtpHelloSyntax,
    .smtpHelloName, .smtpMissingBrackets, .smtpBlankBeforePath, .smtpSourceRoute, .smtpPathSyntax,
    .smtpParameter, .smtpParameterNotOffered, .smtpChunkingNotOffered, .smtpChunkSize,
    .smtpStuffedChunk, .smtpMixedTransfer, .smtpBinaryWithData, .smtpRecipientRefused,
    .smtpSenderRefused, .smtpAllRefused, .smtpRolesChanged, .smtpMessageRefused, .smtpTemporary,
    .smtpSlowReply, .smtpReplyWithoutEnd, .smtpNoAnswer, .smtpDataMissing, .smtpNotReceived,
    .smtpSentAfterRefusal,
    .lmtpWrongHello, .lmtpMissingReplies,
  ]

  public static let smtpCommandBeforeGreeting = FindingCode(
    "smtp.command-before-greeting", .warning, "Command before the greeting",
    explanation:
      "The client spoke before the server's 220. Spam software does; many servers refuse "
      + "it.",
    reference: "RFC 5321 §3.1")
  public static let smtpGreetingRefused = FindingCode(
    "smtp.greeting-refused", .warning, "Refused at the greeting",
    explanation: "The server does not serve this client at all.",
    reference: "RFC 5321 §3.1")
  public static let smtpMailBeforeHello = FindingCode(
    "smtp.mail-before-hello", .warning, "MAIL before EHLO",
    explanation: "A client must say EHLO or HELO before it sends mail.",
    reference: "RFC 5321 §4.1.4")
  public static let smtpRcptBeforeMail = FindingCode(
    "smtp.rcpt-before-mail", .warning, "RCPT before MAIL",
    explanation: "A recipient outside of a transaction; the server must answer 503.",
    reference: "RFC 5321 §3.3")
  public static let smtpDataBeforeRcpt = FindingCode(
    "smtp.data-before-rcpt", .warning, "Message without recipient",
    explanation: "DATA or BDAT though no recipient was accepted.",
    reference: "RFC 5321 §3.3")
  public static let smtpNestedMail = FindingCode(
    "smtp.nested-mail", .warning, "MAIL within a transaction",
    explanation: "MAIL must not be sent while a transaction is open; the server must answer 503.",
    reference: "RFC 5321 §4.1.4")
  public static let smtpUnknownCommand = FindingCode(
    "smtp.unknown-command", .note, "Unknown command",
    explanation:
      "No command of SMTP or of an extension known here; often a dialogue out of step or "
      + "another protocol.",
    reference: "RFC 5321 §4.2.4")
  public static let smtpArgument = FindingCode(
    "smtp.unexpected-argument", .note, "Argument where none is allowed",
    explanation: "DATA, RSET and QUIT take no argument.",
    reference: "RFC 5321 §4.1.1")
  public static let smtpCutLine = FindingCode(
    "smtp.cut-line", .warning, "Line without end",
    explanation: "The stream ended in the middle of a command.",
    reference: "RFC 5321 §2.3.8")
  public static let smtpLongCommand = FindingCode(
    "smtp.long-command", .warning, "Command line too long",
    explanation: "More than 512 octets with CRLF (1,024 for MAIL and 12,288 for AUTH where "
      + "extensions allow).",
    reference: "RFC 5321 §4.5.3.1.4")
  public static let smtpLongReply = FindingCode(
    "smtp.long-reply", .note, "Reply line too long",
    explanation: "More than 512 octets with CRLF.",
    reference: "RFC 5321 §4.5.3.1.5")
  public static let smtpLongPath = FindingCode(
    "smtp.long-path", .warning, "Address too long",
    explanation: "The local part may have 64 octets, the domain 255, the path 256.",
    reference: "RFC 5321 §4.5.3.1")
  public static let smtpLongTextLine = FindingCode(
    "smtp.long-text-line", .warning, "Text line too long",
    explanation:
      "A line of the message has more than 998 octets; servers may break or refuse it, "
      + "which breaks signatures.",
    reference: "RFC 5321 §4.5.3.1.6")
  public static let smtpBareLFInCommand = FindingCode(
    "smtp.bare-lf-in-command", .warning, "Command ends in bare LF",
    explanation: "Only CRLF ends a line.",
    reference: "RFC 5321 §2.3.8")
  public static let smtpBareCRInCommand = FindingCode(
    "smtp.bare-cr-in-command", .warning, "Bare CR in a command",
    explanation: "CR stands only before LF.",
    reference: "RFC 5321 §2.3.8")
  public static let smtpBareLFInReply = FindingCode(
    "smtp.bare-lf-in-reply", .note, "Reply ends in bare LF",
    explanation: "Only CRLF ends a line.",
    reference: "RFC 5321 §2.3.8")
  public static let smtpBareLFInData = FindingCode(
    "smtp.bare-lf-in-data", .warning, "Bare LF in the message",
    explanation: "Receivers differ in what they make of it: the ground of SMTP smuggling.",
    reference: "RFC 5321 §2.3.8")
  public static let smtpBareCRInData = FindingCode(
    "smtp.bare-cr-in-data", .warning, "Bare CR in the message",
    explanation: "Receivers differ in what they make of it: the ground of SMTP smuggling.",
    reference: "RFC 5321 §2.3.8")
  public static let smtpNULInData = FindingCode(
    "smtp.nul-in-data", .warning, "NUL in the message",
    explanation: "Some receivers cut lines at NUL or drop it.",
    reference: "RFC 5322 §2.2")
  public static let smtpAmbiguousEnd = FindingCode(
    "smtp.ambiguous-end", .warning, "What some servers take for the end of the message",
    explanation: "A dot alone between line breaks that are not both CRLF. No commands follow it.",
    reference: "RFC 5321 §4.1.1.4")
  public static let smtpSmuggling = FindingCode(
    "smtp.smuggling", .error, "SMTP smuggling",
    explanation: "After a dot between line breaks that are not both CRLF stand commands: for one "
      + "server text of the message, for another a second message (CVE-2023-51764 and its "
      + "kin).",
    reference: "RFC 5321 §4.1.1.4")
  public static let smtpLenientEnd = FindingCode(
    "smtp.lenient-end", .error, "Server ends the message at no CRLF.CRLF",
    explanation:
      "The server took bytes for the end of the message that are not; it can be made to "
      + "accept smuggled messages.",
    reference: "RFC 5321 §4.1.1.4")
  public static let smtpEightBitCommand = FindingCode(
    "smtp.eight-bit-command", .warning, "Octets beyond ASCII in a command",
    explanation: "Only SMTPUTF8 allows them.",
    reference: "RFC 5321 §2.4")
  public static let smtpEightBitData = FindingCode(
    "smtp.eight-bit-data", .warning, "8-bit data without 8BITMIME",
    explanation: "The message has octets beyond 127 and MAIL did not say BODY=8BITMIME.",
    reference: "RFC 6152 §3")
  public static let smtpDeclaredTooLarge = FindingCode(
    "smtp.declared-too-large", .warning, "Declared size over the server's limit",
    explanation: "The client knew the limit and sends nevertheless.",
    reference: "RFC 1870 §6.1")
  public static let smtpTooLarge = FindingCode(
    "smtp.too-large", .warning, "Message over the server's limit",
    explanation: "More octets than the SIZE that the server offered.",
    reference: "RFC 1870 §6.3")
  public static let smtpSizeExceeded = FindingCode(
    "smtp.size-exceeded", .note, "Message larger than declared",
    explanation: "More octets than SIZE= of MAIL said.",
    reference: "RFC 1870 §6.2")
  public static let smtpPipeliningNotOffered = FindingCode(
    "smtp.pipelining-not-offered", .warning, "Pipelining not offered",
    explanation: "A command was sent before the last one was answered; the server does not offer "
      + "PIPELINING.",
    reference: "RFC 2920 §3.1")
  public static let smtpMisplacedPipelining = FindingCode(
    "smtp.misplaced-pipelining", .warning, "Command that must end a pipeline",
    explanation:
      "More was sent before a command was answered that must be the last in a row.",
    reference: "RFC 2920 §3.1")
  public static let smtpDataNotAwaited = FindingCode(
    "smtp.data-not-awaited", .warning, "Message sent before the 354",
    explanation: "The client did not wait for the server's go-ahead; had the server refused, the "
      + "message would be read as commands.",
    reference: "RFC 5321 §4.1.1.4")
  public static let smtpBadReplyLine = FindingCode(
    "smtp.bad-reply-line", .warning, "No reply line",
    explanation:
      "A line of the server without three digits, or without blank or hyphen after them.",
    reference: "RFC 5321 §4.2")
  public static let smtpMultilineCodes = FindingCode(
    "smtp.multiline-codes", .warning, "Different codes in one reply",
    explanation: "All lines of a reply must have the same code.",
    reference: "RFC 5321 §4.2.1")
  public static let smtpReplyCode = FindingCode(
    "smtp.reply-code", .warning, "Impossible reply code",
    explanation: "Codes go from 200 to 559.",
    reference: "RFC 5321 §4.2.1")
  public static let smtpEnhancedMismatch = FindingCode(
    "smtp.enhanced-mismatch", .warning, "Reply code and enhanced code disagree",
    explanation: "The class of the enhanced code must be the first digit of the reply code.",
    reference: "RFC 2034 §4")
  public static let smtpUnexpectedReply = FindingCode(
    "smtp.unexpected-reply", .warning, "Reply to nothing",
    explanation: "The server sent a reply that answers no command.",
    reference: "RFC 5321 §2.1")
  public static let smtpReplyAfterQuit = FindingCode(
    "smtp.reply-after-quit", .warning, "Reply after the goodbye",
    explanation: "The server went on talking after its 221.",
    reference: "RFC 5321 §4.1.1.10")
  public static let smtpCommandAfterQuit = FindingCode(
    "smtp.command-after-quit", .warning, "Command after QUIT",
    explanation: "The client went on talking after QUIT.",
    reference: "RFC 5321 §4.1.1.10")
  public static let smtpNoQuit = FindingCode(
    "smtp.no-quit", .note, "No QUIT",
    explanation: "A client must not close the connection before QUIT was answered.",
    reference: "RFC 5321 §4.1.1.10")
  public static let smtpDropped = FindingCode(
    "smtp.dropped-in-data", .error, "Connection dropped within a message",
    explanation: "The connection ended before the message did.",
    reference: "RFC 5321 §4.1.1.4")
  public static let smtpClosing = FindingCode(
    "smtp.closing", .warning, "Server closes with 421",
    explanation: "The server ends the session on its own account.",
    reference: "RFC 5321 §3.8")
  public static let smtpHelloSyntax = FindingCode(
    "smtp.hello-syntax", .warning, "Malformed name in EHLO",
    explanation: "The argument must be a domain name or an address literal in brackets.",
    reference: "RFC 5321 §4.1.1.1")
  public static let smtpHelloName = FindingCode(
    "smtp.hello-name", .note, "Unqualified name in EHLO",
    explanation: "A name without a dot is no fully qualified domain name; many servers refuse it "
      + "from strangers.",
    reference: "RFC 5321 §2.3.5")
  public static let smtpMissingBrackets = FindingCode(
    "smtp.missing-brackets", .warning, "Path without angle brackets",
    explanation: "The path of MAIL and RCPT stands in < and >.",
    reference: "RFC 5321 §4.1.2")
  public static let smtpBlankBeforePath = FindingCode(
    "smtp.blank-before-path", .note, "Blank before the path",
    explanation: "No blank is allowed between FROM: or TO: and the path; servers tolerate it.",
    reference: "RFC 5321 §3.3")
  public static let smtpSourceRoute = FindingCode(
    "smtp.source-route", .note, "Source route",
    explanation: "Obsolete; servers ignore or refuse it.",
    reference: "RFC 5321 §F.2")
  public static let smtpPathSyntax = FindingCode(
    "smtp.path-syntax", .warning, "Malformed path",
    explanation: "The argument of MAIL or RCPT is no path.",
    reference: "RFC 5321 §4.1.2")
  public static let smtpParameter = FindingCode(
    "smtp.bad-parameter", .warning, "Bad parameter",
    explanation: "A parameter of MAIL or RCPT that is given twice, or has no value that it can "
      + "have.",
    reference: "RFC 5321 §4.1.1.11")
  public static let smtpParameterNotOffered = FindingCode(
    "smtp.parameter-not-offered", .warning, "Parameter of an extension that is not offered",
    explanation: "The server must answer 555.",
    reference: "RFC 5321 §4.1.1.11")
  public static let smtpChunkingNotOffered = FindingCode(
    "smtp.chunking-not-offered", .warning, "BDAT without CHUNKING",
    explanation: "The server does not offer CHUNKING.",
    reference: "RFC 3030 §2")
  public static let smtpChunkSize = FindingCode(
    "smtp.chunk-size", .error, "Chunk size that is none",
    explanation:
      "A size that is negative, no number or too large: client and server may disagree "
      + "where the chunk ends.",
    reference: "RFC 3030 §2")
  public static let smtpStuffedChunk = FindingCode(
    "smtp.stuffed-chunk", .warning, "Dots stuffed in BDAT",
    explanation: "BDAT is not dot-stuffed; the doubled dots reach the reader.",
    reference: "RFC 3030 §2")
  public static let smtpMixedTransfer = FindingCode(
    "smtp.mixed-transfer", .warning, "DATA and BDAT mixed",
    explanation: "DATA and BDAT cannot be used in the same transaction.",
    reference: "RFC 3030 §2")
  public static let smtpBinaryWithData = FindingCode(
    "smtp.binary-with-data", .warning, "BINARYMIME with DATA",
    explanation: "A binary message must be sent with BDAT.",
    reference: "RFC 3030 §3")
  public static let smtpRecipientRefused = FindingCode(
    "smtp.recipient-refused", .note, "Recipient refused",
    explanation: "The server does not take mail for this recipient.",
    reference: "RFC 5321 §4.1.1.3")
  public static let smtpSenderRefused = FindingCode(
    "smtp.sender-refused", .warning, "Sender refused",
    explanation: "The server does not take mail from this sender.",
    reference: "RFC 5321 §4.1.1.2")
  public static let smtpAllRefused = FindingCode(
    "smtp.all-recipients-refused", .warning, "No recipient accepted",
    explanation: "Nothing could be delivered.",
    reference: "RFC 5321 §3.3")
  public static let smtpRolesChanged = FindingCode(
    "smtp.roles-changed", .warning, "Client and server change roles",
    explanation:
      "The server accepted TURN or ATRN: from there on it sends mail to the client. What the two say "
      + "after it is not shown.",
    reference: "RFC 2645 §5.2.2")
  public static let smtpMessageRefused = FindingCode(
    "smtp.message-refused", .warning, "Message refused",
    explanation: "The server took the message's bytes and refused it.",
    reference: "RFC 5321 §4.1.1.4")
  public static let smtpTemporary = FindingCode(
    "smtp.temporary-failure", .note, "Temporary failure",
    explanation:
      "A 4xx reply: the client should try again later (greylisting, limits, lookups that "
      + "failed).",
    reference: "RFC 5321 §4.2.1")
  public static let smtpSlowReply = FindingCode(
    "smtp.slow-reply", .warning, "Very slow reply",
    explanation: "Slower than the time a client has to wait: it may have given up and sent the "
      + "message again.",
    reference: "RFC 5321 §4.5.3.2")
  public static let smtpReplyWithoutEnd = FindingCode(
    "smtp.reply-without-line-end", .warning, "Reply without its line end",
    explanation:
      "The client waits for the rest of the line; what it would have been told it does not know. Of a message it must "
      + "assume that it was not taken, and sends it again.",
    reference: "RFC 5321 §4.2")
  public static let smtpNoAnswer = FindingCode(
    "smtp.no-answer", .warning, "Command without an answer",
    explanation:
      "The server had the command, or all that was captured of its side has no reply to it.",
    reference: "RFC 5321 §4.5.3.2")
  public static let smtpDataMissing = FindingCode(
    "smtp.data-missing", .warning, "Response that did not come",
    explanation: "The server asked for more of an authentication, and the client sent nothing.",
    reference: "RFC 4954 §4")
  public static let smtpNotReceived = FindingCode(
    "smtp.not-received", .error, "Not received by the server",
    explanation:
      "The last bytes of the client were never acknowledged: they did not reach the server. Where full-size segments "
      + "only are lost, look for a path MTU that is smaller than what the client believes, and for filters that drop "
      + "the ICMP messages which would say so.",
    reference: "RFC 9293 §3.8.1, RFC 2923 §2.1")
  public static let smtpSentAfterRefusal = FindingCode(
    "smtp.message-after-refusal", .warning, "Message sent though DATA was refused",
    explanation:
      "The client does not look at the answer to DATA. The server reads the lines of the message as commands, and "
      + "refuses them one by one.",
    reference: "RFC 5321 §4.1.1.4")
  public static let lmtpWrongHello = FindingCode(
    "lmtp.wrong-hello", .warning, "HELO or EHLO in LMTP",
    explanation: "LMTP has LHLO in their place.",
    reference: "RFC 2033 §4.1")
  public static let lmtpMissingReplies = FindingCode(
    "lmtp.missing-replies", .warning, "Fewer replies than recipients",
    explanation: "After the message, LMTP has one reply for each accepted recipient.",
    reference: "RFC 2033 §4.2")
}
