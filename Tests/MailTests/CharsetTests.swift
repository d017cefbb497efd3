import Testing

@testable import Mail

@Suite struct CharsetTests {
  /// A charset by a label, bytes of it in hexadecimal, and the text that they are.
  static let texts: [(String, String, String)] = [
    ("gb2312", "b2e2cad4", "测试"),
    ("GBK", "b2e28140", "测丂"),
    ("GBK", "9c79", "測"),
    ("gb18030", "95328236a2e3", "𠀀€"),
    ("x-gbk", "c4e3bac3", "你好"),
    ("big5", "a4a4a4e5a15a", "中文╴"),
    ("big5-hkscs", "87409def", "䏰嘅"),
    ("shift_jis", "93fa967b8cea8740", "日本語①"),
    ("cp932", "835c815c", "ソ―"),
    ("euc-jp", "c6fccbdcb8eca1c1", "日本語〜"),
    ("iso-2022-jp", "1b2442467c4b5c386c1b284220611b244221411b2842", "日本語 a〜"),
    ("iso-2022-jp", "1b2849311b2842", "ｱ"),
    ("cp50221", "1b244224431b2842", "っ"),
    ("iso-2022-jp-2", "1b2428442b311b2442467c1b2842", "é日"),
    ("iso-2022-jp-1", "1b24284430211b2842", "丂"),
    ("ks_c_5601-1987", "b0a18141", "가갂"),
    ("euc-kr", "c7d1b1db", "한글"),
    ("iso-2022-kr", "1b2429430e4751315b0f2061", "한글 a"),
    ("johab", "88618862", "가각"),
    ("hz-gb-2312", "7e7b32624a547e7d207e7e", "测试 ~"),
    ("utf-7", "4869202b5a65566e4c49716521", "Hi 日本語!"),
    ("utf-16le", "fc006100", "üa"),
    ("windows-1258", "f0", "đ"),
    ("tis-620", "cad7", "สื"),
    ("koi8-u", "a4a6", "єі"),
    ("koi8-r", "d0c9d3d8cdcf", "письмо"),
    ("windows-1255", "e0c8", "אָ"),
    ("windows-1256", "e3d1", "مر"),
    ("x-mac-cyrillic", "80e0", "Аа"),
    ("macintosh", "8a", "ä"),
    ("iso-8859-8-i", "f9ece5ed", "שלום"),
    ("GBK", "80", "€"), ("big5", "c6e7a145", "ぁ•"), ("ISO-2022-JP", "1b24422d211b28422061", "① a"),
    ("euc-jp", "ada1", "①"), ("iso-2022-kr", "1b2429430e47510f1b2429430e315b0f", "한글"),
    ("utf-16", "feff00fc", "ü"), ("win-1250", "be", "ľ"), ("win-1251", "cff0e8", "При"),
    ("iso-8859-1", "80e9", "€é"), ("latin1", "ff", "ÿ"), ("iso-8859-2", "b9e8", "šč"),
    ("iso-8859-9", "fd80", "ı€"), ("windows-1258", "61ec62", "áb"), ("tis-620", "80", "€"),
    ("ibm866", "8fe0", "Пр"), ("cp437", "81", "ü"), ("iso-8859-15", "a4", "€"),
    ("viscii", "e1", "á"), ("utf8", "c3a4", "ä"), ("unknown-8bit", "c3a4", "ä"),
    ("iso_8859-7:1987", "e1", "α"), ("csShiftJIS", "8ea9", "自"),
    // What is nothing in its charset.
    ("utf-8", "61ff62", "a\u{FFFD}b"), ("utf-8", "e2826162c3", "\u{FFFD}ab\u{FFFD}"),
    ("gb2312", "b2", "\u{FFFD}"), ("gb2312", "61b23162", "a\u{FFFD}1b"),
    ("shift_jis", "fdfd41", "\u{FFFD}\u{FFFD}A"), ("euc-kr", "b0a1b08041", "가\u{FFFD}A"),
    ("iso-2022-jp", "1b2442467c4b", "日\u{FFFD}"), ("windows-1253", "aac3", "\u{FFFD}Γ"),
    ("iso-2022-jp", "1b2458", "\u{1B}$X"), ("windows-1258", "61d2", "a\u{309}"),
  ]

