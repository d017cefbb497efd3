import Testing

@testable import Mail

@Suite struct SecretsTests {
  // MARK: Lines that the reader cannot place

  /// A line of the client, and what is masked of it.
  static let lines: [(line: String, shown: String)] = [
    ("PASS secret", "PASS •••"), (" PASS secret", " PASS •••"), ("PASS\tsecret", "PASS\t•••"),
    ("PASS:secret", "PASS:•••"), ("pass  a b", "pass  •••"), ("PASS", "PASS"),
    ("PASSED it", "PASSED it"),
    ("AUTH PLAIN AGEAYg==", "AUTH PLAIN •••"), ("AUTH=LOGIN YWxp", "AUTH=LOGIN •••"),
    ("AUTH AGFsaWNlAHNlY3JldA==", "AUTH •••"), ("AUTH\rPLAIN\tAGEAYg==", "AUTH\rPLAIN\t•••"),
    ("AUTH LOGIN", "AUTH LOGIN"), ("APOP alice c4c9", "APOP alice •••"),
    ("a1 LOGIN ann secret", "a1 LOGIN ann •••"), ("LOGIN ann secret", "LOGIN ann •••"),
    ("a1 LOGIN \"ann secret", "a1 LOGIN •••"),
    ("a1 LOGIN \"a\\\"b\" secret", "a1 LOGIN \"a\\\"b\" •••"),
    ("a1 AUTHENTICATE PLAIN AGEAYg==", "a1 AUTHENTICATE PLAIN •••"),
    ("AGFsaWNlAHNlY3JldA==", "•••"), ("dXNlcj1hQGIBYXV0aD1CZWFyZXIgeAEB", "•••"),
    ("TlRMTVNTUAADAAAA", "•••"), ("bixhPWFsaWNlLAE=", "•••"), ("RETR 1", "RETR 1"),
    ("QUIT", "QUIT"), ("PASSWD secret", "PASSWD •••"),
    ("USER ann PASS secret", "USER ann PASS •••"), ("USER ann", "USER ann"),
    ("AUTH U3ExQTJCeFc4M2Yx", "AUTH •••"), ("AUTH xyz77 b", "AUTH •••"),
    ("auth plain", "auth plain"),
    ("U3ExQTJCeFc4M2Yx", "•••"), ("XDEBUG12", "XDEBUG12"), ("ann {6+}secret", "ann {6+}•••"),
    ("a {6}", "a {6}"),
    ("EHLO mail.example.org", "EHLO mail.example.org"), ("STARTTLS", "STARTTLS"),
  ]

  @Test(arguments: lines) func partOfALine(_ line: String, _ shown: String) {
    let bytes = Array(line.utf8)
    let part = Secrets.part(of: line) ?? bytes.count..<bytes.count
    let masked =
      part.isEmpty
      ? line
      : String(decoding: bytes[..<part.lowerBound], as: UTF8.self) + SecretMask.mark
        + String(decoding: bytes[part.upperBound...], as: UTF8.self)
    #expect(masked == shown)
  }

  // MARK: What the peers say

  static func mask(_ secrets: [(String, String)], names: [String] = []) -> SecretMask {
    var session = Session(.pop3)
    for (secret, context) in secrets { _ = session.secrets.remember(secret, after: context) }
    for name in names {
      session.authentications.append(Authentication(mechanism: "USER", username: name, frame: 1))
    }
    return SecretMask(session, showsSecrets: false)
  }

  @Test func aRepeatedSecretIsMasked() {
    let mask = Self.mask([("Sq1A2BxW83f1c2", "PASS ")])
    #expect(mask.text("unknown command: PASS Sq1A2BxW83f1c2") == "unknown command: PASS •••")
    #expect(mask.text("PASS SQ1A2BXW83F1C2!") == "PASS •••!")
    // Cut, or in base64 at any of its three places.
    #expect(mask.text("no: Sq1A2BxW8…") == "no: •••…")
    #expect(mask.text("2BxW83f1c2 is wrong") == "••• is wrong")
    for shifted in ["U3ExQTJCeFc4M2YxYzI=", "AFNxMUEyQnhXODNmMWMy", "AABTcTFBMkJ4VzgzZjFjMg=="] {
      #expect(mask.text("<\(shifted)>").contains(SecretMask.mark))
      #expect(!mask.text("<\(shifted)>").contains("QTJCeFc4"))
    }
    #expect(mask.text("nothing of it") == "nothing of it")
  }

