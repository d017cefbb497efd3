import Fields

/// The bytes of one message, and what a dissector is to say of them.
package struct DescribedMessage: CustomStringConvertible, Sendable {
  /// Describes bytes, as far as they can be.
  package typealias Dissector = (_ bytes: [UInt8], _ tree: inout FieldBuffer) -> Void

  package let description: String
  package let bytes: [UInt8]
  package let info: String
  package let tree: String

  package init(_ description: String, bytes: [UInt8], info: String, tree: String) {
    (self.description, self.bytes, self.info, self.tree) = (description, bytes, info, tree)
  }

  /// What the dissector says of the first bytes of the message.
  package func described(
    first count: Int = .max, by describe: Dissector
  ) -> (tree: String, info: String) {
    var tree = FieldBuffer()
    describe(Array(bytes.prefix(count)), &tree)
    return (tree.text, tree.columns.info.string)
  }

  /// The most items that anything has: random bytes, and messages with some of their bytes changed.
  package static func mostItems(
    ofChanged messages: [Self], rounds: Int = 4000, by describe: Dissector
  ) -> Int {
    var random = SeededGenerator()
    var most = 0
    for round in 0..<rounds {
      var bytes = messages[Int.random(in: messages.indices, using: &random)].bytes
      if round % 4 == 0 {
        bytes = random.bytes(Int.random(in: 0..<80, using: &random))
      } else {
        for _ in 0...Int.random(in: 0..<4, using: &random) {
          bytes[Int.random(in: bytes.indices, using: &random)] = random.bytes(1)[0]
        }
      }
      var tree = FieldBuffer()
      describe(bytes, &tree)
      most = max(most, tree.items.count)
    }
    return most
  }
}

extension FieldBuffer {
  /// The tree as `packets --tree` prints it.
  package var text: String {
    var text = TextBuffer()
    for index in items.indices where !items[index].traits.contains(.hidden) {
      text.write(repeating: 32, count: 4 * Int(items[index].depth))
      writeLabel(of: index, to: &text)
      text.write("\n")
    }
    return text.string
  }
}