  private func bytes(_ hexadecimal: String) -> [UInt8] {
    let digits = hexadecimal.utf8.compactMap(\.hexadecimalValue)
    return stride(from: 0, to: digits.count - 1, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
  }

  @Test(arguments: texts) func decodes(_ label: String, _ hexadecimal: String, _ text: String)
    throws
  {
    let charset = try #require(Charset(label: label))
    let bytes = bytes(hexadecimal)
    for cut in 0...bytes.count {
      var decoder = try #require(CharsetDecoder(charset))
      var result: [UInt8] = []
      for part in [bytes[..<cut], bytes[cut...]] { decoder.receive(part.span, into: &result) }
      decoder.finish(into: &result)
      #expect(String(decoding: result, as: UTF8.self) == text, "split at \(cut)")
      #expect(decoder.invalid == text.unicodeScalars.count { $0 == "\u{FFFD}" })
    }
  }

  @Test func everyConverterOpens() {
    for charset in CharsetNames.all {
      #expect(CharsetDecoder(charset) != nil, "\(charset.name)")
      #expect(Charset(label: charset.name) == charset, "\(charset.name)")
    }
  }

  @Test func unknownLabels() {
    for label in [
      "", "x", "x-x-x", "cs", "utf-9", "nonsense", String(repeating: "x", count: 1_000),
    ] {
      #expect(Charset(label: label) == nil, "\(label)")
    }
    #expect(Charset(label: "x-x-big5")?.name == "Big5")
  }

  @Test func anyBytes() {
    var generator = SystemRandomNumberGenerator()
    let bytes = (0..<3_000).map { _ in UInt8.random(in: 0...255, using: &generator) }
    for charset in CharsetNames.all {
      let found = charset.decode(bytes)
      #expect(found != nil && found?.text.isEmpty == false, "\(charset.name)")
    }
  }

  /// Text without a charset, in the charset that it is in.
  static let raw: [(String, String, String)] = [
    ("windows-1252", "4772fcdf6520617573204bf66c6e", "Grüße aus Köln"),
    ("windows-1252", "526573756de9", "Resumé"),
    (
      "windows-1252", "436f6e6669726d61e7e36f20646520696e73637269e7e36f", "Confirmação de inscrição"
    ),
    ("windows-1252", "5365f1616c20962061636369f36e", "Señal – acción"),
    (
      "windows-1252", "42657374e4746967756e6720496872657220dc62657277656973756e67",
      "Bestätigung Ihrer Überweisung"
    ),
    ("windows-1251", "cff0e8e2e5f220ece8f0", "Привет мир"),
    ("windows-1251", "d1f7b8f220b93132333435", "Счёт №12345"),
    ("windows-1251", "c2cdc8ccc0cdc8c52120c0eaf6e8ff", "ВНИМАНИЕ! Акция"),
    ("KOI8-R", "f0d2c9d7c5d420cdc9d2", "Привет мир"),
    ("KOI8-R", "f3dea3d420cec120cfd0ccc1d4d5", "Счёт на оплату"),
    ("GB18030", "b2e2cad4d3cabcfe", "测试邮件"),
    ("GB18030", "b9d8d3dab9abcbbe32303234c4eabbe1d2e9b5c4cda8d6aa", "关于公司2024年会议的通知"),
    ("Big5", "b4fab8d5b66ca5f3", "測試郵件"),
    ("Big5", "c3f6a9f3a4bda571b77cc4b3aabab371aabe", "關於公司會議的通知"),
    ("Shift_JIS", "82b182f182c982bf82cd", "こんにちは"),
    ("Shift_JIS", "89ef8b6382cc82b288c493e0", "会議のご案内"),
    ("EUC-JP", "a4b3a4f3a4cba4c1a4cf", "こんにちは"),
    ("EUC-KR", "bec8b3e7c7cfbcbcbfe4", "안녕하세요"),
    ("EUC-KR", "c8b8c0c720c0cfc1a420bec8b3bb", "회의 일정 안내"),
    ("windows-1253", "cae1ebe7ecddf1e1", "Καλημέρα"),
    ("windows-1253", "c5f0e9e2e5e2e1dff9f3e720f0e1f1e1e3e3e5ebdfe1f2", "Επιβεβαίωση παραγγελίας"),
    ("windows-1255", "f9ece5ed20ecebe5eced2c20e4e5e3f2e420e7e3f9e4", "שלום לכולם, הודעה חדשה"),
    ("windows-1256", "e3d1cdc8c720c8dfe320dded20c7e1e3e6deda", "مرحبا بكم في الموقع"),
    ("windows-874", "cac7d1cab4d5a4c3d1ba", "สวัสดีครับ"),
    ("ISO-2022-JP", "1b2442467c4b5c386c1b2842", "日本語"),
    ("UTF-8", "c3a4", "ä"),
    ("windows-1250", "50f8ed6c699a209e6c759d6f75e86bfd206bf9f2", "Příliš žluťoučký kůň"),
    ("windows-1250", "5a61bff3b3e62067ea9c6cb9206a619ff1", "Zażółć gęślą jaźń"),
    (
      "windows-1254", "546f706c616e74fd2067fc6e64656d69207665206b69fe696c65722069e7696e",
      "Toplantı gündemi ve kişiler için"
    ),
    ("KOI8-U", "f0d2c9d7a6d420d5d3a6cd20a7a7", "Привіт усім її"),
  ]

  @Test(arguments: raw) func guesses(_ charset: String, _ hexadecimal: String, _ text: String) {
    #expect(CharsetGuess.charset(of: bytes(hexadecimal), hint: nil).name == charset)
  }

  @Test func theMessageKnowsBetter() {
    let word = bytes("d1f7e5f2")
    #expect(CharsetGuess.charset(of: word, hint: Charset(label: "koi8-r")).name == "KOI8-R")
    let decoded = EncodedWord.decode(word, hint: Charset(label: "koi8-r"))
    #expect(decoded.text == "яВЕР")
    #expect(decoded.problems.all.count == 1)
  }

  static let problems: [(String, String, Int)] = [
    ("=?nonsense?Q?a?= b", "=?nonsense?Q?a?= b", 1), ("=?utf-8?B?YQ?=", "a", 0),
    ("=?utf-8?B?YQ!?=", "a", 1), ("=?utf-8?B?YWJ?= =?utf-8?B?jZA==?=", "abcd", 0),
    ("=?utf-8?B?A?=", "", 1), ("=?utf-8?Q?a=C3?=", "a\u{FFFD}", 1), ("=?utf-8?Q?a=Zb?=", "a=Zb", 1),
    ("=?gb2312?B?sg==?= =?gb2312?B?4g==?=", "测", 0), ("=?utf-8?Q?a b?c?=", "a b?c", 0),
    ("=?utf-8?Q?a =?utf-8?Q?b?=", "=?utf-8?Q?a b", 0), ("=?us-ascii?Q?=E4?=", "ä", 1),
    ("=?unknown?Q?=C3=A4?=", "ä", 0), ("=?iso-2022-jp?B?GyRCRnxLXA==?=", "日本", 0),
    ("a =?utf-8?Q?b?=\r\n =?koi8-r?Q?=D0?= c", "a bп c", 0),
  ]
  @Test(arguments: problems) func tellsProblems(_ text: String, _ wanted: String, _ count: Int) {
    let decoded = EncodedWord.decode(text.utf8)
    #expect(decoded.text == wanted)
    #expect(decoded.problems.all.count == count, "\(decoded.problems)")
  }

  @Test func findingsOfAHeader() {
    var reader = MessageHeadersReader()
    let header: [UInt8] =
      Array("Subject: ".utf8) + bytes("d0d2c9d7c5d4")
      + Array("\r\nTo: =?none-such?Q?a?= <a@b>\r\n".utf8)
      + Array("Content-Type: text/plain; charset=\"koi8-r\"\r\n\r\n".utf8)
    reader.receive(header.span)
    let headers = reader.finish()
    #expect(headers?.subject == "привет")
    #expect(headers?.findings.map(\.code) == [.messageUnknownCharset, .messageGuessedCharset])
    #expect(headers?.findings.map(\.offset) == [17, 0])
  }
}
