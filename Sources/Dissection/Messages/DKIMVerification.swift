import Crypto
import Fields
import Mail

/// What became of a signature when it was compared with the bytes of its message.
public struct DKIMCheck: Sendable, Hashable {
  public enum Outcome: String, Sendable {
    case pass
    case fail
    /// There is nothing to compare with: bytes are missing, or there is no key.
    case unknown
  }
  /// The hash of the fields that are signed.
  enum HeaderHash: Sendable, Hashable {
    case sha256(SHA256Digest)
    case sha1(Insecure.SHA1Digest)
  }
  public let signature: DKIMSignature
  /// Whether the body is the one that was signed.
  public internal(set) var body: Outcome
  /// Whether the fields are, and the signer's key made the signature.
  public internal(set) var header: Outcome = .unknown
  /// Why an outcome is what it is, where one is not `pass`.
  public internal(set) var reason: String?
  /// Bytes of the body after those that are signed: anyone may have added them.
  public internal(set) var unsignedBytes = 0
  /// nil where the signature cannot be checked.
  var hash: HeaderHash?

  init(_ signature: DKIMSignature, body: Outcome) {
    (self.signature, self.body) = (signature, body)
  }

  /// Checks the signature itself. The key may be known only when the message is over: its receiver asks for it then.
  mutating func resolve(_ keys: DKIMKeys) {
    guard let hash, header == .unknown, let value = signature.signature else { return }
    switch keys.key(of: signature) {
    case .found(let key):
      header = key.hasSigned(hash, value) ? .pass : .fail
      if header == .fail { reason = reason ?? "the signature is not of these fields" }
    case .revoked:
      header = .fail
      reason = reason ?? "the key was revoked"
    case .absent(let why): reason = reason ?? why
    }
  }
}

extension DKIMCheck {
  /// What a person should know of it.
  var findings: [MessageFinding] {
    var found: [MessageFinding] = []
    if body == .fail, signature.problem == nil {
      found.append(MessageFinding(.messageBodyChanged, of: signature, reason ?? "body"))
    } else if header == .fail {
      found.append(MessageFinding(.messageSignatureFails, of: signature, reason ?? "header"))
    }
    if body == .pass, unsignedBytes > 0 {
      let bytes = unsignedBytes == 1 ? "byte is" : "bytes are"
      found.append(
        MessageFinding(
          .messageUnsignedEnd, of: signature, "the last \(unsignedBytes) \(bytes) not signed"))
    }
    return found
  }
}

/// Checks the DKIM and ARC signatures of a message as its bytes come (RFC 6376 section 6.1).
///
/// The hash of the body needs no key, since all bytes are there. Messages without a signature cost a look at their
/// header.
struct DKIMVerification {
  /// Signatures that are checked, and bytes of header fields that are kept for them.
  private static let signatureLimit = 20
  private static let headerLimit = 1 << 20

  private struct Body {
    let canonicalization: DKIMSignature.Canonicalization
    let length: Int?
    let usesSHA256: Bool
    var canonical: DKIMBody
    var sha256 = SHA256()
    var sha1 = Insecure.SHA1()

    mutating func hash(_ bytes: [UInt8]) {
      if usesSHA256 { sha256.update(data: bytes) } else { sha1.update(data: bytes) }
    }

    mutating func receive(_ bytes: Span<UInt8>) {
      var canonical = self.canonical
      canonical.receive(bytes) { hash($0) }
      self.canonical = canonical
    }

    mutating func finish() -> [UInt8] {
      var canonical = self.canonical
      canonical.finish { hash($0) }
      self.canonical = canonical
      return usesSHA256 ? Array(sha256.finalize()) : Array(sha1.finalize())
    }
  }

  private var reader = HeaderReader()
  private var fields: [HeaderField] = []
  private var kept = 0
  private var isCut = false
  private var hasGap = false
  private var signatures: [DKIMSignature] = []
  private var bodies: [Body] = []
  /// The body that each signature is about, where there is one.
  private var bodyPlaces: [Int?] = []

