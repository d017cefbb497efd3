import Fields

/// Opens the encrypted records of one connection, as far as there are secrets.
///
/// Records of both sides are given in the order in which they were sent, with the handshake messages that are in clear:
/// they say with which secrets the next ones are encrypted. Nothing that is not authentic is ever given out.
public struct TLSDecryption: Sendable {
  /// What came of a record.
  public enum Outcome: Sendable, Equatable {
    /// It is not encrypted: its content is what it says.
    case clear
    /// What it holds was added to the output; so many records before it were not captured.
    case opened(ContentType, skipped: Int)
    /// Messages of the other side must come before it can be opened, or a secret that may be logged yet.
    case later
    /// It cannot be opened, and no record of the side after it.
    case closed(Obstacle)
    /// It is not authentic, or was changed on the way: it has no content.
    case failed
    /// The server has refused what the client sent early: nobody read it.
    case refused
  }

  /// Why the records of a side cannot be opened.
  public enum Obstacle: Sendable, Equatable {
    /// The secrets that are known are not those of the client random.
    case noSecret(random: [UInt8])
    /// There is a secret, and it is a wrong one.
    case wrongSecret(random: [UInt8])
    /// The hellos were not captured.
    case noHandshake
    /// The cipher is not known here, or records are compressed.
    case notUndone(cipherSuite: String)
    /// There are no secrets at all.
    case noKeys
  }

  /// Records of a side that may be missing in a row, for the search of the one that comes next.
  public static let mostSkipped = 4096
  /// Bytes of records that a connection may cost in attempts to find where it goes on after a gap.
  static let mostSearchedBytes = 8 << 20

  private let keys: TLSKeys
  private var handshake: HandshakeState
  private var client = Half()
  private var server = Half()
  private var searchedBytes = 0
  /// The lines of a key log with the secrets that opened something, and those of them that were not asked for yet.
  private var used: Set<String> = []
  private var newlyUsed = ""

  /// With what a side encrypts.
  private enum Phase: Sendable {
    case clear
    /// Up to TLS 1.2: after Change Cipher Spec.
    case agreed
    case early
    case handshake
    case application

    /// TLS 1.3: with what the side goes on.
    var next: Phase? {
      switch self {
      case .clear, .early: .handshake
      case .handshake: .application
      case .agreed, .application: nil
      }
    }
  }

  /// One direction.
  private struct Half: Sendable {
    var phase = Phase.clear
    var cipher: RecordCipher?
    /// TLS 1.3: what the cipher was made of.
    var trafficSecret: [UInt8] = []
    var sequence: UInt64 = 0
    /// Records under this cipher were opened.
    var hasOpened = false
    /// Records that may have been missed since the last one.
    var slack = 0
    var obstacle: Obstacle?
    var messages = HandshakeMessages()

    /// `slack`: records of the new phase that may have been missed.
    mutating func enter(_ phase: Phase, _ cipher: RecordCipher? = nil, slack: Int = 0) {
      (self.phase, self.cipher, sequence, hasOpened) = (phase, cipher, 0, false)
      self.slack = slack
    }
  }

  public init(_ keys: TLSKeys) {
    self.keys = keys
    handshake = HandshakeState(keepsTranscript: keys.opensPremasters)
  }

  private subscript(side: Side) -> Half {
    _read {
      if side == .client { yield client } else { yield server }
    }
    _modify {
      if side == .client { yield &client } else { yield &server }
    }
  }

  /// Whether nothing that the side sends can be opened any more.
  public func isClosed(_ side: Side) -> Bool { self[side].obstacle != nil }
  /// Reads what was added to the key log since it was read last; false where that is nothing.
  public func readsMoreKeys() -> Bool { keys.readMore() }

  /// How much longer a record of the side is than what it holds; nil where that is not known.
  public func overhead(_ side: Side) -> Int? { self[side].cipher?.overhead }

  /// Records of a side were not captured, `most` of them at the most.
  public mutating func miss(_ most: Int, from side: Side) {
    self[side].slack = min(Self.mostSkipped, self[side].slack + max(0, most))
    self[side].cipher?.skip(lastBytes: nil)
    self[side].messages.forget()
    handshake.forgetTranscript()
  }

  // MARK: Records

  /// Takes what may be a record of a side, where it is not known any more where they begin. False, and nothing is
  /// changed, where it is none that can be opened.
  public mutating func find(
    _ type: ContentType, version: UInt16, _ bytes: [UInt8], from side: Side,
    into output: inout [UInt8]
  ) -> Outcome? {
    guard handshake.server != nil, type == .applicationData || !handshake.is13, maySearch(bytes)
    else { return nil }
    let (half, handshake) = (self[side], self.handshake)
    if case .opened(let type, let skipped) = open(
      type, version: version, bytes, from: side, into: &output)
    {
      return .opened(type, skipped: skipped)
    }
    (self[side], self.handshake) = (half, handshake)
    return nil
  }

