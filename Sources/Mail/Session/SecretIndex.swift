/// Finds a session's secrets in other text: whole, in base64, or a piece that is long and strange enough to be no
/// coincidence.
///
/// Letters are compared without case. A secret that might be a word of any text ("password") is looked for only where it
/// follows what preceded it in its own line, or is all of the text.
struct SecretIndex: Sendable {
  /// Every seven bytes in a row of a secret, in lower case; sorted.
  private var grams: [UInt64] = []
  /// A bit for each of them, by a hash: most text is passed by a look here.
  private var filter: [UInt64] = []
  /// Whole secrets, in lower case.
  private var wholes: Set<[UInt8]> = []
  /// A bit for each of their lengths, from the 63rd on one for all.
  private var wholeLengths: UInt64 = 0
  /// Whole secrets that are too short for `grams`.
  private var shorts: [[UInt8]] = []
  /// What precedes a plain word, and the word; how many bytes of it are no secret.
  private var phrases: [(bytes: [UInt8], open: Int)] = []
  private static let length = 7
  private static let phraseLimit = 32

  init(_ words: [Secrets.Word], public names: [String]) {
    var open: Set<[UInt8]> = []
    for name in names.map({ Array($0.utf8) }) {
      open.formUnion([Self.lowercased(name), Self.lowercased(Self.base64(name))])
    }
    for word in words {
      let bytes = Array(word.text.utf8)
      let small = Self.lowercased(bytes)
      // What is part of a name cannot be hidden without hiding that.
      if open.contains(where: { $0 == small || $0.firstPlace(of: small) != nil }) { continue }
      add(bytes, small, word)
    }
    guard !grams.isEmpty else { return }
    grams.sort()
    var size = 64
    while size < grams.count / 4 { size *= 2 }
    filter = Array(repeating: 0, count: size)
    for gram in grams {
      let (word, bit) = Self.place(of: gram, in: size)
      filter[word] |= bit
    }
  }

  var isEmpty: Bool { wholes.isEmpty }

  private mutating func add(_ bytes: [UInt8], _ small: [UInt8], _ word: Secrets.Word) {
    guard small.count > 2 else { return }
    wholes.insert(small)
    wholeLengths |= Self.bit(ofLength: small.count)
    if word.isWhole { return }
    guard Self.isStrange(bytes[...]) || bytes.count >= 12 else {
      let before = Self.lowercased(Array(word.context.utf8))
      if before.count >= 3, phrases.count < Self.phraseLimit {
        phrases.append((before + small, before.count))
      }
      return
    }
    guard small.count >= Self.length else {
      if shorts.count < Self.phraseLimit { shorts.append(small) }
      return
    }
    addGrams(of: small)
    for shift in 0..<3 { addGrams(of: Self.lowercased(Self.base64(bytes, shift: shift))) }
    if let binary = Self.binary(ofHexadecimal: small) {
      for shift in 0..<3 { addGrams(of: Self.lowercased(Self.base64(binary, shift: shift))) }
    }
  }

  private mutating func addGrams(of bytes: [UInt8]) {
    var window = Window()
    for byte in bytes {
      window.push(byte)
      if window.isFull { grams.append(window.value) }
    }
  }

  // MARK: Search

  /// Where secrets are in a text, in UTF-8 offsets; they may overlap.
  func places(in text: String) -> [Range<Int>] {
    if text.isEmpty || isEmpty { return [] }
    let bytes = text.utf8.span
    var places: [Range<Int>] = []
    let mayBeWhole = wholeLengths & Self.bit(ofLength: bytes.count) != 0
    let small =
      mayBeWhole || !shorts.isEmpty || !phrases.isEmpty
      ? bytes.copied.map(\.lowercasedASCII) : []
    if mayBeWhole, wholes.contains(small) { return [0..<bytes.count] }
    findPieces(bytes, into: &places)
    for short in shorts {
      for place in Self.occurrences(of: short, in: small) where Self.isWord(place, in: small) {
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

  private func findPieces(_ bytes: Span<UInt8>, into places: inout [Range<Int>]) {
    guard !grams.isEmpty, bytes.count >= Self.length else { return }
    var window = Window()
    var run: Range<Int>?
    func close() {
      guard let found = run else { return }
      let piece = bytes.extracting(found).copied
      if Self.isStrange(piece[...]) || wholes.contains(Self.lowercased(piece)) {
        places.append(found)
      }
      run = nil
    }
    for index in bytes.indices {
      window.push(bytes[index])
      guard window.isFull else { continue }
      let (word, bit) = Self.place(of: window.value, in: filter.count)
      guard filter[word] & bit != 0, contains(window.value) else { continue }
      let start = index + 1 - Self.length
      if let known = run, start <= known.upperBound {
        run = known.lowerBound..<index + 1
      } else {
        close()
        run = start..<index + 1
      }
    }
    close()
  }

  private func contains(_ gram: UInt64) -> Bool {
    var range = grams.indices
    while let middle = range.isEmpty ? nil : range.lowerBound + range.count / 2 {
      if grams[middle] == gram { return true }
      range = grams[middle] < gram ? middle + 1..<range.upperBound : range.lowerBound..<middle
    }
    return false
  }

  /// Words that look like secrets after the name of a login command, in a line of a server that seems to repeat what it
  /// did not like.
  static func repeatedWords(in text: String) -> [Range<Int>] {
    let verbs = ["PASS", "LOGIN", "AUTH", "AUTHENTICATE", "APOP"]
    var places: [Range<Int>] = []
    var isAfterVerb = false
    var at = 0
    for word in text.utf8.split(whereSeparator: { $0.isBlank }) {
      let start = text.utf8.distance(from: text.utf8.startIndex, to: word.startIndex)
      at = start + word.count
      if isAfterVerb, isStrange(Array(word)[...]), word.allSatisfy({ $0.isOfSecret }) {
        places.append(start..<at)
      }
      let letters = word.drop { !$0.isASCIILetter }
      if verbs.contains(String(Substring(letters)).uppercasedASCII) { isAfterVerb = true }
    }
    return places
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
    func isPart(_ byte: UInt8) -> Bool { byte.isASCIILetter || byte.isASCIIDigit || byte >= 0x80 }
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
    let digits = base64(bytes + Array(repeating: 0, count: padding), shift: 0)
    return digits.dropLast(padding) + Array(repeating: UInt8(ascii: "="), count: padding)
  }

  private static let alphabet = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  /// The digits that base64 has for these bytes alone where `shift` bytes precede them.
  private static func base64(_ bytes: [UInt8], shift: Int) -> [UInt8] {
    var digits: [UInt8] = []
    digits.reserveCapacity((shift + bytes.count) * 4 / 3 + 1)
    var (bits, held) = (0, 0)
    for index in -shift..<bytes.count {
      (bits, held) = ((bits << 8 | (index < 0 ? 0 : Int(bytes[index]))) & 0xFFFF, held + 8)
      while held >= 6 {
        held -= 6
        digits.append(alphabet[bits >> held & 0x3F])
      }
    }
    // The first digits have bits of what precedes.
    return Array(digits.dropFirst(shift == 0 ? 0 : shift + 1))
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
