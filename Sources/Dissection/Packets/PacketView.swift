import Fields
import Wire

/// One frame, ready to be shown.
public struct DescribedFrame: ~Escapable {
  public let facts: FrameFacts
  public let bytes: Span<UInt8>
  public let tree: FieldBuffer

  @_lifetime(copy bytes)
  init(facts: FrameFacts, bytes: Span<UInt8>, tree: FieldBuffer) {
    self.facts = facts
    self.bytes = bytes
    self.tree = tree
  }
}

/// A reader of described frames: list, tree, JSON, columns.
public protocol PacketView {
  /// False where the columns of the packet list are enough.
  var wantsTree: Bool { get }
  mutating func begin(to text: inout TextBuffer)
  mutating func write(_ frame: borrowing DescribedFrame, to text: inout TextBuffer)
  mutating func end(to text: inout TextBuffer)
}

extension PacketView {
  public mutating func begin(to text: inout TextBuffer) {}
  public mutating func end(to text: inout TextBuffer) {}
}
