/// Finds a session's secrets in other text: whole, in base64, or a piece that is long and strange enough to be no
/// coincidence.
///
/// Letters are compared without case. A secret that might be a word of any text ("welcome") is looked for only where it
/// follows what preceded it in its own line, or a word that announces it, or is all of the text.
struct SecretIndex: Sendable {
  /// Every seven bytes in a row of a secret, in lower case; sorted where they are many.
  private var grams: [UInt64] = []
  /// So many are searched one by one.
  private static let scanLimit = 256
  /// A bit for each of them, and one for each two bytes in a row of them, by a hash: most text is passed six bytes at a
  /// time by a look here.
  private var filter: [UInt64] = []
  /// Whole secrets, in lower case.
  private var wholes: Set<[UInt8]> = []
  /// A bit for each of their lengths, from the 63rd on one for all.
  private var wholeLengths: UInt64 = 0
  /// Whole secrets that are too short for `grams`.
  private var shorts: [[UInt8]] = []
  /// What precedes a plain word, and the word; how many bytes of it are no secret.
  private var phrases: [(bytes: [UInt8], open: Int)] = []
  /// A secret is a message of NTLM, which begins as all of them do: what begins so is one, even where it is cut short.
  private var hasNTLM = false
  private static let ntlm = Array("tlrmtvntuaad".utf8)
  /// Plain words, which are secrets after a word that announces them.
  private var plains: [[UInt8]] = []
  /// All that is looked for in lower case, beside `wholes`.
  private var marks: [[UInt8]] = []
  private static let length = 7
  private static let phraseLimit = 64

  init(_ words: [Secrets.Word], public names: [String]) {
    var open: [[UInt8]] = []
    for name in names.count > 1 ? Array(Set(names)) : names {
      let bytes = Array(name.utf8)
      open.append(Self.lowercased(bytes))
      open.append(Self.lowercased(Self.base64(bytes)))
    }
    // A secret has its own grams, and those of its base64, which is a third longer, from each of three places.
    let most = 5 * words.reduce(0) { $0 + ($1.isWhole ? 0 : $1.text.utf8.count) }
    grams.reserveCapacity(most)
    if most > 0 {
      var size = 64
      while size < most / 4 { size *= 2 }
      filter = Array(repeating: 0, count: size)
    }
    for word in words {
      let bytes = Array(word.text.utf8)
      let small = Self.lowercased(bytes)
      // What is part of a name cannot be hidden without hiding that.
      if open.contains(where: { $0 == small || $0.firstPlace(of: small) != nil }) { continue }
      add(bytes, small, word)
    }
    marks = shorts
    marks += plains
    for phrase in phrases { marks.append(phrase.bytes) }
    if hasNTLM { marks.append(Self.ntlm) }
    if grams.count > Self.scanLimit { grams.sort() }
  }

  var isEmpty: Bool { wholes.isEmpty }

  private mutating func add(_ bytes: [UInt8], _ small: [UInt8], _ word: Secrets.Word) {
    guard small.count > 2 else { return }
    wholes.insert(small)
    wholeLengths |= Self.bit(ofLength: small.count)
    let isPlain = !Self.isStrange(bytes[...]) && bytes.count < 12
    if small.starts(with: Self.ntlm) { hasNTLM = true }
    if word.isWhole || isPlain { addPhrase(small, after: word.context) }
    if word.isWhole { return }
    // Nobody writes the base64 of a word by chance.
    for shift in 0..<3 { addGrams(ofBase64: bytes, shift: shift) }
    if isPlain {
      if plains.count < Self.phraseLimit { plains.append(small) }
      return
    }
    guard small.count >= Self.length else {
      if shorts.count < Self.phraseLimit { shorts.append(small) }
      return
    }
    addGrams(of: small)
    if let binary = Self.binary(ofHexadecimal: small) {
      for shift in 0..<3 { addGrams(ofBase64: binary, shift: shift) }
    }
  }

