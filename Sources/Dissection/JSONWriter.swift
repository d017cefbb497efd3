import Fields

/// Writes JSON member by member: indented for a document, on one line for NDJSON.
struct JSONWriter: ~Copyable {
  var text = TextBuffer()
  private let isCompact: Bool
  private var depth: Int
  private var isFirst = true
  /// False for the one value that has no container around it.
  private var isInside = false

  init(isCompact: Bool, depth: Int = 0) {
    self.isCompact = isCompact
    self.depth = depth
  }

  mutating func object(_ key: String? = nil, _ members: (inout JSONWriter) -> Void) {
    container(key, UInt8(ascii: "{"), UInt8(ascii: "}"), members)
  }
  mutating func array(_ key: String? = nil, _ elements: (inout JSONWriter) -> Void) {
    container(key, UInt8(ascii: "["), UInt8(ascii: "]"), elements)
  }
  private mutating func container(
    _ key: String?, _ opening: UInt8, _ closing: UInt8, _ content: (inout JSONWriter) -> Void
  ) {
    start(key)
    text.write(byte: opening)
    let wasInside = isInside
    depth += 1
    (isFirst, isInside) = (true, true)
    content(&self)
    depth -= 1
    isInside = wasInside
    if !isFirst { breakLine() }
    isFirst = false
    text.write(byte: closing)
  }

  mutating func member(_ key: String?, _ value: String?) {
    guard let value else { return }
    start(key)
    text.write(json: value)
  }
  mutating func member(_ key: String?, _ value: Int?) {
    guard let value else { return }
    start(key)
    text.write(decimal: value)
  }
  mutating func member(_ key: String?, _ value: Bool?) {
    guard let value else { return }
    start(key)
    text.write(value ? "true" : "false")
  }
  /// A duration in seconds, without zeros at its end.
  mutating func member(_ key: String?, seconds nanoseconds: Int64?) {
    guard let nanoseconds else { return }
    start(key)
    text.write(trimmedSeconds: nanoseconds)
  }
  /// A moment as RFC 3339 in UTC with nanoseconds.
  mutating func member(_ key: String?, time nanoseconds: Int64?) {
    guard let nanoseconds else { return }
    start(key)
    text.write(byte: UInt8(ascii: "\""))
    text.write(rfc3339: nanoseconds)
    text.write(byte: UInt8(ascii: "\""))
  }
  mutating func strings(_ key: String, _ values: [String]) {
    array(key) { for value in values { $0.member(nil, value) } }
  }
  /// A value whose JSON is already written.
  mutating func raw(_ key: String? = nil, _ writing: (inout TextBuffer) -> Void) {
    start(key)
    writing(&text)
  }

  private mutating func start(_ key: String?) {
    if !isFirst { text.write(byte: UInt8(ascii: ",")) }
    if isInside { breakLine() }
    isFirst = false
    guard let key else { return }
    text.write(byte: UInt8(ascii: "\""))
    text.write(key)
    text.write(byte: UInt8(ascii: "\""))
    text.write(byte: UInt8(ascii: ":"))
    if !isCompact { text.write(byte: UInt8(ascii: " ")) }
  }
  private mutating func breakLine() {
    if isCompact { return }
    text.write(byte: UInt8(ascii: "\n"))
    text.write(repeating: UInt8(ascii: " "), count: 2 * depth)
  }
}

extension TextBuffer {
  /// `0.053892`: seconds without zeros at the end, `0` for none.
  mutating func write(trimmedSeconds nanoseconds: Int64) {
    let start = count
    write(seconds: nanoseconds)
    truncate(to: endWithoutZeros(from: start))
  }
}
