/// What is known so far of the message that is read, within the limits on how much is kept.
struct MIMERecord: Sendable {
  static let partLimit = 10_000
  /// Findings of one message, and of one code in it.
  private static let findingLimit = 200
  private static let sameFindingLimit = 10
  private static let fieldLimit = 10_000
  /// Bytes of the fields of the message, and of what the headers of its parts say.
  private static let textLimit = 1 << 20
  /// What a field, or a part, takes beside its text.
  private static let fieldCost = 64

  private(set) var content = MIMEContent()
  private var findingCounts: [FindingCode: Int] = [:]
  private var fields: [HeaderField] = []
  private var fieldText = 0
  private var partText = 0
  /// Bytes of the message are missing.
  var hasGap = false

  var parts: [MessagePart] { content.parts }

  /// About how many bytes are kept.
  var textLength: Int { fieldText + partText }

  // MARK: Findings

  mutating func find(_ finding: MessageFinding) {
    let count = findingCounts[finding.code, default: 0]
    findingCounts[finding.code] = count + 1
    guard count < Self.sameFindingLimit, content.findings.count < Self.findingLimit else {
      content.droppedFindings += 1
      return
    }
    content.findings.append(finding)
  }

  /// In a part; nil is the message itself, or a part that is left out.
  mutating func find(_ code: FindingCode, at offset: Int, part: Int? = nil, _ text: String) {
    find(MessageFinding(code, at: offset, part: part.map { content.parts[$0].path }, text))
  }

  // MARK: Parts

  /// Its index; nil where there are too many.
  mutating func add(_ part: MessagePart) -> Int? {
    guard content.parts.count < Self.partLimit else {
      if content.droppedParts == 0 {
        find(
          .messagePartLimit, at: part.offset,
          "more than \(Self.partLimit.grouped) parts: the others are left out")
      }
      content.droppedParts += 1
      return nil
    }
    content.parts.append(part)
    return content.parts.count - 1
  }

  mutating func change(_ part: Int?, _ change: (inout MessagePart) -> Void) {
    if let part { change(&content.parts[part]) }
  }

  /// Whether the text of a part's header may be kept.
  mutating func mayKeep(_ length: Int) -> Bool {
    partText += length + Self.fieldCost
    return partText <= Self.textLimit
  }

  // MARK: Fields

  /// A field of the message's own header.
  mutating func add(_ field: HeaderField) {
    guard fields.count < Self.fieldLimit,
      fieldText + field.bytes.count + Self.fieldCost <= Self.textLimit
    else {
      content.droppedFields += 1
      return
    }
    if field.dropped > 0 { content.droppedFields += 1 }
    fieldText += field.bytes.count + Self.fieldCost
    fields.append(field)
  }

  /// What a part's header says was cut short or left out.
  mutating func dropField() { content.droppedFields += 1 }

  /// The header of the message is over. `hint` is the charset that the message names.
  mutating func finishFields(hint: Charset?) {
    content.fields = fields.map { field in
      if field.isPlain { return MIMEContent.Field(name: field.name, value: field.text) }
      let raw = String(decoding: field.raw, as: UTF8.self)
      let value = EncodedWord.decode(field.unfolded, hint: hint).text.trimmingBlanks
      return MIMEContent.Field(
        name: field.name, value: value, raw: value == raw ? nil : raw)
    }
    for problem in FieldRules.problems(of: fields) { find(problem) }
    if content.droppedFields > 0 {
      find(
        .messageLongField, at: 0,
        "\(Phrase.count(content.droppedFields, "field")) cut short or left out")
    }
    fields = []
  }

  mutating func takeHeaders(of shown: inout ShownFields) {
    content.headers = shown.headers()
    content.droppedFindings += shown.droppedFindings
    for finding in content.headers?.findings ?? [] { find(finding) }
  }
}
