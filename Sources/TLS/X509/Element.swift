import Fields
import SwiftASN1

/// An element of a certificate, with its place in the bytes that are described.
struct Element {
  private let node: ASN1Node
  /// Where the parsed bytes begin in the tree's coordinates.
  private let base: Int

  private init(_ node: ASN1Node, base: Int) {
    self.node = node
    self.base = base
  }

  /// The element that `bytes` are; they lie at `base`.
  init(_ bytes: ArraySlice<UInt8>, base: Int) throws(Malformed) {
    do {
      self.init(try BER.parse(bytes), base: base)
    } catch {
      throw .missing
    }
  }

  var start: Int { base + node.encodedBytes.startIndex }
  var count: Int { node.encodedBytes.count }
  var isConstructed: Bool {
    if case .constructed = node.content { return true }
    return false
  }
  /// The whole element, head and contents.
  var encoded: ArraySlice<UInt8> { node.encodedBytes }
  /// The contents of a primitive element; none of a constructed one.
  var contents: ArraySlice<UInt8> {
    if case .primitive(let bytes) = node.content { return bytes }
    return []
  }
  /// Where the contents of a primitive element begin.
  var contentsStart: Int { base + contents.startIndex }
  var children: [Element] {
    guard case .constructed(let nodes) = node.content else { return [] }
    return nodes.map { Element($0, base: base) }
  }
  /// The number of a universal tag; nil for another class.
  var universal: UInt? { node.identifier.tagClass == .universal ? node.identifier.tagNumber : nil }
  /// The number of a context-specific tag; nil for another class.
  var context: UInt? {
    node.identifier.tagClass == .contextSpecific ? node.identifier.tagNumber : nil
  }

  var tagNumber: UInt { node.identifier.tagNumber }
  var className: String {
    switch node.identifier.tagClass {
    case .universal: "UNIVERSAL(0)"
    case .application: "APPLICATION(1)"
    case .contextSpecific: "CONTEXT(2)"
    case .private: "PRIVATE(3)"
    }
  }

  /// The element inside an OCTET STRING or another primitive one.
  func inner(dropping count: Int = 0) throws(Malformed) -> Element {
    try Element(contents.dropFirst(count), base: base)
  }

  var objectIdentifier: ObjectIdentifier { ObjectIdentifier(contents) }
  /// A two's complement integer; nil where it takes more than 64 bits.
  var integer: Int64? {
    guard (1...8).contains(contents.count), let first = contents.first else { return nil }
    return contents.reduce(first & 0x80 != 0 ? -1 : 0) { $0 << 8 | Int64($1) }
  }
  var isTrue: Bool { contents.contains { $0 != 0 } }
}

extension FieldBuffer {
  /// A heading without a value.
  mutating func opened(_ field: Field, of element: Element) -> FieldIndex {
    opened(field, .none, at: element.start, count: element.count)
  }
  /// A heading that counts what it holds: `3 items`.
  mutating func opened(_ field: Field, counting count: Int, of element: Element) -> FieldIndex {
    let item = opened(field, .unsigned(UInt64(count)), at: element.start, count: element.count)
    note(item, count == 1 ? " item" : " items")
    return item
  }
  /// The contents as bytes or as a string.
  @discardableResult
  mutating func add(_ field: Field, contentsOf element: Element) -> FieldIndex {
    let contents = element.contents
    return add(field, contents.span, at: element.contentsStart)
  }
  /// A number in two's complement.
  @discardableResult
  mutating func add(_ field: Field, numberIn element: Element) -> FieldIndex {
    add(
      field, element.integer ?? 0, at: element.contentsStart, count: element.contents.count)
  }
  @discardableResult
  mutating func add(_ field: Field, identifierIn element: Element) -> FieldIndex {
    let identifier = element.objectIdentifier
    let item = add(
      field, identifier.digits, at: element.contentsStart, count: element.contents.count)
    note(item, " (\(identifier.name))")
    return item
  }
  /// A number of any size, in hexadecimal.
  mutating func add(_ field: Field, largeNumberIn element: Element) {
    let item = add(field, contentsOf: element)
    relabel(item) {
      $0.write("\(field.label): 0x")
      $0.write(hex: element.contents, colons: false, limit: 36)
    }
  }
  /// A GeneralizedTime.
  mutating func add(_ field: Field, timeIn element: Element) {
    add(
      field, .time(TimeValue(seconds: ASN1Time.seconds(general: element.contents) ?? 0)),
      at: element.contentsStart, count: element.contents.count)
  }
  /// A BIT STRING: how many bits of the last byte do not count, and the bytes.
  @discardableResult
  mutating func add(_ field: Field, bitsIn element: Element) -> FieldIndex {
    let contents = element.contents
    add(
      CertificateFields.fields.bitPadding, contents.first ?? 0, at: element.contentsStart,
      count: 1)
    let bytes = contents.dropFirst()
    return add(field, bytes.span, at: element.contentsStart + 1)
  }
}
