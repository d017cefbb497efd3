import Fields

/// A distinguished name (RFC 5280 4.1.2.4).
enum DistinguishedName {
  /// Gives the name as one line, the last part first.
  static func describe(
    _ field: Field, _ sequence: Element, into tree: inout FieldBuffer
  ) throws(Malformed) -> String {
    let top = tree.opened(field, counting: sequence.children.count, of: sequence)
    defer { tree.close(top) }
    let name = try describeParts(sequence, into: &tree)
    tree.note(top, " (\(name))")
    return name
  }

  /// The same without a heading.
  static func describeParts(
    _ sequence: Element, into tree: inout FieldBuffer
  ) throws(Malformed) -> String {
    var names: [String] = []
    for part in sequence.children { names.append(try describeRelative(part, into: &tree)) }
    return names.reversed().joined(separator: ",")
  }

  /// One part of the name, which may have several attributes.
  private static func describeRelative(
    _ set: Element, into tree: inout FieldBuffer
  ) throws(Malformed) -> String {
    let fields = CertificateFields.fields
    let attributes = set.children
    let top = tree.opened(fields.nameItem, counting: attributes.count, of: set)
    defer { tree.close(top) }
    var names: [String] = []
    for attribute in attributes {
      let item = tree.opened(fields.relativeName, of: attribute)
      defer { tree.close(item) }
      let parts = attribute.children
      guard parts.count >= 2 else { throw .missing }
      tree.add(fields.objectID, identifierIn: parts[0])
      let identifier = parts[0].objectIdentifier
      AttributeSyntax(identifier).describe(parts[1], into: &tree)
      let name = "\(identifier.name)=\(parts[1].words)"
      tree.note(item, " (\(name))")
      names.append(name)
    }
    let name = names.joined(separator: "+")
    tree.note(top, " (\(name))")
    return name
  }
}

/// What kind of string an attribute of a name is.
enum AttributeSyntax {
  case directoryString
  case single(Field)
  case unknown

  init(_ identifier: ObjectIdentifier) {
    let fields = CertificateFields.fields
    switch identifier.digits {
    case "2.5.4.6", "1.3.6.1.4.1.311.60.2.1.3": self = .single(fields.countryName)
    case "2.5.4.5", "2.5.4.46": self = .single(fields.printableSyntax)
    case "1.2.840.113549.1.9.1", "0.9.2342.19200300.100.1.25": self = .single(fields.ia5Syntax)
    case "0.9.2342.19200300.100.1.1": self = .single(fields.userID)
    case "2.5.4.3", "2.5.4.4", "2.5.4.7", "2.5.4.8", "2.5.4.9", "2.5.4.10", "2.5.4.11",
      "2.5.4.12", "2.5.4.13", "2.5.4.15", "2.5.4.17", "2.5.4.18", "2.5.4.19", "2.5.4.41",
      "2.5.4.42", "2.5.4.43", "2.5.4.44", "2.5.4.51", "2.5.4.54", "2.5.4.65",
      "1.2.840.113549.1.9.8", "1.2.840.113549.1.9.7", "1.3.6.1.4.1.311.60.2.1.1",
      "1.3.6.1.4.1.311.60.2.1.2":
      self = .directoryString
    default: self = .unknown
    }
  }

  func describe(_ value: Element, into tree: inout FieldBuffer) {
    let fields = CertificateFields.fields
    switch self {
    case .single(let field):
      tree.addProtocol(field.name.hasPrefix("x509af") ? "x509af" : "x509sat")
      tree.add(field, textOf: value)
    case .directoryString:
      tree.addProtocol("x509sat")
      let (choice, field) =
        switch value.universal {
        case 20: (0, fields.teletexString)
        case 28: (2, fields.universalString)
        case 30: (3, fields.bmpString)
        case 12: (4, fields.utf8String)
        default: (1, fields.printableString)
        }
      let item = tree.opened(
        fields.directoryString, .unsigned(UInt64(choice)), at: value.start, count: value.count)
      tree.add(field, textOf: value)
      tree.close(item)
    case .unknown: tree.addNotImplemented(value)
    }
  }
}

extension Element {
  /// A string of any kind.
  var words: String {
    switch universal {
    case 30:
      var units: [UInt16] = []
      var index = contents.startIndex
      while index + 1 < contents.endIndex {
        units.append(UInt16(contents[index]) << 8 | UInt16(contents[index + 1]))
        index += 2
      }
      return String(decoding: units, as: UTF16.self)
    case 20:
      // Latin-1 is what is met under the name of T.61.
      var text = ""
      for byte in contents { text.unicodeScalars.append(Unicode.Scalar(byte)) }
      return text
    default: return String(decoding: contents, as: UTF8.self)
    }
  }
}

extension FieldBuffer {
  mutating func add(_ field: Field, textOf element: Element) {
    add(field, element.words, at: element.contentsStart, count: element.contents.count)
  }
  /// Says that nothing is known of a value.
  mutating func addNotImplemented(_ value: Element) {
    let fields = CertificateFields.fields
    let item = addText(fields.notImplemented.label, at: value.start, count: value.count)
    expert(
      fields.notImplemented, .warning, .undecoded, fields.notImplemented.label, under: item)
  }
}
