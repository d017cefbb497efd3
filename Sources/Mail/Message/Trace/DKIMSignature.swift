/// A signature over a message: a DKIM-Signature field (RFC 6376), or the ARC-Message-Signature (RFC 8617) of a server
/// that passed it on.
public struct DKIMSignature: Sendable, Hashable {
  public enum Kind: String, Sendable {
    case dkim = "DKIM-Signature"
    case arc = "ARC-Message-Signature"
  }

  /// How header or body are written before they are hashed (RFC 6376 section 3.4).
  public enum Canonicalization: String, Sendable {
    case simple
    case relaxed
  }

  public let kind: Kind
  /// The place of its field among the fields of the header, from 0.
  public let field: Int
  /// `rsa-sha256`
  public let algorithm: String
  public let domain: String
  public let selector: String
  /// The user or agent on whose behalf it was made, where it is said.
  public let identity: String?
  public let header: Canonicalization
  public let body: Canonicalization
  /// The names of the fields that are signed, as listed.
  public let signedFields: [String]
  /// As the signature says it; nil where it is no base64.
  public let bodyHash: [UInt8]?
  public let signature: [UInt8]?
  /// How many bytes of the body are signed; nil where all are.
  public let bodyLength: Int?
  /// Seconds since 1970-01-01 UTC.
  public let time: Int64?
  public let expiration: Int64?
  /// Of ARC: which of the servers in a row it was.
  public let instance: Int?
  /// Why it can count for nothing, whatever the message is: `no domain`.
  public let problem: String?

  private static let required = ["a", "b", "bh", "d", "h", "s"]

  /// `field` is the place of the field in the header.
  public init(_ kind: Kind, at field: Int, _ value: some Collection<UInt8>) {
    let tags = TagList(value)
    (self.kind, self.field) = (kind, field)
    algorithm = tags.compact("a")?.lowercased() ?? ""
    domain = tags.compact("d") ?? ""
    selector = tags.compact("s") ?? ""
    identity = tags.compact("i").flatMap { kind == .dkim ? $0 : nil }
    instance = kind == .arc ? tags.compact("i").flatMap { Decimal.parse($0.utf8) } : nil
    let ways = (tags.compact("c") ?? "simple").lowercased().split(atByte: UInt8(ascii: "/"))
    let header = ways.first.flatMap { Canonicalization(rawValue: String($0)) }
    let body = ways.count > 1 ? Canonicalization(rawValue: String(ways[1])) : .simple
    (self.header, self.body) = (header ?? .simple, body ?? .simple)
    signedFields = (tags.compact("h") ?? "").split(atByte: UInt8(ascii: ":")).map(String.init)
    bodyHash = tags.compact("bh").flatMap { Base64.decode($0.utf8) }
    signature = tags.compact("b").flatMap { Base64.decode($0.utf8) }
    bodyLength = tags.compact("l").flatMap { Decimal.parse($0.utf8) }
    time = tags.compact("t").flatMap { Decimal.parse($0.utf8) }.map(Int64.init)
    expiration = tags.compact("x").flatMap { Decimal.parse($0.utf8) }.map(Int64.init)
    let missing = Self.required.filter { tags[$0] == nil }
    if kind == .dkim, tags.compact("v") != "1" {
      problem = "its version is not 1"
    } else if !missing.isEmpty {
      problem = "it lacks \(missing.map { "\($0)=" }.joined(separator: ", "))"
    } else if tags.hasDuplicate {
      problem = "a tag is there twice"
    } else if header == nil || body == nil || ways.count > 2 {
      problem = "its canonicalization is not known"
    } else if bodyHash == nil || signature == nil {
      problem = "its base64 is damaged"
    } else if tags["l"] != nil, bodyLength == nil {
      problem = "its length is no number"
    } else if !signedFields.contains(where: { $0.equals(ignoringCase: "from") }) {
      problem = "it does not sign the From field"
    } else {
      problem = nil
    }
  }

  /// Whether it is made with SHA-256; nil for an algorithm that is not known.
  public var usesSHA256: Bool? {
    if algorithm.hasSuffix("-sha256") { return true }
    return algorithm == "rsa-sha1" ? false : nil
  }

  // MARK: What is signed

  /// The bytes whose hash is signed: the fields that it names, then its own without the signature (RFC 6376 section 3.7).
  /// Nil where a field is longer than what was kept of it.
  public func signedHeader(of fields: [HeaderField]) -> [UInt8]? {
    guard fields.indices.contains(field), fields[field].dropped == 0 else { return nil }
    var result: [UInt8] = []
    // A name that is listed again is the next field of that name, from the last one up.
    var places: [String: [Int]] = [:]
    for (place, field) in fields.enumerated() where place != self.field {
      places[field.name.lowercased(), default: []].append(place)
    }
    for name in signedFields {
      guard let place = places[name.lowercased()]?.popLast() else { continue }
      guard fields[place].dropped == 0 else { return nil }
      append(fields[place].bytes, colon: fields[place].colonOffset, to: &result)
      result += [.carriageReturn, .lineFeed]
    }
    let own = Self.withoutSignature(fields[field].bytes, after: fields[field].colonOffset + 1)
    append(own, colon: fields[field].colonOffset, to: &result)
    return result
  }

  private func append(_ bytes: [UInt8], colon: Int, to result: inout [UInt8]) {
    guard header == .relaxed else {
      result += bytes
      return
    }
    result += bytes.prefix(colon).filter { !$0.isFolding }.map(\.lowercasedASCII)
    result.append(UInt8(ascii: ":"))
    var hasBlank = false
    var isEmpty = true
    for byte in bytes.dropFirst(colon + 1) {
      if byte.isFolding {
        hasBlank = true
        continue
      }
      if hasBlank, !isEmpty { result.append(.space) }
      (hasBlank, isEmpty) = (false, false)
      result.append(byte)
    }
  }

  /// The field with nothing as the value of its `b` tag.
  private static func withoutSignature(_ bytes: [UInt8], after start: Int) -> [UInt8] {
    var tag = start
    while tag < bytes.count {
      let end = bytes[tag...].firstIndex(of: UInt8(ascii: ";")) ?? bytes.count
      if let equals = bytes[tag..<end].firstIndex(of: UInt8(ascii: "=")),
        bytes[tag..<equals].filter({ !$0.isFolding }).elementsEqual("b".utf8)
      {
        return Array(bytes[...equals] + bytes[end...])
      }
      tag = end + 1
    }
    return bytes
  }
}

extension HeaderField {
  /// Where the colon is in `bytes`.
  var colonOffset: Int { min(colon - start, bytes.count) }
}
