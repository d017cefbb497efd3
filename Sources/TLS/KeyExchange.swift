import Fields

/// How a cipher suite agrees on keys, and the two messages of it (RFC 5246 7.4.3 and 7.4.7).
enum KeyExchange {
  case rsa
  case finiteField(isSigned: Bool)
  /// The server's part is in its certificate.
  case staticFiniteField
  case ellipticCurve(isSigned: Bool)
  case preShared
  case preSharedRSA
  /// Not known, or one that is not described.
  case other

  /// By what the names of cipher suites begin with; the first that fits counts.
  private static let prefixes: [(String, KeyExchange)] = [
    ("TLS_RSA_PSK_", .preSharedRSA), ("TLS_RSA_", .rsa), ("TLS_PSK_", .preShared),
    ("TLS_DHE_PSK_", .other), ("TLS_ECDHE_PSK_", .other),
    ("TLS_DH_anon_", .finiteField(isSigned: false)), ("TLS_DHE_", .finiteField(isSigned: true)),
    ("TLS_DH_", .staticFiniteField),
    ("TLS_ECDH_anon_", .ellipticCurve(isSigned: false)),
    ("TLS_ECDHE_", .ellipticCurve(isSigned: true)), ("TLS_ECDH_", .ellipticCurve(isSigned: true)),
  ]

  init(_ session: TLSSession) {
    let name = session.cipherSuite.flatMap { TLSNames.cipherSuites[$0] } ?? ""
    self = Self.prefixes.first { name.hasPrefix($0.0) }?.1 ?? .other
  }

  func describeServer(
    _ reader: inout TLSReader, to end: Int, _ session: TLSSession, into tree: inout FieldBuffer
  ) throws(Malformed) {
    let fields = HandshakeFields.fields
    let title: String
    switch self {
    case .finiteField: title = "Diffie-Hellman Server Params"
    case .ellipticCurve: title = "EC Diffie-Hellman Server Params"
    case .rsa: title = "RSA-EXPORT Server Params"
    case .preShared where Self.isWhole(reader, to: end): title = "PSK Server Params"
    case .staticFiniteField, .preShared, .preSharedRSA, .other: return
    }
    let top = tree.addText(title, at: reader.position, count: end - reader.position)
    tree.open(top)
    defer { tree.close(top) }
    switch self {
    case .finiteField(let isSigned):
      try describe(fields.primeLength, fields.prime, &reader, into: &tree)
      try describe(fields.generatorLength, fields.generator, &reader, into: &tree)
      try describe(fields.serverKeyLength, fields.serverKey, &reader, into: &tree)
      if isSigned { try Signature.describe(&reader, to: end, session, into: &tree) }
    case .ellipticCurve(let isSigned):
      // Nothing is read of curves that have no name.
      guard try reader.number(fields.curveType, into: &tree) == 3 else { return }
      try reader.number(fields.namedCurve, into: &tree)
      try describe(fields.serverPointLength, fields.serverPoint, &reader, into: &tree)
      if isSigned { try Signature.describe(&reader, to: end, session, into: &tree) }
    case .rsa:
      try describe(fields.modulusLength, fields.modulus, &reader, into: &tree)
      try describe(fields.exponentLength, fields.exponent, &reader, into: &tree)
      try Signature.describe(&reader, to: end, session, into: &tree)
    case .preShared: try describe(fields.hintLength, fields.hint, &reader, into: &tree)
    case .staticFiniteField, .preSharedRSA, .other: break
    }
  }

  func describeClient(
    _ reader: inout TLSReader, to end: Int, _ session: TLSSession, into tree: inout FieldBuffer
  ) throws(Malformed) {
    let fields = HandshakeFields.fields
    let title: String
    switch self {
    case .rsa: title = "RSA Encrypted PreMaster Secret"
    case .finiteField, .staticFiniteField: title = "Diffie-Hellman Client Params"
    case .ellipticCurve: title = "EC Diffie-Hellman Client Params"
    case .preShared: title = "PSK Client Params"
    case .preSharedRSA: title = "RSA PSK Client Params"
    case .other: return
    }
    let top = tree.addText(title, at: reader.position, count: end - reader.position)
    tree.open(top)
    defer { tree.close(top) }
    switch self {
    case .rsa where session.version == 0x0300:
      // SSL 3.0 has no length there.
      try reader.content(fields.premaster, end - reader.position, into: &tree)
    case .rsa: try describe(fields.premasterLength, fields.premaster, &reader, into: &tree)
    case .finiteField, .staticFiniteField:
      try describe(fields.clientKeyLength, fields.clientKey, &reader, into: &tree)
    case .ellipticCurve:
      try describe(fields.clientPointLength, fields.clientPoint, &reader, into: &tree)
    case .preShared: try describe(fields.identityLength, fields.identity, &reader, into: &tree)
    case .preSharedRSA:
      try describe(fields.identityLength, fields.identity, &reader, into: &tree)
      try describe(fields.premasterLength, fields.premaster, &reader, into: &tree)
    case .other: break
    }
  }

  /// Whether the message is one vector with two bytes of length.
  private static func isWhole(_ reader: borrowing TLSReader, to end: Int) -> Bool {
    let start = reader.position
    return end - start >= 2 && start + 2 + Int(reader.bytes.uint16(at: start)) == end
  }

  private func describe(
    _ length: Field, _ content: Field, _ reader: inout TLSReader, into tree: inout FieldBuffer
  ) throws(Malformed) {
    let count = try reader.number(length, into: &tree)
    try reader.content(content, count, into: &tree)
  }
}
