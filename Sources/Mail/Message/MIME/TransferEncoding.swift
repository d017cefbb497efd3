import Fields

/// A Content-Transfer-Encoding (RFC 2045 section 6), and the older ones that mailers still write.
enum TransferEncoding: Sendable {
  /// 7bit, 8bit, binary.
  case identity
  case base64
  case quotedPrintable
  case uuencode

  /// nil for what is not known.
  init?(_ name: String) {
    switch name {
    case "", "7bit", "8bit", "binary", "7-bit", "8-bit", "none": self = .identity
    case "base64", "x-base64": self = .base64
    case "quoted-printable", "x-quoted-printable": self = .quotedPrintable
    case "x-uuencode", "uuencode", "x-uue", "uue": self = .uuencode
    default: return nil
    }
  }
}

/// Undoes the transfer encoding of a part as its bytes come.
struct ContentDecoder: Sendable {
  private enum Method: Sendable {
    case identity
    /// The first bytes of what may be no base64, though it says so.
    case undecided([UInt8])
    case base64(Base64Decoder)
    case quotedPrintable(QuotedPrintableDecoder)
    case uuencode(UUDecoder)
  }
  private var method: Method

  init(_ encoding: TransferEncoding) {
    switch encoding {
    case .identity: method = .identity
    case .base64: method = .base64(Base64Decoder())
    case .quotedPrintable: method = .quotedPrintable(QuotedPrintableDecoder())
    case .uuencode: method = .uuencode(UUDecoder())
    }
  }

  /// Of a message that says that it is base64: mailers say so of messages that are not encoded.
  static let maybeBase64 = Self(method: .undecided([]))

  private init(method: Method) { self.method = method }

  /// A line of a header has a colon in it, which is no digit.
  private mutating func decide(into output: inout [UInt8], isLast: Bool) {
    guard case .undecided(let bytes) = method else { return }
    let isHeader = bytes.contains(UInt8(ascii: ":"))
    guard isHeader || isLast || bytes.count >= Self.decidingLength else { return }
    if isHeader {
      method = .identity
      output += bytes
    } else {
      var decoder = Base64Decoder()
      decoder.receive(bytes.span, into: &output)
      method = .base64(decoder)
    }
  }

  /// As many as a field has before its colon.
  private static let decidingLength = 76

  /// The bytes are the content as they are.
  var isIdentity: Bool {
    if case .identity = method { true } else { false }
  }

  mutating func receive(_ bytes: Span<UInt8>, into output: inout [UInt8]) {
    switch method {
    case .identity: output.append(bytes)
    case .undecided(var first):
      let taken = min(bytes.count, Self.decidingLength - first.count)
      first.append(bytes.extracting(first: taken))
      method = .undecided(first)
      decide(into: &output, isLast: false)
      if taken < bytes.count { receive(bytes.extracting(droppingFirst: taken), into: &output) }
    case .base64(var decoder):
      decoder.receive(bytes, into: &output)
      method = .base64(decoder)
    case .quotedPrintable(var decoder):
      method = .identity
      decoder.receive(bytes, into: &output)
      method = .quotedPrintable(decoder)
    case .uuencode(var decoder):
      method = .identity
      decoder.receive(bytes, into: &output)
      method = .uuencode(decoder)
    }
  }

  /// Bytes are missing here. What follows is decoded from where that can be done.
  mutating func gap(into output: inout [UInt8]) {
    decide(into: &output, isLast: true)
    switch method {
    case .identity, .undecided: break
    case .base64(var decoder):
      decoder.gap(into: &output)
      method = .base64(decoder)
    case .quotedPrintable(var decoder):
      decoder.finish(into: &output)
      method = .quotedPrintable(decoder)
    case .uuencode(var decoder):
      decoder.finish(into: &output)
      method = .uuencode(decoder)
    }
  }

  /// The part ends. Returns what was wrong with it.
  mutating func finish(into output: inout [UInt8]) -> ContentProblems {
    var problems = ContentProblems()
    decide(into: &output, isLast: true)
    switch method {
    case .identity, .undecided: break
    case .base64(var decoder):
      decoder.finish(into: &output)
      problems.noteBase64(decoder)
      method = .base64(decoder)
    case .quotedPrintable(var decoder):
      decoder.finish(into: &output)
      if decoder.badEscapes > 0 {
        let escapes = Phrase.count(decoder.badEscapes, "escape")
        problems.add(.messageBadQuotedPrintable, "\(escapes) that are none, left as sent")
      }
      method = .quotedPrintable(decoder)
    case .uuencode(var decoder):
      decoder.finish(into: &output)
      method = .uuencode(decoder)
      if !decoder.hasEnded {
        problems.add(.messageBadUUEncode, "uuencoded data without an end")
        problems.isIncomplete = true
      }
    }
    return problems
  }
}

/// What was wrong with the content of a part.
struct ContentProblems: Sendable {
  private(set) var found: [(code: FindingCode, text: String)] = []
  /// Bytes at its end are missing.
  var isIncomplete = false

  mutating func add(_ code: FindingCode, _ text: String) { found.append((code, text)) }

  mutating func noteBase64(_ decoder: Base64Decoder) {
    if decoder.noise > 0 {
      add(
        .messageBadBase64,
        "\(Phrase.count(decoder.noise, "byte")) outside of the alphabet, passed over")
    }
    if decoder.afterPadding > 0 {
      let digits = Phrase.count(decoder.afterPadding, "digit")
      add(.messageBadBase64, "\(digits) after the padding, which ends the data")
    }
    if decoder.isIncomplete {
      add(.messageBadBase64, "the last digit is one of a pair")
      isIncomplete = true
    } else if decoder.lacksPadding {
      add(.messageBadBase64, "no padding at the end")
    }
  }
}
