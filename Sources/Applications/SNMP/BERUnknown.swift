import Fields

/// Elements of the basic encoding rules where a protocol expected others: shown as what their own tags say.
struct BERUnknown: ~Escapable {
  /// Elements inside one another.
  private static let maximumDepth = 64

  private let reader: ByteReader

  @_lifetime(copy reader)
  init(_ reader: borrowing ByteReader) { self.reader = copy reader }

  /// Describes the element at an offset. Returns where the next one is looked for, at `end` where nothing more is: a
  /// tag whose length makes no sense is stepped over alone.
  func describe(at start: Int, to end: Int, depth: Int = 0, into tree: inout FieldBuffer)
    throws(DecodeError) -> Int
  {
    guard depth < Self.maximumDepth else { throw reader.malformed }
    let element = try reader.berElement(at: start)
    guard element.end <= end else {
      addError(
        BERUnknownFields.fields.lengthError,
        "length \(element.count) longer than tvb_reported_length_remaining: "
          + "\(max(0, end - element.contents))", at: start, into: &tree)
      return end
    }
    if element.isConstructed {
      let item = tree.addText(
        element.tagClass == 0 ? universalName(element.tag) : tagName(element),
        at: element.start, count: element.end - element.start)
      tree.open(item)
      var offset = element.contents
      while offset < element.contentsEnd {
        offset = try describe(
          at: offset, to: element.contentsEnd, depth: depth + 1, into: &tree)
      }
      tree.close(item)
    } else if element.tagClass == 0 {
      if try !describe(universal: element, into: &tree) { return element.contents }
    } else {
      try describe(other: element, into: &tree)
    }
    return element.end
  }

  private func addError(
    _ field: Field, _ what: String, at offset: Int, into tree: inout FieldBuffer
  ) {
    guard tree.wantsTree else { return }
    let words = "BER Error: \(what)"
    let line = tree.addText(words, at: offset)
    tree.expert(field, .warning, .malformed, words, under: line)
  }

  /// Returns whether the contents belong to the element.
  private func describe(universal element: BERElement, into tree: inout FieldBuffer)
    throws(DecodeError) -> Bool
  {
    let fields = BERUnknownFields.fields
    let bytes = try reader.part(at: element.contents, element.count)
    switch element.tag {
    case 0: return false
    case 1 where bytes.count == 1:
      tree.add(fields.boolean, bytes[0], at: element.contents, count: 1)
    case 2 where !bytes.isEmpty, 10 where !bytes.isEmpty:
      let isInteger = element.tag == 2
      if let value = try reader.berInteger(element) {
        tree.add(
          isInteger ? fields.integer : fields.enumerated, value, at: element.contents,
          count: bytes.count)
      } else {
        let item = tree.add(fields.longInteger, bytes, at: element.contents)
        tree.relabel(item) {
          $0.write(isInteger ? "INTEGER: 0x" : "ENUMERATED: 0x")
          for index in 0..<min(bytes.count, 36) { $0.write(hexByte: bytes[index]) }
          if bytes.count > 36 { $0.write("…") }
        }
      }
    case 1, 2, 10:
      addError(
        fields.lengthError,
        "\(universalName(element.tag)): length of item (\(bytes.count)) is not valid",
        at: element.start, into: &tree)
      return false
    case 3 where !bytes.isEmpty:
      let item = tree.add(fields.padding, bytes[0], at: element.contents, count: 1)
      let rest = bytes.part(1, bytes.count)
      let place = element.contents + 1
      if bytes[0] > 7 {
        tree.expert(
          fields.illegalPadding, .warning, .undecoded,
          "Illegal padding (0 .. 7): \(bytes[0])", under: item)
      }
      tree.add(fields.bits, rest, at: place)
    case 4: tree.add(fields.octets, bytes, at: element.contents)
    case 5:
      let item = tree.add(fields.null, .none, at: element.start, count: 2)
      tree.relabel(item, "NULL tag")
      return false
    case 6:
      guard let identifier = ObjectIdentifier(bytes) else { throw reader.malformed }
      let item = tree.add(fields.identifier, at: element.contents, count: bytes.count) {
        identifier.write(to: &$0)
      }
      tree.note(item) {
        $0.write(" (")
        identifier.writeNamed(to: &$0)
        $0.write(")")
      }
    default:
      if let field = fields.string(element.tag) {
        tree.add(string: field, bytes, at: element.contents)
      } else {
        addError(
          fields.tagError, "can not handle universal tag:\(element.tag)", at: element.start,
          into: &tree)
      }
    }
    return true
  }

