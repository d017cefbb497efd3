import Fields
import Wire

/// One row a frame: number, time, source, destination, protocol, length, info, as `tshark` prints them.
public struct PacketList: PacketView {
  /// What the time column shows (tshark's `-t`).
  public enum TimeFormat: String, Sendable, CaseIterable {
    /// Seconds since the first frame.
    case relative = "r"
    /// Time of day; with date; with year and day of the year.
    case absolute = "a"
    case absoluteWithDate = "ad"
    case absoluteWithDayOfYear = "adoy"
    /// Seconds since the previous frame; since the previous displayed frame.
    case delta = "d"
    case deltaDisplayed = "dd"
    /// Seconds since 1970.
    case epoch = "e"
    /// Absolute times are always UTC here; the letters are tshark's.
    case utc = "u"
    case utcWithDate = "ud"
    case utcWithDayOfYear = "udoy"
  }

  public let wantsTree = false
  private let timeFormat: TimeFormat
  private let coloring: RowColoring?

  public init(timeFormat: TimeFormat = .relative, isColored: Bool = false) {
    self.timeFormat = timeFormat
    coloring = isColored ? RowColoring() : nil
  }

  public mutating func write(
    _ tree: borrowing FieldBuffer, of frame: borrowing FrameFacts, _ bytes: Span<UInt8>,
    to text: inout TextBuffer
  ) {
    let color = coloring?.escape(for: tree.columns)
    if let color { text.write(color) }
    text.write(decimal: UInt64(frame.number), paddedTo: 5)
    text.write(byte: UInt8(ascii: " "))
    text.pad(toWidth: 10) { writeTime(of: frame, to: &$0) }
    text.write(byte: UInt8(ascii: " "))
    text.pad(toWidth: 12) { $0.write(printable: tree.columns.source) }
    text.write(" → ")
    let start = text.count
    text.write(printable: tree.columns.destination)
    text.write(repeating: UInt8(ascii: " "), count: 12 - (text.count - start))
    text.write(byte: UInt8(ascii: " "))
    tree.columns.writeProtocol(to: &text)
    text.write(byte: UInt8(ascii: " "))
    text.write(decimal: frame.wireLength)
    text.write(byte: UInt8(ascii: " "))
    text.write(printable: tree.columns.info)
    if color != nil { text.write(RowColoring.reset) }
    text.write(byte: UInt8(ascii: "\n"))
  }

  func writeTime(of facts: FrameFacts, to text: inout TextBuffer) {
    guard facts.hasTime else { return }
    let decimals = facts.timeDecimals
    switch timeFormat {
    case .relative:
      text.write(seconds: facts.arrival.since(facts.firstArrival), decimals: decimals)
    case .delta:
      text.write(seconds: facts.arrival.since(facts.previousArrival), decimals: decimals)
    case .deltaDisplayed:
      text.write(seconds: facts.arrival.since(facts.previousDisplayedArrival), decimals: decimals)
    case .epoch: text.write(seconds: facts.arrival, decimals: decimals)
    default: write(CalendarTime(facts.arrival), decimals: decimals, to: &text)
    }
  }

  private func write(_ calendar: CalendarTime, decimals: Int, to text: inout TextBuffer) {
    guard calendar.isRepresentable else { return }
    switch timeFormat {
    case .relative, .delta, .deltaDisplayed, .epoch: break
    case .absolute, .utc: text.write(clock: calendar, decimals: decimals)
    case .absoluteWithDate, .utcWithDate:
      text.write(date: calendar)
      text.write(byte: UInt8(ascii: " "))
      text.write(clock: calendar, decimals: decimals)
    case .absoluteWithDayOfYear, .utcWithDayOfYear:
      text.write(year: calendar.year, width: 4)
      text.write(byte: UInt8(ascii: "/"))
      text.write(decimal: UInt64(calendar.dayOfYear), width: 3)
      text.write(byte: UInt8(ascii: " "))
      text.write(clock: calendar, decimals: decimals)
    }
  }
}

extension TextBuffer {
  /// Writes right-aligned in at least `width` columns.
  mutating func pad(toWidth width: Int, writing: (inout TextBuffer) -> Void) {
    let start = count
    writing(&self)
    insert(repeating: UInt8(ascii: " "), count: width - (count - start), at: start)
  }
}

/// The colour of a row by its kind, like Wireshark's default rules in the sixteen colours of a terminal.
struct RowColoring {
  static let reset = "\u{1b}[0m"

  func escape(for columns: borrowing Columns) -> String? {
    let info = columns.info.string
    if info.hasPrefix("[TCP") || info.contains("Malformed") { return "\u{1b}[91m" }
    switch columns.protocolName {
    case "SMTP", "SMTP/IMF", "LMTP": return "\u{1b}[96m"
    case "POP", "POP/IMF": return "\u{1b}[95m"
    case "IMAP", "IMAP/IMF": return "\u{1b}[94m"
    case "TCP": return info.contains("[RST") ? "\u{1b}[31m" : "\u{1b}[37m"
    case "ARP": return "\u{1b}[33m"
    case "ICMP", "ICMPv6": return "\u{1b}[35m"
    case "UDP", "DNS": return "\u{1b}[36m"
    default: return columns.protocolName.hasPrefix("TLS") ? "\u{1b}[32m" : nil
    }
  }
}
