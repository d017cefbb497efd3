// What is found in the messages themselves.

extension FindingCode {
  static let message: [FindingCode] =
    [
      .messageUnknownCharset, .messageNoConverter, .messageInvalidBytes, .messageBadEncodedWord,
      .messageGuessedCharset,
    ] + header + mime + encodings + trace

  public static let messageUnknownCharset = FindingCode(
    "message.unknown-charset", .warning, "Unknown charset",
    explanation: "Text says that it is in a charset of a name that nobody registered and that is "
      + "not known as a wrong name of another. It is shown as it was sent.",
    reference: "RFC 2047 §6.2")
  public static let messageNoConverter = FindingCode(
    "message.no-converter", .note, "Charset cannot be converted here",
    explanation: "The charset is known, but the C library of the machine that mailwire runs on "
      + "has no converter for it. The text is shown as it was sent.",
    reference: "RFC 2047 §6.2")
  public static let messageInvalidBytes = FindingCode(
    "message.invalid-bytes", .warning, "Bytes that are nothing in their charset",
    explanation: "Text names the wrong charset, or was damaged. Text that says that it is UTF-8 is "
      + "shown in the charset in which it looks most like a language; in others U+FFFD is in the "
      + "place of each character that could not be read.",
    reference: "RFC 2046 §4.1.2")
  public static let messageBadEncodedWord = FindingCode(
    "message.bad-encoded-word", .warning, "Damaged encoded word",
    explanation: "An encoded word of a header field has bytes that are no base64 or no "
      + "quoted-printable. What could be read of it is shown.",
    reference: "RFC 2047 §4")
  public static let messageGuessedCharset = FindingCode(
    "message.guessed-charset", .note, "Charset guessed",
    explanation: "A header field has bytes above 127 that are no UTF-8, and nothing says what "
      + "they are. They are shown in the charset that the message uses elsewhere, or in the one "
      + "in which they look most like a language; other programs may show other text.",
    reference: "RFC 6532 §3.2")
}