  /// A password that is a word of any text is looked for where it can be meant only.
  @Test func wordsAreNoSecrets() {
    let mask = Self.mask([("password", "PASS ")])
    #expect(mask.text("Invalid user name or password") == "Invalid user name or password")
    #expect(mask.text("unknown command: PASS password") == "unknown command: PASS •••")
    #expect(mask.text("password") == "•••")
    #expect(mask.text("Pass PASSWORD") == "Pass •••")
    #expect(
      Self.mask([("Welcome1", "PASS ")]).text("Welcome to example.org") == "Welcome to example.org")
  }

  @Test func aNameIsNoSecret() {
    let mask = Self.mask([("al1ce7zz", "PASS ")], names: ["al1ce7zz"])
    #expect(mask.text("logged in as al1ce7zz") == "logged in as al1ce7zz")
  }

  @Test func shortSecretsAreWholeWords() {
    let mask = Self.mask([("x7y", "PASS "), ("ab", "PASS ")])
    #expect(mask.text("x7y and ax7y, x7y.") == "••• and ax7y, •••.")
    #expect(mask.text("ab") == "ab")
  }

  @Test func textOfOursIsNotSearched() {
    var session = Session(.pop3)
    _ = session.secrets.remember("Str4nge!", after: "PASS ")
    let mask = SecretMask(session, showsSecrets: false)
    let quote = "Str4nge! it was"
    let finding = Finding(.gap, frame: 1, text: "Str4nge! said: \(quote), \(3) times")
    #expect(mask.text(of: finding) == "Str4nge! said: ••• it was, 3 times")
    session.conclusion = "refused" + (["\(quote)", "x"] as [QuotingText]).joined(separator: ", ")
    #expect(mask.verdict(of: session) == "refused••• it was, x")
    #expect(SecretMask(session, showsSecrets: true).verdict(of: session) == session.verdict)
  }

  /// Of a line that nobody captured, a server repeats what looks like a secret.
  @Test func aServerAlone() {
    let mask = SecretMask(Session(.pop3), showsSecrets: false)
    #expect(mask.line("unknown: PASS Sq1A2BxW", isAnswer: false) == "unknown: PASS •••")
    #expect(mask.line("PASS failed for Bob", isAnswer: false) == "PASS failed for Bob")
    #expect(mask.line("SASL PLAIN 250", isAnswer: false) == "SASL PLAIN 250")
  }

  /// What a server alone says of names and mechanisms is no secret.
  @Test(arguments: [
    "AUTH PLAIN LOGIN CRAM-MD5 SCRAM-SHA-256 KERBEROS_V4", "AUTH=PLAIN AUTH=CRAM-MD5] ready",
    "+OK user42 is welcome, send PASS", "[AUTH] LOGIN failed for user bob42.",
    "+OK Password required for bob42", "2.0.0 Ok: queued as 2262FF865F1",
    "PASS failed", "send USER before PASS first", "5.7.8 https://example.org/mail?p=Bad1x",
  ])
  func aServerAloneIsReadable(_ line: String) {
    let mask = SecretMask(Session(.pop3), showsSecrets: false)
    #expect(mask.line(line, isAnswer: false) == line)
  }

  @Test(arguments: [
    ("-ERR unknown command PASS hunter", "-ERR unknown command PASS •••"),
    ("-ERR bad: PASS=hunter", "-ERR bad: PASS=•••"),
    ("535 bad password Sq1A2BxW", "535 bad password •••"),
    ("500 unknown command U3ExQTJCeFc4M2Yx", "500 unknown command •••"),
    ("334 dj0zcFlnMGJ6RFIrREZPK1JkOUN2dGg4", "334 •••"),
  ])
  func aServerAloneThatRepeats(_ line: String, _ shown: String) {
    let mask = SecretMask(Session(.pop3), showsSecrets: false)
    #expect(mask.line(line, isAnswer: false) == shown)
  }

  /// A word of any text is a secret after a word that announces it, or where it is quoted.
  @Test func aPlainWordIsAnnounced() {
    let mask = Self.mask([("welcome", "PASS ")])
    #expect(mask.text("bad password welcome") == "bad password •••")
    #expect(Self.mask([("welcome", "PASS\t")]).text("PASS\u{FFFD}welcome") == "PASS\u{FFFD}•••")
    #expect(mask.text("no: \"welcome\"") == "no: \"•••\"")
    #expect(mask.text("you are welcome here") == "you are welcome here")
    #expect(!mask.text("unknown d2VsY29tZQ==").contains("d2VsY29t"))
  }

  /// A message of NTLM is one though it is cut short.
  @Test func aQuoteOfNTLM() {
    let whole = "TlRMTVNTUAADAAAAGAAYAEAAAAAYABgAWAAAAAwADABwAAAABgAGAHwAAAAEAAQAggAAAAAAAACGAAAA"
    let mask = Self.mask([(whole, "")])
    #expect(mask.text("“\(whole.prefix(50))…” is none") == "“•••…” is none")
  }

  // MARK: Bounds

  @Test func whatIsRememberedIsBounded() {
    var secrets = Secrets()
    var isFull = false
    for number in 0..<5_000 { isFull = !secrets.remember("secret \(number)") || isFull }
    #expect(isFull)
    #expect(secrets.words.count == 1_000)
    var other = Secrets()
    let isKept = other.remember(String(repeating: "x", count: 70_000))
    #expect(!isKept && other.words.isEmpty)
  }

  @Test func quotesKeepTheirPlaces() {
    let inner: QuotingText = "ä \("b")"
    let text: QuotingText = "1 \("zwei") \(inner) \(3)" + "!"
    #expect(text.text == "1 zwei ä b 3!")
    #expect(text.quotes == [2..<6, 10..<11])
    #expect(QuotingText(quoting: "").quotes.isEmpty)
  }
}
