import Fields

/// What a Client Hello offers (RFC 8446 4.1.2, RFC 5246 7.4.1.2).
public struct ClientHelloFacts: Sendable, Hashable {
  /// The highest version, as clients before TLS 1.3 offer it.
  public private(set) var version: UInt16 = 0
  public private(set) var random: [UInt8] = []
  public private(set) var sessionID: [UInt8] = []
  /// The versions of `supported_versions`, those of GREASE left out.
  public private(set) var versions: [UInt16] = []
  public private(set) var serverName: String?
  /// What ALPN offers.
  public private(set) var applications: [String] = []
  /// Bytes of the ticket that the client brings (RFC 5077); 0 where it only says that it takes one, nil without the extension.
  public var ticketLength: Int? { ticket?.count }
  /// The ticket itself, by which an earlier session may be known.
  private(set) var ticket: [UInt8]?
  /// How many pre-shared keys the client knows (RFC 8446 4.2.11).
  public private(set) var preSharedKeys = 0
  public private(set) var offersEarlyData = false
  public private(set) var offersEncryptThenMAC = false
  public private(set) var offersExtendedMasterSecret = false
  /// All that it offers, in its order.
  var fingerprint = Fingerprint()

  /// JA3: MD5 of what is offered, in hexadecimal.
  public var ja3: String { Fingerprint.digest(of: fingerprint.clientString) }
  /// JA4, as its definition of TLS over TCP has it.
  public var ja4: String { fingerprint.ja4 }

  /// Reads the body of the message that lies from `start` to `end`, as far as it is well-formed.
  public init(_ bytes: Span<UInt8>, at start: Int, to end: Int) {
    var reader = TLSReader(bytes, at: start)
    try? read(&reader, to: end)
  }

  /// Lets go of what only the fingerprints are made of.
  mutating func dropLists() { fingerprint = Fingerprint() }

  private mutating func read(_ reader: inout TLSReader, to end: Int) throws(Malformed) {
    version = try reader.uint16()
    fingerprint.version = version
    random = try reader.part(32)
    if !TLSSession.hasShortServerHello(version) { sessionID = try reader.part(reader.integer8()) }
    let suitesEnd = try reader.vectorEnd(width: 2, before: end)
    while reader.position + 2 <= suitesEnd {
      fingerprint.add(cipherSuite: Int(try reader.uint16()))
    }
    reader.move(to: suitesEnd)
    let methodsEnd = try reader.vectorEnd(width: 1, before: end)
    reader.move(to: methodsEnd)
    guard reader.position < end else { return }
    fingerprint.hasExtensions = false
    let list = try ExtensionList(&reader, to: end)
    fingerprint.hasExtensions = list.isWhole
    let bytes = reader.bytes
    list.forEach(bytes) { type, start, end in
      if list.isWhole { fingerprint.add(extensionType: Int(type)) }
      try? read(ExtensionType(rawValue: type), bytes, from: start, to: end)
    }
  }

  private mutating func read(
    _ type: ExtensionType?, _ bytes: Span<UInt8>, from start: Int, to end: Int
  ) throws(Malformed) {
    var reader = TLSReader(bytes, at: start)
    switch type {
    case .serverName: serverName = try Self.serverName(&reader, to: end)
    case .applicationProtocols:
      applications = try Self.applications(&reader, to: end) { fingerprint.application = $0 }
    case .supportedVersions:
      let listEnd = try reader.vectorEnd(width: 1, before: end)
      while reader.position + 2 <= listEnd {
        let version = try reader.uint16()
        if !TLSNames.isGREASE(UInt64(version)) { versions.append(version) }
      }
      fingerprint.highestVersion = versions.max()
    case .supportedGroups:
      let listEnd = try reader.vectorEnd(width: 2, before: end)
      while reader.position + 2 <= listEnd {
        fingerprint.add(group: Int(try reader.uint16()))
      }
    case .pointFormats:
      let listEnd = try reader.integer8() + reader.position
      while reader.position < listEnd { fingerprint.add(pointFormat: try reader.integer8()) }
    case .signatureAlgorithms:
      let listEnd = try reader.vectorEnd(width: 2, before: end)
      while reader.position + 2 <= listEnd {
        fingerprint.add(signatureAlgorithm: Int(try reader.uint16()))
      }
    case .sessionTicket: ticket = Array(bytes.extracting(start..<end).copied)
    case .preSharedKey:
      let listEnd = try reader.vectorEnd(width: 2, before: end)
      while reader.position < listEnd {
        reader.move(to: try reader.vectorEnd(width: 2, before: listEnd))
        try reader.integer(width: 4)
        preSharedKeys += 1
      }
    case .earlyData: offersEarlyData = true
    case .encryptThenMAC: offersEncryptThenMAC = true
    case .extendedMasterSecret: offersExtendedMasterSecret = true
    default: break
    }
  }

  /// RFC 6066 3: the first host name.
  private static func serverName(
    _ reader: inout TLSReader, to end: Int
  ) throws(Malformed) -> String? {
    let listEnd = try reader.vectorEnd(width: 2, before: end)
    while reader.position < listEnd {
      let type = try reader.integer8()
      let nameEnd = try reader.vectorEnd(width: 2, before: listEnd)
      let name = try reader.take(to: nameEnd)
      if type == 0 { return name.decoded }
    }
    return nil
  }

  /// RFC 7301: all names; `first` is given the bytes of the first one that is not of GREASE.
  fileprivate static func applications(
    _ reader: inout TLSReader, to end: Int, first: ([UInt8]) -> Void = { _ in }
  ) throws(Malformed) -> [String] {
    var names: [String] = []
    var isFirst = true
    let listEnd = try reader.vectorEnd(width: 2, before: end)
    while reader.position < listEnd {
      let name = try reader.take(to: reader.vectorEnd(width: 1, before: listEnd))
      names.append(name.decoded)
      if isFirst, name.count != 2 || !TLSNames.isGREASE(UInt64(name.uint16(at: 0))) {
        isFirst = false
        first(Array(name.copied))
      }
    }
    return names
  }
}

