import Fields

/// What the records of a connection say of it: who offers and chooses what, who is who, and how much went by unread.
///
/// It is given each record as it was on the wire (`see`), and what decryption made of one, where there are keys (`open`).
public struct TLSFacts: Sendable {
  /// The messages of the handshake that are kept, of both sides together.
  public static let stepLimit = 64
  public static let alertLimit = 16
  /// Runs of encrypted records that are kept; the others are counted.
  public static let runLimit = 1_000

  /// The first that was sent: a second one, after a retry request, repeats it.
  public private(set) var clientHello: ClientHelloFacts?
  public private(set) var ja3: String?
  public private(set) var ja4: String?
  /// What was chosen in the end.
  public private(set) var serverHello: ServerHelloFacts?
  public private(set) var ja3s: String?
  /// Where the server asked for another hello.
  public private(set) var retryRequest: TLSPlace?
  /// What ALPN has chosen.
  public private(set) var application: String?
  public private(set) var acceptsEarlyData = false
  /// What each side has shown of itself, its own certificate first.
  public private(set) var serverCertificates = CertificateChain()
  public private(set) var clientCertificates = CertificateChain()
  public private(set) var steps: [TLSStep] = []
  public private(set) var alerts: [TLSAlertFact] = []
  /// A handshake within the encryption (RFC 5246 7.4.1.1).
  public private(set) var renegotiation: TLSPlace?
  public private(set) var client = TLSSideFacts()
  public private(set) var server = TLSSideFacts()
  /// The record with which both sides are done with the handshake.
  public private(set) var completion: TLSPlace?
  /// Encrypted records after the handshake, those of one side in a row as one.
  public private(set) var runs: [TLSRun] = []
  /// Runs that were not kept.
  public private(set) var droppedRuns = 0
  /// Records of that kind have begun, whether they came whole or not.
  public private(set) var hasClientHello = false
  public private(set) var hasServerHello = false
  /// Records were seen that only come when both have agreed on a cipher.
  public private(set) var hasCipher = false

  private var session = TLSSession()
  private var hasServerHelloDone = false
  /// Whose the last run is, whether it is kept or not.
  private var lastRun: Side?

  public init() {}

  public subscript(side: Side) -> TLSSideFacts {
    get { side == .client ? client : server }
    set { if side == .client { client = newValue } else { server = newValue } }
  }

  /// Bytes of handshake messages that wait for the next record: at most 64 KiB a side.
  public var held: Int {
    session.fragments(.client).bytes.count + session.fragments(.server).bytes.count
  }

  /// What was agreed on, where the Server Hello was captured.
  public var version: UInt16? { serverHello?.version }
  /// `TLSv1.2`
  public var versionName: String? { version.map { TLSPackets.name(of: $0) } }

  /// Whether keys of an earlier session are used again; nil where the hellos do not tell.
  public var isResumed: Bool? { serverHello == nil ? nil : resumption != nil }

  public enum Resumption: String, Sendable {
    case sessionID = "session-id"
    case ticket
    case preSharedKey = "psk"
  }
  /// What the server knew the client again by.
  public var resumption: Resumption? {
    guard let clientHello, let serverHello else { return nil }
    if serverHello.isVersion13 { return serverHello.preSharedKey == nil ? nil : .preSharedKey }
    let hasTicket = clientHello.ticketLength ?? 0 > 0
    let isEcho = !serverHello.sessionID.isEmpty && serverHello.sessionID == clientHello.sessionID
    // A server that changes ciphers right after its hello has the keys already.
    let isShort = server.cipherChange != nil && !hasServerHelloDone && server.missing == 0
    guard isEcho || isShort else { return nil }
    return hasTicket ? .ticket : isEcho ? .sessionID : nil
  }

  /// From the client's hello to the record that completes the handshake, in nanoseconds.
  public var handshakeTime: Int64? {
    guard let start = steps.first(where: { $0.side == .client })?.start, let completion else {
      return nil
    }
    return max(0, completion.time - start.time)
  }