  /// Takes the next record of a side; what it holds is added to `output`.
  public mutating func open(
    _ type: ContentType, version: UInt16, _ bytes: [UInt8], from side: Side,
    into output: inout [UInt8]
  ) -> Outcome {
    if let obstacle = self[side].obstacle { return .closed(obstacle) }
    if !isEncrypted(type, side) { return takeClear(type, bytes, from: side) }
    if let waiting = prepare(side) { return waiting }
    let start = output.count
    let head = RecordCipher.Head(type: type.rawValue, version: version)
    guard let skipped = decrypt(head, bytes, from: side, into: &output) else {
      return fail(bytes, side)
    }
    var type = type
    if handshake.is13 {
      // The type is the last byte that is not zero (RFC 8446 5.2).
      while output.count > start, output.last == 0 { output.removeLast() }
      guard output.count > start, let inner = output.popLast() else { return fail(bytes, side) }
      type = ContentType(rawValue: inner)
    }
    if type == .handshake { takeMessages(output[start...], from: side) }
    if type == .changeCipherSpec, !handshake.is13 { change(side) }
    return .opened(type, skipped: skipped)
  }

  private func isEncrypted(_ type: ContentType, _ side: Side) -> Bool {
    if handshake.is13 { return type == .applicationData && self[side].phase != .clear }
    return self[side].phase != .clear || type == .applicationData
  }

  private mutating func takeClear(
    _ type: ContentType, _ bytes: [UInt8], from side: Side
  ) -> Outcome {
    switch type {
    case .changeCipherSpec where !handshake.is13: change(side)
    case .handshake where self[side].phase != .application:
      takeMessages(bytes[...], from: side)
    default: break
    }
    return .clear
  }

  /// What follows is encrypted with what was agreed on last (RFC 5246 7.1).
  private mutating func change(_ side: Side) {
    // In TLS 1.3, where it means nothing, it may come before the server has chosen a version.
    if handshake.server != nil { self[side].enter(.agreed) }
  }

  private mutating func takeMessages(_ bytes: ArraySlice<UInt8>, from side: Side) {
    for message in self[side].messages.take(bytes) {
      if message.first == 1, side == .client, handshake.server != nil, !handshake.is13 {
        // Another handshake, within the encryption of the first one.
        handshake = HandshakeState(keepsTranscript: keys.opensPremasters)
      }
      handshake.take(message, from: side, keys)
      // A capture that brings its secrets has them before the hello that they belong to.
      if message.first == 1, side == .client, let random = handshake.random {
        use(keys.lines(of: random))
      }
      if handshake.is13 { advance(message.first, from: side, message) }
    }
  }

  /// TLS 1.3: some messages are the last that are encrypted with a secret.
  private mutating func advance(_ type: UInt8?, from side: Side, _ message: [UInt8]) {
    switch (type, self[side].phase) {
    case (2, .clear) where handshake.server != nil:
      server.enter(.handshake)
      if client.phase == .clear { client.enter(handshake.mayHaveEarlyData ? .early : .handshake) }
    case (5, .early): self[side].enter(.handshake)
    case (20, .handshake): self[side].enter(.application)
    case (24, .application):
      guard let protection = handshake.protection else { return }
      let secret = Self.updated(self[side].trafficSecret, protection)
      self[side].enter(.application, RecordCipher(protection, trafficSecret: secret))
      self[side].trafficSecret = secret
    default: break
    }
  }

  /// RFC 8446 7.2.
  private static func updated(_ secret: [UInt8], _ protection: RecordProtection) -> [UInt8] {
    KeyDerivation.expand(
      secret, label: "traffic upd", count: protection.digest.length, protection.digest)
  }

  // MARK: Secrets

  /// Sees to it that the side has a cipher; gives what becomes of the record where it has none.
  private mutating func prepare(_ side: Side) -> Outcome? {
    if self[side].cipher != nil { return nil }
    if keys.isEmpty { return close(.noKeys, side) }
    if handshake.server == nil {
      if side == .client, handshake.client != nil { return .later }
      return close(.noHandshake, side)
    }
    guard let random = handshake.random else { return close(.noHandshake, side) }
    guard let protection = handshake.protection else {
      return close(.notUndone(cipherSuite: handshake.server?.cipherSuiteName ?? ""), side)
    }
    if self[side].phase == .clear, !handshake.is13 {
      // Change Cipher Spec was not captured.
      self[side].enter(.agreed, slack: self[side].slack)
    }
    if self[side].phase == .early, handshake.acceptsEarlyData != true {
      guard handshake.acceptsEarlyData == nil, server.obstacle == nil else {
        self[side].enter(.handshake)
        return prepare(side)
      }
      return .later
    }
    guard let made = cipher(of: self[side].phase, side, protection, random) else {
      return keys.mayGrow ? .later : close(.noSecret(random: random), side)
    }
    (self[side].cipher, self[side].trafficSecret) = made
    return nil
  }

