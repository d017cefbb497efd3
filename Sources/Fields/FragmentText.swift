/// What is said of pieces that are put together, in the words that reassembly has in all protocols.
extension TextBuffer {
  /// `1 byte`, `20 bytes`
  package mutating func write(bytes count: Int) {
    write(decimal: count)
    write(count == 1 ? " byte" : " bytes")
  }
  /// `#16(1460)`: bytes of a frame.
  package mutating func write(fragment count: Int, of frame: Int) {
    write("#")
    write(decimal: frame)
    write("(")
    write(decimal: count)
    write(")")
  }
  /// `, payload: 0-1459 (1460 bytes)`
  package mutating func write(payload offset: Int, count: Int) {
    write(", payload: ")
    write(decimal: offset)
    write("-")
    write(decimal: max(offset, offset + count - 1))
    write(" (")
    write(bytes: count)
    write(")")
  }
}