  // MARK: Records as they were on the wire

  /// A record has begun: what its head and the first byte of its content say. It may never become whole.
  public mutating func begin(_ type: ContentType, _ first: UInt8?, from side: Side) {
    switch (type, first) {
    case (.changeCipherSpec, _), (.applicationData, _): hasCipher = true
    case (.handshake, 1?) where side == .client && !session.isEncrypted(side):
      hasClientHello = true
    case (.handshake, 2?) where side == .server && !session.isEncrypted(side):
      hasServerHello = true
    default: break
    }
  }

  /// Bytes of a side were not captured.
  public mutating func miss(_ length: Int, from side: Side) {
    self[side].missing += length
    _ = session.takeFragments(side)
  }

  /// What a side sends here is no record, though it was to be one.
  public mutating func stray(_ side: Side, at place: TLSPlace) {
    if self[side].stray == nil, self[side].missing == 0 { self[side].stray = place }
  }

  /// Takes a record; its content is empty where it is not whole, or nothing but encrypted data.
  public mutating func see(_ record: TLSRecord, _ content: Span<UInt8>, from side: Side) {
    begin(record.type, content.isEmpty ? nil : content[0], from: side)
    self[side].count(record)
    session.recordVersion = record.version
    switch record.type {
    case .changeCipherSpec:
      if self[side].cipherChange == nil { self[side].cipherChange = record.start }
      note("Change Cipher Spec", record, record.length, from: side)
      session.changesCipher(side)
    case .alert: seeAlert(record, content, from: side)
    case .handshake where !record.isWhole: _ = session.takeFragments(side)
    case .handshake: seeHandshake(record, content, from: side)
    case .applicationData: seeEncrypted(record, from: side)
    default: break
    }
  }

  private mutating func seeAlert(
    _ record: TLSRecord, _ content: Span<UInt8>, from side: Side
  ) {
    guard record.isWhole else { return }
    // In clear it has two bytes, and encrypted more.
    let isClear = content.count == 2
    if !isClear { hasCipher = true }
    let alert = TLSAlertFact(
      side: side, level: isClear ? content[0] : nil, code: isClear ? content[1] : nil,
      isEncrypted: !isClear, place: record.start, isBeforeCipher: !hasCipher)
    add(alert)
    note(isClear ? "Alert: \(alert.name)" : Self.encryptedAlert, record, record.length, from: side)
  }

  private mutating func add(_ alert: TLSAlertFact) {
    if alerts.count < Self.alertLimit { alerts.append(alert) }
  }

  private mutating func seeHandshake(
    _ record: TLSRecord, _ content: Span<UInt8>, from side: Side
  ) {
    guard session.looksEncrypted(content, at: 0, to: content.count, side) else {
      return take(content, record, from: side)
    }
    if completion != nil {
      if renegotiation == nil { renegotiation = record.start }
    } else if self[side].cipherChange != nil {
      finish(side, record.end)
    }
    note(Self.encryptedMessage, record, record.length, from: side)
    session.encrypts(side)
  }

  private mutating func seeEncrypted(_ record: TLSRecord, from side: Side) {
    self[side].encrypted.count(record)
    if completion == nil, let version, TLSSession.isVersion13(version) {
      seeHandshake13(record, from: side)
      return
    }
    let goesOn = lastRun == side
    lastRun = side
    if goesOn, droppedRuns == 0, let last = runs.indices.last {
      runs[last].add(record)
    } else if runs.count < Self.runLimit {
      runs.append(TLSRun(side: side, record))
    } else if !goesOn {
      droppedRuns += 1
    }
  }

  /// What the server sends right after its hello is its part of the handshake; what the client sends after that begins
  /// with its own, which no alert is as short as.
  private mutating func seeHandshake13(_ record: TLSRecord, from side: Side) {
    if record.length <= Self.mostInAlert {
      add(
        TLSAlertFact(
          side: side, level: nil, code: nil, isEncrypted: true, place: record.start,
          isBeforeCipher: false, isInsteadOfFinished: true))
      note(Self.encryptedAlert, record, record.length, from: side)
    } else if side == .server || server.finished != nil {
      finish(side, record.end)
    }
  }
  /// An alert, its content type and the longest tag (RFC 8446 5.2).
  private static let mostInAlert = 2 + 1 + 16