  mutating func receive(_ bytes: Span<UInt8>) {
    var start = 0
    if !reader.isDone {
      start = read(bytes)
      guard reader.isDone else { return }
      beginBodies()
      let unread = reader.unread
      hash(unread.span)
    }
    hash(bytes.extracting(start..<bytes.count))
  }

  private mutating func read(_ bytes: Span<UInt8>) -> Int {
    var reader = self.reader
    defer { self.reader = reader }
    return reader.receive(bytes) { take($0) }
  }

  mutating func gap() {
    hasGap = true
    var reader = self.reader
    reader.gap { take($0) }
    self.reader = reader
  }

  private mutating func take(_ event: HeaderReader.Event) {
    guard case .field(let field) = event else { return }
    kept += field.bytes.count
    guard kept <= Self.headerLimit else { return isCut = true }
    fields.append(field)
    guard signatures.count < Self.signatureLimit else { return }
    let kind: DKIMSignature.Kind
    if field.isNamed("dkim-signature") {
      kind = .dkim
    } else if field.isNamed("arc-message-signature") {
      kind = .arc
    } else {
      return
    }
    signatures.append(DKIMSignature(kind, at: fields.count - 1, field.raw))
  }

  /// The header is over: it is known how the body is to be hashed.
  private mutating func beginBodies() {
    if signatures.isEmpty { return fields = [] }
    bodyPlaces = signatures.map { signature in
      guard signature.problem == nil, let usesSHA256 = signature.usesSHA256 else { return nil }
      let same = bodies.firstIndex {
        $0.canonicalization == signature.body && $0.length == signature.bodyLength
          && $0.usesSHA256 == usesSHA256
      }
      if let same { return same }
      bodies.append(
        Body(
          canonicalization: signature.body, length: signature.bodyLength, usesSHA256: usesSHA256,
          canonical: DKIMBody(signature.body, length: signature.bodyLength)))
      return bodies.count - 1
    }
  }

  private mutating func hash(_ bytes: Span<UInt8>) {
    guard !hasGap, bytes.count > 0 else { return }
    for index in bodies.indices { bodies[index].receive(bytes) }
  }

  /// The message ends here.
  mutating func finish() -> [DKIMCheck] {
    if !reader.isDone {
      var reader = self.reader
      reader.finish { take($0) }
      self.reader = reader
      beginBodies()
      let unread = reader.unread
      hash(unread.span)
    }
    let hashes = bodies.indices.map { bodies[$0].finish() }
    return signatures.indices.map { index in
      check(signatures[index], bodyPlaces.indices.contains(index) ? bodyPlaces[index] : nil, hashes)
    }
  }

  private func check(_ signature: DKIMSignature, _ place: Int?, _ hashes: [[UInt8]]) -> DKIMCheck {
    var check = DKIMCheck(signature, body: .unknown)
    if let problem = signature.problem {
      (check.body, check.header, check.reason) = (.fail, .fail, problem)
      return check
    }
    guard let place else {
      check.reason = "the algorithm is not known"
      return check
    }
    guard !hasGap else {
      check.reason = "bytes of the message are missing"
      return check
    }
    check.unsignedBytes = bodies[place].canonical.unsigned
    let isShort = bodies[place].canonical.isShort
    check.body = hashes[place] == signature.bodyHash && !isShort ? .pass : .fail
    if check.body == .fail {
      check.reason =
        isShort
        ? "the body is shorter than what was signed" : "the body is not the one that was signed"
    }
    if let header = isCut ? nil : signature.signedHeader(of: fields) {
      check.hash =
        signature.usesSHA256 == true
        ? .sha256(SHA256.hash(data: header)) : .sha1(Insecure.SHA1.hash(data: header))
    } else {
      check.reason = check.reason ?? "the header is longer than what is kept of it"
    }
    return check
  }
}
