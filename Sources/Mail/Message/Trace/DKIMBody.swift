import Fields

/// Writes the body of a message as DKIM hashes it (RFC 6376 section 3.4), as its bytes come.
///
/// Empty lines at the end are not part of it, and at line ends relaxed has no blanks: they are counted, not kept.
public struct DKIMBody: Sendable {
  private let isRelaxed: Bool
  private var hasCarriageReturn = false
  private var hasBlank = false
  private var isEmpty = true
  /// Line ends that were not written yet: those at the end never are.
  private var lineEnds = 0
  /// Bytes that may be still given out, where only so many of them are signed.
  private var room: Int
  /// Bytes of the canonical body that came after those that are signed.
  public private(set) var unsigned = 0
  /// What was written since it was last taken.
  private var output: [UInt8] = []
  private static let batch = 1 << 14

  /// `length` is how many bytes are signed; nil: all.
  public init(_ canonicalization: DKIMSignature.Canonicalization, length: Int? = nil) {
    isRelaxed = canonicalization == .relaxed
    room = length ?? .max
  }

  /// True where fewer bytes came than are said to be signed; asked at the end.
  public var isShort: Bool { room != .max && room > 0 }

  /// Takes the next bytes of the body, and gives what they become.
  public mutating func receive(_ bytes: Span<UInt8>, emit: ([UInt8]) -> Void) {
    for index in bytes.indices {
      let byte = bytes[index]
      if hasCarriageReturn {
        hasCarriageReturn = false
        if byte == .lineFeed {
          lineEnds += 1
          hasBlank = false
          continue
        }
        write(.carriageReturn, emit)
      }
      if byte == .carriageReturn {
        hasCarriageReturn = true
      } else if isRelaxed, byte.isBlank {
        hasBlank = true
      } else {
        write(byte, emit)
      }
    }
    flush(emit)
  }

  /// The message ends here.
  public mutating func finish(emit: ([UInt8]) -> Void) {
    if hasCarriageReturn { write(.carriageReturn, emit) }
    if !isEmpty || !isRelaxed {
      append(.carriageReturn, emit)
      append(.lineFeed, emit)
    }
    flush(emit)
  }

  private mutating func write(_ byte: UInt8, _ emit: ([UInt8]) -> Void) {
    while lineEnds > 0 {
      append(.carriageReturn, emit)
      append(.lineFeed, emit)
      lineEnds -= 1
    }
    if hasBlank { append(.space, emit) }
    (hasBlank, isEmpty) = (false, false)
    append(byte, emit)
  }

  private mutating func append(_ byte: UInt8, _ emit: ([UInt8]) -> Void) {
    guard room > 0 else { return unsigned += 1 }
    if room != .max { room -= 1 }
    output.append(byte)
    if output.count >= Self.batch { flush(emit) }
  }

  private mutating func flush(_ emit: ([UInt8]) -> Void) {
    guard !output.isEmpty else { return }
    emit(output)
    output.removeAll(keepingCapacity: true)
  }
}
