/// Client bytes that wait until a reply decides what they are: a literal or commands, SASL or commands.
struct HeldBytes: Sendable {
  /// The runs as they came, each with the position of its first byte.
  private(set) var runs: [(bytes: [UInt8], position: Position)] = []
  private(set) var count = 0

  mutating func append(_ bytes: Span<UInt8>, at position: Position) {
    guard !bytes.isEmpty else { return }
    count += bytes.count
    if let last = runs.last, last.position.frame == position.frame,
      last.position.streamOffset + last.bytes.count == position.streamOffset
    {
      for index in bytes.indices { runs[runs.count - 1].bytes.append(bytes[index]) }
    } else {
      runs.append((bytes.copied, position))
    }
  }

  /// Takes everything out.
  mutating func take() -> [(bytes: [UInt8], position: Position)] {
    defer { self = HeldBytes() }
    return runs
  }

  /// The first line, as far as it has come.
  var firstLine: [UInt8] {
    var line: [UInt8] = []
    for run in runs {
      for byte in run.bytes {
        if byte == .lineFeed { return line }
        if line.count < 1024, byte != .carriageReturn { line.append(byte) }
      }
    }
    return line
  }

  /// True where the first bytes are a TLS record (or an SSLv2 hello) rather than text.
  var looksEncrypted: Bool {
    guard let first = runs.first?.bytes.first else { return false }
    return TLSUse.beginsRecord(first)
  }
}

extension TLSUse {
  /// Could this byte begin a TLS record, and no line of text?
  static func beginsRecord(_ byte: UInt8) -> Bool { (0x14...0x18).contains(byte) || byte >= 0x80 }
}

/// Words for verdicts and findings.
enum Phrase {
  /// `3 messages`, `1 message`.
  static func count(_ number: Int, _ thing: String) -> String {
    "\(grouped(number)) \(thing)\(number == 1 ? "" : "s")"
  }

  /// `61,440`.
  static func grouped(_ number: Int) -> String {
    var result = ""
    let digits = String(number)
    for (index, digit) in digits.enumerated() {
      let rest = digits.count - index
      if index > 0, rest % 3 == 0, digit != "-" { result += "," }
      result.append(digit)
    }
    return result
  }

  /// Text of the peer within a line of ours: short, without controls.
  static func quote(_ text: some StringProtocol) -> String {
    let shown = text.unicodeScalars.prefix(80).map { scalar in
      scalar.properties.generalCategory == .control ? "\u{FFFD}" : String(scalar)
    }
    return shown.joined() + (text.unicodeScalars.count > 80 ? "…" : "")
  }

  /// `29 min`, `12 s`, `2 h 5 min`.
  static func duration(nanoseconds: Int64) -> String {
    let seconds = nanoseconds / 1_000_000_000
    switch seconds {
    case ..<60: return "\(seconds) s"
    case ..<3600: return "\(seconds / 60) min"
    default: return "\(seconds / 3600) h \(seconds % 3600 / 60) min"
    }
  }
}
