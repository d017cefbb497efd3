import Fields

/// The fields that Client Hello and Server Hello begin with.
enum HelloHead {
  static func describe(
    _ reader: inout TLSReader, to end: Int, _ session: TLSSession, into tree: inout FieldBuffer
  ) throws(Malformed) -> UInt16 {
    let fields = HandshakeFields.fields
    let version = try reader.number(fields.version, into: &tree)
    let start = reader.position
    let isRetryRequest = ServerHello.isMagic(reader.bytes, at: start)
    let random = try reader.content(fields.random, 32, into: &tree)
    if isRetryRequest { tree.note(random, " (HelloRetryRequest magic)") }
    if !session.isVersion13 {
      tree.open(random)
      let seconds = Int64(reader.bytes.uint32(at: start))
      tree.add(fields.randomTime, .time(seconds * 1_000_000_000), at: start, count: 4)
      tree.add(
        fields.randomBytes, reader.bytes.extracting(start + 4..<start + 32), at: start + 4)
      tree.close(random)
    }
    let head = UInt16(truncatingIfNeeded: version)
    if TLSSession.hasShortServerHello(head) { return head }
    let count = try reader.number(fields.sessionIDLength, into: &tree)
    if count > 0 { try reader.content(fields.sessionID, count, into: &tree) }
    return head
  }
}

/// Client Hello (RFC 8446 4.1.2).
enum ClientHello {
  static func describe(
    _ reader: inout TLSReader, to end: Int, _ session: inout TLSSession,
    into tree: inout FieldBuffer
  ) throws(Malformed) {
    let fields = HandshakeFields.fields
    let facts = ClientHelloFacts(reader.bytes, at: reader.position, to: end)
    _ = try HelloHead.describe(&reader, to: end, session, into: &tree)
    var listEnd = try reader.vector(
      fields.cipherSuitesLength, 2...0xfffe, before: end, into: &tree)
    var count = (listEnd - reader.position) / 2
    let suites = tree.opened(
      fields.cipherSuites, at: reader.position, count: listEnd - reader.position)
    tree.note(suites, " (\(count) suite\(count == 1 ? "" : "s"))")
    while reader.position + 2 <= listEnd { try reader.number(fields.cipherSuite, into: &tree) }
    reader.finish(listEnd, into: &tree)
    tree.close(suites)
    listEnd = try reader.vector(fields.compressionsLength, 1...255, before: end, into: &tree)
    count = listEnd - reader.position
    let methods = tree.opened(fields.compressions, at: reader.position, count: count)
    tree.note(methods, " (\(count) method\(count == 1 ? "" : "s"))")
    while reader.position < listEnd { try reader.number(fields.compression, into: &tree) }
    tree.close(methods)
    if reader.position < end {
      try HelloExtensions(.clientHello, session).describe(&reader, to: end, into: &tree)
      // The client sends data right after its hello: it counts on TLS 1.3.
      if facts.offersEarlyData { session.agree(version: 0x0304) }
    }
    let full = facts.fingerprint.clientString
    tree.add(fields.clientFullString, full, .generated)
    tree.add(fields.clientDigest, Fingerprint.digest(of: full), .generated)
  }
}

/// Server Hello (RFC 8446 4.1.3).
enum ServerHello {
  /// SHA-256 of `HelloRetryRequest`: in place of a random it says that this is one.
  private static let magic: [32 of UInt8] = [
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
    0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
  ]
  static func isMagic(_ bytes: Span<UInt8>, at start: Int) -> Bool {
    guard bytes.count - start >= 32 else { return false }
    for index in 0..<32 where bytes[start + index] != magic[index] { return false }
    return true
  }
  static func isRetryRequest(_ bytes: Span<UInt8>, at start: Int, to end: Int) -> Bool {
    end - start >= 34 && isMagic(bytes, at: start + 2)
  }

  /// Takes what the hello chooses before it is described: the version decides how.
  static func agree(_ bytes: Span<UInt8>, at start: Int, to end: Int, _ session: inout TLSSession) {
    guard let facts = ServerHelloFacts(bytes, at: start, to: end) else { return }
    session.agree(
      version: facts.version, cipherSuite: facts.cipherSuite, isRetry: facts.isRetryRequest)
  }

  static func describe(
    _ reader: inout TLSReader, to end: Int, _ session: inout TLSSession,
    into tree: inout FieldBuffer
  ) throws(Malformed) {
    let fields = HandshakeFields.fields
    let facts = ServerHelloFacts(reader.bytes, at: reader.position, to: end)
    let isRetryRequest = isRetryRequest(reader.bytes, at: reader.position, to: end)
    let head = try HelloHead.describe(&reader, to: end, session, into: &tree)
    try reader.number(fields.cipherSuite, into: &tree)
    if !TLSSession.hasShortServerHello(head) {
      try reader.number(fields.compression, into: &tree)
    }
    if reader.position < end {
      try HelloExtensions(isRetryRequest ? .retryRequest : .serverHello, session)
        .describe(&reader, to: end, into: &tree)
      if let name = facts?.application.flatMap({ TLSApplication.name(ofProtocol: $0) }) {
        session.applicationName = name
      }
    }
    guard let full = facts?.fingerprint.serverString else { return }
    tree.add(fields.serverFullString, full, .generated)
    tree.add(fields.serverDigest, Fingerprint.digest(of: full), .generated)
  }

  /// The message of its own that early drafts of TLS 1.3 had.
  static func describeRetryRequest(
    _ reader: inout TLSReader, to end: Int, _ session: TLSSession, into tree: inout FieldBuffer
  ) throws(Malformed) {
    let fields = HandshakeFields.fields
    let version = try reader.number(fields.version, into: &tree)
    if version >= 0x7f13 { try reader.number(fields.cipherSuite, into: &tree) }
    try HelloExtensions(.retryRequest, session).describe(&reader, to: end, into: &tree)
  }
}
