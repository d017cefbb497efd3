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
    var fingerprint = Fingerprint()
    fingerprint.version = try HelloHead.describe(&reader, to: end, session, into: &tree)
    var listEnd = try reader.vector(
      fields.cipherSuitesLength, 2...0xfffe, before: end, into: &tree)
    var count = (listEnd - reader.position) / 2
    let suites = tree.opened(
      fields.cipherSuites, at: reader.position, count: listEnd - reader.position)
    tree.note(suites, " (\(count) suite\(count == 1 ? "" : "s"))")
    while reader.position + 2 <= listEnd {
      fingerprint.add(cipherSuite: try reader.number(fields.cipherSuite, into: &tree))
    }
    reader.finish(listEnd, into: &tree)
    tree.close(suites)
    listEnd = try reader.vector(fields.compressionsLength, 1...255, before: end, into: &tree)
    count = listEnd - reader.position
    let methods = tree.opened(fields.compressions, at: reader.position, count: count)
    tree.note(methods, " (\(count) method\(count == 1 ? "" : "s"))")
    while reader.position < listEnd { try reader.number(fields.compression, into: &tree) }
    tree.close(methods)
    if reader.position < end {
      var extensions = HelloExtensions(.clientHello, session)
      extensions.fingerprint = fingerprint
      try extensions.describe(&reader, to: end, into: &tree)
      fingerprint = extensions.fingerprint
      if extensions.offersEarlyData { session.agree(version: 0x0304) }
    }
    let full = fingerprint.clientString
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
    guard end - start >= 38 else { return }
    var version = bytes.uint16(at: start)
    let isShort = TLSSession.hasShortServerHello(version)
    var position = start + 34 + (isShort ? 0 : 1 + Int(bytes[start + 34]))
    guard position + 2 <= end else { return }
    let suite = bytes.uint16(at: position)
    position += isShort ? 4 : 5
    while position + 4 <= end {
      let (type, length) = (bytes.uint16(at: position), Int(bytes.uint16(at: position + 2)))
      if version == 0x0303, type == 43, length == 2, position + 6 <= end {
        let chosen = bytes.uint16(at: position + 4)
        if TLSSession.isVersion13(chosen) { version = chosen }
      }
      position += 4 + length
    }
    session.agree(
      version: version, cipherSuite: suite, isRetry: isRetryRequest(bytes, at: start, to: end))
  }

  static func describe(
    _ reader: inout TLSReader, to end: Int, _ session: inout TLSSession,
    into tree: inout FieldBuffer
  ) throws(Malformed) {
    let fields = HandshakeFields.fields
    var fingerprint = Fingerprint()
    let isRetryRequest = isRetryRequest(reader.bytes, at: reader.position, to: end)
    fingerprint.version = try HelloHead.describe(&reader, to: end, session, into: &tree)
    fingerprint.add(cipherSuite: try reader.number(fields.cipherSuite, into: &tree))
    if !TLSSession.hasShortServerHello(fingerprint.version) {
      try reader.number(fields.compression, into: &tree)
    }
    if reader.position < end {
      var extensions = HelloExtensions(isRetryRequest ? .retryRequest : .serverHello, session)
      extensions.fingerprint = fingerprint
      try extensions.describe(&reader, to: end, into: &tree)
      fingerprint = extensions.fingerprint
      if let name = extensions.application { session.applicationName = name }
    }
    let full = fingerprint.serverString
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
    var extensions = HelloExtensions(.retryRequest, session)
    try extensions.describe(&reader, to: end, into: &tree)
  }
}