  private func describe(other element: BERElement, into tree: inout FieldBuffer)
    throws(DecodeError)
  {
    let bytes = try reader.part(at: element.contents, element.count)
    let item = tree.add(
      BERUnknownFields.fields.primitive, .none, at: element.start,
      count: element.end - element.start)
    tree.relabel(item) {
      $0.write("\(tagName(element)) ")
      for index in bytes.indices { $0.write(hexByte: bytes[index]) }
      guard bytes.isPrintable else { return }
      $0.write(" (")
      $0.write(bytes)
      $0.write(")")
    }
  }

  /// `[CONTEXT 0]`
  private func tagName(_ element: BERElement) -> String {
    let names = ["UNIVERSAL", "APPLICATION", "CONTEXT", "PRIVATE"]
    return "[\(names[Int(element.tagClass)]) \(element.tag)]"
  }

  private func universalName(_ tag: UInt32) -> String {
    word(
      tag,
      [
        "'end-of-content'", "BOOLEAN", "INTEGER", "BIT STRING", "OCTET STRING", "NULL",
        "OBJECT IDENTIFIER", "ObjectDescriptor", "EXTERNAL", "REAL", "ENUMERATED",
        "EMBEDDED PDV", "UTF8String", "RELATIVE-OID", "", "", "SEQUENCE", "SET",
        "NumericString", "PrintableString", "TeletexString", "VideotexString", "IA5String",
        "UTCTime", "GeneralizedTime", "GraphicString", "VisibleString", "GeneralString",
        "UniversalString", "CHARACTER STRING", "BMPString",
      ]) ?? "Reserved"
  }
}

extension Span<UInt8> {
  /// Not empty, and ASCII without control characters.
  var isPrintable: Bool {
    for index in indices where self[index] < 0x20 || self[index] > 0x7e { return false }
    return !isEmpty
  }
}

/// The fields of elements that nobody expected, as Wireshark names them.
struct BERUnknownFields: FieldSet {
  let boolean = Field("ber.unknown.BOOLEAN", "BOOLEAN", .uint8, .hex)
  let integer = Field("ber.unknown.INTEGER", "INTEGER", .int64)
  let enumerated = Field("ber.unknown.ENUMERATED", "ENUMERATED", .int64)
  let longInteger = Field("ber.64bit_uint_as_bytes", "64bits unsigned int", .bytes)
  let padding = Field("ber.bitstring.padding", "Padding", .uint8)
  let illegalPadding = Field("ber.error.illegal_padding", "Illegal padding", .none)
  let bits = Field("ber.unknown.BITSTRING", "BITSTRING", .bytes)
  let octets = Field("ber.unknown.OCTETSTRING", "OCTETSTRING", .bytes)
  let null = Field("ber.null_tag", "NULL tag", .none)
  let identifier = Field("ber.unknown.OID", "OID", .string)
  let primitive = Field("ber.unknown.primitive", "Primitive", .none)
  let utf8String = Field("ber.unknown.UTF8String", "UTF8String", .string)
  let numericString = Field("ber.unknown.NumericString", "NumericString", .string)
  let printableString = Field("ber.unknown.PrintableString", "PrintableString", .string)
  let ia5String = Field("ber.unknown.IA5String", "IA5String", .string)
  let utcTime = Field("ber.unknown.UTCTime", "UTCTime", .string)
  let generalizedTime = Field("ber.unknown.GeneralizedTime", "GeneralizedTime", .string)
  let graphicString = Field("ber.unknown.GRAPHICSTRING", "GRAPHICSTRING", .string)
  let visibleString = Field("ber.unknown.VisibleString", "VisibleString", .string)
  let generalString = Field("ber.unknown.GeneralString", "GeneralString", .string)
  let lengthError = Field("ber.error.length", "Wrong length", .none)
  let tagError = Field(
    "ber.error.universal_tag_unknown", "Can not handle universal tag", .none)

  /// The string that a universal tag stands for.
  func string(_ tag: UInt32) -> Field? {
    switch tag {
    case 12: utf8String
    case 18: numericString
    case 19: printableString
    case 22: ia5String
    case 23: utcTime
    case 24: generalizedTime
    case 25: graphicString
    case 26: visibleString
    case 27: generalString
    default: nil
    }
  }

  static let fields = Self()
}
