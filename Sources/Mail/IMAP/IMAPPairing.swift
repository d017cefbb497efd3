// Which command a completion and untagged data belong to.

import Fields

/// A command whose completion has not come.
struct PendingCommand: Sendable {
  let tag: String
  let verb: IMAPVerb
  let exchange: Int?
  /// Where its first byte lies, and its last, once it has come.
  let start: Position
  var end: Position?
  /// The data without which its completion would be strange.
  var owed: OwedData?
  var authentication: Int?
  /// What `APPEND` carries.
  var messages: [Int] = []
  /// The mailbox that it names, decoded.
  var mailbox: String?
  /// The server's bytes were missing while it waited: its completion may be lost. It is the owner of no data.
  var isDoubtful = false
  /// `IDLE`: `DONE` was sent.
  var isDone = false
  /// The untagged data of which it is the owner.
  var data: [UntaggedData] = []
  /// Its place among all commands of the session.
  fileprivate(set) var number = 0

  init(tag: String, verb: IMAPVerb, exchange: Int?, start: Position) {
    (self.tag, self.verb, self.exchange, self.start) = (tag, verb, exchange, start)
  }

  /// Had the server its first byte when it sent this? Where acknowledgements do not say, time does.
  func hadArrived(by answer: Position) -> Bool {
    answer.acknowledged.map { $0 > start.streamOffset } ?? (start.time <= answer.time)
  }
}

/// What a command asks for that a server has, as far as the session tells.
struct OwedData: Sendable {
  /// One of these kinds.
  var kinds: [IMAPDataKind]
  /// Message text is among it.
  var hasText = false
}

/// A command's last line of the server.
struct Completion: Sendable {
  var status: IMAPStatus
  var reply: IMAPReply
  var position: Position
  var end: Position
}

/// An untagged response whose command is not complete.
struct UntaggedData: Sendable {
  /// Its place among all untagged data of the session.
  var number: Int
  var kind: IMAPDataKind?
  /// `ESEARCH`: the tag that it names (RFC 4466 section 2.6.2).
  var tag: String?
  var position: Position
  /// nil where a limit made us drop it.
  var response: IMAPUntagged?
  /// The messages that lie in it.
  var messages: [Int]
}

extension IMAPDialogue {
  /// A command was sent.
  mutating func wait(for new: consuming PendingCommand) {
    let number = facts.commandsSeen
    facts.commandsSeen += 1
    pendingTags[new.tag, default: 0] += 1
    if let command = new.verb.command {
      if command.changesState { pendingChanges += 1 }
      if let place = pendingNumbers.firstIndex(where: { $0.command == command }) {
        pendingNumbers[place].numbers.append(number)
      } else {
        pendingNumbers.append((command, [number]))
      }
    }
    new.number = number
    pending.append(new)
    claimData(for: pending.count - 1)
  }

  /// The command waits no longer.
  mutating func removePending(at index: Int) -> PendingCommand {
    let command = pending.remove(at: index)
    let others = (pendingTags[command.tag] ?? 1) - 1
    pendingTags[command.tag] = others > 0 ? others : nil
    if let verb = command.verb.command {
      if verb.changesState { pendingChanges -= 1 }
      if let place = pendingNumbers.firstIndex(where: { $0.command == verb }) {
        pendingNumbers[place].numbers.removeAll { $0 == command.number }
      }
    }
    return command
  }

  func isPending(_ tag: String) -> Bool { pendingTags[tag] != nil }

  /// Data that was captured after the command, though it was seen before it, may be what it asked for.
  private mutating func claimData(for late: Int) {
    let (start, asks) = (pending[late].start.time, pending[late].verb.command)
    guard untaggedCount > 0, let latest = facts.lastData, latest >= start else { return }
    var claimed: [UntaggedData] = []
    for index in pending.indices.dropLast() where !pending[index].data.isEmpty {
      let verb = pending[index].verb.command
      pending[index].data.removeAll { data in
        guard data.position.acknowledged == nil, data.position.time >= start, let kind = data.kind,
          verb?.asks(for: kind) != true,
          asks?.asks(for: kind) == true
        else { return false }
        claimed.append(data)
        return true
      }
    }
    pending[late].data = claimed
  }

  /// Bytes of the server are missing: any completion may be among them, and whose the data is that came is open again.
  mutating func doubtPending() {
    for index in pending.indices where !pending[index].isDoubtful {
      pending[index].isDoubtful = true
      unowned += pending[index].data
      pending[index].data = []
    }
  }

  /// Untagged data waits for the completion that it belongs to.
  mutating func wait(for data: consuming UntaggedData) {
    untaggedCount += 1
    if data.position.acknowledged == nil {
      facts.lastData = max(facts.lastData ?? .min, data.position.time)
    }
    if let owner = owner(of: data), !pending[owner].isDoubtful {
      pending[owner].data.append(data)
    } else {
      unowned.append(data)
    }
  }

  /// The same among all commands that wait: where acknowledgements tell what had arrived, those are the first ones, and
  /// no more of them are looked at than there are kinds of commands.
  private mutating func owner(of data: UntaggedData) -> Int? {
    guard let reach = data.position.acknowledged, data.tag == nil else {
      return Self.owner(of: data, among: pending.indices, in: pending)
    }
    let arrived = pending.firstPlace { $0.start.streamOffset >= reach }
    guard arrived > 0 else { return nil }
    guard let kind = data.kind else { return 0 }
    var first = Int.max
    for (command, numbers) in pendingNumbers where command.asks(for: kind) {
      first = min(first, numbers.first ?? .max)
    }
    let place = pending.firstPlace { $0.number >= first }
    return place < arrived ? place : 0
  }

