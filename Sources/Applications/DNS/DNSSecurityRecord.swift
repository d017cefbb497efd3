import Fields

/// The records of DNSSEC (RFC 4034, RFC 5155), what came before it (RFC 2535), and CSYNC, which has NSEC's bitmap.
struct DNSSecurityRecord: ~Escapable {
  private let reader: ByteReader
  private let type: DNSType
  private let owner: String
  private let start: Int
  private let end: Int

  @_lifetime(copy reader)
  init(
    _ reader: borrowing ByteReader, _ type: DNSType, _ owner: String, at start: Int, _ end: Int
  ) {
    self.reader = copy reader
    (self.type, self.owner, self.start, self.end) = (type, owner, start, end)
  }

  func describe(_ top: FieldIndex, into tree: inout FieldBuffer) throws(DecodeError) {
    let fields = DNSSecurityFields.fields
    switch type {
    case .ds, .dlv, .cds:
      tree.add(fields.dsKey, try reader.uint16(at: start), at: start, count: 2)
      tree.add(fields.dsAlgorithm, try reader.uint8(at: start + 2), at: start + 2, count: 1)
      tree.add(fields.dsDigestType, try reader.uint8(at: start + 3), at: start + 3, count: 1)
      try addRest(fields.dsDigest, from: start + 4, into: &tree)
    case .rrsig, .sig: try describeSignature(fields, into: &tree)
    case .dnskey, .cdnskey: try describeKey(fields, into: &tree)
    case .key: try describeOldKey(fields, into: &tree)
    case .csync:
      tree.add(fields.startOfAuthority, try reader.uint32(at: start), at: start, count: 4)
      let flags = try reader.uint16(at: start + 4)
      let item = tree.opened(fields.syncFlags, .unsigned(UInt64(flags)), at: start + 4, count: 2)
      tree.add(fields.syncImmediate, bitsOf: flags, at: start + 4, count: 2)
      tree.add(fields.syncMinimum, bitsOf: flags, at: start + 4, count: 2)
      tree.close(item)
      try addRest(fields.syncBitmap, from: start + 6, into: &tree)
      try describeBitmap(from: start + 6, into: &tree)
    case .nsec, .nxt:
      let next = try DomainName(in: reader.bytes, at: start, base: 0, reader)
      let field = type == .nsec ? fields.nextName : fields.nxtName
      tree.add(field, next.text, at: start, count: next.length)
      tree.note(top) {
        $0.write(", next domain name ")
        next.write(to: &$0)
      }
      tree.columns.info.write(" ")
      next.write(to: &tree.columns.info)
      if type == .nsec {
        try describeBitmap(from: start + next.length, into: &tree)
      } else {
        try describeTypes(start + next.length, count: end - start - next.length, 0, into: &tree)
      }
    case .nsec3: try describeHashed(fields, into: &tree)
    default: try describeHashParameters(fields, into: &tree)
    }
  }

  private func addRest(_ field: Field, from offset: Int, into tree: inout FieldBuffer)
    throws(DecodeError)
  {
    tree.add(field, try reader.part(at: offset, end - offset), at: offset)
  }

  private func describeSignature(_ fields: DNSSecurityFields, into tree: inout FieldBuffer)
    throws(DecodeError)
  {
    tree.add(fields.coveredType, try reader.uint16(at: start), at: start, count: 2)
    tree.add(fields.signatureAlgorithm, try reader.uint8(at: start + 2), at: start + 2, count: 1)
    tree.add(fields.labels, try reader.uint8(at: start + 3), at: start + 3, count: 1)
    let seconds = try reader.uint32(at: start + 4)
    let item = tree.add(fields.originalTTL, seconds, at: start + 4, count: 4)
    tree.note(item) {
      $0.write(" (")
      $0.write(longSeconds: UInt64(seconds))
      $0.write(")")
    }
    for (field, offset) in [(fields.expiration, start + 8), (fields.inception, start + 12)] {
      let time = Int64(try reader.uint32(at: offset)) * 1_000_000_000
      tree.add(field, .time(time), at: offset, count: 4)
    }
    tree.add(fields.keyTag, try reader.uint16(at: start + 16), at: start + 16, count: 2)
    let signer = try DomainName(in: reader.bytes, at: start + 18, base: 0, reader)
    tree.add(fields.signer, signer.text, at: start + 18, count: signer.length)
    try addRest(fields.signature, from: start + 18 + signer.length, into: &tree)
  }

