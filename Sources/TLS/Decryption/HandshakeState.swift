import Fields

/// What decryption rests on of one handshake.
struct HandshakeState: Sendable {
  private(set) var client: ClientHelloFacts?
  /// What was chosen in the end; a retry request is not it.
  private(set) var server: ServerHelloFacts?
  /// The server's parameters of record protection; nil where they are not known, or not undone here.
  private(set) var protection: RecordProtection?
  private(set) var hasOfferedEarlyData = false
  /// TLS 1.3: whether the server takes the client's early data; nil until it says so.
  private(set) var acceptsEarlyData: Bool?
  /// What the client chose, encrypted with the server's RSA key.
  private var encryptedPremaster: [UInt8]?
  /// The hash of the messages up to that, where the extended master secret rests on it.
  private var sessionHash: [UInt8]?
  /// All messages so far; nil where they are not needed, or not all of them are there.
  private var transcript: [UInt8]?
  private var master: [UInt8]?

  /// More is not kept of the messages: then no secret can be derived of them.
  private static let mostTranscript = 1 << 17

  init(keepsTranscript: Bool) { transcript = keepsTranscript ? [] : nil }

  var is13: Bool { server?.isVersion13 ?? false }
  /// Early data may come after the client's hello.
  var mayHaveEarlyData: Bool { (client?.offersEarlyData ?? false) && acceptsEarlyData != false }
  var random: [UInt8]? { client?.random }

  /// Bytes of the handshake were not captured.
  mutating func forgetTranscript() { transcript = nil }

  /// Takes a message with its head.
  mutating func take(_ message: [UInt8], from side: Side, _ keys: TLSKeys) {
    guard let type = message.first, message.count >= 4 else { return transcript = nil }
    let bytes = message.span
    let isSecretSent = type == 16 && side == .client
    if type != 0, encryptedPremaster == nil, let known = transcript?.count {
      if known + message.count <= Self.mostTranscript {
        transcript? += message
      } else {
        transcript = nil
      }
    }
    switch (type, side) {
    case (1, .client):
      let hello = ClientHelloFacts(bytes, at: 4, to: bytes.count)
      hasOfferedEarlyData = hasOfferedEarlyData || hello.offersEarlyData
      client = hello
    case (2, .server): takeServerHello(ServerHelloFacts(bytes, at: 4, to: bytes.count))
    case (4, .server) where !is13: keepTicket(bytes, keys)
    case (8, .server):
      acceptsEarlyData =
        EncryptedExtensionsFacts(bytes, at: 4, to: bytes.count).acceptsEarlyData
    case _ where isSecretSent: takePremaster(bytes)
    default: break
    }
  }

  private mutating func takeServerHello(_ hello: ServerHelloFacts?) {
    guard let hello else { return }
    if hello.isRetryRequest { return acceptsEarlyData = false }
    server = hello
    // Compressed records would have to be inflated after they are opened: nobody sends them any more (RFC 7525 3.3).
    protection = hello.compression == 0 ? RecordProtection(cipherSuite: hello.cipherSuite) : nil
  }

  private mutating func takePremaster(_ bytes: Span<UInt8>) {
    guard let server, let protection, protection.isSecretSentByRSA else { return }
    var reader = TLSReader(bytes, at: 4)
    // Before TLS 1.0 it had no length.
    guard let end = try? reader.vectorEnd(width: 2, before: bytes.count),
      let secret = try? reader.take(to: end)
    else { return }
    encryptedPremaster = Array(secret.copied)
    sessionHash = transcript.map {
      KeyDerivation.hash(ofMessages: $0, version: server.version, protection.digest)
    }
    transcript = nil
  }

  /// RFC 5077 3.3: a lifetime, then the ticket.
  private mutating func keepTicket(_ bytes: Span<UInt8>, _ keys: TLSKeys) {
    var reader = TLSReader(bytes, at: 8)
    guard let end = try? reader.vectorEnd(width: 2, before: bytes.count),
      let ticket = try? reader.take(to: end), !ticket.isEmpty, let master = master(keys)
    else { return }
    keys.keep(master, ofSession: Array(ticket.copied))
  }

  /// The master secret up to TLS 1.2: logged, or that of the session that is resumed, or derived from what the client
  /// chose.
  mutating func master(_ keys: TLSKeys) -> [UInt8]? {
    if let master { return master }
    guard let client, let server, let protection else { return nil }
    master = keys.secret(.master, client.random)
    if master == nil, encryptedPremaster == nil {
      if !server.sessionID.isEmpty, server.sessionID == client.sessionID {
        master = keys.master(ofSession: server.sessionID)
      }
      if master == nil, let ticket = client.ticket { master = keys.master(ofSession: ticket) }
    }
    if master == nil, let encryptedPremaster, let secret = keys.premaster(encryptedPremaster) {
      let isExtended = server.hasExtendedMasterSecret
      guard let seed = isExtended ? sessionHash : client.random + server.random else { return nil }
      master = KeyDerivation.expand(
        secret, label: isExtended ? "extended master secret" : "master secret", seed: seed,
        count: 48, version: server.version, protection.digest)
    }
    if let master, !server.sessionID.isEmpty { keys.keep(master, ofSession: server.sessionID) }
    return master
  }

  /// The ciphers of both sides up to TLS 1.2 (RFC 5246 6.3).
  mutating func ciphers(_ keys: TLSKeys) -> (client: RecordCipher, server: RecordCipher)? {
    guard let master = master(keys), let client, let server, let protection else { return nil }
    let lengths = protection.lengths(version: server.version)
    let block = KeyDerivation.expand(
      master, label: "key expansion", seed: server.random + client.random,
      count: 2 * (lengths.mac + lengths.key + lengths.iv), version: server.version,
      protection.digest)
    var rest = block[...]
    func next(_ count: Int) -> [UInt8] {
      defer { rest = rest.dropFirst(count) }
      return Array(rest.prefix(count))
    }
    let macs = (next(lengths.mac), next(lengths.mac))
    let keys = (next(lengths.key), next(lengths.key))
    let ivs = (next(lengths.iv), next(lengths.iv))
    func cipher(_ mac: [UInt8], _ key: [UInt8], _ iv: [UInt8]) -> RecordCipher {
      RecordCipher(
        protection, version: server.version, macKey: mac, key: key, iv: iv,
        encryptsThenMACs: server.encryptsThenMAC)
    }
    return (cipher(macs.0, keys.0, ivs.0), cipher(macs.1, keys.1, ivs.1))
  }
}
