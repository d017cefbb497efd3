import Fields
import Mail

/// A row a message: number, time, direction, from, to, size, attachments, outcome, subject.
public struct MessageTable: MessageView {
  public let options = MessageOptions()
  private let layout: Layout
  private let style: TerminalStyle

  /// `width`: columns of the terminal, which a row does not exceed; nil where nothing is cut.
  public init(width: Int? = nil, isColored: Bool = false) {
    layout = Layout(width: width)
    style = TerminalStyle(isColored: isColored)
  }

  enum Column: String, CaseIterable {
    case number = "#"
    case time, direction, from, to, size
    case attachments = "att"
    case outcome, subject

    var isNumber: Bool { self == .number || self == .size || self == .attachments }

    /// Columns that it takes, where nothing says otherwise; the last one is as long as it is.
    var width: Int {
      switch self {
      case .number: 4
      case .time: 19
      case .direction: 9
      case .from, .to: 28
      case .size: 9
      case .attachments: 3
      case .outcome: 10
      case .subject: 0
      }
    }
  }

  /// Which columns there are, and how wide they are.
  struct Layout {
    private(set) var columns = Column.allCases
    private(set) var widths: [Column: Int] = [:]
    let isCut: Bool

    init(width: Int?) {
      isCut = width != nil
      for column in Column.allCases { widths[column] = column.width }
      guard let width else { return }
      // On a narrow terminal those go first that say least; then addresses become shorter.
      for column in [Column.outcome, .direction, .to, .attachments, .size, .time] {
        guard rest(of: width, minimum: true) < 16, columns.count > 3 else { break }
        columns.removeAll { $0 == column }
      }
      let narrow = rest(of: width, minimum: true)
      let addresses = columns.filter { $0 == .from || $0 == .to }
      // What is left goes to the addresses and the subject, half to each, as far as addresses have use for it.
      let share = max(0, narrow - 24) / 2 / max(1, addresses.count)
      for column in addresses { widths[column] = min(Self.shortest + share, 40) }
      widths[.subject] = max(8, rest(of: width, minimum: false))
    }

    private static let shortest = 18

    /// Columns that are left for the subject.
    private func rest(of width: Int, minimum: Bool) -> Int {
      columns.reduce(width) { rest, column in
        guard column != .subject else { return rest }
        let isAddress = column == .from || column == .to
        return rest - 2 - (minimum && isAddress ? Self.shortest : widths[column] ?? 0)
      }
    }
  }

  public mutating func begin(to text: inout TextBuffer) {
    style.write(.heading, to: &text) { writeRow(to: &$0) { $0.rawValue } }
    text.write("\n")
  }

  public mutating func write(_ record: MessageRecord, to text: inout TextBuffer) {
    writeRow(to: &text, number: record.index) { Self.cell($0, of: record) }
    text.write("\n")
  }

  /// `number`: the message's place in its session, for the number that it will have.
  private func writeRow(
    to text: inout TextBuffer, number: Int? = nil, _ cell: (Column) -> String
  ) {
    for column in layout.columns {
      if column == .number, let number {
        text.write(.rowNumber, index: number)
        text.write("  ")
        continue
      }
      var words = TextBuffer()
      words.write(printable: cell(column))
      let width = layout.widths[column] ?? 0
      let isLast = column == layout.columns.last
      let shown = layout.isCut && width > 0 ? words.string.fitted(to: width) : words.string
      let padding = max(0, width - shown.displayWidth)
      if column.isNumber { text.write(repeating: UInt8(ascii: " "), count: padding) }
      text.write(shown)
      if isLast { continue }
      text.write(
        repeating: UInt8(ascii: " "), count: column.isNumber ? 2 : padding + 2)
    }
  }

  private static func cell(_ column: Column, of record: MessageRecord) -> String {
    let (message, headers) = (record.message, record.content?.headers)
    switch column {
    case .number: return ""
    case .time:
      var text = TextBuffer()
      text.write(rfc3339: message.start.time)
      return String(text.string.prefix(19)).replacing("T", with: " ")
    case .direction: return message.direction.rawValue
    case .from: return headers?.from?.joined(separator: ", ") ?? message.envelope?.sender ?? ""
    case .to:
      let recipients = message.envelope?.recipients.map(\.address)
      return (headers?.to ?? recipients ?? []).joined(separator: ", ")
    case .size: return String(message.size)
    case .attachments: return record.attachmentCount > 0 ? String(record.attachmentCount) : ""
    case .outcome:
      return message.complete || message.outcome == .rejected
        ? message.outcome.rawValue : "incomplete"
    case .subject: return headers?.subject ?? (message.section.map { "[\($0)]" } ?? "")
    }
  }
}
