import Fields

/// A resource record whose data is a row of values: what RFC 1035, 1183, 1348, 1706, 1712, 2163, 2930, 4398, 4701,
/// 6742, 7929 and 8976 define beside the records that have views of their own.
struct DNSPlainRecord {
  /// A value of the data. Those that are optional are there if the data goes on.
  private enum Part {
    case name(Field)
    case uint8(Field)
    case uint16(Field)
    case uint32(Field)
    case address(Field)
    case ether(Field)
    /// A number and the name after it, which is read first.
    case uint16Name(Field, Field)
    /// A string after its length.
    case counted(Field, Field)
    case optionalCounted(Field, Field)
    /// Bytes after their length of two bytes.
    case sized(Field, Field)
    case time(Field)
    case bytes(Field, count: Int)
    case rest(Field)
    case optionalRest(Field)
  }

  private let parts: [Part]
  /// Whether Info has the owner's name.
  private let showsOwner: Bool

  /// nil for all other types.
  init?(_ type: DNSType) {
    let fields = DNSPlainFields.fields
    switch type.rawValue {
    case 3: parts = [.name(fields.mailDestination)]
    case 4: parts = [.name(fields.mailForwarder)]
    case 7: parts = [.name(fields.mailbox)]
    case 8: parts = [.name(fields.mailGroup)]
    case 9: parts = [.name(fields.mailRename)]
    case 10: parts = [.rest(fields.null)]
    case 14: parts = [.name(fields.responsibleMailbox), .name(fields.errorMailbox)]
    case 17: parts = [.name(fields.personMailbox), .name(fields.personText)]
    case 18: parts = [.uint16Name(fields.afsSubtype, fields.afsHost)]
    case 19: parts = [.counted(fields.x25Length, fields.x25Address)]
    case 20:
      parts = [
        .counted(fields.isdnLength, fields.isdnAddress),
        .optionalCounted(fields.isdnSubLength, fields.isdnSubAddress),
      ]
    case 21: parts = [.uint16Name(fields.routePreference, fields.routeHost)]
    case 22: parts = [.rest(fields.nsap)]
    case 23: parts = [.name(fields.nsapOwner)]
    case 26:
      parts = [.uint16(fields.x400Preference), .name(fields.x400Mail), .name(fields.x400Address)]
    case 27:
      parts = [
        .counted(fields.longitudeLength, fields.longitude),
        .counted(fields.latitudeLength, fields.latitude),
        .counted(fields.altitudeLength, fields.altitude),
      ]
    case 37:
      parts = [
        .uint16(fields.certificateType), .uint16(fields.certificateTag),
        .uint8(fields.certificateAlgorithm), .optionalRest(fields.certificate),
      ]
    case 49: parts = [.rest(fields.dhcpIdentifier)]
    case 61:
      parts = [.rest(fields.openPGPKey)]
    case 63:
      parts = [
        .uint32(fields.zoneSerial), .uint8(fields.zoneScheme), .uint8(fields.zoneHash),
        .rest(fields.zoneDigest),
      ]
    case 104:
      parts = [.uint16(fields.nodePreference), .bytes(fields.node, count: 8)]
    case 105:
      parts = [.uint16(fields.locator32Preference), .address(fields.locator32)]
    case 106:
      parts = [.uint16(fields.locator64Preference), .bytes(fields.locator64, count: 8)]
    case 107:
      parts = [.uint16(fields.locatorPreference), .name(fields.locator)]
    case 108:
      parts = [.ether(fields.eui48)]
    case 249:
      parts = [
        .name(fields.keyAlgorithm), .time(fields.keyInception), .time(fields.keyExpiration),
        .uint16(fields.keyMode), .uint16(fields.keyError), .sized(fields.keySize, fields.keyData),
        .sized(fields.otherSize, fields.otherData),
      ]
    default: return nil
    }
    showsOwner =
      switch type.rawValue {
      case 37, 61...: false
      default: true
      }
  }

  func describe(
    _ reader: borrowing ByteReader, at start: Int, _ end: Int, owner: DomainName,
    into tree: inout FieldBuffer
  ) throws(DecodeError) {
    if showsOwner {
      tree.columns.info.write(" ")
      owner.write(to: &tree.columns.info)
    }
    var offset = start
    for part in parts { try describe(part, reader, &offset, end, into: &tree) }
  }

