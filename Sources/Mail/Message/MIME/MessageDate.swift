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
    let bytes = ParameterizedValue.withoutComments(Array(field)[...]).map {
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
    let days = Self.days(toYear: year) + Self.days(to: month + 1, of: year) + day - 1
    seconds = Int64(days) * 86_400 + Int64(time) - Int64(zone ?? 0) * 60
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
