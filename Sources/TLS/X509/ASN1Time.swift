import Fields

/// The two times of ASN.1 (X.680 46 and 47).
enum ASN1Time {
  private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
    guard !digits.isEmpty else { return nil }
    var value = 0
    for digit in digits {
      guard digit >= 0x30, digit <= 0x39, value < 1 << 30 else { return nil }
      value = value * 10 + Int(digit - 0x30)
    }
    return value
  }

  /// `2026-01-05 10:00:00 (UTC)` from `260105100000Z`.
  static func words(utc bytes: ArraySlice<UInt8>) -> String {
    let text = Array(bytes)
    func two(_ at: Int) -> String? {
      guard text.count >= at + 2, number(text[at..<at + 2]) != nil else { return nil }
      return String(decoding: text[at..<at + 2], as: UTF8.self)
    }
    guard let year = two(0), let month = two(2), let day = two(4), let hour = two(6),
      let minute = two(8)
    else { return String(decoding: text, as: UTF8.self) }
    let century = text[0] < 0x35 ? "20" : "19"
    let second = two(10)
    let zone = text[(second == nil ? 10 : 12)...]
    var words = "\(century)\(year)-\(month)-\(day) \(hour):\(minute)"
    if let second { words += ":\(second)" }
    return words + (zone == [0x5a] ? " (UTC)" : " (\(String(decoding: zone, as: UTF8.self)))")
  }

  /// Seconds since 1970 of either time; of UTCTime the years are from 1950 to 2049 (RFC 5280 4.1.2.5.1).
  static func seconds(_ time: Element) -> Int64? {
    if time.universal == 24 { return seconds(general: time.contents) }
    let century: ArraySlice<UInt8> = time.contents.first ?? 0 < 0x35 ? [0x32, 0x30] : [0x31, 0x39]
    return seconds(general: century + time.contents)
  }

  /// Seconds since 1970 of `20260105100000Z`, or with a fraction of a second.
  static func seconds(general bytes: ArraySlice<UInt8>) -> Int64? {
    let text = Array(bytes)
    func part(_ at: Int, _ count: Int) -> Int? {
      text.count >= at + count ? number(text[at..<at + count]) : nil
    }
    guard let year = part(0, 4), let month = part(4, 2), let day = part(6, 2),
      let hour = part(8, 2), let minute = part(10, 2), (1...12).contains(month)
    else { return nil }
    let second = part(12, 2) ?? 0
    // Days since 1970, in years that begin on 1 March.
    let shifted = month > 2 ? year : year - 1
    let months = (month + 9) % 12
    let days =
      shifted * 365 + shifted / 4 - shifted / 100 + shifted / 400 + (153 * months + 2) / 5 + day
      - 719_469
    return Int64(((days * 24 + hour) * 60 + minute) * 60 + second)
  }
}