  private func describe(
    _ part: Part, _ reader: borrowing ByteReader, _ offset: inout Int, _ end: Int,
    into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let at = offset
    switch part {
    case .name(let field):
      let name = try DomainName(in: reader.bytes, at: at, base: 0, reader)
      tree.add(field, name.text, at: at, count: name.length)
      offset += name.length
    case .uint16Name(let numberField, let field):
      let name = try DomainName(in: reader.bytes, at: at + 2, base: 0, reader)
      tree.add(numberField, reader.bytes.uint16(at: at), at: at, count: 2)
      tree.add(field, name.text, at: at + 2, count: name.length)
      offset += 2 + name.length
    case .uint8(let field):
      tree.add(field, try reader.uint8(at: at), at: at, count: 1)
      offset += 1
    case .uint16(let field):
      tree.add(field, try reader.uint16(at: at), at: at, count: 2)
      offset += 2
    case .uint32(let field):
      tree.add(field, try reader.uint32(at: at), at: at, count: 4)
      offset += 4
    case .address(let field):
      tree.add(field, .ipv4(try reader.uint32(at: at)), at: at, count: 4)
      offset += 4
    case .ether(let field):
      tree.add(field, mac: try reader.uint48(at: at), at: at)
      offset += 6
    case .time(let field):
      let seconds = Int64(try reader.uint32(at: at))
      tree.add(field, .time(seconds * 1_000_000_000), at: at, count: 4)
      offset += 4
    case .optionalCounted where at >= end: break
    case .counted(let lengthField, let field), .optionalCounted(let lengthField, let field):
      let count = Int(try reader.uint8(at: at))
      tree.add(lengthField, count, at: at, count: 1)
      tree.add(string: field, try reader.part(at: at + 1, count), at: at + 1)
      offset += 1 + count
    case .sized(let lengthField, let field):
      let count = Int(try reader.uint16(at: at))
      tree.add(lengthField, count, at: at, count: 2)
      if count > 0 { tree.add(field, try reader.part(at: at + 2, count), at: at + 2) }
      offset += 2 + count
    case .bytes(let field, let count):
      tree.add(field, try reader.part(at: at, count), at: at)
      offset += count
    case .optionalRest where at == end: break
    case .rest(let field), .optionalRest(let field):
      let bytes = try reader.part(at: at, end - at)
      if field.type == .string {
        tree.add(field, ascii: bytes, at: at)
      } else {
        tree.add(field, bytes, at: at)
      }
      offset = end
    }
  }
}

