/// The codes of all findings; what each means stands in `FindingEntry.rows`.
public enum FindingCode: String, Sendable, CaseIterable {
  // Capture, SASL, STARTTLS, SMTP and LMTP: rows in FindingsSMTP.swift.
  case gap = "capture.gap"
  case oneSided = "capture.one-sided"
  case midstream = "capture.midstream"
  case overlapDiffers = "capture.overlap-differs"
  case dataAfterEnd = "capture.data-after-fin"
  case unreadable = "capture.unreadable"
  case saslPlaintext = "sasl.plaintext"
  case saslWeak = "sasl.weak-mechanism"
  case saslNotOffered = "sasl.not-offered"
  case saslBase64 = "sasl.bad-base64"
  case saslMalformed = "sasl.malformed"
  case saslCancelled = "sasl.cancelled"
  case saslRefused = "sasl.refused"
  case tlsNotUsed = "starttls.not-used"
  case tlsNotOffered = "starttls.not-offered"
  case tlsRefused = "starttls.refused"
  case tlsStripped = "starttls.stripped"
  case tlsCommandInjection = "starttls.command-injection"
  case tlsReplyInjection = "starttls.reply-injection"
  case tlsStayedClear = "starttls.stayed-clear"
  case smtpCommandBeforeGreeting = "smtp.command-before-greeting"
  case smtpGreetingRefused = "smtp.greeting-refused"
  case smtpMailBeforeHello = "smtp.mail-before-hello"
  case smtpRcptBeforeMail = "smtp.rcpt-before-mail"
  case smtpDataBeforeRcpt = "smtp.data-before-rcpt"
  case smtpNestedMail = "smtp.nested-mail"
  case smtpUnknownCommand = "smtp.unknown-command"
  case smtpArgument = "smtp.unexpected-argument"
  case smtpCutLine = "smtp.cut-line"
  case smtpLongCommand = "smtp.long-command"
  case smtpLongReply = "smtp.long-reply"
  case smtpLongPath = "smtp.long-path"
  case smtpLongTextLine = "smtp.long-text-line"
  case smtpBareLFInCommand = "smtp.bare-lf-in-command"
  case smtpBareCRInCommand = "smtp.bare-cr-in-command"
  case smtpBareLFInReply = "smtp.bare-lf-in-reply"
  case smtpBareLFInData = "smtp.bare-lf-in-data"
  case smtpBareCRInData = "smtp.bare-cr-in-data"
  case smtpNULInData = "smtp.nul-in-data"
  case smtpAmbiguousEnd = "smtp.ambiguous-end"
  case smtpSmuggling = "smtp.smuggling"
  case smtpLenientEnd = "smtp.lenient-end"
  case smtpEightBitCommand = "smtp.eight-bit-command"
  case smtpEightBitData = "smtp.eight-bit-data"
  case smtpDeclaredTooLarge = "smtp.declared-too-large"
  case smtpTooLarge = "smtp.too-large"
  case smtpSizeExceeded = "smtp.size-exceeded"
  case smtpPipeliningNotOffered = "smtp.pipelining-not-offered"
  case smtpMisplacedPipelining = "smtp.misplaced-pipelining"
  case smtpDataNotAwaited = "smtp.data-not-awaited"
  case smtpBadReplyLine = "smtp.bad-reply-line"
  case smtpMultilineCodes = "smtp.multiline-codes"
  case smtpReplyCode = "smtp.reply-code"
  case smtpEnhancedMismatch = "smtp.enhanced-mismatch"
  case smtpUnexpectedReply = "smtp.unexpected-reply"
  case smtpReplyAfterQuit = "smtp.reply-after-quit"
  case smtpCommandAfterQuit = "smtp.command-after-quit"
  case smtpNoQuit = "smtp.no-quit"
  case smtpDropped = "smtp.dropped-in-data"
  case smtpClosing = "smtp.closing"
  case smtpHelloSyntax = "smtp.hello-syntax"
  case smtpHelloName = "smtp.hello-name"
  case smtpMissingBrackets = "smtp.missing-brackets"
  case smtpBlankBeforePath = "smtp.blank-before-path"
  case smtpSourceRoute = "smtp.source-route"
  case smtpPathSyntax = "smtp.path-syntax"
  case smtpParameter = "smtp.bad-parameter"
  case smtpParameterNotOffered = "smtp.parameter-not-offered"
  case smtpChunkingNotOffered = "smtp.chunking-not-offered"
  case smtpChunkSize = "smtp.chunk-size"
  case smtpStuffedChunk = "smtp.stuffed-chunk"
  case smtpMixedTransfer = "smtp.mixed-transfer"
  case smtpBinaryWithData = "smtp.binary-with-data"
  case smtpRecipientRefused = "smtp.recipient-refused"
  case smtpSenderRefused = "smtp.sender-refused"
  case smtpAllRefused = "smtp.all-recipients-refused"
  case smtpMessageRefused = "smtp.message-refused"
  case smtpRolesChanged = "smtp.roles-changed"
  case smtpTemporary = "smtp.temporary-failure"
  case smtpSlowReply = "smtp.slow-reply"
  case lmtpWrongHello = "lmtp.wrong-hello"
  case lmtpMissingReplies = "lmtp.missing-replies"

