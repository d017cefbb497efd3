import Fields
import Mail

/// How the SMTP clients of the capture speak, side by side: sessions grouped by their dialects, and the features in
/// which those differ (B@bel, USENIX Security 2012).
public struct Dialects: SessionView {
  /// Message headers name the program, and are read with the digests.
  public let wantsDigests = true

  private struct Group {
    let dialect: Dialect
    /// The first conversation that has it.
    var first: Int
    var sessions = 0
    var clients = FirstNames()
    var software = FirstNames()
  }
  /// A few different names, those that come first by conversation: sessions come as they end.
  private struct FirstNames {
    private static let limit = 3
    private var firsts: [(name: String, stream: Int)] = []
    private(set) var hasMore = false

    var names: [String] { firsts.map(\.name) }

    mutating func add(_ name: String, of stream: Int) {
      if let known = firsts.firstIndex(where: { $0.name == name }) {
        guard stream < firsts[known].stream else { return }
        firsts.remove(at: known)
      }
      firsts.insert(
        (name, stream), at: firsts.firstIndex { $0.stream > stream } ?? firsts.endIndex)
      guard firsts.count > Self.limit else { return }
      hasMore = true
      firsts.removeLast()
    }
  }
  private var groups: [Group] = []
  private var places: [Dialect: Int] = [:]
  private var others = 0
  private var sessions = 0
  private static let limit = 1000

  public init() {}

  public mutating func begin(to text: inout TextBuffer) {}

  public mutating func write(_ record: borrowing SessionRecord, to text: inout TextBuffer) {
    guard var dialect = record.session.dialect else { return }
    let mask = SecretMask(record.session, showsSecrets: false)
    for index in dialect.features.indices {
      dialect.features[index].value = mask.text(dialect.features[index].value)
    }
    sessions += 1
    let place: Int
    if let known = places[dialect] {
      place = known
    } else if groups.count < Self.limit {
      place = groups.count
      places[dialect] = place
      groups.append(Group(dialect: dialect, first: record.stream))
    } else {
      others += 1
      return
    }
    groups[place].sessions += 1
    groups[place].first = min(groups[place].first, record.stream)
    groups[place].clients.add(record.client.address, of: record.stream)
    guard let software = record.session.clientSoftware else { return }
    let name = software.version.map { "\(software.name) \($0)" } ?? software.name
    groups[place].software.add(name, of: record.stream)
  }

  public mutating func end(_ summary: CaptureSummary, to text: inout TextBuffer) {
    groups.sort { $0.first < $1.first }
    guard let first = groups.first?.dialect else { return text.write("no SMTP clients\n") }
    text.write(
      "\(groups.count) \(groups.count == 1 ? "dialect" : "dialects") in \(sessions) "
        + "\(sessions == 1 ? "session" : "sessions")\n\n")
    for place in groups.indices { writeHead(of: place, to: &text) }
    let names = first.features.map(\.name)
    let differing = names.filter { name in
      groups.contains { $0.dialect[name] != first[name] }
    }
    if !differing.isEmpty {
      text.write("\nthey differ in\n")
      for name in differing { writeFeature(name, of: groups.indices, to: &text) }
    }
    let same = names.filter { !differing.contains($0) }
    if !same.isEmpty {
      text.write(groups.count == 1 ? "\n" : "\nall have\n")
      for name in same { writeFeature(name, of: 0..<1, named: false, to: &text) }
    }
    if others > 0 { text.write("\nlimit dialects was hit \(others) times\n") }
    for (name, count) in summary.dropped.sorted(by: { $0.key < $1.key }) {
      text.write("limit \(name) was hit \(count) times\n")
    }
  }

  private func writeHead(of place: Int, to text: inout TextBuffer) {
    let group = groups[place]
    text.write(Self.label(place))
    text.write("  \(group.dialect.digest)  \(group.sessions) ")
    text.write(group.sessions == 1 ? "session from " : "sessions from ")
    text.write(group.clients.names.joined(separator: ", "))
    if group.clients.hasMore { text.write(" and more") }
    if !group.software.names.isEmpty {
      text.write(" (")
      text.write(printable: group.software.names.joined(separator: ", "))
      text.write(")")
    }
    text.write("\n")
  }

  /// The feature's values, each with the dialects that have it.
  private func writeFeature(
    _ name: String, of places: Range<Int>, named: Bool = true, to text: inout TextBuffer
  ) {
    var values: [(value: String, labels: [String])] = []
    for place in places {
      let value = groups[place].dialect[name] ?? ""
      if let index = values.firstIndex(where: { $0.value == value }) {
        values[index].labels.append(Self.label(place))
      } else {
        values.append((value, [Self.label(place)]))
      }
    }
    for (index, entry) in values.enumerated() {
      text.write("  ")
      let title = index == 0 ? name : ""
      text.write(title)
      text.write(repeating: UInt8(ascii: " "), count: 20 - title.count)
      if named { text.write("\(entry.labels.joined(separator: " ")): ") }
      text.write(printable: entry.value.isEmpty ? "none" : entry.value)
      text.write("\n")
    }
  }

  /// A, B, …, Z, AA, AB, …
  private static func label(_ place: Int) -> String {
    let letter = String(UnicodeScalar(UInt8(ascii: "A") + UInt8(place % 26)))
    return place < 26 ? letter : label(place / 26 - 1) + letter
  }
}

extension Dialect {
  fileprivate subscript(name: String) -> String? { features.first { $0.name == name }?.value }
}
