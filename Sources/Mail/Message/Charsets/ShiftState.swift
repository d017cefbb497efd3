/// Takes the shifts out of a text of seven-bit bytes: what they mean goes into the eighth bit of the encoding that the
/// C library has for the same characters.
struct ShiftState: Sendable {
  enum Kind: Sendable, Hashable {
    /// HZ (RFC 1843), which becomes GB 2312 in EUC.
    case hz
    /// ISO-2022-JP (RFC 1468) with what Windows adds to it, which becomes EUC-JP.
    case japanese
  }

  private enum Characters {
    case ascii
    /// Two bytes a character: JIS X 0208, GB 2312.
    case double
    /// JIS X 0212, which EUC puts 0x8F before.
    case supplement
    /// Katakana of half width, which EUC puts 0x8E before.
    case katakana
  }

  private let kind: Kind
  private var characters = Characters.ascii
  /// A shift that is not complete.
  private var shift: [UInt8] = []
  /// The first byte of two.
  private var first: UInt8?

  init(_ kind: Kind) { self.kind = kind }

  mutating func take(_ byte: UInt8, into output: inout [UInt8]) {
    if !shift.isEmpty || beginsShift(byte) {
      flushFirst(into: &output)
      shift.append(byte)
      return completeShift(into: &output)
    }
    // A line end shifts back.
    if byte == .lineFeed || byte == .carriageReturn {
      flushFirst(into: &output)
      characters = .ascii
      output.append(byte)
      return
    }
    guard (0x21...0x7E).contains(byte) else {
      flushFirst(into: &output)
      output.append(byte)
      return
    }
    switch characters {
    case .ascii: output.append(byte)
    case .katakana: output += [0x8E, byte | 0x80]
    case .double, .supplement:
      guard let high = first else {
        first = byte
        return
      }
      if characters == .supplement { output.append(0x8F) }
      output += [high | 0x80, byte | 0x80]
      first = nil
    }
  }

  private func beginsShift(_ byte: UInt8) -> Bool {
    switch kind {
    // The second byte of a character may be a tilde.
    case .hz: byte == UInt8(ascii: "~") && first == nil
    case .japanese: byte == 0x1B
    }
  }

  mutating func finish(into output: inout [UInt8]) {
    flushFirst(into: &output)
    output += shift
    self = Self(kind)
  }

  /// Half a character is none: its byte, in the eighth bit, is nothing that EUC knows.
  private mutating func flushFirst(into output: inout [UInt8]) {
    if let first { output.append(first | 0x80) }
    first = nil
  }

  private mutating func completeShift(into output: inout [UInt8]) {
    switch (kind, shift) {
    case (.hz, [0x7E, 0x7B]): characters = .double
    case (.hz, [0x7E, 0x7D]): characters = .ascii
    case (.hz, [0x7E, 0x7E]): output.append(0x7E)
    case (.hz, [0x7E, 0x0A]): break
    case (.japanese, [0x1B, 0x28, 0x42]), (.japanese, [0x1B, 0x28, 0x4A]): characters = .ascii
    case (.japanese, [0x1B, 0x28, 0x49]): characters = .katakana
    case (.japanese, [0x1B, 0x24, 0x40]), (.japanese, [0x1B, 0x24, 0x42]): characters = .double
    case (.japanese, [0x1B, 0x24, 0x28, 0x44]): characters = .supplement
    case (.hz, [0x7E]), (.japanese, [0x1B]), (.japanese, [0x1B, 0x28]), (.japanese, [0x1B, 0x24]),
      (.japanese, [0x1B, 0x24, 0x28]):
      return
    default:
      // It is no shift: the byte that shows it may begin one.
      let last = shift.removeLast()
      output += shift
      shift = []
      return take(last, into: &output)
    }
    shift = []
  }
}