  private func describeKey(_ fields: DNSSecurityFields, into tree: inout FieldBuffer)
    throws(DecodeError)
  {
    let flags = try reader.uint16(at: start)
    let item = tree.opened(fields.keyFlags, .unsigned(UInt64(flags)), at: start, count: 2)
    tree.add(fields.zoneKey, bitsOf: flags, at: start, count: 2)
    tree.add(fields.keyRevoked, bitsOf: flags, at: start, count: 2)
    tree.add(fields.secureEntry, bitsOf: flags, at: start, count: 2)
    tree.add(fields.keyReserved, bitsOf: flags, at: start, count: 2)
    tree.close(item)
    tree.add(fields.keyProtocol, try reader.uint8(at: start + 2), at: start + 2, count: 1)
    let algorithm = try reader.uint8(at: start + 3)
    tree.add(fields.keyAlgorithm, algorithm, at: start + 3, count: 1)
    let data = try reader.part(at: start, end - start)
    tree.add(fields.keyIdentifier, Self.tag(of: data, algorithm), .generated)
    try addRest(fields.publicKey, from: start + 4, into: &tree)
  }

  /// A key of RFC 2535.
  private func describeOldKey(_ fields: DNSSecurityFields, into tree: inout FieldBuffer)
    throws(DecodeError)
  {
    let flags = try reader.uint16(at: start)
    let item = tree.opened(fields.oldFlags, .unsigned(UInt64(flags)), at: start, count: 2)
    // Without authentication and confidentiality there is no key that the others could say something of.
    for field in flags >> 14 == 3 ? Array(fields.oldFlagBits[..<2]) : fields.oldFlagBits {
      tree.add(field, bitsOf: flags, at: start, count: 2)
    }
    tree.close(item)
    tree.add(fields.oldProtocol, try reader.uint8(at: start + 2), at: start + 2, count: 1)
    let algorithm = try reader.uint8(at: start + 3)
    tree.add(fields.oldAlgorithm, algorithm, at: start + 3, count: 1)
    let data = try reader.part(at: start, end - start)
    tree.add(fields.oldIdentifier, Self.tag(of: data, algorithm), .generated)
    try addRest(fields.oldPublicKey, from: start + 4, into: &tree)
  }

  /// The key tag (RFC 4034 appendix B).
  private static func tag(of data: Span<UInt8>, _ algorithm: UInt8) -> UInt16 {
    if algorithm == 1 { return data.count >= 7 ? data.uint16(at: data.count - 3) : 0 }
    var sum: UInt32 = 0
    for index in data.indices {
      sum &+= index % 2 == 0 ? UInt32(data[index]) << 8 : UInt32(data[index])
    }
    return UInt16(truncatingIfNeeded: sum &+ sum >> 16)
  }

  private func describeHashParameters(
    _ fields: DNSSecurityFields, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    tree.columns.info.write(" \(owner)")
    tree.add(fields.hashAlgorithm, try reader.uint8(at: start), at: start, count: 1)
    tree.add(fields.hashFlags, try reader.uint8(at: start + 1), at: start + 1, count: 1)
    tree.add(fields.iterations, try reader.uint16(at: start + 2), at: start + 2, count: 2)
    let count = Int(try reader.uint8(at: start + 4))
    tree.add(fields.saltLength, count, at: start + 4, count: 1)
    tree.add(fields.salt, try reader.part(at: start + 5, count), at: start + 5)
  }

  private func describeHashed(_ fields: DNSSecurityFields, into tree: inout FieldBuffer)
    throws(DecodeError)
  {
    tree.add(fields.hashAlgorithm, try reader.uint8(at: start), at: start, count: 1)
    let flags = try reader.uint8(at: start + 1)
    let item = tree.opened(fields.hashFlags, .unsigned(UInt64(flags)), at: start + 1, count: 1)
    tree.add(fields.optOut, bitsOf: flags, at: start + 1, count: 1)
    tree.close(item)
    tree.add(fields.iterations, try reader.uint16(at: start + 2), at: start + 2, count: 2)
    let count = Int(try reader.uint8(at: start + 4))
    tree.add(fields.saltLength, count, at: start + 4, count: 1)
    tree.add(fields.salt, try reader.part(at: start + 5, count), at: start + 5)
    var offset = start + 5 + count
    let hashLength = Int(try reader.uint8(at: offset))
    tree.add(fields.hashLength, hashLength, at: offset, count: 1)
    let hash = try reader.part(at: offset + 1, hashLength)
    // Five bytes make eight digits; of fewer, Wireshark looks at the one that follows.
    if hashLength % 5 != 0 { try reader.require(hashLength + 1, at: offset + 1) }
    tree.add(fields.nextHash, at: offset + 1, count: hashLength, .generated) {
      $0.write(base32: hash)
    }
    offset += 1 + hashLength
    try describeBitmap(from: offset, into: &tree)
  }

