import Fields

// The options of secure neighbour discovery (RFC 3971 5, RFC 6496 5).
extension ICMPv6Options {
  /// Returns where the description ends.
  func describeSecure(
    _ kind: UInt8, _ place: Place, into tree: inout FieldBuffer
  ) throws(DecodeError) -> Int {
    let fields = ICMPv6SecureOptionFields.fields
    let at = place.value
    switch kind {
    case 11:
      let padding = Int(try reader.uint8(at: at))
      tree.add(fields.generatedPadding, UInt8(padding), at: at, count: 1)
      try addReserved(1, at: at + 1, into: &tree)
      let count = place.end - at - 2 - padding
      let item = tree.add(fields.generated, try reader.part(at: at + 2, count), at: at + 2)
      tree.open(item)
      defer { tree.close(item) }
      tree.add(fields.modifier, try reader.part(at: at + 2, 16), at: at + 2)
      tree.add(fields.subnet, try reader.part(at: at + 18, 8), at: at + 18)
      tree.add(fields.collisions, try reader.part(at: at + 26, 1), at: at + 26)
      tree.add(fields.publicKey, .none, at: at + 27, count: max(0, place.end - at - 27))
    case 12, 32:
      try addReserved(2, at: at, into: &tree)
      tree.add(
        kind == 12 ? fields.keyHash : fields.proxyKeyHash, try reader.part(at: at + 2, 16),
        at: at + 2)
      tree.add(fields.signature, .none, at: at + 18, count: max(0, place.end - at - 18))
    case 13:
      try addReserved(6, at: at, into: &tree)
      let stamp = try reader.uint64(at: at + 6)
      let fraction = Int64((stamp & 0xffff) * 1_000_000_000 / 65_536)
      let (seconds, overflow) = Int64(stamp >> 16).multipliedReportingOverflow(by: 1_000_000_000)
      tree.add(
        fields.time, .time(overflow ? .max : seconds &+ fraction), at: at + 6, count: 8)
      return at + 14
    case 15:
      let type = try reader.uint8(at: at)
      tree.add(fields.nameType, type, at: at, count: 1)
      let padding = Int(try reader.uint8(at: at + 1))
      tree.add(fields.generatedPadding, UInt8(padding), at: at + 1, count: 1)
      let name = try reader.part(at: at + 2, max(0, place.end - at - 2 - padding))
      if type == 1 { tree.add(fields.distinguishedName, name, at: at + 2) }
      if type == 2 {
        let end = name.indices.first { name[$0] == 0 } ?? name.count
        tree.add(fields.domainName, name.part(0, end), at: at + 2)
      }
      tree.add(
        ICMPv6OptionFields.fields.padding, .none, at: at + 2 + name.count, count: padding)
    default:
      tree.add(fields.certificateType, try reader.uint8(at: at), at: at, count: 1)
      try addReserved(1, at: at + 1, into: &tree)
      tree.add(fields.certificate, .none, at: at + 2, count: max(0, place.end - at - 2))
    }
    return place.end
  }
}

/// The fields of these options.
struct ICMPv6SecureOptionFields: FieldSet {
  let generatedPadding = Field("icmpv6.opt.cga.pad_length", "Pad Length", .uint8)
  let generated = Field("icmpv6.opt.cga", "CGA", .bytes)
  let modifier = Field("icmpv6.opt.cga.modifier", "Modifier", .bytes)
  let subnet = Field("icmpv6.opt.cga.subnet_prefix", "Subnet Prefix", .bytes)
  let collisions = Field("icmpv6.opt.cga.count", "Count", .bytes)
  let publicKey = Field(
    "icmpv6.opt.cga.subject_public_key_info", "Subject Public Key Info", .none)
  let keyHash = Field("icmpv6.opt.rsa.key_hash", "Key Hash", .bytes)
  let proxyKeyHash = Field("icmpv6.opt.ps.key_hash", "Key Hash", .bytes)
  let signature = Field(
    "icmpv6.opt.digital_signature_padding", "Digital Signature and Padding", .none)
  let time = Field("icmpv6.opt.timestamp", "Timestamp", .absoluteTime)
  let nameType = Field(
    "icmpv6.opt.name_type", "Name Type", .uint8, .natural,
    .names {
      switch $0 {
      case 1: "DER Encoded X.501 Name"
      case 2: "FQDN"
      case 3: "SHA-1 Subject Key Identifier (SKI)"
      case 4: "SHA-224 Subject Key Identifier (SKI)"
      case 5: "SHA-256 Subject Key Identifier (SKI)"
      case 6: "SHA-384 Subject Key Identifier (SKI)"
      case 7: "SHA-512 Subject Key Identifier (SKI)"
      case 253, 254: "Reserved for Experimental Use"
      case 255: "Reserved"
      default: nil
      }
    })
  let distinguishedName = Field("icmpv6.opt.name_x501", "DER Encoded X.501 Name", .bytes)
  let domainName = Field("icmpv6.opt.name_type.fqdn", "FQDN", .string)
  let certificateType = Field(
    "icmpv6.opt.name_type", "Cert Type", .uint8, .natural,
    .names { $0 == 1 ? "X.509v3 Certificate" : nil })
  let certificate = Field("icmpv6.x509_Certificate", "Certificate", .none)

  static let fields = Self()
}