  /// A side is done with its part of the handshake.
  private mutating func finish(_ side: Side, _ place: TLSPlace) {
    if completion != nil { return }
    self[side].finished = place
    if client.finished != nil, server.finished != nil { completion = place }
  }

  // MARK: What decryption made of a record

  /// Takes what was in an encrypted record: handshake messages and alerts tell more.
  public mutating func open(
    _ type: ContentType, _ content: Span<UInt8>, of record: TLSRecord, from side: Side
  ) {
    switch type {
    case .handshake:
      forgetStep(Self.encryptedMessage, record, side)
      take(content, record, from: side)
    case .alert where content.count == 2:
      alerts.removeAll { $0.isEncrypted && $0.side == side && $0.place == record.start }
      forgetStep(Self.encryptedAlert, record, side)
      note("Alert: \(TLSAlert.name(content[1]))", record, content.count, from: side)
      add(
        TLSAlertFact(
          side: side, level: content[0], code: content[1], isEncrypted: false,
          place: record.start, isBeforeCipher: false))
    default: break
    }
  }

  /// What is known now takes the place of what was encrypted.
  private mutating func forgetStep(_ name: String, _ record: TLSRecord, _ side: Side) {
    steps.removeAll { $0.side == side && $0.name == name && $0.start == record.start }
  }
  private static let encryptedMessage = "Encrypted Handshake Message"
  private static let encryptedAlert = "Encrypted Alert"

  // MARK: Handshake messages

  private mutating func take(_ bytes: Span<UInt8>, _ record: TLSRecord, from side: Side) {
    var position = 0
    while position < bytes.count {
      if session.fragments(side).isEmpty,
        let message = HandshakeMessage(bytes, at: position, to: bytes.count)
      {
        guard message.isKnown || position == 0 else { return }
        take(message, record, from: side)
        position = message.end
        continue
      }
      var fragments = session.takeFragments(side)
      position += fragments.append(bytes, from: position, to: bytes.count, frame: record.end.frame)
      guard fragments.isComplete else {
        if !fragments.isTooLong { session.setFragments(fragments, side) }
        return
      }
      let whole = fragments.bytes
      if let message = HandshakeMessage(whole.span, at: 0, to: whole.count) {
        take(message, record, from: side)
      }
    }
  }

  private mutating func take(
    _ message: borrowing HandshakeMessage, _ record: TLSRecord, from side: Side
  ) {
    note(message.name, record, message.end - message.start, from: side)
    let (bytes, start, end) = (message.bytes, message.start + 4, message.end)
    switch (message.type, side) {
    case (0, .server): renegotiate(record.start)
    case (1, .client): takeClientHello(ClientHelloFacts(bytes, at: start, to: end), record)
    case (2, .server): takeServerHello(ServerHelloFacts(bytes, at: start, to: end), record)
    case (8, .server):
      let facts = EncryptedExtensionsFacts(bytes, at: start, to: end)
      if application == nil { application = facts.application }
      acceptsEarlyData = acceptsEarlyData || facts.acceptsEarlyData
    case (11, _):
      let chain = CertificateChain(bytes, at: start, to: end, isVersion13: session.isVersion13)
      if side == .client { clientCertificates = chain } else { serverCertificates = chain }
    case (14, .server): hasServerHelloDone = true
    case (20, _): finish(side, record.end)
    default: break
    }
  }

  private mutating func renegotiate(_ place: TLSPlace) {
    if completion != nil, renegotiation == nil { renegotiation = place }
  }

