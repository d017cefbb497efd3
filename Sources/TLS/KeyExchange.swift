import Fields

/// How a cipher suite agrees on keys, and the two messages of it (RFC 5246 7.4.3 and 7.4.7).
enum KeyExchange {
  case rsa
  case exportRSA
  case finiteField(isSigned: Bool)
  case ellipticCurve(isSigned: Bool)
  case preShared
  case preSharedRSA
  case preSharedFiniteField
  case preSharedEllipticCurve
  case unknown

  init(_ session: TLSSession) {
    guard let suite = session.cipherSuite, let name = TLSNames.cipherSuites[suite] else {
      self = .unknown
      return
    }
    let prefixes: [(String, KeyExchange)] = [
      ("TLS_RSA_PSK_", .preSharedRSA), ("TLS_RSA_EXPORT", .exportRSA), ("TLS_RSA_", .rsa),
      ("TLS_DHE_PSK_", .preSharedFiniteField), ("TLS_ECDHE_PSK_", .preSharedEllipticCurve),
      ("TLS_PSK_", .preShared), ("TLS_DH_anon_", .finiteField(isSigned: false)),
      ("TLS_DH_Anon_", .finiteField(isSigned: false)), ("TLS_DHE_", .finiteField(isSigned: true)),
      ("TLS_DH_", .finiteField(isSigned: true)),
      ("TLS_ECDH_anon_", .ellipticCurve(isSigned: false)),
      ("TLS_ECDHE_", .ellipticCurve(isSigned: true)),
      ("TLS_ECDH_", .ellipticCurve(isSigned: true)),
    ]
    self = prefixes.first { name.hasPrefix($0.0) }?.1 ?? .unknown
  }

  func describeServer(
    _ reader: inout TLSReader, to end: Int, _ session: TLSSession, into tree: inout FieldBuffer
  ) throws(Malformed) {
    let fields = HandshakeFields.fields
    let title: String
    switch self {
    case .finiteField: title = "Diffie-Hellman Server Params"
    case .ellipticCurve: title = "EC Diffie-Hellman Server Params"
    case .exportRSA, .rsa: title = "RSA-EXPORT Server Params"
    case .preShared, .preSharedRSA: title = "PSK Server Params"
    case .preSharedFiniteField: title = "Diffie-Hellman Server Params"
    case .preSharedEllipticCurve: title = "EC Diffie-Hellman Server Params"
    case .unknown: return
    }
    let top = tree.addText(title, at: reader.position, count: end - reader.position)
    tree.open(top)
    defer { tree.close(top) }
    switch self {
    case .finiteField(let isSigned):
      try describeFiniteField(&reader, to: end, into: &tree)
      if isSigned { try Signature.describe(&reader, to: end, session, into: &tree) }
    case .ellipticCurve(let isSigned):
      guard try describePoint(&reader, to: end, into: &tree) else { return }
      if isSigned { try Signature.describe(&reader, to: end, session, into: &tree) }
    case .exportRSA, .rsa:
      let count = try reader.number(fields.modulusLength, into: &tree)
      try reader.content(fields.modulus, count, into: &tree)
      let length = try reader.number(fields.exponentLength, into: &tree)
      try reader.content(fields.exponent, length, into: &tree)
      try Signature.describe(&reader, to: end, session, into: &tree)
    case .preShared, .preSharedRSA:
      try describeBytes(fields.hintLength, fields.hint, &reader, to: end, into: &tree)
    case .preSharedFiniteField:
      try describeBytes(fields.hintLength, fields.hint, &reader, to: end, into: &tree)
      try describeFiniteField(&reader, to: end, into: &tree)
    case .preSharedEllipticCurve:
      try describeBytes(fields.hintLength, fields.hint, &reader, to: end, into: &tree)
      _ = try describePoint(&reader, to: end, into: &tree)
    case .unknown: break
    }
  }

  func describeClient(
    _ reader: inout TLSReader, to end: Int, _ session: TLSSession, into tree: inout FieldBuffer
  ) throws(Malformed) {
    let fields = HandshakeFields.fields
    let title: String
    switch self {
    case .rsa, .exportRSA: title = "RSA Encrypted PreMaster Secret"
    case .finiteField, .preSharedFiniteField: title = "Diffie-Hellman Client Params"
    case .ellipticCurve, .preSharedEllipticCurve: title = "EC Diffie-Hellman Client Params"
    case .preShared, .preSharedRSA: title = "PSK Client Params"
    case .unknown: return
    }
    let top = tree.addText(title, at: reader.position, count: end - reader.position)
    tree.open(top)
    defer { tree.close(top) }
    switch self {
    case .preShared, .preSharedRSA, .preSharedFiniteField, .preSharedEllipticCurve:
      try describeBytes(fields.identityLength, fields.identity, &reader, to: end, into: &tree)
    default: break
    }
    switch self {
    case .rsa, .exportRSA, .preSharedRSA:
      if session.version == 0x0300 {
        // SSL 3.0 has no length there.
        try reader.content(fields.premaster, end - reader.position, into: &tree)
      } else {
        try describeBytes(fields.premasterLength, fields.premaster, &reader, to: end, into: &tree)
      }
    case .finiteField, .preSharedFiniteField:
      try describeBytes(fields.clientKeyLength, fields.clientKey, &reader, to: end, into: &tree)
    case .ellipticCurve, .preSharedEllipticCurve:
      let count = try reader.number(fields.clientPointLength, into: &tree)
      try reader.content(fields.clientPoint, count, into: &tree)
    case .preShared, .unknown: break
    }
  }

  private func describeBytes(
    _ length: Field, _ content: Field, _ reader: inout TLSReader, to end: Int,
    into tree: inout FieldBuffer
  ) throws(Malformed) {
    let limit = length.type == .uint8 ? 0xff : 0xffff
    let stop = try reader.vector(length, 0...limit, before: end, into: &tree)
    try reader.content(content, stop - reader.position, into: &tree)
  }

  private func describeFiniteField(
    _ reader: inout TLSReader, to end: Int, into tree: inout FieldBuffer
  ) throws(Malformed) {
    let fields = HandshakeFields.fields
    try describeBytes(fields.primeLength, fields.prime, &reader, to: end, into: &tree)
    try describeBytes(fields.generatorLength, fields.generator, &reader, to: end, into: &tree)
    try describeBytes(fields.serverKeyLength, fields.serverKey, &reader, to: end, into: &tree)
  }

  /// False where the curve is not a named one: nothing more is read.
  private func describePoint(
    _ reader: inout TLSReader, to end: Int, into tree: inout FieldBuffer
  ) throws(Malformed) -> Bool {
    let fields = HandshakeFields.fields
    guard try reader.number(fields.curveType, into: &tree) == 3 else { return false }
    try reader.number(fields.namedCurve, into: &tree)
    let count = try reader.number(fields.serverPointLength, into: &tree)
    try reader.content(fields.serverPoint, count, into: &tree)
    return true
  }
}
