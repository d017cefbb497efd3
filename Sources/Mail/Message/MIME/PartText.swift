import Fields

/// Turns the decoded bytes of a text part into UTF-8 as they come.
///
/// The charset is the one that the part is labelled with. Where it has no label, or one that its bytes contradict, they
/// are taken for UTF-8 or for what they look most like.
public struct PartText {
  /// Bytes above 127, with those between them, by which the charset is checked.
  private static let sampleLimit = 4_096

  private let labelled: Charset?
  private let label: String?
  private var decoder: CharsetDecoder?
  /// What has come since the first byte that is no ASCII.
  private var sample: [UInt8] = []
  private var problems = TextProblems()

  /// `hint`: the charset of another part of the message.
  public init(_ part: MessagePart, hint: String? = nil) {
    label = part.charset
    let known = part.charset.flatMap { Charset(label: $0) }
    labelled = known ?? hint.flatMap { Charset(label: $0) }
    if let label, !label.isEmpty, known == nil { problems.insert(.unknownCharset(label)) }
    // Bytes of a charset that is no superset of ASCII look like ASCII.
    if let known, !known.isASCIISuperset {
      decoder = CharsetDecoder(known)
      if decoder == nil { problems.insert(.noConverter(known)) }
    }
  }

  public mutating func receive(_ bytes: Span<UInt8>, into text: inout [UInt8]) {
    if decoder != nil {
      decoder?.receive(bytes, into: &text)
      return
    }
    var index = 0
    if sample.isEmpty {
      while index < bytes.count, bytes[index] < 0x80 { index += 1 }
      text.append(bytes.extracting(0..<index))
    }
    sample.append(bytes.extracting(droppingFirst: index))
    if sample.count >= Self.sampleLimit { decide(into: &text) }
  }

  /// The text ends. Returns what was wrong with it, for a person.
  public mutating func finish(into text: inout [UInt8]) -> [MessageFinding] {
    if !sample.isEmpty { decide(into: &text) }
    decoder?.finish(into: &text)
    if let invalid = decoder?.invalid, invalid > 0 {
      problems.insert(.invalidBytes(used ?? .utf8))
    }
    return problems.all.map { MessageFinding($0, of: "text", at: 0) }
  }

  /// What it was decoded from.
  private var used: Charset?

  private mutating func decide(into text: inout [UInt8]) {
    var charset = labelled
    if let known = charset, known.coding != .unnamed {
      if let found = known.decode(sample) {
        // A few damaged characters, or one that the sample or the part cut, are no sign of another charset.
        let invalid = found.invalid - (found.text.hasSuffix("\u{FFFD}") ? 1 : 0)
        if invalid * 20 > sample.count(where: { $0 >= 0x80 }) { charset = nil }
      } else {
        problems.insert(.noConverter(known))
        charset = nil
      }
    } else {
      charset = nil
    }
    let chosen = charset ?? CharsetGuess.charset(of: sample, hint: nil)
    if charset == nil, let labelled, labelled.coding != .unnamed {
      problems.insert(.mislabelled(labelled, takenFor: chosen))
    } else if charset == nil, chosen != .utf8 || label != nil {
      problems.insert(.guessed(chosen))
    }
    used = chosen
    let taken = sample
    sample = []
    decoder = CharsetDecoder(chosen) ?? CharsetDecoder(.utf8)
    decoder?.receive(taken.span, into: &text)
  }
}

extension Charset {
  /// Bytes below 128 are ASCII, whatever is before them.
  fileprivate var isASCIISuperset: Bool {
    switch coding {
    case .utf8, .unnamed, .windows1252: true
    case .converter(_, let unit, _, let shifts): unit != .stateful && shifts == nil
    }
  }
}