  private mutating func takeClientHello(_ hello: ClientHelloFacts, _ record: TLSRecord) {
    hasClientHello = true
    guard clientHello == nil else { return renegotiate(record.start) }
    (ja3, ja4) = (hello.ja3, hello.ja4)
    var hello = hello
    hello.dropLists()
    clientHello = hello
    // The client sends data right after its hello: it counts on TLS 1.3.
    if hello.offersEarlyData { session.agree(version: 0x0304) }
  }

  private mutating func takeServerHello(_ hello: ServerHelloFacts?, _ record: TLSRecord) {
    hasServerHello = true
    guard var hello, completion == nil else { return }
    session.agree(
      version: hello.version, cipherSuite: hello.cipherSuite, isRetry: hello.isRetryRequest)
    if hello.isRetryRequest { return retryRequest = record.start }
    ja3s = hello.ja3s
    hello.dropLists()
    application = hello.application
    serverHello = hello
  }

  private mutating func note(
    _ name: String, _ record: TLSRecord, _ length: Int, from side: Side
  ) {
    guard steps.count < Self.stepLimit else { return }
    steps.append(
      TLSStep(side: side, name: name, length: length, start: record.start, end: record.end))
  }
}

/// What one side has sent.
public struct TLSSideFacts: Sendable, Hashable {
  /// All its records.
  public internal(set) var records = 0
  /// What they hold together, without their heads.
  public internal(set) var bytes = 0
  public internal(set) var first: TLSPlace?
  public internal(set) var last: TLSPlace?
  /// Its records of encrypted data alone: in TLS 1.3 they carry its part of the handshake too.
  public internal(set) var encrypted = TLSCount()
  /// Its Change Cipher Spec.
  public internal(set) var cipherChange: TLSPlace?
  /// Where it was done with its part of the handshake.
  public internal(set) var finished: TLSPlace?
  /// Bytes that were not captured.
  public internal(set) var missing = 0
  /// Where it sent something that is no record.
  public internal(set) var stray: TLSPlace?

  mutating func count(_ record: TLSRecord) {
    if first == nil { first = record.start }
    last = record.end
    records += 1
    bytes += record.length
  }
}

/// How many records there are, and what they hold together.
public struct TLSCount: Sendable, Hashable {
  public internal(set) var records = 0
  public internal(set) var bytes = 0

  /// None.
  public init() {}

  mutating func count(_ record: TLSRecord) {
    records += 1
    bytes += record.length
  }
  /// Counts others too.
  public mutating func add(_ other: TLSCount) {
    records += other.records
    bytes += other.bytes
  }
}

/// A message of the handshake.
public struct TLSStep: Sendable, Hashable {
  public let side: Side
  /// `Client Hello`
  public let name: String
  /// Bytes of the message.
  public let length: Int
  /// Of the record with which it ends.
  public let start: TLSPlace
  public let end: TLSPlace
}

/// An alert (RFC 8446 6).
public struct TLSAlertFact: Sendable, Hashable {
  public let side: Side
  /// 1 is a warning, 2 is fatal; nil where it is encrypted.
  public let level: UInt8?
  public let code: UInt8?
  public let isEncrypted: Bool
  public let place: TLSPlace
  /// It was sent before anything was encrypted.
  public let isBeforeCipher: Bool
  /// It is encrypted, and known by its place: the handshake was to end there.
  public var isInsteadOfFinished = false

  /// `Handshake Failure`
  public var name: String { code.map { TLSAlert.name($0) } ?? "encrypted" }
  /// It says that something is wrong: it is neither a farewell nor of a kind that does no harm.
  public var isFailure: Bool {
    guard let code, let level else { return false }
    return level == 2 || code != 0 && code != 90 && code != 100
  }
}

/// Encrypted records of one side in a row.
public struct TLSRun: Sendable, Hashable {
  public let side: Side
  public private(set) var count = TLSCount()
  public let first: TLSPlace
  public private(set) var last: TLSPlace

  init(side: Side, _ record: TLSRecord) {
    (self.side, first, last) = (side, record.start, record.end)
    count.count(record)
  }
  mutating func add(_ record: TLSRecord) {
    count.count(record)
    last = record.end
  }
}
