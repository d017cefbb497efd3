/// The codes of all findings; what each means stands in `FindingEntry.rows`.
public enum FindingCode: String, Sendable, CaseIterable {
  // Capture, SASL, STARTTLS, SMTP and LMTP: rows in FindingsSMTP.swift.
  case gap = "capture.gap"
  case oneSided = "capture.one-sided"
  case midstream = "capture.midstream"
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
  case smtpTemporary = "smtp.temporary-failure"
  case smtpSlowReply = "smtp.slow-reply"
  case lmtpWrongHello = "lmtp.wrong-hello"
  case lmtpMissingReplies = "lmtp.missing-replies"

  // POP3 and IMAP: rows in FindingsPOP3IMAP.swift.

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
  public static let rows: [FindingEntry] = transportRows + mailboxRows

  static let table: [FindingCode: FindingEntry] = Dictionary(
    rows.map { ($0.code, $0) }, uniquingKeysWith: { first, _ in first })
}
