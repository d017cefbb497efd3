import Testing

@testable import Mail

/// What servers write into a header: Received, DKIM-Signature, Authentication-Results.
@Suite struct TraceTests {
  struct Received: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var field: String
    /// `key=value` of what is known, in order.
    var words: String
  }

  static let received = [
    Received(
      testDescription: "Postfix",
      field:
        "from mail.example.org (mail.example.org [192.0.2.1])\r\n\tby mx.example.net (Postfix) with "
        + "ESMTPS id 4F1A2\r\n\tfor <bob@example.net>; Fri, 13 Jun 2025 12:34:00 +0200 (CEST)",
      words: "from=mail.example.org name=mail.example.org address=192.0.2.1 by=mx.example.net "
        + "with=ESMTPS id=4F1A2 for=bob@example.net date=1749810840"),
    Received(
      testDescription: "Exim",
      field:
        "from [192.0.2.7] (helo=laptop)\r\n by mx.example.net with esmtpsa (TLS1.3)\r\n (Exim 4.96)"
        + " id 1a2b; Fri, 13 Jun 2025 10:34:00 +0000",
      words: "from=[192.0.2.7] address=192.0.2.7 by=mx.example.net with=esmtpsa id=1a2b "
        + "date=1749810840"),
    Received(
      testDescription: "Exchange over IPv6",
      field: "from A.example.org (2001:db8::1) by B.example.org (2001:db8::2) with Microsoft SMTP "
        + "Server id 15.1; Fri, 13 Jun 2025 10:34:00 +0000",
      words: "from=A.example.org by=B.example.org with=Microsoft id=15.1 date=1749810840"),
    Received(
      testDescription: "IPv6 literal", field: "from x ([IPv6:2001:db8::1]) by y; nonsense",
      words: "from=x address=2001:db8::1 by=y"),
    Received(
      testDescription: "qmail", field: "(qmail 123 invoked by uid 89); 13 Jun 2025 10:34:00 -0000",
      words: "date=1749810840"),
    Received(testDescription: "nothing", field: "", words: ""),
    Received(
      testDescription: "a semicolon in a comment", field: "from a (b; c) by d", words: "from=a by=d"
    ),
    Received(
      testDescription: "brackets that never close", field: "from ((((a by [[", words: ""),
  ]

  @Test(arguments: received) func hop(_ expected: Received) {
    let hop = ReceivedHop(expected.field.utf8)
    let words = [
      ("from", hop.from), ("name", hop.fromName), ("address", hop.fromAddress), ("by", hop.by),
      ("with", hop.with), ("id", hop.id), ("for", hop.recipient),
      ("date", hop.date.map { "\($0.seconds)" }),
    ].compactMap { key, value in value.map { "\(key)=\($0)" } }
    #expect(words.joined(separator: " ") == expected.words)
  }

  @Test func hopsFromFirstToLast() {
    let trace = MessageTrace(
      [
        ("Received", "by c; Fri, 13 Jun 2025 10:34:05 +0000"),
        ("received", "by b; Fri, 13 Jun 2025 10:34:09 +0000"),
        ("RECEIVED", "by a; Fri, 13 Jun 2025 10:34:00 +0000"),
        ("Subject", "x"),
      ].map { MIMEContent.Field(name: $0, value: $1) })
    #expect(trace.hops.map(\.by) == ["a", "b", "c"])
    #expect(trace.hops.map(\.delay) == [nil, 9, -4])
  }

  struct Results: CustomTestStringConvertible, Sendable {
    var testDescription: String { value }
    var value: String
    var words: String
  }

  /// Examples of RFC 8601 appendix B, and what is odd.
  static let results = [
    Results(value: "example.org 1; none", words: "example.org:"),
    Results(
      value: "example.com;\r\n spf=pass smtp.mailfrom=example.net",
      words: "example.com: spf=pass[smtp.mailfrom=example.net]"),
    Results(
      value: "example.com; auth=pass (cleartext) smtp.auth=sender@example.net; "
        + "spf/1=Pass reason=\"good; very\" smtp.mailfrom=example.net",
      words: "example.com: auth=pass[smtp.auth=sender@example.net] "
        + "spf=pass(good; very)[smtp.mailfrom=example.net]"),
    Results(
      value: "i=1; mx.example.com; dkim = fail header.i = @example.org; dmarc=none",
      words: "1/mx.example.com: dkim=fail[header.i=@example.org] dmarc=none"),
    Results(value: ";;;=;", words: "=:"),
  ]

  @Test(arguments: results) func authenticationResults(_ expected: Results) {
    let found = AuthenticationResults("Authentication-Results", expected.value.utf8)
    let results = found.results.map { result in
      let properties = result.properties.map { "\($0.name)=\($0.value)" }.joined(separator: ",")
      return " \(result.method)=\(result.result)" + (result.reason.map { "(\($0))" } ?? "")
        + (properties.isEmpty ? "" : "[\(properties)]")
    }
    let server = (found.instance.map { "\($0)/" } ?? "") + (found.server ?? "")
    #expect("\(server):\(results.joined())" == expected.words)
  }

  @Test func receivedSPF() {
    let found = AuthenticationResults(
      receivedSPF:
        "Pass (mx: 192.0.2.1 is allowed) client-ip=192.0.2.1; envelope-from=\"a@b.org\"; receiver=mx;"
        .utf8)
    #expect(found.results.map(\.result) == ["pass"])
    #expect(found.server == "mx")
    #expect(found.results.first?.properties.map(\.value) == ["192.0.2.1", "a@b.org", "mx"])
  }

  // MARK: DKIM

  /// RFC 6376 section 3.4.5, and the edges of its rules.
  static let bodies: [(body: String, simple: String, relaxed: String)] = [
    (" C \r\nD \t E\r\n\r\n\r\n", " C \r\nD \t E\r\n", " C\r\nD E\r\n"),
    ("", "\r\n", ""), ("\r\n", "\r\n", ""), ("\r\n\r\n\r\n", "\r\n", ""),
    (" \t\r\n", " \t\r\n", ""), ("a", "a\r\n", "a\r\n"), ("a\r", "a\r\r\n", "a\r\r\n"),
    ("a\nb\r\n", "a\nb\r\n", "a\nb\r\n"), ("\r\n\r\na\r\n", "\r\n\r\na\r\n", "\r\n\r\na\r\n"),
    ("a \r\n \r\n", "a \r\n \r\n", "a\r\n"), ("\ta\r\n", "\ta\r\n", " a\r\n"),
  ]

  @Test(arguments: bodies) func canonicalBody(
    _ example: (body: String, simple: String, relaxed: String)
  ) {
    for (way, right) in [
      (DKIMSignature.Canonicalization.simple, example.simple), (.relaxed, example.relaxed),
    ] {
      for size in [1, 3, 100] {
        var body = DKIMBody(way)
        var found: [UInt8] = []
        let bytes = Array(example.body.utf8)
        for start in stride(from: 0, to: bytes.count, by: size) {
          let piece = Array(bytes[start..<min(start + size, bytes.count)])
          body.receive(piece.span) { found += $0 }
        }
        body.finish { found += $0 }
        #expect(String(decoding: found, as: UTF8.self) == right)
      }
    }
  }

  @Test func lengthOfTheBody() {
    var body = DKIMBody(.simple, length: 4)
    var found: [UInt8] = []
    let bytes = Array("ab\r\ncd\r\n".utf8)
    body.receive(bytes.span) { found += $0 }
    body.finish { found += $0 }
    #expect(String(decoding: found, as: UTF8.self) == "ab\r\n")
    #expect(body.unsigned == 4)
    #expect(!body.isShort)
    var short = DKIMBody(.simple, length: 9)
    short.receive(bytes.span) { _ in }
    short.finish { _ in }
    #expect(short.isShort)
  }

  private func fields(_ text: String) -> [HeaderField] {
    var reader = HeaderReader()
    var fields: [HeaderField] = []
    let bytes = Array(text.utf8)
    reader.receive(bytes.span) { if case .field(let field) = $0 { fields.append(field) } }
    return fields
  }

  /// RFC 6376 section 3.4.5, with names that are listed more often than they are there.
  @Test(arguments: [
    ("simple", "B : Y\t\r\n\tZ  \r\nA: X\r\nDKIM-Signature: @c=simple; b=; x=1"),
    ("relaxed", "b:Y Z\r\na:X\r\ndkim-signature:@c=relaxed; b=; x=1"),
  ]) func signedHeader(_ way: String, _ right: String) {
    let tags = "v=1; a=rsa-sha256; d=example.org; s=x; h=from:B:a:b; bh=YQ==; "
    let signed = fields(
      "A: X\r\nB : Y\t\r\n\tZ  \r\nDKIM-Signature: \(tags)c=\(way); b=YWJj\r\n ZA==; x=1\r\n\r\n")
    #expect(signed.count == 3)
    let signature = DKIMSignature(.dkim, at: 2, signed[2].raw)
    #expect(signature.problem == nil)
    #expect(signature.signature == Array("abcd".utf8))
    let bytes = signature.signedHeader(of: signed)
    #expect(bytes.map { String(decoding: $0, as: UTF8.self) } == right.replacing("@", with: tags))
  }

  @Test(arguments: [
    ("v=2; a=rsa-sha256; d=a; s=b; h=from; bh=YQ==; b=YQ==", "its version is not 1"),
    ("v=1; a=rsa-sha256; s=b; h=from; bh=YQ==", "it lacks b=, d="),
    ("v=1; a=rsa-sha256; d=a; s=b; h=from; bh=YQ==; b=YQ==; d=c", "a tag is there twice"),
    (
      "v=1; a=rsa-sha256; c=odd; d=a; s=b; h=from; bh=YQ==; b=YQ==",
      "its canonicalization is not known"
    ),
    ("v=1; a=rsa-sha256; d=a; s=b; h=from; bh=?; b=YQ==", "its base64 is damaged"),
    ("v=1; a=rsa-sha256; d=a; s=b; h=from; bh=YQ==; b=YQ==; l=-1", "its length is no number"),
    ("v=1; a=rsa-sha256; d=a; s=b; h=to; bh=YQ==; b=YQ==", "it does not sign the From field"),
    ("", "its version is not 1"),
  ]) func voidSignature(_ value: String, _ problem: String) {
    #expect(DKIMSignature(.dkim, at: 0, value.utf8).problem == problem)
  }
}
