import Fields

/// What a layer's `describe` may ask for beside its own bytes.
struct DescribeContext {
  let facts: FrameFacts
  let validatesChecksums: Bool
  /// All layers of the frame: a layer can see what lies above it (an Ethernet trailer, for example).
  let layers: [Layer]
  /// Where this layer stands in `layers`.
  var index: Int
}

/// From a frame's bytes to its layers.
///
/// `dissect` walks the headers, follows conversations and keeps the list of layers: no tree, no text. `describe`
/// walks that list once more and fills a `FieldBuffer`; the views are the same.
public struct Dissector: ~Copyable {
  public private(set) var layers: [Layer] = []
  /// What ended the walk, where it did not end by itself.
  public private(set) var error: DecodeError?
  public var validatesChecksums = true

  public init() {}

  public mutating func dissect(_ bytes: Span<UInt8>, _ facts: FrameFacts) {
    layers.removeAll(keepingCapacity: true)
    error = nil
    var next: Layer? = Layer(.ethernet, start: 0, end: bytes.count, wireEnd: facts.wireLength)
    do throws(DecodeError) {
      while let layer = next {
        layers.append(layer)
        next = try advance(over: layer, in: bytes)
      }
    } catch {
      self.error = error
    }
  }

  /// Reads the layer's header and says what lies above it.
  private func advance(over layer: Layer, in bytes: Span<UInt8>) throws(DecodeError) -> Layer? {
    let own = bytes.part(layer.start, layer.end)
    switch layer.kind {
    case .ethernet: return try EthernetFrame(own, layer).next(layer)
    case .data: return nil
    }
  }

  public func describe(_ bytes: Span<UInt8>, _ facts: FrameFacts, into tree: inout FieldBuffer) {
    var context = DescribeContext(
      facts: facts, validatesChecksums: validatesChecksums, layers: layers, index: 0)
    for (index, layer) in layers.enumerated() {
      context.index = index
      (tree.base, tree.source) = (layer.start, layer.source)
      describe(layer, bytes.part(layer.start, layer.end), context, into: &tree)
    }
  }

  private func describe(
    _ layer: Layer, _ own: Span<UInt8>, _ context: borrowing DescribeContext,
    into tree: inout FieldBuffer
  ) {
    do throws(DecodeError) {
      switch layer.kind {
      case .ethernet: try EthernetFrame(own, layer).describe(layer, context, into: &tree)
      case .data: break
      }
    } catch {
      // The walk met the same error: it is described once, at the end.
    }
  }
}
