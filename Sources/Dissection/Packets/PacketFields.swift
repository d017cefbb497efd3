import Fields
import Wire

/// Chosen fields of each frame, a line a frame, as `tshark -T fields` prints them.
public struct PacketFields: PacketView {
  /// How tshark's `-E` writes fields.
  public struct Style: Sendable {
    public enum Occurrence: Sendable {
      case first, last, all
    }
    public var separator = UInt8(ascii: "\t")
    public var aggregator = UInt8(ascii: ",")
    public var quote: UInt8?
    public var occurrence = Occurrence.all
    public var hasHeader = false
    public var hasByteOrderMark = false

    public init() {}

    /// Takes an option such as `separator=,` or `quote=d`.
    public mutating func set(_ option: String) throws(RunError) {
      let parts = option.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, let letter = parts[1].utf8.first,
        isSet(String(parts[0]), String(parts[1]), letter)
      else {
        throw .usage(
          "-E \(option): it takes separator=C, aggregator=C (/t is a tab, /s a space), "
            + "occurrence=f|l|a, quote=d|s|n, header=y|n, bom=y|n")
      }
    }

    private mutating func isSet(_ name: String, _ value: String, _ letter: UInt8) -> Bool {
      switch (name, value) {
      case ("separator", _): separator = Self.character(value, letter)
      case ("aggregator", _): aggregator = Self.character(value, letter)
      case ("quote", "d"): quote = UInt8(ascii: "\"")
      case ("quote", "s"): quote = UInt8(ascii: "'")
      case ("quote", "n"): quote = nil
      case ("occurrence", "f"): occurrence = .first
      case ("occurrence", "l"): occurrence = .last
      case ("occurrence", "a"): occurrence = .all
      case ("header", "y"), ("header", "Y"), ("header", "n"), ("header", "N"):
        hasHeader = value.lowercased() == "y"
      case ("bom", "y"), ("bom", "Y"), ("bom", "n"), ("bom", "N"):
        hasByteOrderMark = value.lowercased() == "y"
      default: return false
      }
      return true
    }

    private static func character(_ value: String, _ letter: UInt8) -> UInt8 {
      switch value {
      case "/t": UInt8(ascii: "\t")
      case "/s": UInt8(ascii: " ")
      default: letter
      }
    }
  }

  /// What is in one place of a line.
  private enum Cell {
    case field(FieldID)
    case column(Column)
  }
  private enum Column: String, CaseIterable {
    case number = "_ws.col.No."
    case time = "_ws.col.Time"
    case source = "_ws.col.Source"
    case destination = "_ws.col.Destination"
    case protocolName = "_ws.col.Protocol"
    case length = "_ws.col.Length"
    case info = "_ws.col.Info"
  }

  public let wantsTree = true
  private let names: [String]
  private let cells: [Cell]
  private let style: Style
  /// Writes the cells of columns.
  private let list: PacketList

  /// Throws for a name that is neither a field nor a column.
  public init(
    _ names: [String], _ style: Style = Style(), timeFormat: PacketList.TimeFormat = .relative
  ) throws(RunError) {
    guard !names.isEmpty else { throw .usage("--format fields needs at least one -e NAME") }
    self.names = names
    self.style = style
    list = PacketList(timeFormat: timeFormat)
    var cells: [Cell] = []
    for name in names { cells.append(try Self.cell(for: name)) }
    self.cells = cells
  }

  private static func cell(for name: String) throws(RunError) -> Cell {
    if let column = Column(rawValue: name) { return .column(column) }
    // Lines that are text only go by this name in Wireshark.
    if name == "text" { return .field(Field.text.id) }
    if let field = FieldCatalogue.names[name] { return .field(field.id) }
    if name.hasPrefix("_ws.col.") {
      let known = Column.allCases.map(\.rawValue).joined(separator: ", ")
      throw .usage("-e \(name): there is no such column; there are \(known)")
    }
    throw .usage("-e: " + FieldCatalogue.names.complaint(about: name))
  }

  public mutating func begin(to text: inout TextBuffer) {
    if style.hasByteOrderMark { text.write("\u{feff}") }
    guard style.hasHeader else { return }
    for (index, name) in names.enumerated() {
      if index > 0 { text.write(byte: style.separator) }
      text.write(name)
    }
    text.write("\n")
  }

  public mutating func write(
    _ tree: borrowing FieldBuffer, of frame: borrowing FrameFacts, _ bytes: Span<UInt8>,
    to text: inout TextBuffer
  ) {
    for (index, cell) in cells.enumerated() {
      if index > 0 { text.write(byte: style.separator) }
      let start = text.count
      if let quote = style.quote { text.write(byte: quote) }
      let inside = text.count
      var isThere = true
      switch cell {
      case .field(let id): isThere = write(id, of: tree, to: &text)
      case .column(let column): write(column, of: tree, frame, to: &text)
      }
      // tshark quotes an empty value only where the field is there.
      if !isThere || text.count == inside && cellIsColumn(cell) {
        text.truncate(to: start)
      } else if let quote = style.quote {
        text.write(byte: quote)
      }
    }
    text.write("\n")
  }

  public var fields: Set<String>? {
    let hasColumns = cells.contains { cellIsColumn($0) }
    return hasColumns ? nil : Set(names)
  }

  private func cellIsColumn(_ cell: Cell) -> Bool {
    if case .column = cell { return true }
    return false
  }

  /// Writes the values of a field; false where the frame has none.
  private func write(_ id: FieldID, of tree: borrowing FieldBuffer, to text: inout TextBuffer)
    -> Bool
  {
    let start = text.count
    var count = 0
    for index in tree.items.indices where tree.items[index].field.id == id {
      if count > 0 {
        if style.occurrence == .first { break }
        if style.occurrence == .last {
          text.truncate(to: start)
        } else {
          text.write(byte: style.aggregator)
        }
      }
      count += 1
      writeValue(at: index, of: tree, to: &text)
    }
    return count > 0
  }

  private func writeValue(at index: Int, of tree: borrowing FieldBuffer, to text: inout TextBuffer)
  {
    let item = tree.items[index]
    switch (item.field.type, item.value) {
    case (.none, .none):
      // Lines that are text only say it, fields without a value only that they are there.
      if item.field.isText {
        tree.writePlainLabel(of: index, to: &text)
      } else {
        text.write("1")
      }
    case (.proto, .none):
      if item.hasOwnLabel {
        tree.writePlainLabel(of: index, to: &text)
      } else {
        text.write(item.field.nameText)
      }
    case (.bytes, _):
      text.write(hex: tree.content(of: index), colons: false)
    case (.string, .content): text.write(printable: tree.content(of: index))
    case (.string, _):
      var value = TextBuffer()
      tree.writeShow(of: index, to: &value)
      text.write(printable: value)
    default: tree.writeShow(of: index, to: &text)
    }
  }

  private func write(
    _ column: Column, of tree: borrowing FieldBuffer, _ frame: FrameFacts,
    to text: inout TextBuffer
  ) {
    switch column {
    case .number: text.write(decimal: frame.number)
    case .time: list.writeTime(of: frame, to: &text)
    case .source: text.write(printable: tree.columns.source)
    case .destination: text.write(printable: tree.columns.destination)
    case .protocolName: tree.columns.writeProtocol(to: &text)
    case .length: text.write(decimal: frame.wireLength)
    case .info: text.write(printable: tree.columns.info)
    }
  }
}
