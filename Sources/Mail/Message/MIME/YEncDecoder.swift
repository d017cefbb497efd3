import Fields

/// yEnc (draft 1.3) as its bytes come: a file in a text, with eight bits a byte.
struct YEncDecoder: Sendable {
  private enum State: Sendable {
    case lineStart
    /// `=` where a line begins: an escape, or a line that says something of the data.
    case lineEscape
    case data
    case escape
    case control
  }
  private static let lineLimit = 1_024

  let name: String?
  private var state = State.lineStart
  private var control: [UInt8] = []
  private var size = 0
  private var checksum: UInt32 = 0xFFFF_FFFF
  /// What its last line says, once it has come.
  private var trailer: [UInt8]?

  /// Reads the line that begins the data; nil where it is none.
  init?(_ line: Span<UInt8>) {
    guard line.hasPrefix("=ybegin "), Self.value("line=", in: line.copied) != nil else {
      return nil
    }
    let bytes = line.copied
    name = bytes.firstPlace(of: Array(" name=".utf8)).map {
      String(decoding: bytes[$0.upperBound...], as: UTF8.self).trimmingBlanks
    }
  }

  /// Takes bytes up to the end of the data; true where it came.
  mutating func receive(
    _ bytes: Span<UInt8>, _ index: inout Int, into output: inout [UInt8]
  ) -> Bool {
    while index < bytes.count {
      let byte = bytes[index]
      index += 1
      switch state {
      case .control:
        guard byte == .lineFeed else {
          if control.count < Self.lineLimit { control.append(byte) }
          continue
        }
        state = .lineStart
        if control.starts(with: "=yend".utf8) {
          trailer = control
          return true
        }
        control = []
      case .lineEscape where byte == UInt8(ascii: "y"):
        control = Array("=y".utf8)
        state = .control
      case .lineEscape, .escape:
        add(byte &- 64 &- 42, into: &output)
        state = .data
      case .lineStart, .data:
        switch byte {
        case .lineFeed: state = .lineStart
        case .carriageReturn: break
        case UInt8(ascii: "="): state = state == .lineStart ? .lineEscape : .escape
        default:
          add(byte &- 42, into: &output)
          state = .data
        }
      }
    }
    return false
  }

  /// What is wrong where the data ends here.
  var problems: ContentProblems {
    var problems = ContentProblems()
    guard let trailer else {
      problems.add(.messageBadYEnc, "no end")
      problems.isIncomplete = true
      return problems
    }
    if let wanted = Self.value("size=", in: trailer).flatMap({ Decimal.parse($0) }), wanted != size
    {
      problems.add(
        .messageBadYEnc, "\(Phrase.count(size, "byte")), where \(wanted.grouped) are announced")
      problems.isIncomplete = size < wanted
    }
    let sum = Self.value("pcrc32=", in: trailer) ?? Self.value("crc32=", in: trailer)
    if let sum, sum.count <= 8,
      let wanted = UInt32(String(decoding: sum, as: UTF8.self), radix: 16),
      wanted != ~checksum
    {
      problems.add(.messageBadYEnc, "another checksum than is announced")
    }
    return problems
  }

  private mutating func add(_ byte: UInt8, into output: inout [UInt8]) {
    output.append(byte)
    size += 1
    checksum = Self.table[Int(UInt8(truncatingIfNeeded: checksum) ^ byte)] ^ checksum >> 8
  }

  /// The word after a keyword, which has a blank before it.
  private static func value(_ keyword: StaticString, in line: [UInt8]) -> ArraySlice<UInt8>? {
    guard let place = line.firstPlace(of: Array(" \(keyword)".utf8)) else { return nil }
    let word = line[place.upperBound...].prefix { !$0.isFolding }
    return word.isEmpty ? nil : word
  }

  /// CRC-32 (ISO 3309), a byte at a time.
  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { sum, _ in sum & 1 == 1 ? 0xEDB8_8320 ^ sum >> 1 : sum >> 1 }
  }
}
