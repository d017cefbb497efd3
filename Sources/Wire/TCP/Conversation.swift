/// What is kept of an open TCP conversation: small, because there may be a million of them.
struct Conversation: Sendable {
  let key: ConversationKey
  let hash: UInt32
  let stream: Int
  let firstTime: Int64
  var lastTime: Int64
  /// Time of the last SYN of the client.
  var synTime: Int64?
  var handshakeTime: Int64?
  var completeness: Completeness = []
  var client: Side
  private var flows: [2 of Flow] = [Flow(), Flow()]
  /// Neighbours in the order of last use.
  var newer: Int32 = .none
  var older: Int32 = .none
  var isClosing = false

  init(_ key: ConversationKey, hash: UInt32, stream: Int, time: Int64, client: Side) {
    (self.key, self.hash, self.stream) = (key, hash, stream)
    (firstTime, lastTime) = (time, time)
    self.client = client
  }

  subscript(side: Side) -> Flow {
    get { flows[side.index] }
    set { flows[side.index] = newValue }
  }

  /// Both sides have sent their FIN, or one has reset.
  var isClosed: Bool { completeness.contains(.reset) || flows[0].hasFin && flows[1].hasFin }
}

/// One direction of a conversation.
struct Flow: Sendable {
  /// What relative sequence numbers count from.
  var base = SequenceNumber(0)
  var windowScale = WindowScale.unknown
  var hasBase = false
  var hasSyn = false
  var hasSynAck = false
  var hasFin = false
  /// Sent its FIN before the other side did.
  var closesFirst = false
}

extension Int32 {
  /// No neighbour.
  static let none: Int32 = -1
}
