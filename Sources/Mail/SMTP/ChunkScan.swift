/// Looks at the bytes of `BDAT` chunks for what does not belong there.
struct ChunkScan: Sendable {
  /// Lines that begin with two dots, and with one; three are an ellipsis.
  private(set) var doubled = 0
  private(set) var single = 0
  private(set) var hasEightBit = false
  private var start = 0
  private var dots = 0

  mutating func scan(_ bytes: Span<UInt8>) {
    var at = 0
    var bits: UInt8 = 0
    for index in bytes.indices { bits |= bytes[index] }
    if bits & 0x80 != 0 { hasEightBit = true }
    while at < bytes.count {
      if start == 0 {
        // At the start of a line.
        if bytes[at] == .dot, dots < 3 {
          dots += 1
          at += 1
          continue
        }
        if dots == 2 { doubled += 1 }
        if dots == 1 { single += 1 }
        (start, dots) = (1, 0)
      }
      guard let feed = bytes.firstIndex(of: .lineFeed, from: at) else { return }
      at = feed + 1
      start = 0
    }
  }
}