  private mutating func cipher(
    of phase: Phase, _ side: Side, _ protection: RecordProtection, _ random: [UInt8]
  ) -> (RecordCipher, [UInt8])? {
    guard phase != .agreed else {
      guard let ciphers = handshake.ciphers(keys), let master = handshake.master(keys) else {
        return nil
      }
      use(KeyLog.line(.master, random, master))
      return (side == .client ? ciphers.client : ciphers.server, [])
    }
    let label: KeyLog.Label =
      switch (phase, side) {
      case (.early, _): .clientEarlyTraffic
      case (.handshake, .client): .clientHandshakeTraffic
      case (.handshake, .server): .serverHandshakeTraffic
      case (_, .client): .clientTraffic
      case (_, .server): .serverTraffic
      }
    guard let secret = keys.secret(label, random) else { return nil }
    // All at once: they are wanted before the frames that they open.
    use(keys.lines(of: random))
    return (RecordCipher(protection, trafficSecret: secret), secret)
  }

  private mutating func use(_ lines: String) {
    if !lines.isEmpty, used.insert(lines).inserted { newlyUsed += lines }
  }

  /// A key log with the secrets that were used since this was asked last.
  public mutating func takeSecrets() -> String {
    defer { newlyUsed = "" }
    return newlyUsed
  }

  private mutating func close(_ obstacle: Obstacle, _ side: Side) -> Outcome {
    self[side].obstacle = obstacle
    self[side].cipher = nil
    return .closed(obstacle)
  }

  /// No secret that is still missing will be logged any more.
  public mutating func giveUp(_ side: Side) -> Obstacle? {
    guard self[side].obstacle == nil, self[side].cipher == nil else { return nil }
    let obstacle = handshake.random.map { Obstacle.noSecret(random: $0) } ?? .noHandshake
    self[side].obstacle = obstacle
    return obstacle
  }

  // MARK: Decryption

  /// Opens a record under the number that is its turn, or one of those after it where records may be missing; gives how
  /// many are.
  private mutating func decrypt(
    _ head: RecordCipher.Head, _ bytes: [UInt8], from side: Side, into output: inout [UInt8]
  ) -> Int? {
    let slack = self[side].slack
    for skipped in 0...slack {
      guard skipped == 0 || maySearch(bytes) else { return nil }
      let sequence = self[side].sequence &+ UInt64(skipped)
      if self[side].cipher?.open(head, bytes[...], sequence: sequence, into: &output) ?? false {
        (self[side].sequence, self[side].slack) = (sequence &+ 1, 0)
        self[side].hasOpened = true
        return skipped
      }
    }
    return slack > 0 && handshake.is13 ? decryptBeyond(head, bytes, slack, side, &output) : nil
  }

  private mutating func maySearch(_ bytes: [UInt8]) -> Bool {
    searchedBytes += bytes.count + 64
    return searchedBytes <= Self.mostSearchedBytes
  }

  /// TLS 1.3: the messages that change the secret may be among those that are missing.
  private mutating func decryptBeyond(
    _ head: RecordCipher.Head, _ bytes: [UInt8], _ slack: Int, _ side: Side,
    _ output: inout [UInt8]
  ) -> Int? {
    guard let protection = handshake.protection, let random = handshake.random else { return nil }
    var candidates: [(Phase, RecordCipher, [UInt8])] = []
    var phase = self[side].phase.next
    while let next = phase {
      if let (cipher, secret) = cipher(of: next, side, protection, random) {
        candidates.append((next, cipher, secret))
      }
      phase = next.next
    }
    if self[side].phase == .application {
      let secret = Self.updated(self[side].trafficSecret, protection)
      candidates.append((.application, RecordCipher(protection, trafficSecret: secret), secret))
    }
    for (phase, cipher, secret) in candidates {
      var cipher = cipher
      for sequence in 0...UInt64(slack) where maySearch(bytes) {
        guard cipher.open(head, bytes[...], sequence: sequence, into: &output) else { continue }
        self[side].enter(phase, cipher)
        (self[side].trafficSecret, self[side].sequence) = (secret, sequence + 1)
        (self[side].hasOpened, self[side].slack) = (true, 0)
        return Int(sequence) + 1
      }
    }
    return nil
  }

  /// A record is not authentic: it was damaged, or the first one of a side says that the secret is wrong.
  private mutating func fail(_ bytes: [UInt8], _ side: Side) -> Outcome {
    let half = self[side]
    if half.phase == .handshake, side == .client, !half.hasOpened,
      handshake.hasOfferedEarlyData, handshake.acceptsEarlyData != true
    {
      return .refused
    }
    if !half.hasOpened, half.slack == 0, let random = handshake.random {
      return close(.wrongSecret(random: random), side)
    }
    self[side].slack = min(Self.mostSkipped, half.slack + 1)
    self[side].cipher?.skip(lastBytes: bytes[...])
    return .failed
  }
}
