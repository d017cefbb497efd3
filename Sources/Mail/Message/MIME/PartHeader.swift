/// What the header of a part, or of a message, says of its content (RFC 2045 section 3, RFC 2183).
struct PartHeader: Sendable {
  enum Name: String, FieldName, Sendable {
    case type = "CONTENT-TYPE"
    case encoding = "CONTENT-TRANSFER-ENCODING"
    case disposition = "CONTENT-DISPOSITION"
    case id = "CONTENT-ID"
    case description = "CONTENT-DESCRIPTION"
  }

  /// The first field of each name: with its parameters, or in one line.
  private var values: [Name: ParameterizedValue] = [:]
  private var texts: [Name: [UInt8]] = [:]
  private(set) var textLength = 0
  /// Names that came again, where the first counts.
  private(set) var duplicates: [(name: String, offset: Int)] = []

  mutating func take(_ field: HeaderField) {
    guard let name = Name(field.nameBytes) else { return }
    guard values[name] == nil, texts[name] == nil else {
      return duplicates.append((field.name, field.start))
    }
    let body = field.unfolded
    textLength += body.count
    switch name {
    case .type, .encoding, .disposition: values[name] = ParameterizedValue(body)
    case .id, .description: texts[name] = body
    }
  }

  var hasType: Bool { values[.type] != nil }

  /// Fills in what the header says. Returns the problems of its texts, with what they are of.
  func describe(_ part: inout MessagePart, hint: Charset?) -> [(TextProblems.Problem, of: String)] {
    var problems: [(TextProblems.Problem, of: String)] = []
    func text(_ decoded: DecodedText?, _ thing: String) -> String? {
      guard let decoded else { return nil }
      problems += decoded.problems.all.map { ($0, of: thing) }
      return decoded.text
    }
    let (type, disposition) = (values[.type], values[.disposition])
    let own = type?.charset ?? hint
    if let type {
      part.parameters = type.names.compactMap { name in
        type.text(name, hint: own).map { MessagePart.Parameter(name: name, value: $0.text) }
      }
      part.charset = part.parameters.first { $0.name == "charset" }?.value.trimmingBlanks
    }
    part.encoding = encodingName
    part.disposition = disposition.flatMap { $0.value.isEmpty ? nil : $0.value }
    // An empty name is none: then the other one counts.
    func name(_ decoded: DecodedText?) -> String? {
      let name = text(decoded, "file name")?.trimmingBlanks
      return name?.isEmpty == false ? name : nil
    }
    part.filename =
      name(disposition?.text("filename", hint: own)) ?? name(type?.text("name", hint: own))
    part.contentID = texts[.id].map {
      MessageHeaders.withoutBrackets(String(decoding: $0, as: UTF8.self).trimmingBlanks)
    }
    part.description = text(
      texts[.description].map { EncodedWord.decode($0, hint: own) }, "Content-Description")
    return problems
  }

  /// As the field has it, in lower case; nil where it is missing.
  var encodingName: String? { values[.encoding]?.value }

  /// The type with its subtype, and the boundary; nil where there is no field, or it has no slash in it.
  var type: ParameterizedValue? {
    guard let type = values[.type] else { return nil }
    let slashes = type.value.utf8.count { $0 == UInt8(ascii: "/") }
    return slashes == 1 && !type.value.hasPrefix("/") && !type.value.hasSuffix("/") ? type : nil
  }

  /// The type of what has none, or none that can be read (RFC 2045 section 5.2, RFC 2046 section 5.1.5).
  func defaultType(isInDigest: Bool) -> String {
    isInDigest && !hasType ? "message/rfc822" : "text/plain"
  }

  /// Parameters of the type that are there more than once.
  var duplicateParameters: [String] {
    [values[.type], values[.disposition]].flatMap { $0?.duplicates ?? [] }
  }
}

extension ParameterizedValue {
  /// Of a multipart, without the blanks at its end; nil where there is none that a line can have.
  var boundary: [UInt8]? {
    guard var bytes = bytes("boundary"), bytes.count < Self.boundaryLimit else { return nil }
    while bytes.last?.isBlank == true { bytes.removeLast() }
    return bytes.isEmpty ? nil : bytes
  }

  /// The RFC allows 70.
  private static let boundaryLimit = 1_000
}
