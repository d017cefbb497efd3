import DequeModule

/// Which of the replies that came answers which of the commands that wait.
///
/// Replies come in the order of the commands, one each (RFC 5321 section 4.1), so that counting is enough. It is not
/// where a server answers twice or not at all, or with a line without a code: then what each reply can answer, and what
/// the server had received when it sent it, put the two in step.
struct ReplyAlignment {
  /// A reply, and how many of the commands had reached the server when it was sent.
  struct Entry {
    var reply: SMTPReply
    var reach: Int
  }
  /// More replies or commands than these are paired by counting.
  private static let limit = 64

  /// For each reply the place of the command that it answers; nil where it answers none.
  let places: [Int?]

  init(_ entries: [Entry], _ commands: Deque<Pending>) {
    let isClean = entries.indices.allSatisfy { index in
      guard let code = entries[index].reply.code, index < entries[index].reach else { return false }
      return commands[index].admits(code)
    }
    if isClean || entries.count > Self.limit {
      places = entries.indices.map { $0 < entries[$0].reach ? $0 : nil }
    } else {
      places = Self.align(entries, Array(commands.prefix(Self.limit)))
    }
  }

  /// The cheapest way to pair them: what each irregularity costs says how unlikely it is.
  private static func align(_ entries: [Entry], _ commands: [Pending]) -> [Int?] {
    let width = commands.count + 1
    // The cost of having passed so many replies and commands, and whether the last of each are a pair.
    var costs = Array(repeating: Int.max / 2, count: (entries.count + 1) * width)
    var steps = Array(repeating: Step.surplus, count: costs.count)
    costs[0] = 0
    for row in 0...entries.count {
      for column in 0..<width {
        let here = costs[row * width + column]
        func offer(_ cost: Int, _ step: Step, _ place: Int) {
          // Of two ways that cost the same the earlier reply is the answer.
          let isBetter = here + cost < costs[place]
          guard isBetter || here + cost == costs[place] && step == .surplus else { return }
          (costs[place], steps[place]) = (here + cost, step)
        }
        if row < entries.count {
          if column < min(commands.count, entries[row].reach) {
            offer(
              cost(of: entries[row].reply, answering: commands[column]), .pair,
              (row + 1) * width + column + 1)
          }
          let isRepeated = row > 0 && entries[row].reply == entries[row - 1].reply
          offer(
            cost(ofSurplus: entries[row].reply, isRepeated), .surplus, (row + 1) * width + column)
        }
        if column < commands.count { offer(4, .unanswered, row * width + column + 1) }
      }
    }
    // Commands after the last answered one may be answered later.
    let last = entries.count * width
    var column = 0
    for place in 0..<width where costs[last + place] <= costs[last + column] { column = place }
    var places: [Int?] = Array(repeating: nil, count: entries.count)
    var row = entries.count
    while row > 0 || column > 0 {
      switch steps[row * width + column] {
      case .pair:
        (row, column) = (row - 1, column - 1)
        places[row] = column
      case .surplus where row > 0: row -= 1
      case .surplus, .unanswered: column -= 1
      }
    }
    return places
  }

  private enum Step {
    case pair
    case surplus
    case unanswered
  }

  private static func cost(of reply: SMTPReply, answering command: Pending) -> Int {
    guard let code = reply.code else { return 1 }
    guard command.admits(code) else { return isDecisive(code) ? 6 : 3 }
    guard code < 400, let enhanced = reply.enhanced else { return 0 }
    // RFC 3463 section 3.2: senders and recipients have codes of their own.
    let isMisfit =
      switch (command.step, command.verb) {
      case (.command, .mail): enhanced == "2.1.5"
      case (.command, .rcpt): enhanced == "2.1.0"
      default: enhanced.hasPrefix("2.1.")
      }
    return isMisfit ? 1 : 0
  }

  private static func cost(ofSurplus reply: SMTPReply, _ isRepeated: Bool) -> Int {
    guard let code = reply.code else { return 1 }
    // Servers say that they close whenever they like.
    if code == 421 { return 1 }
    return isDecisive(code) ? 6 : isRepeated ? 3 : 4
  }

  /// Whether one kind of command only can be answered so.
  private static func isDecisive(_ code: Int) -> Bool { [221, 235, 334, 354].contains(code) }
}
