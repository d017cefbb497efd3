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

  init(
    _ settings: Reader.Settings, _ limits: ReassemblyBudget.Limits, shardBits: Int = 0
  ) {
    self.settings = settings
    self.shardBits = shardBits
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
    if segment.isFirst { conversations[slot] = StreamConversation(settings) }
    let wasIgnored = conversations[slot].isIgnored
    conversations[slot].receive(
      segment, payload, addresses, fileOffset: fileOffset, &budget)
    return !wasIgnored && conversations[slot].isIgnored
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
    conversations[slot] = StreamConversation(settings)
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
    conversations[slot] = StreamConversation(settings)
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
