import Fields

/// Goes through the elements of a sequence.
struct SNMPCursor {
  struct Tag {
    let tagClass: UInt8
    let number: UInt32
    /// Of a universal tag.
    let name: String?

    static let integer = Tag(tagClass: 0, number: 2, name: "INTEGER")
    static let octets = Tag(tagClass: 0, number: 4, name: "OCTET STRING")
    static let identifier = Tag(tagClass: 0, number: 6, name: "OBJECT IDENTIFIER")
    static let sequence = Tag(tagClass: 0, number: 16, name: "SEQUENCE")
    static let address = Tag(tagClass: 1, number: 0, name: nil)
    static let ticks = Tag(tagClass: 1, number: 3, name: nil)
  }
  private static let classes = ["UNIVERSAL", "APPLICATION", "CONTEXT", "PRIVATE"]

  var offset: Int
  let end: Int
  var place = "SEQUENCE"

  init(at offset: Int, end: Int) {
    self.offset = offset
    self.end = end
  }
  var isAtEnd: Bool { offset >= end }

  /// The next element, if it is what is expected; nil at the end, and for another, which the tree then says.
  mutating func next(
    _ reader: borrowing ByteReader, _ tag: Tag, into tree: inout FieldBuffer
  ) throws(DecodeError) -> BERElement? {
    guard !isAtEnd else { return nil }
    let element = try reader.berElement(at: offset)
    offset = element.end
    if element.tagClass == tag.tagClass, element.tag == tag.number { return element }
    addError(
      SNMPFields.fields.wrongField,
      "Wrong field in \(place): expected class:\(Self.classes[Int(tag.tagClass)])(\(tag.tagClass)) "
        + "tag:\(tag.number)\(tag.name.map { "(\($0))" } ?? "") but found "
        + "class:\(Self.classes[Int(element.tagClass)])(\(element.tagClass)) tag:\(element.tag)",
      element, into: &tree)
    return nil
  }

  /// What follows is not part of the sequence.
  mutating func finish(
    _ reader: borrowing ByteReader, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    while !isAtEnd {
      let element = try reader.berElement(at: offset)
      offset = element.end
      addError(
        SNMPFields.fields.unknownField,
        "This field lies beyond the end of the known sequence definition.", element, into: &tree)
    }
  }

  /// Says that an element is not as long as what it stands for.
  func addLengthError(_ name: String, _ element: BERElement, into tree: inout FieldBuffer) {
    addError(
      BERUnknownFields.fields.lengthError,
      "\(name): length of item (\(element.count)) is not valid",
      element, into: &tree)
  }

  private func addError(
    _ field: Field, _ what: String, _ element: BERElement, into tree: inout FieldBuffer
  ) {
    guard tree.wantsTree else { return }
    let words = "BER Error: \(what)"
    let line = tree.addText(words, at: element.start, count: element.end - element.start)
    tree.expert(field, .warning, .malformed, words, under: line)
  }
}
