/// A moment taken apart, in UTC.
public struct CalendarTime: Sendable, Equatable {
  public let year: Int, month: Int, day: Int
  public let hour: Int, minute: Int, second: Int
  public let nanosecond: Int
  public let dayOfYear: Int

  /// Of a moment; its nanoseconds may go backward from the second too.
  public init(_ moment: TimeValue) {
    let isBackward = moment.nanoseconds < 0
    nanosecond = Int(moment.nanoseconds) + (isBackward ? 1_000_000_000 : 0)
    let seconds = moment.seconds &- (isBackward ? 1 : 0)
    let days = seconds.flooredDivision(by: 86_400)
    let rest = Int(seconds &- days &* 86_400)
    (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60)
    // Civil date from a day number, counted in eras of 400 years that begin on 1 March.
    let shifted = Int(days) + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayFromMarch = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayFromMarch + 2) / 153
    day = dayFromMarch - (153 * monthFromMarch + 2) / 5 + 1
    month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    let before = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334]
    dayOfYear = before[month - 1] + day + (isLeap && month > 2 ? 1 : 0)
  }

  /// `nanoseconds` since 1970-01-01 UTC; before it where negative.
  public init(nanoseconds: Int64) { self.init(TimeValue(moment: nanoseconds)) }

  /// Whether the C library, whose years are counted from 1900 in 32 bits, can tell the date: where it cannot, Wireshark
  /// shows none.
  public var isRepresentable: Bool { Int32(exactly: year - 1900) != nil }

  public static let monthNames = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]
}

extension Int64 {
  func flooredDivision(by divisor: Int64) -> Int64 {
    let quotient = self / divisor
    return self % divisor < 0 ? quotient - 1 : quotient
  }
}

extension TextBuffer {
  /// As Wireshark writes an absolute time: `Jan  5, 2024 10:00:00.000000000 UTC`.
  public mutating func write(absolute moment: TimeValue) {
    let time = CalendarTime(moment)
    guard time.isRepresentable else { return write("Not representable") }
    write(CalendarTime.monthNames[time.month - 1])
    write(byte: UInt8(ascii: " "))
    if time.day < 10 { write(byte: UInt8(ascii: " ")) }
    write(decimal: time.day)
    write(", ")
    write(decimal: time.year)
    write(byte: UInt8(ascii: " "))
    write(clock: time)
    write(" UTC")
  }
  /// RFC 3339 in UTC with nanoseconds: `2024-01-05T10:00:00.000000000Z`.
  public mutating func write(rfc3339 moment: TimeValue) {
    let time = CalendarTime(moment)
    write(date: time)
    write(byte: UInt8(ascii: "T"))
    write(clock: time)
    write(byte: UInt8(ascii: "Z"))
  }
  /// The same of so many nanoseconds since 1970.
  public mutating func write(rfc3339 nanoseconds: Int64) {
    write(rfc3339: TimeValue(moment: nanoseconds))
  }
  /// A year, `width` characters wide at least, its sign among them.
  public mutating func write(year: Int, width: Int) {
    if year < 0 { write(byte: UInt8(ascii: "-")) }
    write(decimal: UInt64(year.magnitude), width: max(1, year < 0 ? width - 1 : width))
  }
  /// `2024-01-05`
  public mutating func write(date time: CalendarTime, yearWidth: Int = 4) {
    write(year: time.year, width: yearWidth)
    write(byte: UInt8(ascii: "-"))
    write(decimal: UInt64(time.month), width: 2)
    write(byte: UInt8(ascii: "-"))
    write(decimal: UInt64(time.day), width: 2)
  }
  /// `10:00:00.000000000`
  public mutating func write(clock time: CalendarTime, decimals: Int = 9) {
    write(decimal: UInt64(time.hour), width: 2)
    write(byte: UInt8(ascii: ":"))
    write(decimal: UInt64(time.minute), width: 2)
    write(byte: UInt8(ascii: ":"))
    write(decimal: UInt64(time.second), width: 2)
    write(fraction: UInt64(time.nanosecond), decimals: decimals)
  }
}