  /// The first command that was sent before the data and asks for such data, else the first that was sent before it.
  private static func owner(
    of data: UntaggedData, among candidates: some Collection<Int>, in pending: [PendingCommand]
  ) -> Int? {
    if let tag = data.tag, let named = candidates.first(where: { pending[$0].tag == tag }) {
      return named
    }
    let isBefore = { pending[$0].hadArrived(by: data.position) }
    return asker(for: data, among: candidates.lazy.filter(isBefore), in: pending)
      ?? candidates.first(where: isBefore)
  }

  private static func asker(
    for data: UntaggedData, among candidates: some Sequence<Int>, in pending: [PendingCommand]
  ) -> Int? {
    guard let kind = data.kind else { return nil }
    return candidates.first { pending[$0].verb.command?.asks(for: kind) == true }
  }

  /// The data that belongs to the completion of a command; all of it where no command is known.
  mutating func takeData(of completed: Int?) -> [UntaggedData] {
    flushUnasked()
    guard untaggedCount > 0 else { return [] }
    var taken: [UntaggedData] = []
    let hasOthers = pending.indices.contains { $0 != completed && !pending[$0].isDoubtful }
    if let completed, hasOthers {
      taken = pending[completed].data
      pending[completed].data = []
      let candidates = pending.indices.filter { $0 == completed || !pending[$0].isDoubtful }
      let open = unowned
      unowned = []
      for data in open {
        // What was captured before any command that waits came late, or no command asked for it.
        let owner =
          Self.owner(of: data, among: candidates, in: pending)
          ?? Self.asker(for: data, among: candidates, in: pending)
          ?? candidates.first ?? completed
        if owner == completed { taken.append(data) } else { pending[owner].data.append(data) }
      }
    } else {
      for index in pending.indices where !pending[index].data.isEmpty {
        if taken.isEmpty { swap(&taken, &pending[index].data) }
        taken += pending[index].data
        pending[index].data = []
      }
      taken += unowned
      unowned = []
    }
    untaggedCount -= taken.count
    if taken.count > 1 { taken.sort { $0.number < $1.number } }
    return taken
  }

  /// Adds a completion with its data to an exchange.
  mutating func add(
    _ reply: consuming IMAPReply, _ data: [UntaggedData], _ line: LineFramer.Line,
    to exchange: Int?
  ) {
    reply.untagged = data.compactMap(\.response)
    attach(data, to: exchange)
    recorder.add(Reply(line, reply), to: exchange)
  }

  /// Messages lie in the exchange that asked for them.
  private mutating func attach(_ data: [UntaggedData], to exchange: Int?) {
    guard let exchange else { return }
    for data in data where !data.messages.isEmpty {
      recorder.edit { $0.exchanges[exchange].messages += data.messages }
    }
  }

  // MARK: Untagged data that no completion takes

  /// A new command begins: what came while none waited was asked for by nobody.
  mutating func flushUnsolicited(before command: IMAPCommand?, at start: Position) {
    guard pending.isEmpty, !unowned.isEmpty else { return }
    func isUnasked(_ data: UntaggedData) -> Bool {
      guard let kind = data.kind, kind.comesUnasked else { return false }
      if let reach = data.position.acknowledged { return reach <= start.streamOffset }
      return command?.asks(for: kind) != true
    }
    let flushed = unowned.filter(isUnasked)
    unowned.removeAll(where: isUnasked)
    untaggedCount -= flushed.count
    addUnsolicited(flushed, to: nil)
  }

  /// What the server sent before it had any of the commands that wait belongs to none of them.
  private mutating func flushUnasked() {
    guard isWhole, !unowned.isEmpty, !pending.isEmpty else { return }
    func isUnasked(_ data: UntaggedData) -> Bool {
      data.position.acknowledged != nil
        && !pending.contains { $0.hadArrived(by: data.position) }
    }
    let flushed = unowned.filter(isUnasked)
    unowned.removeAll(where: isUnasked)
    untaggedCount -= flushed.count
    addUnsolicited(flushed, to: nil)
  }

  private mutating func addUnsolicited(_ data: [UntaggedData], to exchange: Int?) {
    let responses = data.compactMap(\.response)
    guard let first = responses.first, let last = responses.last else {
      return attach(data, to: exchange)
    }
    var content = IMAPReply(tag: "*", status: "*", text: "", untagged: responses)
    if responses.count == 1, IMAPStatus(rawValue: first.kind) != nil {
      let status = StatusText(of: first)
      content = IMAPReply(tag: "*", status: first.kind, code: status.code, text: status.text)
    }
    let target = exchange ?? recorder.open(nil)
    attach(data, to: target)
    recorder.add(
      Reply(
        content: .imap(content), position: first.position, end: last.end,
        length: responses.reduce(0) { $0 + $1.length }), to: target)
  }

  /// At the end: data whose completion never came belongs to the command that waits longest for such data.
  mutating func attributeRest() {
    let certain = pending.indices.filter { !pending[$0].isDoubtful }
    var rest: [UntaggedData] = []
    for data in unowned {
      if let owner = Self.owner(of: data, among: certain, in: pending) {
        pending[owner].data.append(data)
      } else {
        rest.append(data)
      }
    }
    for index in pending.indices {
      addUnsolicited(
        pending[index].data.sorted { $0.number < $1.number }, to: pending[index].exchange)
    }
    addUnsolicited(rest, to: nil)
  }
}

extension [PendingCommand] {
  /// The first place from which on `isThere` holds; it does not hold before that.
  fileprivate func firstPlace(_ isThere: (PendingCommand) -> Bool) -> Int {
    var (low, high) = (0, count)
    let commands = span
    while low < high {
      let middle = (low + high) / 2
      if isThere(commands[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
