/// A date and time of a header (RFC 5322 sections 3.3 and 4.3).
public struct MessageDate: Sendable, Hashable {
  /// Since 1970-01-01 UTC.
  public let seconds: Int64
  /// Of local time east of UTC, in minutes; nil where the zone says nothing of it (`-0000`, military letters).
  public let offset: Int?

  private static let months = [
    "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
  ]
  private static let days = ["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"]
  private static let zones = [
    "UT": 0, "UTC": 0, "GMT": 0, "Z": 0, "EST": -300, "EDT": -240, "CST": -360, "CDT": -300,
    "MST": -420, "MDT": -360, "PST": -480, "PDT": -420,
  ]

  /// Reads `Fri, 13 Jun 2025 12:34:00 +0200`, also with comments, names of zones and short years; nil where it is none.
  public init?(_ field: some Collection<UInt8>) {
    let field = Array(field)
    if let plain = Self(plain: field.span) {
      self = plain
      return
    }
    let bytes = ParameterizedValue.withoutComments(field[...]).map {
      $0.isFolding || $0 == UInt8(ascii: ",") ? UInt8.space : $0.uppercasedASCII
    }
    // Obsolete syntax has blanks around the colons of a time.
    var words = Self.joiningColons(String(decoding: bytes, as: UTF8.self).words)[...]
    if let first = words.first, Self.days.contains(String(first.prefix(3))) { words.removeFirst() }
    guard words.count >= 4, let day = Decimal.parse(words.removeFirst().utf8),
      let month = Self.months.firstIndex(of: String(words.removeFirst().prefix(3))),
      let year = Self.year(words.removeFirst()), let time = Self.time(words.removeFirst())
    else { return nil }
    guard (1...Self.length(month + 1, of: year)).contains(day) else { return nil }
    let zone = words.first.map { Self.zone($0) } ?? .some(nil)
    guard let zone else { return nil }
    offset = zone
    seconds = Self.seconds(year, month + 1, day, time, zone)
  }

  /// What nearly all write: `Fri, 13 Jun 2025 12:34:00 +0200`, the day with one digit or two. Nil where it is something
  /// else, which may be a date all the same.
  private init?(plain field: Span<UInt8>) {
    let bytes = field.trimmed
    // All but the day has its place, counted from the end.
    let end = bytes.count
    guard (30...31).contains(end), bytes[3] == UInt8(ascii: ","), bytes[4] == .space,
      let day = Self.number(bytes, 5, end - 30 + 1), bytes[end - 24] == .space,
      let month = Self.months.firstIndex(where: { bytes.hasPrefix(ignoringCase: $0, at: end - 23) }
      ),
      bytes[end - 20] == .space, let year = Self.number(bytes, end - 19, 4),
      bytes[end - 15] == .space, let hour = Self.number(bytes, end - 14, 2),
      bytes[end - 12] == UInt8(ascii: ":"), let minute = Self.number(bytes, end - 11, 2),
      bytes[end - 9] == UInt8(ascii: ":"), let second = Self.number(bytes, end - 8, 2),
      bytes[end - 6] == .space, let zone = Self.number(bytes, end - 4, 4),
      Self.days.contains(where: { bytes.hasPrefix(ignoringCase: $0) }),
      year >= 1900, hour < 24, minute < 60, second <= 60, zone % 100 < 60,
      (1...Self.length(month + 1, of: year)).contains(day)
    else { return nil }
    let minutes = zone / 100 * 60 + zone % 100
    switch bytes[end - 5] {
    case UInt8(ascii: "+"): offset = minutes
    case UInt8(ascii: "-"): offset = minutes == 0 ? nil : -minutes
    default: return nil
    }
    let time = hour * 3600 + minute * 60 + second
    seconds = Self.seconds(year, month + 1, day, time, offset)
  }

  /// Of `count` digits at a place; nil where one is none.
  private static func number(_ bytes: Span<UInt8>, _ place: Int, _ count: Int) -> Int? {
    var number = 0
    for index in place..<place + count {
      guard bytes[index].isASCIIDigit else { return nil }
      number = number * 10 + Int(bytes[index] - 0x30)
    }
    return number
  }

  private static func seconds(
    _ year: Int, _ month: Int, _ day: Int, _ time: Int, _ zone: Int?
  ) -> Int64 {
    let days = Self.days(toYear: year) + Self.days(to: month, of: year) + day - 1
    return Int64(days) * 86_400 + Int64(time) - Int64(zone ?? 0) * 60
  }

  private static func joiningColons(_ words: [Substring]) -> [String] {
    var result: [String] = []
    for word in words {
      if let last = result.last, word.hasPrefix(":") || last.hasSuffix(":") {
        result[result.count - 1] = last + word
      } else {
        result.append(String(word))
      }
    }
    return result
  }

  private static func year(_ text: String) -> Int? {
    guard let number = Decimal.parse(text.utf8), text.utf8.count <= 4 else { return nil }
    switch text.utf8.count {
    case 2: return number < 50 ? 2000 + number : 1900 + number
    case 3: return 1900 + number
    default: return number >= 1900 ? number : nil
    }
  }

  /// Seconds of the day. A leap second is one.
  private static func time(_ text: String) -> Int? {
    let parts = text.split(atByte: UInt8(ascii: ":"), omittingEmptySubsequences: false)
    guard (2...3).contains(parts.count) else { return nil }
    let numbers = parts.map { $0.utf8.count <= 2 ? Decimal.parse($0.utf8) : nil }
    guard let hour = numbers[0], let minute = numbers[1],
      let second = numbers.count > 2 ? numbers[2] : 0, hour < 24, minute < 60, second <= 60
    else { return nil }
    return hour * 3600 + minute * 60 + second
  }

  /// Minutes east of UTC, or nil where it says nothing of them; nothing where it is no zone.
  private static func zone(_ text: String) -> Int?? {
    let bytes = Array(text.utf8)
    guard let first = bytes.first else { return .none }
    if first == UInt8(ascii: "+") || first == UInt8(ascii: "-") {
      guard bytes.count == 5, let number = Decimal.parse(bytes.dropFirst()), number % 100 < 60
      else { return .none }
      let minutes = number / 100 * 60 + number % 100
      if first == UInt8(ascii: "-") { return .some(minutes == 0 ? nil : -minutes) }
      return .some(minutes)
    }
    if let known = zones[text] { return .some(known) }
    // Military letters were used with the wrong sign, and other names are not known (section 4.3).
    return bytes.allSatisfy(\.isASCIILetter) ? .some(nil) : .none
  }

  private static func isLeap(_ year: Int) -> Bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
  }

  private static func length(_ month: Int, of year: Int) -> Int {
    switch month {
    case 2: isLeap(year) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  private static func days(to month: Int, of year: Int) -> Int {
    (1..<month).reduce(0) { $0 + length($1, of: year) }
  }

  /// Days from 1970 to the beginning of a year; it is not before 1900.
  private static func days(toYear year: Int) -> Int {
    let before = year - 1
    let leaps = before / 4 - before / 100 + before / 400
    return (year - 1970) * 365 + leaps - 477
  }
}
