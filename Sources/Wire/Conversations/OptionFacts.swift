import Fields

/// What the options of a segment say that later segments depend on, read without describing them.
struct OptionFacts: Sendable {
  /// Shift count of the window scale option, as it is used: at most 14.
  var windowScale: UInt8?
  /// Blocks of the SACK option, and how many of them are there.
  var acknowledgedBlocks: [4 of SequenceBlock] = .init(repeating: SequenceBlock())
  var blockCount: UInt8 = 0
  /// False where the frame was cut within the options.
  var isWhole = true

  init() {}

  /// `length` is what the header says; fewer bytes may have been captured.
  init(_ options: Span<UInt8>, length: Int) {
    isWhole = options.count >= length
    var offset = 0
    while offset < options.count {
      switch options[offset] {
      case TCPOptionKind.end.rawValue: return
      case TCPOptionKind.noOperation.rawValue: offset += 1
      case let kind:
        guard offset + 1 < options.count else { return }
        let length = Int(options[offset + 1])
        guard length >= 2 else { return }
        if kind == TCPOptionKind.sack.rawValue {
          readBlocks(options.part(offset + 2, offset + length))
        }
        guard offset + length <= options.count else { return }
        if kind == TCPOptionKind.windowScale.rawValue, length == 3 {
          windowScale = min(options[offset + 2], 14)
        }
        offset += length
      }
    }
  }

  private mutating func readBlocks(_ bytes: Span<UInt8>) {
    let count = min(4, bytes.count / 8)
    for index in 0..<count {
      acknowledgedBlocks[index] = SequenceBlock(
        left: bytes.uint32(at: 8 * index), right: bytes.uint32(at: 8 * index + 4))
    }
    blockCount = UInt8(count)
  }
}

/// Sequence numbers from `left` up to, without, `right`.
struct SequenceBlock: Sendable {
  var left: UInt32 = 0
  var right: UInt32 = 0
}
