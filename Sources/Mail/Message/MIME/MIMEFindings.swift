// What is found in the structure of messages: header, parts, encodings.

extension FindingCode {
  static let header: [FindingCode] = [
    .messageHeaderEnd, .messageBadLine, .messageDuplicateField, .messageMissingField,
    .messageBadDate, .messageLongField,
  ]

  public static let messageHeaderEnd = FindingCode(
    "message.header-without-end", .warning, "Header without an end",
    explanation: "A line that can be no field follows the header without an empty line before it. "
      + "The body is taken to begin with that line; other programs may pass it over, or go on "
      + "reading fields.",
    reference: "RFC 5322 §2.1")
  public static let messageBadLine = FindingCode(
    "message.bad-header-line", .warning, "Lines in a header that are no fields",
    explanation: "A continuation line with nothing before it, a line of a mailbox file, or a colon "
      + "without a name. They are passed over.",
    reference: "RFC 5322 §2.2")
  public static let messageDuplicateField = FindingCode(
    "message.duplicate-field", .warning, "Field that may be there once came again",
    explanation:
      "Programs differ in which of them counts: what is shown to a reader may be another "
      + "than what a filter has seen. Here the first one counts, except that addresses are joined.",
    reference: "RFC 5322 §3.6")
  public static let messageMissingField = FindingCode(
    "message.missing-field", .note, "Field that every message has is missing",
    explanation: "A message has a Date and a From field. The first server may add them.",
    reference: "RFC 5322 §3.6")
  public static let messageBadDate = FindingCode(
    "message.bad-date", .warning, "Date that is none",
    explanation: "The Date field cannot be read, or names a day or a time that does not exist.",
    reference: "RFC 5322 §3.3")
  public static let messageLongField = FindingCode(
    "message.long-field", .warning, "Header longer than the limits",
    explanation: "Fields were cut short or left out, because they were longer or more than are "
      + "kept of one message.",
    reference: "RFC 5322 §2.1.1")

  static let mime: [FindingCode] = [
    .messageBadContentType, .messageDuplicateParameter, .messageNoBoundary,
    .messageBoundaryNotFound, .messageUnclosedMultipart, .messageHiddenParts,
    .messageSignedStructure, .messageDepthLimit, .messagePartLimit, .messageTypeContradicted,
  ]

  public static let messageBadContentType = FindingCode(
    "message.bad-content-type", .warning, "Content-Type that is none",
    explanation: "The field has no type with a subtype. The part is taken for plain text.",
    reference: "RFC 2045 §5.2")
  public static let messageDuplicateParameter = FindingCode(
    "message.duplicate-parameter", .warning, "Parameter that came again",
    explanation: "Content-Type or Content-Disposition has a parameter more than once. Programs "
      + "differ in which counts, which hides boundaries and file names from filters. Here the first "
      + "one counts.",
    reference: "RFC 2045 §5.1")
  public static let messageNoBoundary = FindingCode(
    "message.no-boundary", .warning, "Multipart without a boundary parameter",
    explanation: "Its parts cannot be told apart: it is one part as it is.",
    reference: "RFC 2046 §5.1.1")
  public static let messageBoundaryNotFound = FindingCode(
    "message.boundary-not-found", .warning, "Boundary that never comes",
    explanation:
      "A multipart names a boundary of which no line follows: it has no parts. Its bytes "
      + "are those of the multipart itself.",
    reference: "RFC 2046 §5.1.1")
  public static let messageUnclosedMultipart = FindingCode(
    "message.unclosed-multipart", .warning, "Missing closing boundary",
    explanation: "A multipart ends without the boundary that closes it: with the message, or with "
      + "the boundary of a multipart around it. Its end may have been lost.",
    reference: "RFC 2046 §5.1.1")
  public static let messageHiddenParts = FindingCode(
    "message.boundary-after-close", .warning, "Boundary after the closing one",
    explanation: "After the boundary that closes a multipart the same boundary comes again. What "
      + "follows is not part of the message; programs that go on reading show parts that others "
      + "never see.",
    reference: "RFC 2046 §5.1.1")
  public static let messageSignedStructure = FindingCode(
    "message.signed-structure", .warning, "Signed or encrypted multipart of the wrong form",
    explanation:
      "multipart/signed is made of the content and its signature, multipart/encrypted of "
      + "a control part and the data: of two parts each. Other parts are not covered.",
    reference: "RFC 1847 §2")
  public static let messageDepthLimit = FindingCode(
    "message.mime-depth", .warning, "Parts within parts beyond the limit",
    explanation:
      "Multiparts and messages within each other are followed 64 deep. What is deeper is "
      + "one part as it is.",
    reference: "RFC 2046 §5.1")
  public static let messagePartLimit = FindingCode(
    "message.mime-parts", .warning, "More parts than the limit",
    explanation: "A message is shown with 10,000 parts at most. The others are left out.",
    reference: "RFC 2046 §5.1")
  public static let messageTypeContradicted = FindingCode(
    "message.type-contradicted", .warning, "Content that is not what it is called",
    explanation: "The first bytes of a part are those of another type than its Content-Type or its "
      + "file name says: a program that is called a document, for one.",
    reference: "RFC 2046 §4.5.1")

  static let encodings: [FindingCode] = [
    .messageBadEncoding, .messageBadBase64, .messageBadQuotedPrintable, .messageBadUUEncode,
    .messageBadYEnc, .messageBadTNEF,
  ]

  public static let messageBadEncoding = FindingCode(
    "message.bad-transfer-encoding", .warning, "Content-Transfer-Encoding that cannot be",
    explanation: "The encoding is not known, or is one that a multipart or a message cannot have. "
      + "The bytes of an encoding that is not known are shown as sent; a multipart is never decoded.",
    reference: "RFC 2045 §6.4")
  public static let messageBadBase64 = FindingCode(
    "message.bad-base64", .warning, "Base64 that breaks its rules",
    explanation: "Bytes outside of the alphabet are passed over, missing padding is made up for, "
      + "and what comes after the padding is not decoded. Other programs may decode other bytes.",
    reference: "RFC 2045 §6.8")
  public static let messageBadQuotedPrintable = FindingCode(
    "message.bad-quoted-printable", .note, "Quoted-printable with broken escapes",
    explanation:
      "A “=” is followed by neither two hexadecimal digits nor a line end. It is left as "
      + "it was sent.",
    reference: "RFC 2045 §6.7")
  public static let messageBadUUEncode = FindingCode(
    "message.bad-uuencode", .warning, "uuencoded data that breaks its rules",
    explanation: "Lines that are none, or no end.",
    reference: "POSIX.1 uuencode")
  public static let messageBadYEnc = FindingCode(
    "message.bad-yenc", .warning, "yEnc data that breaks its rules",
    explanation: "No end, or another size or checksum than its last line says.",
    reference: "yEnc draft 1.3")
  public static let messageBadTNEF = FindingCode(
    "message.bad-tnef", .warning, "winmail.dat that cannot be read to its end",
    explanation: "The file of Outlook is cut short or damaged. What came before is shown.",
    reference: "MS-OXTNEF §2.1.3")
}
