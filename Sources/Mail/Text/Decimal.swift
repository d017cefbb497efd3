/// Numbers as the mail protocols write them.
enum Decimal {
  /// The value of ASCII digits; nil where one is no digit, there is none, or it does not fit.
  static func parse(_ digits: some Sequence<UInt8>) -> Int? {
    var value = 0
    var any = false
    for byte in digits {
      guard byte.isASCIIDigit else { return nil }
      let (scaled, over) = value.multipliedReportingOverflow(by: 10)
      let (sum, overSum) = scaled.addingReportingOverflow(Int(byte - 0x30))
      guard !over, !overSum else { return nil }
      (value, any) = (sum, true)
    }
    return any ? value : nil
  }
}
