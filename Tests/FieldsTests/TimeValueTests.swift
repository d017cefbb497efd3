import Testing

@testable import Fields

/// Times as Wireshark counts and prints them.
@Suite struct TimeValueTests {
  struct Case: CustomTestStringConvertible {
    let testDescription: String
    let earlier: TimeValue
    let later: TimeValue
    let span: String
  }

  private static func time(_ seconds: Int64, _ nanoseconds: Int32) -> TimeValue {
    TimeValue(seconds: seconds, nanoseconds: nanoseconds)
  }

  static let cases = [
    Case(
      testDescription: "forward", earlier: time(5, 900_000_000), later: time(7, 100_000_000),
      span: "1.200000000"),
    Case(
      testDescription: "backward", earlier: time(7, 100_000_000), later: time(5, 900_000_000),
      span: "-1.200000000"),
    Case(
      testDescription: "back within a second", earlier: time(5, 900_000_000),
      later: time(5, 100_000_000), span: "-0.800000000"),
    Case(
      testDescription: "across 1970", earlier: time(-1, 500_000_000), later: time(0, 250_000_000),
      span: "0.750000000"),
    Case(
      testDescription: "longer than nanoseconds hold", earlier: time(0, 0),
      later: time(18_446_744_073_709, 551_615_000), span: "18446744073709.551615000"),
    Case(
      testDescription: "from one end to the other", earlier: time(.max, 0),
      later: time(.min + 18_446_744_073_709, 551_615_000), span: "-18446744073711.448385000"),
    Case(
      testDescription: "seconds that wrap", earlier: time(.min, 0), later: time(.max, 0),
      span: "-1.000000000"),
  ]

  @Test(arguments: cases) func spans(_ test: Case) {
    var text = TextBuffer()
    text.write(seconds: test.later.since(test.earlier))
    #expect(text.string == test.span)
  }

  @Test(arguments: [
    (TimeValue(seconds: 1_750_000_000, nanoseconds: 5), "Jun 15, 2025 15:06:40.000000005 UTC"),
    (TimeValue(seconds: 13_569_465_600), "Jan  1, 2400 00:00:00.000000000 UTC"),
    (
      TimeValue(seconds: 18_446_744_073_709, nanoseconds: 551_615_000),
      "Jan 19, 586524 08:01:49.551615000 UTC"
    ),
    (TimeValue(seconds: -1), "Dec 31, 1969 23:59:59.000000000 UTC"),
    (TimeValue(span: -500_000_000), "Dec 31, 1969 23:59:59.500000000 UTC"),
    (TimeValue(seconds: -70_000_000_000), "Oct 15, -249 19:33:20.000000000 UTC"),
    (TimeValue(seconds: .max, nanoseconds: 999_999_999), "Not representable"),
    (TimeValue(seconds: .min), "Not representable"),
    (TimeValue(seconds: .min, nanoseconds: -1), "Not representable"),
  ]) func moments(_ moment: TimeValue, _ expected: String) {
    var text = TextBuffer()
    text.write(absolute: moment)
    #expect(text.string == expected)
  }

  @Test(arguments: [Int64.min, -1_500_000_000, -1, 0, 1, 1_500_000_000, .max])
  func nanosecondsKeepTheirValue(_ nanoseconds: Int64) {
    #expect(TimeValue(span: nanoseconds).clampedNanoseconds == nanoseconds)
    // The first second that 64 bits of nanoseconds reach into is not whole.
    let moment = TimeValue(moment: nanoseconds)
    #expect(moment.nanoseconds >= 0)
    #expect(nanoseconds == .min || moment.clampedNanoseconds == nanoseconds)
  }

  @Test(arguments: [
    (TimeValue(seconds: .max), Int64.max), (TimeValue(seconds: .min), .min),
    (TimeValue(seconds: 9_223_372_036, nanoseconds: 854_775_808), .max),
  ]) func whatNanosecondsDoNotHoldIsTheNearest(_ time: TimeValue, _ nanoseconds: Int64) {
    #expect(time.clampedNanoseconds == nanoseconds)
  }
}