  private func describeBitmap(from offset: Int, into tree: inout FieldBuffer)
    throws(DecodeError)
  {
    var offset = offset
    // A window may be longer than the record: then others follow it, as in Wireshark.
    while offset != end {
      let window = UInt16(try reader.uint8(at: offset))
      let count = Int(try reader.uint8(at: offset + 1))
      try describeTypes(offset + 2, count: count, window << 8, into: &tree)
      offset += 2 + count
    }
  }

  /// The types that the bits of `count` bytes stand for, from `first` on.
  private func describeTypes(
    _ offset: Int, count: Int, _ first: UInt16, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    guard count >= 0 else { throw reader.malformed }
    for index in 0..<count {
      let byte = try reader.uint8(at: offset + index)
      for bit in 0..<8 where byte >> UInt8(7 - bit) & 1 == 1 {
        let number = first &+ UInt16(truncatingIfNeeded: 8 * index + bit)
        let name = DNSType(rawValue: number).name ?? "Unknown (\(number))"
        let item = tree.add(DNSRecordFields.fields.type, number, at: offset + index, count: 1)
        tree.relabel(item, "RR type in bit map: \(name)")
      }
    }
  }
}

extension TextBuffer {
  /// In the alphabet that NSEC3 uses (RFC 4648 section 7), in lower case and without padding.
  mutating func write(base32 bytes: Span<UInt8>) {
    let alphabet = Array("0123456789abcdefghijklmnopqrstuv".utf8)
    var buffer: UInt32 = 0, bits: UInt32 = 0
    for index in bytes.indices {
      buffer = buffer << 8 | UInt32(bytes[index])
      bits += 8
      while bits >= 5 {
        write(byte: alphabet[Int(buffer >> (bits - 5) & 31)])
        bits -= 5
      }
      buffer &= (1 << bits) - 1
    }
    if bits > 0 { write(byte: alphabet[Int(buffer << (5 - bits) & 31)]) }
  }
}

@Sendable func dnssecAlgorithmName(_ algorithm: UInt64) -> String? {
  switch algorithm {
  case 157: "HMAC/MD5"
  case 252: "Indirect key"
  case 253: "Private, domain name"
  case 254: "Private, OID"
  default:
    word(
      algorithm,
      [
        "", "RSA/MD5", "Diffie-Hellman", "DSA", "Elliptic curve crypto", "RSA/SHA1",
        "DSA + NSEC3/SHA1", "RSA/SHA1 + NSEC3/SHA1", "RSA/SHA-256", "", "RSA/SHA-512", "",
        "GOST R 34.10-2001", "ECDSA Curve P-256 with SHA-256", "ECDSA Curve P-386 with SHA-386",
        "Ed25519", "Ed448",
      ])
  }
}

@Sendable func dnssecDigestName(_ digest: UInt64) -> String? {
  word(digest, ["Reserved digest", "SHA-1", "SHA-256", "GOST R 34.11-94", "SHA-384"])
}

@Sendable func dnssecHashName(_ hash: UInt64) -> String? { word(hash, ["Reserved", "SHA-1"]) }