  // POP3 and IMAP: rows in FindingsPOP3IMAP.swift.
  case pop3BareLF = "pop3.bare-lf"
  case pop3LongLine = "pop3.long-line"
  case pop3UnknownCommand = "pop3.unknown-command"
  case pop3WrongState = "pop3.wrong-state"
  case pop3BeforeGreeting = "pop3.command-before-greeting"
  case pop3Pipelining = "pop3.pipelining-not-offered"
  case pop3ReplySyntax = "pop3.reply-syntax"
  case pop3StrayReply = "pop3.reply-without-command"
  case pop3ListNotEnded = "pop3.list-not-ended"
  case pop3MessageCutOff = "pop3.message-cut-off"
  case pop3OctetCount = "pop3.octet-count"
  case pop3BadTimestamp = "pop3.apop-bad-timestamp"
  case pop3APOPWithoutTimestamp = "pop3.apop-without-timestamp"
  case pop3BadDigest = "pop3.apop-bad-digest"
  case pop3PlaintextLogin = "pop3.plaintext-login"
  case pop3LoginRefused = "pop3.login-refused"
  case pop3STLSUnused = "pop3.stls-not-used"
  case pop3STLSRefused = "pop3.stls-refused"
  case pop3STLSStripped = "pop3.stls-stripped"
  case pop3CommandInjection = "pop3.command-injection"
  case pop3ReplyInjection = "pop3.reply-injection"
  case pop3DeleteWithoutQuit = "pop3.delete-without-quit"
  case pop3NoQuit = "pop3.no-quit"
  case imapBareLF = "imap.bare-lf"
  case imapLongLine = "imap.long-line"
  case imapCommandSyntax = "imap.command-syntax"
  case imapNoTag = "imap.no-tag"
  case imapBadTag = "imap.bad-tag"
  case imapReusedTag = "imap.reused-tag"
  case imapUnknownTag = "imap.unknown-tag"
  case imapUnknownCommand = "imap.unknown-command"
  case imapWrongState = "imap.wrong-state"
  case imapBeforeGreeting = "imap.command-before-greeting"
  case imapResponseSyntax = "imap.response-syntax"
  case imapStrayContinuation = "imap.stray-continuation"
  case imapLiteralNotAwaited = "imap.literal-not-awaited"
  case imapLiteralNotOffered = "imap.literal-plus-not-offered"
  case imapLiteralMinus = "imap.literal-minus-too-long"
  case imapLiteralRefused = "imap.literal-refused"
  case imapLiteralLength = "imap.literal-length"
  case imapLiteralCutOff = "imap.literal-cut-off"
  case imapCommandInIdle = "imap.command-in-idle"
  case imapIdleTooLong = "imap.idle-too-long"
  case imapPlaintextLogin = "imap.plaintext-login"
  case imapLoginDisabled = "imap.login-disabled"
  case imapLoginRefused = "imap.login-refused"
  case imapStartTLSUnused = "imap.starttls-not-used"
  case imapStartTLSRefused = "imap.starttls-refused"
  case imapStartTLSStripped = "imap.starttls-stripped"
  case imapCommandInjection = "imap.command-injection"
  case imapReplyInjection = "imap.reply-injection"
  case imapExistsDecreased = "imap.exists-decreased"
  case imapBodySize = "imap.body-size"
  case imapByeWithoutLogout = "imap.bye-without-logout"
  case imapAfterLogout = "imap.data-after-logout"
  case imapNoLogout = "imap.no-logout"

  // Messages: rows in MessageFindings.swift.
  case messageUnknownCharset = "message.unknown-charset"
  case messageNoConverter = "message.no-converter"
  case messageInvalidBytes = "message.invalid-bytes"
  case messageBadEncodedWord = "message.bad-encoded-word"
  case messageGuessedCharset = "message.guessed-charset"

  public var severity: Finding.Severity { entry.severity }
  public var entry: FindingEntry {
    FindingEntry.table[self]
      ?? FindingEntry(self, .note, rawValue, explanation: "", reference: "")
  }
}

/// A row of the table of findings, from which the documentation is made.
public struct FindingEntry: Sendable {
  public let code: FindingCode
  public let severity: Finding.Severity
  /// A few words: what is wrong.
  public let title: String
  /// A sentence or two: what it means and what it leads to.
  public let explanation: String
  /// What it rests on: `RFC 5321 §4.5.2`.
  public let reference: String

  init(
    _ code: FindingCode, _ severity: Finding.Severity, _ title: String, explanation: String,
    reference: String
  ) {
    self.code = code
    self.severity = severity
    self.title = title
    self.explanation = explanation
    self.reference = reference
  }

  /// Every code has exactly one row.
  public static let rows: [FindingEntry] =
    streamRows + transportRows + mailboxRows + messageRows

  static let table: [FindingCode: FindingEntry] = Dictionary(
    rows.map { ($0.code, $0) }, uniquingKeysWith: { first, _ in first })
}
