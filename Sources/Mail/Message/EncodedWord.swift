/// Text of header fields: UTF-8 as RFC 6532 allows it, the encoded words of RFC 2047, and bytes whose charset nothing
/// tells.
enum EncodedWord {
  /// The text in Unicode. Words in a charset that is not known here, and what only looks like a word, stay as sent.
  ///
  /// Tolerant as receivers are: a word may have other text beside it without a blank between them, blanks and `?` in
  /// it, and the end of a character or of four base64 digits in the next word. `hint` is a charset that the message
  /// uses elsewhere.
  static func decode(_ text: some Collection<UInt8>, hint: Charset? = nil) -> DecodedText {
    let bytes = Array(text)
    guard bytes.contains(where: { $0 >= 0x80 || $0 == 0x1B || $0 == UInt8(ascii: "=") }) else {
      return DecodedText(String(decoding: bytes, as: UTF8.self))
    }
    var reader = Reader(bytes, hint)
    reader.read()
    return DecodedText(reader.text, problems: reader.problems)
  }

  private struct Reader {
    let bytes: [UInt8]
    /// What bytes outside of words are.
    let plain: Charset
    var text = ""
    var problems = TextProblems()
    /// Words that follow each other in one charset: a character may begin in one and end in the next.
    var run: (charset: Charset, decoder: WordDecoder, start: Int, end: Int)?

    init(_ bytes: [UInt8], _ hint: Charset?) {
      self.bytes = bytes
      plain = CharsetGuess.charset(of: bytes, hint: hint)
      if plain != .utf8 { problems.insert(.guessed(plain)) }
    }

    mutating func read() {
      /// Where the text that is no word begins.
      var start = 0
      var index = 0
      while index < bytes.count {
        guard bytes[index] == UInt8(ascii: "="), let word = word(at: index) else {
          index += 1
          continue
        }
        // Blanks between two words only separate them.
        let isJoined = run != nil && bytes[start..<index].allSatisfy(\.isFolding)
        if !isJoined || run?.charset != word.charset { endRun() }
        if !isJoined { append(start..<index) }
        if run == nil { run = (word.charset, WordDecoder(), index, index) }
        run?.decoder.take(bytes[word.content], word.encoding)
        run?.end = word.end
        (index, start) = (word.end, word.end)
      }
      endRun()
      append(start..<bytes.count)
    }

    private mutating func append(_ range: Range<Int>) {
      guard !range.isEmpty else { return }
      let found = plain.decode(Array(bytes[range]))
      text += found?.text ?? String(decoding: bytes[range], as: UTF8.self)
    }

    private mutating func endRun() {
      guard let ended = run else { return }
      run = nil
      var (charset, decoder) = (ended.charset, ended.decoder)
      decoder.finish()
      if decoder.isBroken { problems.insert(.badEncoding) }
      if charset.coding == .unnamed {
        charset = CharsetGuess.charset(of: decoder.content, hint: nil)
        if charset != .utf8 { problems.insert(.guessed(charset)) }
      }
      guard let found = charset.decode(decoder.content) else {
        problems.insert(.noConverter(charset))
        return append(ended.start..<ended.end)
      }
      // A character that was cut at the end is no sign of another charset.
      if charset.coding == .utf8, !decoder.isBroken,
        found.invalid > (found.text.hasSuffix("\u{FFFD}") ? 1 : 0)
      {
        let guess = CharsetGuess.charset(of: decoder.content, hint: nil)
        if let better = guess.decode(decoder.content), better.invalid == 0 {
          problems.insert(.mislabelled(charset, takenFor: guess))
          text += better.text
          return
        }
      }
      if found.invalid > 0 { problems.insert(.invalidBytes(charset)) }
      text += found.text
    }

    private struct Word {
      var charset: Charset
      var encoding: WordDecoder.Encoding
      var content: Range<Int>
      var end: Int
    }

    /// Bytes that a charset's name with its language may have.
    private static let nameLimit = 64
    /// Bytes that a word's text may have; the RFC allows 75 for the whole word.
    private static let textLimit = 64 << 10

    /// `=?charset*language?B?text?=` at `start`.
    private mutating func word(at start: Int) -> Word? {
      let mark = UInt8(ascii: "?")
      guard start + 1 < bytes.count, bytes[start + 1] == mark,
        let first = bytes[(start + 2)...].prefix(Self.nameLimit).firstIndex(of: mark),
        first + 2 < bytes.count, bytes[first + 2] == mark
      else { return nil }
      let encoding: WordDecoder.Encoding
      switch bytes[first + 1].uppercasedASCII {
      case UInt8(ascii: "B"): encoding = .base64
      case UInt8(ascii: "Q"): encoding = .quoted
      default: return nil
      }
      let content = first + 3
      let limit = min(bytes.count - 1, content + Self.textLimit)
      var end = content
      while end < limit, bytes[end] != mark || bytes[end + 1] != UInt8(ascii: "=") {
        // Here begins another word: this one has no end. In base64 the padding may come before the end.
        if bytes[end] == UInt8(ascii: "="), bytes[end + 1] == mark,
          end + 2 >= bytes.count || bytes[end + 2] != UInt8(ascii: "=")
        {
          return nil
        }
        end += 1
      }
      guard end < limit else { return nil }
      let label = String(
        decoding: bytes[(start + 2)..<first].prefix { $0 != UInt8(ascii: "*") }, as: UTF8.self)
      guard let charset = Charset(label: label) else {
        problems.insert(.unknownCharset(label))
        return nil
      }
      if encoding == .base64, content < end,
        !bytes[content..<end].contains(where: { Base64.value(of: $0) != nil })
      {
        problems.insert(.badEncoding)
        return nil
      }
      return Word(charset: charset, encoding: encoding, content: content..<end, end: end + 2)
    }
  }
}

/// The bytes of encoded words of one charset that follow each other.
private struct WordDecoder {
  enum Encoding {
    case base64
    case quoted
  }
  private(set) var content: [UInt8] = []
  /// Something in it was no base64 and no escape.
  private(set) var isBroken = false
  private var base64 = Base64Decoder()

  mutating func take(_ text: ArraySlice<UInt8>, _ encoding: Encoding) {
    switch encoding {
    case .base64:
      // Padding ends the digits of a word; where it lacks, the next word may go on with them.
      if base64.isPadded { finish() }
      for byte in text { base64.take(byte, into: &content) }
    case .quoted:
      finish()
      takeQuoted(text)
    }
  }

  mutating func finish() {
    base64.finish(into: &content)
    isBroken = isBroken || base64.noise > 0 || base64.isIncomplete
    base64 = Base64Decoder()
  }

  /// The `Q` encoding; what is no escape stays.
  private mutating func takeQuoted(_ text: ArraySlice<UInt8>) {
    var index = text.startIndex
    while index < text.endIndex {
      let byte = text[index]
      if byte == UInt8(ascii: "="), index + 2 < text.endIndex,
        let high = text[index + 1].hexadecimalValue, let low = text[index + 2].hexadecimalValue
      {
        content.append(high << 4 | low)
        index += 3
        continue
      }
      if byte == UInt8(ascii: "=") { isBroken = true }
      content.append(byte == UInt8(ascii: "_") ? .space : byte)
      index += 1
    }
  }
}
