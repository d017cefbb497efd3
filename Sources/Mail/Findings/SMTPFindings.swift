import Fields

extension FindingEntry {
  /// What is found on the way to the parsers.
  static let streamRows: [FindingEntry] = [
    FindingEntry(
      .overlapDiffers, .warning, "Bytes sent twice with different values",
      explanation:
        "A retransmission does not repeat what it retransmits: the receiver may have read other "
        + "bytes than are shown here. Some attacks on inspection work that way.",
      reference: "RFC 9293 §3.8"),
    FindingEntry(
      .dataAfterEnd, .warning, "Bytes after the end of the stream",
      explanation: "A side that has sent its FIN sends no more data; what came later is not part "
        + "of the dialogue.",
      reference: "RFC 9293 §3.6"),
    FindingEntry(
      .unreadable, .warning, "The rest of a compressed stream cannot be read",
      explanation:
        "Each byte of a DEFLATE stream rests on those before it: behind a gap, or where the data is "
        + "damaged or grows beyond the limit, that side of the session is lost.",
      reference: "RFC 4978 §3"),
  ]

  /// Capture, SASL, STARTTLS, SMTP and LMTP.
  static let transportRows: [FindingEntry] = [
    FindingEntry(
      .gap, .warning, "Bytes missing in the capture",
      explanation:
        "Segments were never captured. What they held is unknown; messages they belong to "
        + "are incomplete.",
      reference: "RFC 9293 §3.10"),
    FindingEntry(
      .oneSided, .note, "Only one side was captured",
      explanation: "Replies or commands are missing altogether; outcomes are unknown.",
      reference: "RFC 9293 §3.10"),
    FindingEntry(
      .midstream, .note, "The start was not captured",
      explanation: "The record begins where the first plain command or reply was seen.",
      reference: "RFC 9293 §3.5"),
    FindingEntry(
      .saslPlaintext, .warning, "Password sent without TLS",
      explanation: "Whoever listens can read the password or token. Servers should offer such "
        + "mechanisms only under TLS.",
      reference: "RFC 4954 §4"),
    FindingEntry(
      .saslWeak, .note, "Weak SASL mechanism",
      explanation: "The exchange lets a listener guess the password offline.",
      reference: "RFC 8314 §3"),
    FindingEntry(
      .saslNotOffered, .warning, "Mechanism not offered",
      explanation: "The client uses a SASL mechanism that the server's list does not have.",
      reference: "RFC 4954 §4"),
    FindingEntry(
      .saslBase64, .warning, "SASL response is no base64",
      explanation: "The server must refuse it with 501.",
      reference: "RFC 4954 §4"),
    FindingEntry(
      .saslMalformed, .warning, "SASL message breaks its mechanism",
      explanation: "A response has not the parts that the mechanism prescribes.",
      reference: "RFC 4422 §5"),
    FindingEntry(
      .saslCancelled, .note, "Authentication given up",
      explanation: "The client ended the exchange with “*”.",
      reference: "RFC 4954 §4"),
    FindingEntry(
      .saslRefused, .warning, "Login refused",
      explanation: "The server did not accept the credentials or the mechanism.",
      reference: "RFC 4954 §6"),
    FindingEntry(
      .tlsNotUsed, .warning, "STARTTLS offered and not used",
      explanation:
        "Envelope, message and passwords go over the wire readable though the server could "
        + "encrypt.",
      reference: "RFC 3207 §6"),
    FindingEntry(
      .tlsNotOffered, .note, "STARTTLS without offer",
      explanation:
        "The client asks for TLS that the extension list does not have; something on the "
        + "way may have removed it.",
      reference: "RFC 3207 §4"),
    FindingEntry(
      .tlsRefused, .warning, "STARTTLS refused",
      explanation:
        "The server did not start TLS; the client must decide whether to go on in clear.",
      reference: "RFC 3207 §4"),
    FindingEntry(
      .tlsStripped, .error, "STARTTLS stripped",
      explanation:
        "A middlebox overwrote a keyword of the extension list so that the client does not "
        + "encrypt.",
      reference: "RFC 3207 §6"),
    FindingEntry(
      .tlsCommandInjection, .error, "Commands injected before the handshake",
      explanation:
        "Clear text stands between STARTTLS and the TLS handshake. A server that does not "
        + "empty its buffer executes it as if it had been encrypted (CVE-2011-0411).",
      reference: "RFC 3207 §4.2"),
    FindingEntry(
      .tlsReplyInjection, .error, "Replies injected before the handshake",
      explanation: "Clear text of the server stands before its handshake. A client that does not "
        + "empty its buffer believes it to have come encrypted.",
      reference: "RFC 3207 §4.2"),
    FindingEntry(
      .tlsStayedClear, .note, "Readable after STARTTLS",
      explanation:
        "STARTTLS was accepted but no handshake follows: the traffic was decrypted before "
        + "the capture, or TLS never began.",
      reference: "RFC 3207 §4"),
    FindingEntry(
      .smtpCommandBeforeGreeting, .warning, "Command before the greeting",
      explanation:
        "The client spoke before the server's 220. Spam software does; many servers refuse "
        + "it.",
      reference: "RFC 5321 §3.1"),
    FindingEntry(
      .smtpGreetingRefused, .warning, "Refused at the greeting",
      explanation: "The server does not serve this client at all.",
      reference: "RFC 5321 §3.1"),
    FindingEntry(
      .smtpMailBeforeHello, .warning, "MAIL before EHLO",
      explanation: "A client must say EHLO or HELO before it sends mail.",
      reference: "RFC 5321 §4.1.4"),
    FindingEntry(
      .smtpRcptBeforeMail, .warning, "RCPT before MAIL",
      explanation: "A recipient outside of a transaction; the server must answer 503.",
      reference: "RFC 5321 §3.3"),
    FindingEntry(
      .smtpDataBeforeRcpt, .warning, "Message without recipient",
      explanation: "DATA or BDAT though no recipient was accepted.",
      reference: "RFC 5321 §3.3"),
    FindingEntry(
      .smtpNestedMail, .warning, "MAIL within a transaction",
      explanation: "MAIL must not be sent while a transaction is open; the server must answer 503.",
      reference: "RFC 5321 §4.1.4"),
    FindingEntry(
      .smtpUnknownCommand, .note, "Unknown command",
      explanation:
        "No command of SMTP or of an extension known here; often a dialogue out of step or "
        + "another protocol.",
      reference: "RFC 5321 §4.2.4"),
    FindingEntry(
      .smtpArgument, .note, "Argument where none is allowed",
      explanation: "DATA, RSET and QUIT take no argument.",
      reference: "RFC 5321 §4.1.1"),
    FindingEntry(
      .smtpCutLine, .warning, "Line without end",
      explanation: "The stream ended in the middle of a command.",
      reference: "RFC 5321 §2.3.8"),
    FindingEntry(
      .smtpLongCommand, .warning, "Command line too long",
      explanation: "More than 512 octets with CRLF (1,024 for MAIL and 12,288 for AUTH where "
        + "extensions allow).",
      reference: "RFC 5321 §4.5.3.1.4"),
    FindingEntry(
      .smtpLongReply, .note, "Reply line too long",
      explanation: "More than 512 octets with CRLF.",
      reference: "RFC 5321 §4.5.3.1.5"),
    FindingEntry(
      .smtpLongPath, .warning, "Address too long",
      explanation: "The local part may have 64 octets, the domain 255, the path 256.",
      reference: "RFC 5321 §4.5.3.1"),
    FindingEntry(
      .smtpLongTextLine, .warning, "Text line too long",
      explanation:
        "A line of the message has more than 998 octets; servers may break or refuse it, "
        + "which breaks signatures.",
      reference: "RFC 5321 §4.5.3.1.6"),
    FindingEntry(
      .smtpBareLFInCommand, .warning, "Command ends in bare LF",
      explanation: "Only CRLF ends a line.",
      reference: "RFC 5321 §2.3.8"),
    FindingEntry(
      .smtpBareCRInCommand, .warning, "Bare CR in a command",
      explanation: "CR stands only before LF.",
      reference: "RFC 5321 §2.3.8"),
    FindingEntry(
      .smtpBareLFInReply, .note, "Reply ends in bare LF",
      explanation: "Only CRLF ends a line.",
      reference: "RFC 5321 §2.3.8"),
    FindingEntry(
      .smtpBareLFInData, .warning, "Bare LF in the message",
      explanation: "Receivers differ in what they make of it: the ground of SMTP smuggling.",
      reference: "RFC 5321 §2.3.8"),
    FindingEntry(
      .smtpBareCRInData, .warning, "Bare CR in the message",
      explanation: "Receivers differ in what they make of it: the ground of SMTP smuggling.",
      reference: "RFC 5321 §2.3.8"),
    FindingEntry(
      .smtpNULInData, .warning, "NUL in the message",
      explanation: "Some receivers cut lines at NUL or drop it.",
      reference: "RFC 5322 §2.2"),
    FindingEntry(
      .smtpAmbiguousEnd, .warning, "What some servers take for the end of the message",
      explanation: "A dot alone between line breaks that are not both CRLF. No commands follow it.",
      reference: "RFC 5321 §4.1.1.4"),
    FindingEntry(
      .smtpSmuggling, .error, "SMTP smuggling",
      explanation: "After a dot between line breaks that are not both CRLF stand commands: for one "
        + "server text of the message, for another a second message (CVE-2023-51764 and its "
        + "kin).",
      reference: "RFC 5321 §4.1.1.4"),
    FindingEntry(
      .smtpLenientEnd, .error, "Server ends the message at no CRLF.CRLF",
      explanation:
        "The server took bytes for the end of the message that are not; it can be made to "
        + "accept smuggled messages.",
      reference: "RFC 5321 §4.1.1.4"),
    FindingEntry(
      .smtpEightBitCommand, .warning, "Octets beyond ASCII in a command",
      explanation: "Only SMTPUTF8 allows them.",
      reference: "RFC 5321 §2.4"),
    FindingEntry(
      .smtpEightBitData, .warning, "8-bit data without 8BITMIME",
      explanation: "The message has octets beyond 127 and MAIL did not say BODY=8BITMIME.",
      reference: "RFC 6152 §3"),
    FindingEntry(
      .smtpDeclaredTooLarge, .warning, "Declared size over the server's limit",
      explanation: "The client knew the limit and sends nevertheless.",
      reference: "RFC 1870 §6.1"),
    FindingEntry(
      .smtpTooLarge, .warning, "Message over the server's limit",
      explanation: "More octets than the SIZE that the server offered.",
      reference: "RFC 1870 §6.3"),
    FindingEntry(
      .smtpSizeExceeded, .note, "Message larger than declared",
      explanation: "More octets than SIZE= of MAIL said.",
      reference: "RFC 1870 §6.2"),
    FindingEntry(
      .smtpPipeliningNotOffered, .warning, "Pipelining not offered",
      explanation: "A command was sent before the last one was answered; the server does not offer "
        + "PIPELINING.",
      reference: "RFC 2920 §3.1"),
    FindingEntry(
      .smtpMisplacedPipelining, .warning, "Command that must end a flight",
      explanation:
        "More was sent before a command was answered that must be the last of its flight.",
      reference: "RFC 2920 §3.1"),
    FindingEntry(
      .smtpDataNotAwaited, .warning, "Message sent before the 354",
      explanation: "The client did not wait for the server's go-ahead; had the server refused, the "
        + "message would be read as commands.",
      reference: "RFC 5321 §4.1.1.4"),
    FindingEntry(
      .smtpBadReplyLine, .warning, "No reply line",
      explanation:
        "A line of the server without three digits, or without blank or hyphen after them.",
      reference: "RFC 5321 §4.2"),
    FindingEntry(
      .smtpMultilineCodes, .warning, "Different codes in one reply",
      explanation: "All lines of a reply must have the same code.",
      reference: "RFC 5321 §4.2.1"),
    FindingEntry(
      .smtpReplyCode, .warning, "Impossible reply code",
      explanation: "Codes go from 200 to 559.",
      reference: "RFC 5321 §4.2.1"),
    FindingEntry(
      .smtpEnhancedMismatch, .warning, "Reply code and enhanced code disagree",
      explanation: "The class of the enhanced code must be the first digit of the reply code.",
      reference: "RFC 2034 §4"),
    FindingEntry(
      .smtpUnexpectedReply, .warning, "Reply to nothing",
      explanation: "The server sent a reply that answers no command.",
      reference: "RFC 5321 §2.1"),
    FindingEntry(
      .smtpReplyAfterQuit, .warning, "Reply after the goodbye",
      explanation: "The server went on talking after its 221.",
      reference: "RFC 5321 §4.1.1.10"),
    FindingEntry(
      .smtpCommandAfterQuit, .warning, "Command after QUIT",
      explanation: "The client went on talking after QUIT.",
      reference: "RFC 5321 §4.1.1.10"),
    FindingEntry(
      .smtpNoQuit, .note, "No QUIT",
      explanation: "A client must not close the connection before QUIT was answered.",
      reference: "RFC 5321 §4.1.1.10"),
    FindingEntry(
      .smtpDropped, .error, "Connection dropped within a message",
      explanation: "The connection ended before the message did.",
      reference: "RFC 5321 §4.1.1.4"),
    FindingEntry(
      .smtpClosing, .warning, "Server closes with 421",
      explanation: "The server ends the session on its own account.",
      reference: "RFC 5321 §3.8"),
    FindingEntry(
      .smtpHelloSyntax, .warning, "Malformed name in EHLO",
      explanation: "The argument must be a domain name or an address literal in brackets.",
      reference: "RFC 5321 §4.1.1.1"),
    FindingEntry(
      .smtpHelloName, .note, "Unqualified name in EHLO",
      explanation: "A name without a dot is no fully qualified domain name; many servers refuse it "
        + "from strangers.",
      reference: "RFC 5321 §2.3.5"),
    FindingEntry(
      .smtpMissingBrackets, .warning, "Path without angle brackets",
      explanation: "The path of MAIL and RCPT stands in < and >.",
      reference: "RFC 5321 §4.1.2"),
    FindingEntry(
      .smtpBlankBeforePath, .note, "Blank before the path",
      explanation: "No blank is allowed between FROM: or TO: and the path; servers tolerate it.",
      reference: "RFC 5321 §3.3"),
    FindingEntry(
      .smtpSourceRoute, .note, "Source route",
      explanation: "Obsolete; servers ignore or refuse it.",
      reference: "RFC 5321 §F.2"),
    FindingEntry(
      .smtpPathSyntax, .warning, "Malformed path",
      explanation: "The argument of MAIL or RCPT is no path.",
      reference: "RFC 5321 §4.1.2"),
    FindingEntry(
      .smtpParameter, .warning, "Bad parameter",
      explanation: "A parameter of MAIL or RCPT that is given twice, or has no value that it can "
        + "have.",
      reference: "RFC 5321 §4.1.1.11"),
    FindingEntry(
      .smtpParameterNotOffered, .warning, "Parameter of an extension that is not offered",
      explanation: "The server must answer 555.",
      reference: "RFC 5321 §4.1.1.11"),
    FindingEntry(
      .smtpChunkingNotOffered, .warning, "BDAT without CHUNKING",
      explanation: "The server does not offer CHUNKING.",
      reference: "RFC 3030 §2"),
    FindingEntry(
      .smtpChunkSize, .error, "Chunk size that is none",
      explanation:
        "A size that is negative, no number or too large: client and server may disagree "
        + "where the chunk ends.",
      reference: "RFC 3030 §2"),
    FindingEntry(
      .smtpStuffedChunk, .warning, "Dots stuffed in BDAT",
      explanation: "BDAT is not dot-stuffed; the doubled dots reach the reader.",
      reference: "RFC 3030 §2"),
    FindingEntry(
      .smtpMixedTransfer, .warning, "DATA and BDAT mixed",
      explanation: "DATA and BDAT cannot be used in the same transaction.",
      reference: "RFC 3030 §2"),
    FindingEntry(
      .smtpBinaryWithData, .warning, "BINARYMIME with DATA",
      explanation: "A binary message must be sent with BDAT.",
      reference: "RFC 3030 §3"),
    FindingEntry(
      .smtpRecipientRefused, .note, "Recipient refused",
      explanation: "The server does not take mail for this recipient.",
      reference: "RFC 5321 §4.1.1.3"),
    FindingEntry(
      .smtpSenderRefused, .warning, "Sender refused",
      explanation: "The server does not take mail from this sender.",
      reference: "RFC 5321 §4.1.1.2"),
    FindingEntry(
      .smtpAllRefused, .warning, "No recipient accepted",
      explanation: "Nothing could be delivered.",
      reference: "RFC 5321 §3.3"),
    FindingEntry(
      .smtpRolesChanged, .warning, "Client and server change roles",
      explanation:
        "The server accepted TURN or ATRN: from there on it sends mail to the client. What the two say "
        + "after it is not shown.",
      reference: "RFC 2645 §5.2.2"),
    FindingEntry(
      .smtpMessageRefused, .warning, "Message refused",
      explanation: "The server took the message's bytes and refused it.",
      reference: "RFC 5321 §4.1.1.4"),
    FindingEntry(
      .smtpTemporary, .note, "Temporary failure",
      explanation:
        "A 4xx reply: the client should try again later (greylisting, limits, lookups that "
        + "failed).",
      reference: "RFC 5321 §4.2.1"),
    FindingEntry(
      .smtpSlowReply, .warning, "Very slow reply",
      explanation: "Slower than the time a client has to wait: it may have given up and sent the "
        + "message again.",
      reference: "RFC 5321 §4.5.3.2"),
    FindingEntry(
      .lmtpWrongHello, .warning, "HELO or EHLO in LMTP",
      explanation: "LMTP has LHLO in their place.",
      reference: "RFC 2033 §4.1"),
    FindingEntry(
      .lmtpMissingReplies, .warning, "Fewer replies than recipients",
      explanation: "After the message, LMTP has one reply for each accepted recipient.",
      reference: "RFC 2033 §4.2"),
  ]
}
