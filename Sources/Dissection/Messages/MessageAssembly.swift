import Fields
import Mail

/// Puts messages together that came in pieces: by FETCH of their stretches, or of their header and text, and by CATENATE.
struct MessageAssembly {
  /// A message of a mailbox.
  private enum Key: Hashable {
    case uid(mailbox: String?, validity: UInt64?, UInt64)
    case number(selection: Int, UInt64)
    case catenation(Int)
  }

  /// Bytes of a piece that have a place in the message.
  private struct Stretch {
    var piece: Int
    var offset: Int
    var length: Int
  }

  /// What a message is made of, in order.
  private enum Step {
    /// Bytes of a piece.
    case bytes(piece: Int, Range<Int>)
    /// So many that did not come; nil where nothing says how many.
    case gap(Int?)
  }

  /// Adds the messages that can be put together to `messages`, and gives their bytes to `intake`.
  static func assemble(_ messages: inout [Message], _ intake: inout MessageIntake) {
    guard messages.contains(where: { $0.section != nil }) else { return }
    for (_, members) in groups(of: messages) {
      let pieces = members.filter { messages[$0].section != nil }
      if let whole = members.last(where: { messages[$0].section == nil && messages[$0].complete }) {
        for piece in pieces { messages[piece].whole = whole }
        continue
      }
      guard let first = pieces.first else { continue }
      let isCatenation = messages[first].origin.catenation != nil
      let steps =
        isCatenation
        ? catenation(of: pieces, messages, intake) : stretches(of: pieces, messages, intake)
      let used = steps.compactMap { if case .bytes(let piece, _) = $0 { piece } else { nil } }
      let isWhole = steps.allSatisfy { if case .bytes = $0 { true } else { false } }
      // One piece alone is said by its section.
      guard isCatenation || Set(used).count > 1 || isWhole && !used.isEmpty else { continue }
      add(pieces, steps, isWhole: isWhole, to: &messages, &intake)
    }
  }

  /// The messages that are of one message each, in the order in which they came.
  private static func groups(of messages: [Message]) -> [(Key, [Int])] {
    var uids: [Key: Key] = [:]
    for message in messages {
      guard let uid = message.uid, let number = numberKey(of: message) else { continue }
      uids[number] = .uid(mailbox: message.mailbox, validity: message.origin.uidValidity, uid)
    }
    var members: [Key: [Int]] = [:]
    var order: [Key] = []
    for (index, message) in messages.enumerated() {
      let key: Key
      if let catenation = message.origin.catenation {
        key = .catenation(catenation)
      } else if message.direction != .retrieved {
        continue
      } else if let uid = message.uid {
        key = .uid(mailbox: message.mailbox, validity: message.origin.uidValidity, uid)
      } else if let number = numberKey(of: message) {
        key = uids[number] ?? number
      } else {
        continue
      }
      if members[key] == nil { order.append(key) }
      members[key, default: []].append(index)
    }
    return order.map { ($0, members[$0] ?? []) }
  }

  private static func numberKey(of message: Message) -> Key? {
    message.origin.number.map { .number(selection: message.origin.selection, $0) }
  }

  /// Bytes of a piece before its first gap.
  private static func length(
    of piece: Int, _ messages: [Message], _ intake: MessageIntake
  ) -> Int {
    let gaps = intake.contents.indices.contains(piece) ? intake.contents[piece]?.gaps : nil
    return min(messages[piece].size, gaps?.first?.offset ?? .max)
  }

