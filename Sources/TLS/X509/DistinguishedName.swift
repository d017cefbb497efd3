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

  /// The name as RFC 4514 writes it: `CN=mail.example.org,O=Example`.
  static func text(_ sequence: Element) -> String {
    sequence.children.reversed().map { part in
      part.children.map(attributeText).joined(separator: "+")
    }.joined(separator: ",")
  }

  private static func attributeText(_ attribute: Element) -> String {
    let parts = attribute.children
    guard parts.count >= 2 else { return "" }
    let identifier = parts[0].objectIdentifier
    var value = ""
    let words = parts[1].words
    for (index, character) in words.unicodeScalars.enumerated() {
      let isEnd = index == 0 || index == words.unicodeScalars.count - 1
      if "\",+;<>\\".unicodeScalars.contains(character) || isEnd && character == " "
        || index == 0 && character == "#"
      {
        value += "\\"
      }
      value.unicodeScalars.append(character)
    }
    return "\(shortNames[identifier.digits] ?? identifier.name)=\(value)"
  }

  private static let shortNames = [
    "2.5.4.3": "CN", "2.5.4.6": "C", "2.5.4.7": "L", "2.5.4.8": "ST", "2.5.4.9": "STREET",
    "2.5.4.10": "O", "2.5.4.11": "OU", "0.9.2342.19200300.100.1.25": "DC",
    "0.9.2342.19200300.100.1.1": "UID", "2.5.4.4": "SN", "2.5.4.5": "serialNumber",
    "2.5.4.42": "GN", "1.2.840.113549.1.9.1": "emailAddress",
  ]

  /// The last common name of a name, as a host's certificates have it.
  static func commonName(_ sequence: Element) -> String? {
    sequence.children.lazy.flatMap(\.children).last {
      $0.children.first?.objectIdentifier.digits == "2.5.4.3"
    }.flatMap { $0.children.dropFirst().first?.words }
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
      var value = TextBuffer()
      value.write(printable: parts[1].contents)
      let name = "\(identifier.name)=\(value.string)"
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
  /// A string of one universal type.
  case string(Field, tag: UInt)
  case unknown

  init(_ identifier: ObjectIdentifier) {
    let fields = CertificateFields.fields
    switch identifier.digits {
    case "2.5.4.6", "1.3.6.1.4.1.311.60.2.1.3": self = .string(fields.countryName, tag: 19)
    case "2.5.4.5", "2.5.4.46": self = .string(fields.printableSyntax, tag: 19)
    case "2.5.4.20": self = .string(fields.telephoneNumber, tag: 19)
    case "1.2.840.113549.1.9.1", "0.9.2342.19200300.100.1.25":
      self = .string(fields.ia5Syntax, tag: 22)
    case "0.9.2342.19200300.100.1.1": self = .string(fields.userID, tag: 12)
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
    case .string(let field, let tag):
      tree.addProtocol(field.name.hasPrefix("x509af.") ? "x509af" : "x509sat")
      if value.universal == tag {
        tree.add(field, textOf: value)
      } else {
        tree.addUnexpected(value, insteadOf: tag)
      }
    case .directoryString:
      let (choice, field): (UInt64, Field)
      switch value.universal {
      case 12: (choice, field) = (4, fields.utf8String)
      case 19: (choice, field) = (1, fields.printableString)
      case 20: (choice, field) = (0, fields.teletexString)
      case 28: (choice, field) = (2, fields.universalString)
      case 30: (choice, field) = (3, fields.bmpString)
      default:
        tree.addNotImplemented(value)
        return
      }
      tree.addProtocol("x509sat")
      let item = tree.opened(
        fields.directoryString, .unsigned(choice), at: value.start, count: value.count)
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
    case 28:
      var text = ""
      var index = contents.startIndex
      while index + 3 < contents.endIndex {
        let value = contents[index..<index + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        text.unicodeScalars.append(Unicode.Scalar(value) ?? "\u{fffd}")
        index += 4
      }
      return text
    default: return String(decoding: contents, as: UTF8.self)
    }
  }
}

extension FieldBuffer {
  mutating func add(_ field: Field, textOf element: Element) {
    add(field, element.words, at: element.contentsStart, count: element.contents.count)
  }
  /// Says that a value is not of the type that its place asks for.
  mutating func addUnexpected(_ value: Element, insteadOf tag: UInt) {
    let form = value.isConstructed ? "Constructed" : "Primitive"
    let words =
      "BER Error: String with tag=\(tag) expected but class:\(value.className) \(form) "
      + "tag:\(value.tagNumber) was unexpected"
    let item = addText(words, at: value.start, count: value.count)
    expert(
      CertificateFields.fields.unexpectedString, .warning, .malformed, words, under: item)
  }
  /// Says that nothing is known of a value.
  mutating func addNotImplemented(_ value: Element) {
    let fields = CertificateFields.fields
    let item = addText(fields.notImplemented.label, at: value.start, count: value.count)
    expert(
      fields.notImplemented, .warning, .undecoded, fields.notImplemented.label, under: item)
  }
}