/// The fields of DNSSEC records, as Wireshark names them.
struct DNSSecurityFields: FieldSet {
  let coveredType = Field(
    "dns.rrsig.type_covered", "Type Covered", .uint16, .natural, .names(DNSType.name))
  let signatureAlgorithm = Field(
    "dns.rrsig.algorithm", "Algorithm", .uint8, .natural, .names(dnssecAlgorithmName))
  let labels = Field("dns.rrsig.labels", "Labels", .uint8)
  let originalTTL = Field("dns.rrsig.original_ttl", "Original TTL", .uint32)
  let expiration = Field(
    "dns.rrsig.signature_expiration", "Signature Expiration", .absoluteTime)
  let inception = Field(
    "dns.rrsig.signature_inception", "Signature Inception", .absoluteTime)
  let keyTag = Field("dns.rrsig.key_tag", "Key Tag", .uint16)
  let signer = Field("dns.rrsig.signers_name", "Signer's name", .string)
  let signature = Field("dns.rrsig.signature", "Signature", .bytes)
  let keyFlags = Field("dns.dnskey.flags", "Flags", .uint16, .hex)
  let zoneKey = Field(
    "dns.dnskey.flags.zone_key", "Zone Key", .boolean, .natural,
    .words(true: "This is the zone key for specified zone", false: "This it not a zone key"),
    mask: 0x100, of: 16)
  let keyRevoked = Field(
    "dns.dnskey.flags.key_revoked", "Key Revoked", .boolean, .natural, .yesNo, mask: 0x80, of: 16)
  let secureEntry = Field(
    "dns.dnskey.flags.secure_entry_point", "Key Signing Key", .boolean, .natural, .yesNo, mask: 1,
    of: 16)
  let keyReserved = Field(
    "dns.dnskey.flags.reserved", "Key Signing Key", .uint16, .hex, mask: 0xfe7e)
  let keyProtocol = Field("dns.dnskey.protocol", "Protocol", .uint8)
  let keyAlgorithm = Field(
    "dns.dnskey.algorithm", "Algorithm", .uint8, .natural, .names(dnssecAlgorithmName))
  let keyIdentifier = Field("dns.dnskey.key_id", "Key id", .uint16)
  let publicKey = Field("dns.dnskey.public_key", "Public Key", .bytes)
  let dsKey = Field("dns.ds.key_id", "Key id", .uint16, .hex)
  let dsAlgorithm = Field(
    "dns.ds.algorithm", "Algorithm", .uint8, .natural, .names(dnssecAlgorithmName))
  let dsDigestType = Field(
    "dns.ds.digest_type", "Digest Type", .uint8, .natural, .names(dnssecDigestName))
  let dsDigest = Field("dns.ds.digest", "Digest", .bytes)
  let oldFlags = Field("dns.key.flags", "Flags", .uint16, .hex)
  let oldFlagBits = [
    Field(
      "dns.key.flags.authentication", "Key allowed for authentication", .boolean, .natural,
      .words(true: "Not Allowed", false: "Allowed"), mask: 0x8000, of: 16),
    Field(
      "dns.key.flags.confidentiality", "Key allowed for confidentiality", .boolean, .natural,
      .words(true: "Not Allowed", false: "Allowed"), mask: 0x4000, of: 16),
    Field(
      "dns.key.flags.required", "Key required", .boolean, .natural,
      .words(true: "Experimental or optional", false: "Required"), mask: 0x2000, of: 16),
    Field(
      "dns.key.flags.associated_user", "Key is associated with a user", .boolean, .natural,
      .yesNo, mask: 0x400, of: 16),
    Field(
      "dns.key.flags.associated_named_entity", "Key is associated with the named entity",
      .boolean, .natural, .yesNo, mask: 0x200, of: 16),
    Field(
      "dns.key.flags.ipsec", "Key use with IPSEC", .boolean, .natural,
      .words(true: "Valid", false: "Invalid"), mask: 0x80, of: 16),
    Field(
      "dns.key.flags.mime", "Key use with MIME security multiparts", .boolean, .natural,
      .words(true: "Valid", false: "Invalid"), mask: 0x40, of: 16),
    Field("dns.key.flags.signatory", "Signatory", .uint16, mask: 0xf),
  ]
  let oldProtocol = Field("dns.key.protocol", "Protocol", .uint8)
  let oldAlgorithm = Field(
    "dns.key.algorithm", "Algorithm", .uint8, .natural, .names(dnssecAlgorithmName))
  let oldIdentifier = Field("dns.key.key_id", "Key ID", .uint16)
  let oldPublicKey = Field("dns.key.public_key", "Public Key", .bytes)
  let startOfAuthority = Field("dns.csync.soa", "SOA", .uint32)
  let syncFlags = Field("dns.csync.flags", "Flags", .uint16, .hex)
  let syncImmediate = Field(
    "dns.csync.flags.immediate", "immediate", .boolean, mask: 1, of: 16)
  let syncMinimum = Field(
    "dns.csync.flags.soaminimum", "soaminimum", .boolean, mask: 2, of: 16)
  let syncBitmap = Field("dns.csync.type_bitmap", "Type Bitmap", .bytes)
  let nxtName = Field("dns.nxt.next_domain_name", "Next Domain Name", .string)
  let nextName = Field("dns.nsec.next_domain_name", "Next Domain Name", .string)
  let hashAlgorithm = Field(
    "dns.nsec3.algo", "Hash algorithm", .uint8, .natural, .names(dnssecHashName))
  let hashFlags = Field("dns.nsec3.flags", "NSEC3 flags", .uint8)
  let optOut = Field(
    "dns.nsec3.flags.opt_out", "NSEC3 Opt-out flag", .boolean, .natural,
    .words(
      true: "Additional insecure delegations allowed",
      false: "Additional insecure delegations forbidden"), mask: 1)
  let iterations = Field("dns.nsec3.iterations", "NSEC3 iterations", .uint16)
  let saltLength = Field("dns.nsec3.salt_length", "Salt length", .uint8)
  let salt = Field("dns.nsec3.salt_value", "Salt value", .bytes)
  let hashLength = Field("dns.nsec3.hash_length", "Hash length", .uint8)
  let nextHash = Field("dns.nsec3.hash_value", "Next hashed owner", .string)

  static let fields = Self()
}
