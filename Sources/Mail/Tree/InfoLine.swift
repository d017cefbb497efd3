import Fields

/// Texts for the Info column, joined as Wireshark joins the lines of a segment.
struct InfoLine: ~Copyable {
  private var text = TextBuffer()
  private var isEmpty = true

  init(start: String) { text.write(start) }

  mutating func add(_ writing: (inout TextBuffer) -> Void) {
    if !isEmpty { text.write(" | ") }
    isEmpty = false
    writing(&text)
  }

  func write(to output: inout TextBuffer) {
    output.write(text)
  }
}
