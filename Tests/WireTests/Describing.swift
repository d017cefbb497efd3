import Fields

@testable import Wire

/// A frame's tree as text, through the dissector.
func treeText(_ bytes: [UInt8], linkType: UInt32 = 1, skippingFrame: Bool = true) -> String {
  var dissector = FrameReader()
  return dissector.treeText(bytes, linkType: linkType, skippingFrame: skippingFrame)
}

/// A dissector with what it found of the frame seen last.
struct FrameReader: ~Copyable {
  var dissector: Dissector
  var found = Dissected()

  init(_ options: DissectorOptions = DissectorOptions()) { dissector = Dissector(options) }

  mutating func dissect(_ bytes: Span<UInt8>, _ facts: FrameFacts) {
    dissector.dissect(bytes, facts, into: &found)
  }
  @discardableResult
  func describe(_ bytes: Span<UInt8>, _ facts: FrameFacts, into tree: inout FieldBuffer) -> Bool {
    found.describe(bytes, facts, dissector.options, into: &tree)
  }

  mutating func treeText(
    _ bytes: [UInt8], number: Int = 1, wireLength: Int? = nil, linkType: UInt32 = 1,
    skippingFrame: Bool = true
  ) -> String {
    let facts = FrameFacts(
      number: number, time: 0, wireLength: wireLength ?? bytes.count, linkType: linkType)
    return treeText(bytes, facts, skippingFrame: skippingFrame)
  }

  mutating func treeText(_ bytes: [UInt8], _ facts: FrameFacts, skippingFrame: Bool) -> String {
    dissect(bytes.span, facts)
    var tree = FieldBuffer()
    describe(bytes.span, facts, into: &tree)
    var text = TextBuffer()
    var isInFrame = false
    for index in tree.items.indices where !tree.items[index].traits.contains(.hidden) {
      if tree.items[index].depth == 0 { isInFrame = tree.items[index].field.name == "frame" }
      if skippingFrame, isInFrame { continue }
      text.write(repeating: 32, count: 4 * Int(tree.items[index].depth))
      tree.writeLabel(of: index, to: &text)
      text.write("\n")
    }
    return text.string
  }
}

extension DescribeContext {
  /// For a frame that is no more than one layer.
  init(of layer: Layer) {
    var found = Dissected()
    found.layers = [layer]
    self.init(
      FrameFacts(number: 1, time: 0, wireLength: layer.end, linkType: 1), found,
      DissectorOptions())
  }
}
