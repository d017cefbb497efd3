import Fields
import Wire

/// A reader of described frames: list, tree, JSON, columns.
public protocol PacketView: Sendable {
  /// False where the columns of the packet list are enough.
  var wantsTree: Bool { get }
  /// Whether the data sources of a frame are shown themselves, not only what is in the tree of them.
  var showsSources: Bool { get }
  /// The names of the fields that are read of the tree; nil where all are, or columns.
  var fields: Set<String>? { get }
  /// Whether frames were written before, be it by a copy of the view.
  var hasWritten: Bool { get set }
  /// Whether it reads fields that are hidden in the tree.
  var readsHidden: Bool { get }
  mutating func begin(to text: inout TextBuffer)
  mutating func write(
    _ tree: borrowing FieldBuffer, of frame: borrowing FrameFacts, _ bytes: Span<UInt8>,
    to text: inout TextBuffer)
  mutating func end(to text: inout TextBuffer)
}

extension PacketView {
  public var showsSources: Bool { false }
  public var fields: Set<String>? { nil }
  public var readsHidden: Bool { true }
  /// For views that write each frame alike.
  public var hasWritten: Bool {
    get { false }
    set {}
  }
  public mutating func begin(to text: inout TextBuffer) {}
  public mutating func end(to text: inout TextBuffer) {}
}
