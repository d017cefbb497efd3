import Fields
import Wire

/// The conversations of a run, by the slots of the conversation table of `Wire`; or those of a shard, in whose slots the
/// lowest bits are the same.
struct StreamTable<Reader: ConversationReader>: ~Copyable, Sendable {
  private var conversations: [StreamConversation<Reader>] = []
  private(set) var budget: ReassemblyBudget
  private let settings: Reader.Settings
  /// Bits of a slot that say no place here.
  private let shardBits: Int
  /// What all conversations may take in memory together, and what they take.
  private let memoryLimit: Int
  private var heldBytes = 0
  /// Of each conversation what it takes, and whether something came of it since the hand was there last: the hand goes
  /// round, and ends the first of which nothing came.
  private var weights: [(bytes: Int, isRecent: Bool)] = []
  private var hand = 0

  init(
    _ settings: Reader.Settings, _ limits: ReassemblyBudget.Limits, shardBits: Int = 0,
    memoryLimit: Int = .max
  ) {
    self.settings = settings
    self.shardBits = shardBits
    self.memoryLimit = memoryLimit
    budget = ReassemblyBudget(limits: limits)
  }

  @inline(__always)
  private func place(of slot: Int) -> Int { slot >> shardBits }

  /// Takes a segment with its payload. Returns true where the conversation turned out to be of no interest just now.
  mutating func receive(
    _ segment: borrowing Segment, _ payload: Span<UInt8>, _ addresses: NetworkAddresses,
    fileOffset: Int?
  ) -> Bool {
    let slot = place(of: segment.slot)
    while conversations.count <= slot { conversations.append(StreamConversation(settings)) }
    if segment.isFirst { clear(slot) }
    let wasIgnored = conversations[slot].isIgnored
    conversations[slot].receive(
      segment, payload, addresses, fileOffset: fileOffset, &budget)
    if memoryLimit != .max, !payload.isEmpty || conversations[slot].isIgnored { weigh(slot) }
    return !wasIgnored && conversations[slot].isIgnored
  }

  private mutating func clear(_ slot: Int) {
    conversations[slot] = StreamConversation(settings)
    guard slot < weights.count else { return }
    heldBytes -= weights[slot].bytes
    weights[slot].bytes = 0
  }

  /// What the conversations take before anything is said.
  private var ownBytes: Int {
    conversations.count * MemoryLayout<StreamConversation<Reader>>.stride
  }

  private mutating func weigh(_ slot: Int) {
    while weights.count <= slot { weights.append((0, false)) }
    let bytes = conversations[slot].weigh()
    heldBytes += bytes - weights[slot].bytes
    weights[slot] = (bytes, true)
  }

  /// Whether all conversations take too much memory.
  @inline(__always)
  var isOverLimit: Bool { heldBytes > memoryLimit / 8 && heldBytes > memoryLimit - ownBytes }

  /// Ends a conversation where all of them take too much memory: one of which nothing came for long. The record is nil
  /// where nothing came of it.
  mutating func endSilent() -> (stream: Int, record: Reader.Record?) {
    while weights[hand].bytes == 0 || weights[hand].isRecent {
      weights[hand].isRecent = false
      hand = hand + 1 < weights.count ? hand + 1 : 0
    }
    let stream = conversations[hand].facts.stream
    let record = conversations[hand].end(&budget)
    clear(hand)
    conversations[hand].ignore()
    return (stream, record)
  }

  /// Ends the conversation in `slot`; gives what came of it. One that nothing came of is lent to `leave`.
  mutating func end(
    _ slot: Int, leave: (borrowing StreamConversation<Reader>) -> Void
  ) -> Reader.Record? {
    let slot = place(of: slot)
    guard conversations.indices.contains(slot), conversations[slot].facts.stream >= 0 else {
      return nil
    }
    let record = conversations[slot].end(&budget)
    if record == nil { leave(conversations[slot]) }
    clear(slot)
    return record
  }

  /// A segment could not be delivered, as an ICMP error says that quotes it.
  mutating func noteUndeliverable(_ segment: borrowing Segment) {
    if holds(segment) { conversations[place(of: segment.slot)].noteUndeliverable() }
  }

  /// Ends the conversation in `slot`, where it is read and complete, though its slot is not free yet: what still comes are
  /// copies.
  mutating func settle(_ slot: Int) -> Reader.Record? {
    let slot = place(of: slot)
    guard conversations.indices.contains(slot), conversations[slot].isComplete else { return nil }
    let record = conversations[slot].end(&budget)
    clear(slot)
    conversations[slot].ignore()
    return record
  }

  /// Changes the conversation that a segment belongs to; nil where there is nothing that reads it.
  mutating func change<Result>(
    _ segment: borrowing Segment, _ body: (inout StreamConversation<Reader>) -> Result
  ) -> Result? {
    guard holds(segment), conversations[place(of: segment.slot)].isRead else { return nil }
    return body(&conversations[place(of: segment.slot)])
  }

  /// What reads the conversation of a segment that is only quoted; made where it has said nothing yet, and its ports
  /// tell.
  func reader(for segment: borrowing Segment, _ addresses: NetworkAddresses) -> Reader? {
    if holds(segment) { return conversations[place(of: segment.slot)].reader() }
    var conversation = StreamConversation<Reader>(settings)
    conversation.see(segment, addresses)
    return conversation.reader()
  }

  private func holds(_ segment: borrowing Segment) -> Bool {
    let (slot, stream) = (place(of: segment.slot), segment.stream)
    return conversations.indices.contains(slot) && conversations[slot].facts.stream == stream
  }

  /// Decides what is spoken in the conversation of a segment, as far as it is known.
  mutating func assume(_ segment: borrowing Segment) {
    if holds(segment) { conversations[place(of: segment.slot)].assume() }
  }
}