  private mutating func addPhrase(_ small: [UInt8], after context: String) {
    // The last word before it: what is before that a server need not repeat.
    let bytes = Self.lowercased(Array(context.utf8))
    let blanks = bytes.reversed().prefix { $0 <= 0x20 }.count
    let word = bytes.dropLast(blanks).reversed().prefix { $0 > 0x20 }.count
    let before = Array(bytes.suffix(word + blanks))
    guard before.count >= 3, phrases.count < Self.phraseLimit else { return }
    phrases.append((before + small, before.count))
    // Findings quote a tab so.
    if before.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return }
    let quoted = Array(Phrase.quote(String(decoding: before, as: UTF8.self)).utf8)
    if quoted != before { phrases.append((quoted + small, quoted.count)) }
  }

  /// Those of the digits that base64 has for these bytes alone where `shift` bytes precede them.
  private mutating func addGrams(ofBase64 bytes: [UInt8], shift: Int) {
    var window = Window()
    Self.forEachDigit(ofBase64: bytes, shift: shift) { add($0, to: &window) }
  }

  private mutating func addGrams(of bytes: [UInt8]) {
    var window = Window()
    for byte in bytes { add(byte, to: &window) }
  }

  private mutating func add(_ byte: UInt8, to window: inout Window) {
    window.push(byte)
    mark(window.value & 0xFFFF)
    guard window.isFull else { return }
    mark(window.value)
    grams.append(window.value)
  }

  private mutating func mark(_ bytes: UInt64) {
    let (word, bit) = Self.place(of: bytes, in: filter.count)
    filter[word] |= bit
  }

  // MARK: Search

  /// Where secrets are in a text, in UTF-8 offsets; they may overlap.
  func places(in text: String) -> [Range<Int>] { places(in: text.utf8.span) }

  /// The same of a text in place.
  func places(in bytes: Span<UInt8>) -> [Range<Int>] {
    if bytes.isEmpty || isEmpty { return [] }
    var places: [Range<Int>] = []
    let mayBeWhole = wholeLengths & Self.bit(ofLength: bytes.count) != 0
    let small = mayBeWhole || hasMark(in: bytes) ? bytes.copied.map(\.lowercasedASCII) : []
    if mayBeWhole, wholes.contains(small) { return [0..<bytes.count] }
    findPieces(bytes, into: &places)
    if small.isEmpty { return places }
    for short in shorts {
      for place in Self.occurrences(of: short, in: small) where Self.isWord(place, in: small) {
        places.append(place)
      }
    }
    if hasNTLM {
      for place in Self.occurrences(of: Self.ntlm, in: small) {
        let end = small[place.upperBound...].firstIndex { !$0.isOfBase64 } ?? small.count
        places.append(place.lowerBound..<end)
      }
    }
    for plain in plains {
      for place in Self.occurrences(of: plain, in: small)
      where Self.isWord(place, in: small) && Self.isAnnounced(place.lowerBound, in: small) {
        places.append(place)
      }
    }
    for phrase in phrases {
      for place in Self.occurrences(of: phrase.bytes, in: small) {
        places.append(place.lowerBound + phrase.open..<place.upperBound)
      }
    }
    return places
  }

  /// Whether anything is in a text that is looked for in lower case: seldom is it worth to make that of the text.
  private func hasMark(in bytes: Span<UInt8>) -> Bool {
    let marks = marks.span
    for index in marks.indices where bytes.contains(lowercased: marks[index].span) { return true }
    return false
  }

  private func findPieces(_ bytes: Span<UInt8>, into places: inout [Range<Int>]) {
    guard !grams.isEmpty, bytes.count >= Self.length else { return }
    let filter = filter.span
    var run: Range<Int>?
    func close() {
      guard let found = run else { return }
      let piece = bytes.extracting(found).copied
      if Self.isStrange(piece[...]) || wholes.contains(Self.lowercased(piece)) {
        places.append(found)
      }
      run = nil
    }
    var end = Self.length
    while end <= bytes.count {
      let pair = Self.pair(endingAt: end, of: bytes)
      let (place, mark) = Self.place(of: pair, in: filter.count)
      if filter[place] & mark == 0 {
        // No gram has this pair: the next that may be there begins with its second byte.
        end += Self.length - 1
        continue
      }
      let start = end - Self.length
      defer { end += 1 }
      var window = Window()
      for index in start..<end { window.push(bytes[index]) }
      let (word, bit) = Self.place(of: window.value, in: filter.count)
      guard filter[word] & bit != 0, contains(window.value) else { continue }
      if let known = run, start <= known.upperBound {
        run = known.lowerBound..<end
      } else {
        close()
        run = start..<end
      }
    }
    close()
  }

  private func contains(_ gram: UInt64) -> Bool {
    if grams.count <= Self.scanLimit { return grams.contains(gram) }
    var range = grams.indices
    while let middle = range.isEmpty ? nil : range.lowerBound + range.count / 2 {
      if grams[middle] == gram { return true }
      range = grams[middle] < gram ? middle + 1..<range.upperBound : range.lowerBound..<middle
    }
    return false
  }

  /// Words that look like secrets in a line of a server that seems to repeat what it did not like: after the name of a
  /// login command, or after a word such as "password".
  static func repeatedWords(in text: String) -> [Range<Int>] {
    var places: [Range<Int>] = []
    var isAfterVerb = false, isAfterCue = false, isAfterPreposition = false, isAfterPass = false
    var at = 0
    let separators = " \t:=".utf8
    for word in text.utf8.split(whereSeparator: separators.contains) {
      let start = text.utf8.distance(from: text.utf8.startIndex, to: word.startIndex)
      at = start + word.count
      let isLast = text.utf8.count - at < 3
      let isSecret =
        isAfterPass && isLast && !isOfTalk(word)
        || (isAfterVerb || isAfterCue && !isAddress(word)) && !isAfterPreposition
          // `LITERAL+` is a word, too.
          && isStrange(Array(word.filter { $0.isASCIILetter || $0.isASCIIDigit })[...])
      if isSecret, word.allSatisfy(\.isOfSecret), !isMechanism(word) { places.append(start..<at) }
      let letters = word.drop { !$0.isASCIILetter }.reversed().drop { !$0.isASCIILetter }
      let name = String(decoding: letters.reversed(), as: UTF8.self).uppercasedASCII
      isAfterPass = name == "PASS"
      isAfterVerb = isAfterVerb || verbs.contains(name)
      isAfterCue = isAfterCue || cues.contains(name)
      isAfterPreposition = prepositions.contains(name)
    }
    return places
  }

  /// The last word of a line of a server, where that is a proof of its own which is made of the password: `v=` of SCRAM,
  /// `rspauth=` of DIGEST-MD5.
  static func proof(in bytes: Span<UInt8>) -> Range<Int>? {
    guard (24...1_000).contains(bytes.count) else { return nil }
    let end = bytes[bytes.count - 1] == UInt8(ascii: "\"") ? bytes.count - 1 : bytes.count
    var start = end
    while start > 0, bytes[start - 1].isOfBase64 { start -= 1 }
    guard end - start >= 24 else { return nil }
    let word = bytes.extracting(start..<end).text
    let heads = ["dj0", "dj1", "dj2", "dj3", "cnNwYXV0aD"]
    return heads.contains { word.hasPrefix($0) } ? start..<end : nil
  }

  private static let verbs: Set<String> = ["PASS", "LOGIN", "AUTH", "AUTHENTICATE", "APOP"]
  private static let cues: Set<String> = ["PASSWORD", "COMMAND"]
  private static let prepositions: Set<String> = [
    "FOR", "USER", "AS", "ACCOUNT", "MAILBOX", "NAME",
  ]

  /// What servers say after the name of the command: `unknown command PASS secret`, and not `send USER before PASS first`.
  private static func isOfTalk(_ word: Substring.UTF8View) -> Bool {
    let talk: Set<String> = [
      "again", "command", "commands", "denied", "disabled", "expected", "failed", "failure",
      "first", "invalid", "now", "ok", "only", "please", "rejected", "required",
    ]
    return talk.contains(
      String(
        decoding: word.filter(\.isASCIILetter).map(\.lowercasedASCII), as: UTF8.self))
  }

  /// Whether the words before a place say that a secret follows, or a colon, a quote or a bracket does.
  private static func isAnnounced(_ place: Int, in small: [UInt8]) -> Bool {
    let before = small[..<place].reversed().drop { $0 <= 0x20 }
    guard let last = before.first else { return false }
    if ":=\"'`<([".utf8.contains(last) { return true }
    let word = before.prefix(while: \.isASCIILetter).reversed()
    return announcing.contains(String(decoding: Array(word), as: UTF8.self))
  }
  private static let announcing: Set<String> = [
    "command", "credentials", "pass", "passwd", "password", "secret", "token", "unknown",
  ]

  private static func isAddress(_ word: Substring.UTF8View) -> Bool {
    word.contains(UInt8(ascii: "@")) || Substring(word).hasPrefix("//")
  }

  /// `CRAM-MD5`, with what closes a list after it.
  private static func isMechanism(_ word: Substring.UTF8View) -> Bool {
    let isOfName = { (byte: UInt8) in
      byte.isASCIILetter || byte.isASCIIDigit || "-_".utf8.contains(byte)
    }
    return SASLScheme.isKnown(Substring(word.drop { !isOfName($0) }.prefix(while: isOfName)))
  }

  // MARK: Bytes

  /// The last bytes that were seen, in lower case.
  private struct Window {
    private(set) var value: UInt64 = 0
    private var count = 0

    var isFull: Bool { count >= SecretIndex.length }

    mutating func push(_ byte: UInt8) {
      value = (value << 8 | UInt64(byte.lowercasedASCII)) & 0xFF_FFFF_FFFF_FFFF
      count += 1
    }
  }

  /// The last two bytes before a place, in lower case.
  private static func pair(endingAt end: Int, of bytes: Span<UInt8>) -> UInt64 {
    UInt64(bytes[end - 2].lowercasedASCII) << 8 | UInt64(bytes[end - 1].lowercasedASCII)
  }

  private static func place(of gram: UInt64, in size: Int) -> (word: Int, bit: UInt64) {
    let hash = (gram &* 0x9E37_79B9_7F4A_7C15) >> 32
    return (Int(truncatingIfNeeded: hash >> 6) & (size - 1), 1 << (hash & 63))
  }

  /// Letters and digits in one, letters of both cases within, or what is in no word: nobody writes this by chance.
  static func isStrange(_ bytes: ArraySlice<UInt8>) -> Bool {
    var hasDigit = false, hasLetter = false, hasLower = false
    for byte in bytes {
      if byte.isASCIIDigit {
        hasDigit = true
      } else if byte.isASCIILetter {
        if hasLower, byte < 0x61 { return true }
        hasLetter = true
        hasLower = byte >= 0x61
      } else if " .,:;@-'\"()/<>[]".utf8.contains(byte) {
        hasLower = false
      } else {
        return true
      }
    }
    return hasDigit && hasLetter
  }

  private static func bit(ofLength length: Int) -> UInt64 { 1 << UInt64(min(length, 63)) }

  private static func lowercased(_ bytes: [UInt8]) -> [UInt8] { bytes.map(\.lowercasedASCII) }

  private static func isWord(_ place: Range<Int>, in bytes: [UInt8]) -> Bool {
    func isPart(_ byte: UInt8) -> Bool { byte.isASCIILetter || byte.isASCIIDigit }
    let before = place.lowerBound > 0 && isPart(bytes[place.lowerBound - 1])
    let after = place.upperBound < bytes.count && isPart(bytes[place.upperBound])
    return !before && !after
  }

  private static func occurrences(of mark: [UInt8], in bytes: [UInt8]) -> [Range<Int>] {
    guard let first = mark.first, mark.count <= bytes.count else { return [] }
    return (0...bytes.count - mark.count).lazy
      .filter { bytes[$0] == first && bytes[$0..<$0 + mark.count].elementsEqual(mark) }
      .map { $0..<$0 + mark.count }
  }

  private static func base64(_ bytes: [UInt8]) -> [UInt8] {
    let padding = (3 - bytes.count % 3) % 3
    var padded = bytes
    for _ in 0..<padding { padded.append(0) }
    var digits: [UInt8] = []
    digits.reserveCapacity(padded.count / 3 * 4)
    forEachDigit(ofBase64: padded, shift: 0) { digits.append($0) }
    for place in digits.indices.suffix(padding) { digits[place] = UInt8(ascii: "=") }
    return digits
  }

  private static let alphabet = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  /// Gives the digits that base64 has for these bytes alone where `shift` bytes precede them.
  @inline(__always)
  private static func forEachDigit(
    ofBase64 bytes: [UInt8], shift: Int, _ body: (UInt8) -> Void
  ) {
    let alphabet = alphabet.span
    // The first digits have bits of what precedes.
    var skipped = shift == 0 ? 0 : shift + 1
    var (bits, held) = (0, 0)
    for index in -shift..<bytes.count {
      (bits, held) = ((bits << 8 | (index < 0 ? 0 : Int(bytes[index]))) & 0xFFFF, held + 8)
      while held >= 6 {
        held -= 6
        if skipped > 0 { skipped -= 1 } else { body(alphabet[bits >> held & 0x3F]) }
      }
    }
  }

  private static func binary(ofHexadecimal digits: [UInt8]) -> [UInt8]? {
    guard digits.count >= 16, digits.count % 2 == 0 else { return nil }
    var bytes: [UInt8] = []
    for index in stride(from: 0, to: digits.count, by: 2) {
      guard let byte = UInt8(String(decoding: digits[index..<index + 2], as: UTF8.self), radix: 16)
      else { return nil }
      bytes.append(byte)
    }
    return bytes
  }
}

extension UInt8 {
  fileprivate var isOfSecret: Bool { self > 0x20 && self != 0x7F }
}