/// What a Server Hello chooses (RFC 8446 4.1.3, RFC 5246 7.4.1.3).
public struct ServerHelloFacts: Sendable, Hashable {
  /// What was agreed on: that of `supported_versions` where it is there.
  public private(set) var version: UInt16
  public let cipherSuite: UInt16
  public let random: [UInt8]
  public let sessionID: [UInt8]
  /// It asks for another Client Hello (RFC 8446 4.1.4).
  public let isRetryRequest: Bool
  /// 0 is none; only TLS up to 1.2 has others (RFC 3749).
  public let compression: UInt8
  /// What ALPN has chosen; in TLS 1.3 it is among the Encrypted Extensions.
  public private(set) var application: String?
  public private(set) var encryptsThenMAC = false
  public private(set) var hasExtendedMasterSecret = false
  /// It has taken one of the client's pre-shared keys (RFC 8446 4.2.11).
  public private(set) var preSharedKey: Int?
  /// It will send a ticket (RFC 5077).
  public private(set) var promisesTicket = false
  var fingerprint = Fingerprint()

  mutating func dropLists() { fingerprint = Fingerprint() }

  public var isVersion13: Bool { TLSSession.isVersion13(version) }
  /// `TLS_AES_128_GCM_SHA256`; its number where it is in no registry.
  public var cipherSuiteName: String { TLSNames.words(ofCipherSuite: cipherSuite) }
  /// JA3S: MD5 of what is chosen, in hexadecimal.
  public var ja3s: String { Fingerprint.digest(of: fingerprint.serverString) }

  /// Reads the body of the message that lies from `start` to `end`; nil where it ends before its cipher suite does.
  public init?(_ bytes: Span<UInt8>, at start: Int, to end: Int) {
    guard end - start >= 38 else { return nil }
    let head = bytes.uint16(at: start)
    let isShort = TLSSession.hasShortServerHello(head)
    let idEnd = start + 34 + (isShort ? 0 : 1 + Int(bytes[start + 34]))
    guard idEnd + 2 <= end else { return nil }
    version = head
    random = Array(bytes.extracting(start + 2..<start + 34).copied)
    sessionID = isShort ? [] : Array(bytes.extracting(start + 35..<idEnd).copied)
    cipherSuite = bytes.uint16(at: idEnd)
    compression = isShort || idEnd + 3 > end ? 0 : bytes[idEnd + 2]
    isRetryRequest = ServerHello.isRetryRequest(bytes, at: start, to: end)
    fingerprint.version = head
    fingerprint.add(cipherSuite: Int(cipherSuite))
    var reader = TLSReader(bytes, at: idEnd + (isShort ? 2 : 3))
    guard reader.position < end, let list = try? ExtensionList(&reader, to: end) else { return }
    list.forEach(bytes) { type, start, end in
      if list.isWhole { fingerprint.add(extensionType: Int(type)) }
      try? read(ExtensionType(rawValue: type), bytes, from: start, to: end)
    }
  }

  private mutating func read(
    _ type: ExtensionType?, _ bytes: Span<UInt8>, from start: Int, to end: Int
  ) throws(Malformed) {
    var reader = TLSReader(bytes, at: start)
    switch type {
    case .supportedVersions:
      guard version == 0x0303, end - start == 2 else { return }
      let chosen = try reader.uint16()
      if TLSSession.isVersion13(chosen) { version = chosen }
    case .applicationProtocols:
      application = try ClientHelloFacts.applications(&reader, to: end).first
    case .preSharedKey: preSharedKey = Int(try reader.uint16())
    case .sessionTicket: promisesTicket = true
    case .encryptThenMAC: encryptsThenMAC = true
    case .extendedMasterSecret: hasExtendedMasterSecret = true
    default: break
    }
  }
}

/// What Encrypted Extensions say (RFC 8446 4.3.1).
struct EncryptedExtensionsFacts {
  var application: String?
  var acceptsEarlyData = false

  init(_ bytes: Span<UInt8>, at start: Int, to end: Int) {
    var reader = TLSReader(bytes, at: start)
    guard let list = try? ExtensionList(&reader, to: end) else { return }
    list.forEach(bytes) { type, start, end in
      switch ExtensionType(rawValue: type) {
      case .applicationProtocols:
        var reader = TLSReader(bytes, at: start)
        application = (try? ClientHelloFacts.applications(&reader, to: end))?.first
      case .earlyData: acceptsEarlyData = true
      default: break
      }
    }
  }
}

/// The extensions of a message, one after the other (RFC 8446 4.2).
struct ExtensionList {
  private let start: Int
  private let end: Int
  /// The list says that it ends where its message does, or before.
  let isWhole: Bool

  /// Reads the list's length.
  init(_ reader: inout TLSReader, to end: Int) throws(Malformed) {
    let length = Int(try reader.uint16())
    start = reader.position
    isWhole = length <= end - start
    self.end = min(end, start + length)
  }

  /// Gives the type and the place of each; of one that reaches beyond the list only the type, which counts all the same.
  func forEach(_ bytes: Span<UInt8>, _ body: (_ type: UInt16, _ start: Int, _ end: Int) -> Void) {
    var position = start
    while position + 4 <= end {
      let (type, length) = (bytes.uint16(at: position), Int(bytes.uint16(at: position + 2)))
      position += 4
      body(type, position, position + length <= end ? position + length : position)
      position += length
    }
  }
}