  /// Header, text, and stretches of these or of the whole, in the order of the message.
  private static func stretches(
    of pieces: [Int], _ messages: [Message], _ intake: MessageIntake
  ) -> [Step] {
    func part(_ piece: Int) -> String {
      String((messages[piece].section ?? "").prefix { $0 != "<" }).uppercased()
    }
    func isAll(_ piece: Int, of name: String) -> Bool {
      part(piece) == name && messages[piece].origin.offset == nil && messages[piece].complete
    }
    var wholeSize = pieces.lazy.compactMap { messages[$0].origin.wholeSize }.first
    let header = pieces.first { isAll($0, of: "HEADER") }.map { messages[$0].size }
    let text = pieces.first { isAll($0, of: "TEXT") }.map { messages[$0].size }
    var textStart = header
    if textStart == nil, let text, let wholeSize, text <= wholeSize { textStart = wholeSize - text }
    if wholeSize == nil, let header, let text { wholeSize = header + text }
    var found: [Stretch] = []
    for piece in pieces {
      let start: Int?
      switch part(piece) {
      case "", "HEADER": start = 0
      case "TEXT": start = textStart
      default: start = nil
      }
      guard let start, let offset = start.adding(messages[piece].origin.offset ?? 0) else {
        continue
      }
      let count = length(of: piece, messages, intake)
      // A stretch of the whole that is empty lies at its end.
      if count == 0, messages[piece].size == 0, part(piece).isEmpty {
        wholeSize = wholeSize ?? offset
      }
      if count > 0 { found.append(Stretch(piece: piece, offset: offset, length: count)) }
    }
    return steps(of: found, upTo: wholeSize)
  }

  private static func steps(of stretches: [Stretch], upTo end: Int?) -> [Step] {
    var (steps, position): ([Step], Int) = ([], 0)
    for stretch in stretches.sorted(by: { ($0.offset, -$0.length) < ($1.offset, -$1.length) }) {
      let stretchEnd = stretch.offset + stretch.length
      guard stretchEnd > position else { continue }
      if stretch.offset > position {
        steps.append(.gap(stretch.offset - position))
        position = stretch.offset
      }
      steps.append(.bytes(piece: stretch.piece, position - stretch.offset..<stretch.length))
      position = stretchEnd
    }
    guard let end else { return steps + [.gap(nil)] }
    if end > position { steps.append(.gap(end - position)) }
    return steps
  }

  /// The texts of one CATENATE; what lies on the server did not come.
  private static func catenation(
    of pieces: [Int], _ messages: [Message], _ intake: MessageIntake
  ) -> [Step] {
    var steps: [Step] = []
    for piece in pieces {
      let origin = messages[piece].origin
      for _ in 0..<min(origin.referencesBefore, referenceLimit) { steps.append(.gap(nil)) }
      let count = length(of: piece, messages, intake)
      steps.append(.bytes(piece: piece, 0..<count))
      if !messages[piece].complete { steps.append(.gap(nil)) }
      for _ in 0..<min(origin.referencesAfter, referenceLimit) { steps.append(.gap(nil)) }
    }
    return steps
  }

  private static let referenceLimit = 1_000

  private static func add(
    _ pieces: [Int], _ steps: [Step], isWhole: Bool, to messages: inout [Message],
    _ intake: inout MessageIntake
  ) {
    let whole = messages.count
    var message = messages[pieces[0]]
    (message.section, message.size, message.pieces) = (nil, 0, pieces)
    message.origin.offset = nil
    for piece in pieces where message.uid == nil { message.uid = messages[piece].uid }
    intake.begin(whole)
    for step in steps {
      switch step {
      case .gap(let length): intake.gap(length ?? .max, in: whole)
      case .bytes(let piece, let range):
        message.size += range.count
        if messages[piece].end.frame > message.end.frame { message.end = messages[piece].end }
        if messages[piece].start.frame < message.start.frame {
          message.start = messages[piece].start
        }
        intake.copy(range, of: piece, to: whole)
      }
    }
    intake.end(whole)
    message.complete = isWhole
    if message.direction == .retrieved { message.outcome = isWhole ? .retrieved : .incomplete }
    messages.append(message)
    for piece in pieces { messages[piece].whole = whole }
  }
}

extension Int {
  /// nil where the sum is no place in any message.
  fileprivate func adding(_ other: Int) -> Int? {
    let (sum, overflows) = addingReportingOverflow(other)
    return overflows || sum < 0 || sum > 1 << 48 ? nil : sum
  }
}
