import Fields

/// Finds where a dot-stuffed message is over (RFC 5321 section 4.5.2): nothing else is asked of its bytes, which are
/// looked at only around the dots.
struct MessageEnd: Sendable {
  /// The last eight bytes, the latest one lowest; the message begins like after CRLF.
  private var last: UInt64 = 0x0d0a

  /// Takes bytes from `index`, which moves on to what is after them. True where the message is over there.
  mutating func receive(_ bytes: Span<UInt8>, from index: inout Int) -> Bool {
    while index < bytes.count {
      if openCount == 0 {
        let dot = bytes.firstIndex(of: .dot, from: index, before: bytes.count) ?? bytes.count
        index = max(index, dot - 4)
        while index < dot { take(bytes, &index) }
        guard index < bytes.count else { return false }
      }
      take(bytes, &index)
      if last & 0xff_ffff_ffff == 0x0d0a_2e0d_0a { return true }
    }
    return false
  }

  private mutating func take(_ bytes: Span<UInt8>, _ index: inout Int) {
    last = last << 8 | UInt64(bytes[index])
    index += 1
  }

  /// How many of the last bytes may belong to the end: a dot that begins a line, and a CR after it.
  private var openCount: Int {
    if last & 0xff_ffff == 0x0d0a_2e { return 1 }
    return last & 0xffff_ffff == 0x0d0a_2e0d ? 2 : 0
  }

  /// Gives back the bytes at the end of what was taken that may belong to the end of the message: they will come again,
  /// with those after them. Returns how many they are.
  mutating func giveBack() -> Int {
    let count = openCount
    last >>= UInt64(8 * count)
    return count
  }

  /// The last byte that was taken ends what a lenient receiver takes for the end of the message: a dot alone between
  /// two line breaks, not both CRLF.
  var isNearly: Bool {
    guard last & 0xff == 0x0a else { return false }
    let hasReturn = last & 0xff00 == 0x0d00
    let before = last >> (hasReturn ? 16 : 8)
    guard before & 0xff == 0x2e else { return false }
    if before & 0xff_ff00 == 0x0d0a_00 { return !hasReturn }
    return before & 0xff00 == 0x0a00 || before & 0xff00 == 0x0d00
  }
}