/// The fields of plain records, as Wireshark names them.
struct DNSPlainFields: FieldSet {
  let mailDestination = Field("dns.md", "Mail Destination", .string)
  let mailForwarder = Field("dns.mf", "Mail Forwarder", .string)
  let mailbox = Field("dns.mb", "MailBox Domaine", .string)
  let mailGroup = Field("dns.mg", "Mail Group member", .string)
  let mailRename = Field("dns.mr", "Mail Rename domaine", .string)
  let null = Field("dns.null", "Null (data)", .bytes)
  let responsibleMailbox = Field("dns.minfo.r", "Responsible Mailbox", .string)
  let errorMailbox = Field("dns.minfo.e", "Error Mailbox", .string)
  let personMailbox = Field("dns.rp.mailbox", "Mailbox", .string)
  let personText = Field("dns.rp.txt_rr", "TXT RR", .string)
  let afsSubtype = Field("dns.afsdb.subtype", "Subtype", .uint16)
  let afsHost = Field("dns.afsdb.hostname", "Hostname", .string)
  let x25Length = Field("dns.x25.length", "Length", .uint8)
  let x25Address = Field("dns.x25.psdn_address", "PSDN-Address", .string)
  let isdnLength = Field("dns.idsn.length", "Length", .uint8)
  let isdnAddress = Field("dns.idsn.address", "ISDN Address", .string)
  let isdnSubLength = Field("dns.idsn.sa.length", "Length", .uint8)
  let isdnSubAddress = Field("dns.idsn.sa.address", "Sub Address", .string)
  let routePreference = Field("dns.rt.subtype", "Preference", .uint16)
  let routeHost = Field("dns.rt.intermediate_host", "Intermediate Hostname", .string)
  let nsap = Field("dns.nsap.rdata", "NSAP Data", .bytes)
  let nsapOwner = Field("dns.nsap_ptr.owner", "Owner", .string)
  let x400Preference = Field("dns.px.preference", "Preference", .uint16)
  let x400Mail = Field("dns.px.map822", "MAP822", .string)
  let x400Address = Field("dns.px.map400", "MAPX400", .string)
  let longitudeLength = Field("dns.gpos.longitude_length", "Longitude length", .uint8)
  let longitude = Field("dns.gpos.longitude", "Longitude", .string)
  let latitudeLength = Field("dns.gpos.latitude_length", "Latitude length", .uint8)
  let latitude = Field("dns.gpos.latitude", "Latitude", .string)
  let altitudeLength = Field("dns.gpos.altitude_length", "Altitude length", .uint8)
  let altitude = Field("dns.gpos.altitude", "Altitude", .string)
  let certificateType = Field(
    "dns.cert.type", "Type", .uint16, .natural, .names(dnsCertificateName))
  let certificateTag = Field("dns.cert.key_tag", "Key Tag", .uint16, .hex)
  let certificateAlgorithm = Field(
    "dns.cert.algorithm", "Algorithm", .uint8, .natural, .names(dnssecAlgorithmName))
  let certificate = Field("dns.cert.certificate", "Certificate (or CRL)", .bytes)
  let dhcpIdentifier = Field("dns.dhcid.rdata", "DHCID Data", .bytes)
  let openPGPKey = Field("dns.openpgpkey", "OpenPGP Key", .string)
  let zoneSerial = Field("dns.zonemd.serial", "Serial", .uint32)
  let zoneScheme = Field(
    "dns.zonemd.scheme", "Scheme", .uint8, .natural, .names { dnsDigestName($0, ["SIMPLE"]) })
  let zoneHash = Field(
    "dns.zonemd.hash_algo", "Hash Algorithm", .uint8, .natural,
    .names { dnsDigestName($0, ["SHA-384", "SHA-512"]) })
  let zoneDigest = Field("dns.zonemd.digest", "Digest", .bytes)
  let nodePreference = Field("dns.ilnp.nid.preference", "Preference", .uint16)
  let node = Field("dns.ilnp.nid", "NodeID", .bytes)
  let locator32Preference = Field("dns.ilnp.l32.preference", "Preference", .uint16)
  let locator32 = Field("dns.ilnp.l32", "Locator32", .ipv4)
  let locator64Preference = Field("dns.ilnp.l64.preference", "Preference", .uint16)
  let locator64 = Field("dns.ilnp.l64", "Locator64", .bytes)
  let locatorPreference = Field("dns.ilnp.lp.preference", "Preference", .uint16)
  let locator = Field("dns.ilnp.lp", "Locator FQDN", .string)
  let eui48 = Field("dns.eui48", "EUI48 Address", .ether)
  let keyAlgorithm = Field("dns.tkey.algo_name", "Algorithm name", .string)
  let keyInception = Field("dns.tkey.signature_inception", "Signature Inception", .absoluteTime)
  let keyExpiration = Field("dns.tkey.signature_expiration", "Signature Expiration", .absoluteTime)
  let keyMode = Field(
    "dns.tkey.mode", "Mode", .uint16, .natural,
    .names {
      word(
        $0, ["", "Server assigned", "Diffie Hellman", "GSSAPI", "Resolver assigned", "Delete"])
    })
  let keyError = Field("dns.tkey.error", "Error", .uint16, .natural, .names(dnsResponseCodeName))
  let keySize = Field("dns.tkey.key_size", "Key Size", .uint16)
  let keyData = Field("dns.tkey.key_data", "Key Data", .bytes)
  let otherSize = Field("dns.tkey.other_size", "Other Size", .uint16)
  let otherData = Field("dns.tkey.other_data", "Other Data", .bytes)

  static let fields = Self()
}

@Sendable private func dnsCertificateName(_ type: UInt64) -> String? {
  switch type {
  case 253: "Private, URI"
  case 254: "Private, OID"
  default:
    word(type, ["", "PKIX", "SPKI", "PGP", "IPKIX", "ISPKI", "IPGP", "ACPKIX", "IACPKIX"])
  }
}

/// Names of ZONEMD's registries, which number from 1 and keep 240 to 254 for private use.
private func dnsDigestName(_ number: UInt64, _ names: [String]) -> String? {
  switch number {
  case 0, 255: "Reserved"
  case 240...254: "Private Use"
  default: word(number, ["Reserved"] + names) ?? "Unassigned"
  }
}
