import Testing

@testable import Mail

@Suite struct MIMEFindingTests {
  static let good = "Date: Fri, 13 Jun 2025 12:34:00 +0200\nFrom: a@b.example\n"
  static let multipart = MIMEReaderTests.multipart

  /// A code, and a message that has it and no other.
  static let cases: [(FindingCode, String)] = [
    (.messageHeaderEnd, good + "no field here\n"),
    (.messageBadLine, ": x\n" + good + "\n"),
    (.messageDuplicateField, good + "Subject: a\nSubject: b\n\n"),
    (.messageDuplicateField, good + multipart + "--b\nContent-ID: a\nContent-ID: b\n\n--b--"),
    (.messageMissingField, "From: a@b.example\n\n"),
    (.messageBadDate, "Date: yesterday\nFrom: a@b.example\n\n"),
    (.messageBadContentType, good + "Content-Type: text\n\n"),
    (.messageDuplicateParameter, good + "Content-Type: text/plain; a=b; a=c\n\n"),
    (.messageNoBoundary, good + "Content-Type: multipart/mixed\n\n"),
    (.messageBoundaryNotFound, good + multipart + "x"),
    (.messageUnclosedMultipart, good + multipart + "--b\n\nx"),
    (.messageHiddenParts, good + multipart + "--b\n\n--b--\n--b\n"),
    (
      .messageSignedStructure,
      good + "Content-Type: multipart/signed; boundary=b\n\n--b\n\n1\n--b--"
    ),
    (.messageTypeContradicted, good + "Content-Type: application/pdf\n\nMZ123456"),
    (.messageTypeContradicted, good + "Content-Type: application/x; name=a.PNG\n\n%PDF-1.4"),
    (.messageTypeContradicted, good + "Content-Type: image/png\n\nno picture"),
    (.messageBadEncoding, good + "Content-Transfer-Encoding: x-y\n\n"),
    (
      .messageBadEncoding,
      good + "Content-Transfer-Encoding: base64\n" + multipart + "--b\n\nx\n--b--"
    ),
    (.messageBadBase64, good + "Content-Transfer-Encoding: base64\n\naGVs!bG8="),
    (.messageBadBase64, good + "Content-Transfer-Encoding: base64\n\naGVsbG8"),
    (.messageBadBase64, good + "Content-Transfer-Encoding: base64\n\naGVsbG8=aGVs"),
    (.messageBadBase64, good + "Content-Transfer-Encoding: base64\n\naGVsb"),
    (.messageBadQuotedPrintable, good + "Content-Transfer-Encoding: quoted-printable\n\n=X"),
    (.messageBadUUEncode, good + "Content-Transfer-Encoding: x-uuencode\n\nbegin 644 x\n"),
    (.messageBadUUEncode, good + "\nbegin 644 x\n%:&5L;&\\\nno data\n"),
    (.messageBadYEnc, good + "\n=ybegin line=128 size=9 name=x\nabc\n=yend size=9\n"),
    (.messageBadTNEF, good + "Content-Type: application/ms-tnef\n\nno such file"),
    (.messageUnknownCharset, good + "Content-Type: text/plain; charset=klingon\n\n"),
    (.messageBadEncodedWord, good + "Content-Disposition: x; filename=\"=?utf-8?Q?=X?=\"\n\n"),
  ]

  @Test(arguments: cases) func found(_ code: FindingCode, _ text: String) {
    let read = ReadMessage(text)
    #expect(Set(read.codes) == [code.rawValue])
  }

  @Test func nothingWrong() {
    let texts = [
      Self.good + "\nbody",
      Self.good + Self.multipart + "--b\n\nx\n--b--\n",
      Self.good + "Content-Type: application/pdf; name=x.pdf\n\n%PDF-1.4",
      Self.good + "Content-Transfer-Encoding: base64\n\naGVsbG8=\n",
      Self.good + "\n=ybegin line=128 size=3 name=x\nabc\n=yend size=3 crc32=96FF1EF4\n",
    ]
    for text in texts { #expect(ReadMessage(text).codes == []) }
  }

  @Test func saysWhere() {
    let finding = ReadMessage(
      Self.good + Self.multipart + "--b\nContent-Transfer-Encoding: x-y\n\n--b--"
    ).content.findings.first
    #expect(finding?.part == "1")
    #expect(finding?.offset == Self.good.utf8.count + Self.multipart.utf8.count + 4)
  }

  @Test func noMoreThanTheLimit() {
    let part = "--b\nContent-Transfer-Encoding: x-y\n\n\n"
    let content = ReadMessage(
      Self.good + Self.multipart + String(repeating: part, count: 50) + "--b--"
    ).content
    #expect(content.findings.count == 10)
    #expect(content.droppedFindings == 40)
  }
}
