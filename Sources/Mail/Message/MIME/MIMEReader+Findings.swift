// What the reader says of parts that are not as they should be.

extension MIMEReader {
  /// What the header of a part says wrongly.
  mutating func note(
    _ problems: [(TextProblems.Problem, of: String)], of part: Int, _ entity: MIMELayer.Entity
  ) {
    let (offset, known) = (entity.offset, record.parts[part])
    for (problem, thing) in problems {
      record.find(MessageFinding(problem, of: thing, at: offset, part: known.path))
    }
    let facts = entity.facts
    if facts.hasType, facts.type == nil {
      record.find(.messageBadContentType, at: offset, part: part, "no type and subtype")
    }
    for name in facts.duplicateParameters {
      record.find(
        .messageDuplicateParameter, at: offset, part: part,
        "another parameter “\(Phrase.quote(name))”")
    }
    // Those of the message itself are found with its other fields.
    if entity.parent != nil {
      for (name, place) in facts.duplicates {
        record.find(
          .messageDuplicateField, at: place, part: part, "another \(Phrase.quote(name)) field")
      }
    }
    if entity.header.ignoredLines > 0 {
      let lines = Phrase.count(entity.header.ignoredLines, "line")
      record.find(.messageBadLine, at: offset, part: part, "\(lines) passed over")
    }
    if entity.lacksEmptyLine {
      record.find(
        .messageHeaderEnd, at: entity.body, part: part,
        "a line that is no field follows without an empty line")
    }
    if let label = known.charset, !label.isEmpty, Charset(label: label) == nil {
      record.find(
        MessageFinding(.unknownCharset(label), of: "text", at: offset, part: known.path))
    }
    noteEncoding(known, part, offset)
    if known.contentType.hasPrefix("multipart/"), facts.type?.boundary == nil {
      record.find(.messageNoBoundary, at: offset, part: part, "a multipart without a boundary")
    }
  }

  /// What was wrong with the content of a part.
  mutating func note(_ problems: ContentProblems, of part: Int) {
    for problem in problems.found {
      record.find(problem.code, at: record.parts[part].offset, part: part, problem.text)
    }
    if problems.isIncomplete { record.change(part) { $0.isComplete = false } }
  }

  /// What a part is by its first bytes.
  mutating func noteType(of part: Int, _ detector: TypeDetector) {
    let type = detector.type
    record.change(part) { $0.detectedType = type?.name }
    if let text = TypeDetector.contradiction(of: record.parts[part], type) {
      record.find(
        .messageTypeContradicted, at: record.parts[part].offset, part: part, text)
    }
  }

  private mutating func noteEncoding(_ known: MessagePart, _ part: Int, _ offset: Int) {
    guard let name = known.encoding else { return }
    let quoted = "“\(Phrase.quote(name))”"
    guard let encoding = TransferEncoding(name) else {
      return record.find(
        .messageBadEncoding, at: offset, part: part, "\(quoted) is not known")
    }
    if case .identity = encoding { return }
    if known.contentType.hasPrefix("multipart/") {
      record.find(
        .messageBadEncoding, at: offset, part: part, "a multipart cannot be \(quoted): not decoded")
    } else if known.contentType == "message/rfc822" {
      record.find(.messageBadEncoding, at: offset, part: part, "a message cannot be \(quoted)")
    }
  }

  mutating func noteDepth(_ part: MessagePart, _ entity: MIMELayer.Entity) {
    guard
      part.contentType.hasPrefix("multipart/") || MIMELayer.messageTypes.contains(part.contentType)
    else { return }
    record.find(
      .messageDepthLimit, at: entity.offset, part: entity.part,
      "\(part.contentType) in \(Self.depthLimit) parts within each other: not taken apart")
  }

  /// A multipart ends without its closing boundary.
  mutating func noteEnd(of part: Int, _ entity: MIMELayer.Entity) {
    if entity.state == .preamble {
      record.find(
        .messageBoundaryNotFound, at: entity.offset, part: part, "no line has the boundary")
    } else {
      record.find(
        .messageUnclosedMultipart, at: entity.offset, part: part,
        "no closing boundary after \(Phrase.count(entity.childCount, "part"))")
    }
  }

  /// RFC 1847 section 2: two parts each.
  mutating func noteSignedStructure(of part: Int, _ entity: MIMELayer.Entity) {
    let type = record.parts[part].contentType
    guard type == "multipart/signed" || type == "multipart/encrypted", entity.childCount != 2
    else { return }
    record.find(
      .messageSignedStructure, at: entity.offset, part: part,
      "\(type) with \(Phrase.count(entity.childCount, "part"))")
  }
}
