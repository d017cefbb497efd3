/// THE SEAM. A protocol is a file in `Layers/`, a case here, and a line in each of the switches below and in
/// `Dissector.describe`.
public enum LayerKind: UInt8, Sendable, CaseIterable {
  case ethernet
  case data
}

/// One layer of a frame: what it is, and which bytes are its own and its payload's.
public struct Layer: Sendable {
  public let kind: LayerKind
  /// Which bytes the offsets count in: 0 the frame, then `Dissector.sources`.
  public let source: UInt8
  /// Offset of the first byte.
  public let start: Int
  /// Offset behind the last captured byte.
  public let end: Int
  /// Offset behind the last byte as it was on the wire; `end` is less where the frame was cut.
  public let wireEnd: Int

  public init(_ kind: LayerKind, source: UInt8 = 0, start: Int, end: Int, wireEnd: Int) {
    self.kind = kind
    self.source = source
    self.start = start
    self.end = end
    self.wireEnd = wireEnd
  }

  public var count: Int { end - start }

  /// The layer above, `offset` bytes into this one, `length` bytes long on the wire (nil: all there is).
  func above(_ kind: LayerKind, at offset: Int, length: Int? = nil) -> Layer {
    let from = Swift.min(start + offset, end)
    let until = length.map { Swift.min(start + offset + $0, wireEnd) } ?? wireEnd
    return Layer(
      kind, source: source, start: from, end: Swift.max(from, Swift.min(end, until)),
      wireEnd: Swift.max(from, until))
  }

  /// The error for a header that needs `needed` bytes.
  func error(needed: Int) -> DecodeError {
    DecodeError(
      layer: kind, offset: start, needed: needed, available: count,
      reason: start + needed <= wireEnd ? .cutShort : .tooShort)
  }
  func invalid(_ what: String) -> DecodeError {
    DecodeError(layer: kind, offset: start, needed: 0, available: count, reason: .invalid(what))
  }
}
