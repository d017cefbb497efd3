import Fields

/// One layer of a frame: what it is, and which bytes are its own and its payload's.
public struct Layer: Sendable {
  public let kind: LayerKind
  /// Which bytes the offsets count in: 0 the frame, then `Dissector.sources`.
  public let source: UInt8
  /// How deep the layer's tree is: more than 0 inside another layer's.
  public var depth: UInt8 = 0
  /// Part of the packet that an ICMP error quotes: no conversation, no columns.
  public var isQuoted = false
  /// Part of the first fragment of a datagram, the others of which are not at hand: no checksum can be checked.
  public var isFragment = false
  /// Offset of the first byte.
  public let start: Int
  /// Offset after the last captured byte.
  public let end: Int
  /// Offset after the last byte as it was on the wire; `end` is less where the frame was cut.
  public let wireEnd: Int

  public init(_ kind: LayerKind, source: UInt8 = 0, start: Int, end: Int, wireEnd: Int) {
    self.kind = kind
    self.source = source
    self.start = start
    self.end = end
    self.wireEnd = wireEnd
  }

  public var count: Int { end - start }
  public var wireCount: Int { wireEnd - start }

  /// The layer above, `offset` bytes into this one, `length` bytes long on the wire (nil: all there is).
  @inline(__always)
  func above(_ kind: LayerKind, at offset: Int, length: Int? = nil) -> Layer {
    let from = Swift.min(start + offset, end)
    let until = length.map { Swift.min(start + offset + $0, wireEnd) } ?? wireEnd
    var layer = Layer(
      kind, source: source, start: from, end: Swift.max(from, Swift.min(end, until)),
      wireEnd: Swift.max(from, until))
    (layer.depth, layer.isQuoted, layer.isFragment) = (depth, isQuoted, isFragment)
    return layer
  }
  /// The packet that an ICMP error quotes: it is inside this layer.
  func quoted(_ kind: LayerKind, at offset: Int, length: Int? = nil) -> Layer {
    var layer = above(kind, at: offset, length: length)
    layer.isQuoted = true
    layer.depth = layer.depth.deeper
    return layer
  }
  /// The layer over `count` bytes of another data source.
  func above(_ kind: LayerKind, inSource source: UInt8, count: Int) -> Layer {
    var layer = Layer(kind, source: source, start: 0, end: count, wireEnd: count)
    (layer.depth, layer.isQuoted) = (depth, isQuoted)
    return layer
  }

  /// The error for a header that needs `needed` bytes.
  func error(needed: Int) -> DecodeError {
    error(needed, start + needed <= wireEnd ? .cutShort : .tooShort)
  }
  /// The error for fields that reach beyond the bytes they are to be read from.
  var malformed: DecodeError { error(count + 1, .tooShort) }
  func invalid(_ what: String) -> DecodeError { error(0, .invalid(what)) }

  private func error(_ needed: Int, _ reason: DecodeError.Reason) -> DecodeError {
    DecodeError(layer: kind.name, offset: start, needed: needed, available: count, reason: reason)
  }
}

extension ByteReader {
  /// Reads the bytes of `layer`, or a part of them that has a length of its own.
  @_lifetime(copy bytes)
  init(_ bytes: Span<UInt8>, _ layer: Layer, limit: Int = .max) {
    self.init(
      bytes, of: layer.kind.name, at: layer.start, wireCount: layer.wireCount, limit: limit)
  }
}

extension UInt8 {
  /// One more, but not more than there is: nests may be deep.
  var deeper: UInt8 { self == .max ? .max : self + 1 }
}
