import Fields

/// The fields of IPv4 options.
struct IPv4OptionFields: FieldSet {
  let end = Field("ip.options.eol", "IP Option - End of Options List (EOL)", .bytes)
  let noOperation = Field("ip.options.nop", "IP Option - No-Operation (NOP)", .bytes)
  let security = Field("ip.options.security", "IP Option - Security", .bytes)
  let looseSourceRoute = Field("ip.options.route", "IP Option - Loose Source Route", .bytes)
  let timestamp = Field("ip.options.timestamp", "IP Option - Time Stamp", .bytes)
  let extendedSecurity = Field(
    "ip.options.ext_security", "IP Option - Extended Security", .bytes)
  let commercialSecurity = Field("ip.options.cipso", "IP Option - Commercial Security", .bytes)
  let recordRoute = Field("ip.options.record_route", "IP Option - Record Route", .bytes)
  let streamID = Field("ip.options.sid", "IP Option - Stream ID", .bytes)
  let strictSourceRoute = Field(
    "ip.options.source_route", "IP Option - Strict Source Route", .bytes)
  let mtuProbe = Field("ip.options.mtu_probe", "IP Option - MTU Probe", .bytes)
  let mtuReply = Field("ip.options.mtu_reply", "IP Option - MTU Reply", .bytes)
  let traceroute = Field("ip.options.traceroute", "IP Option - Traceroute", .bytes)
  let routerAlert = Field("ip.options.routeralert", "IP Option - Router Alert", .bytes)
  let selectiveBroadcast = Field(
    "ip.options.sdb", "IP Option - Selective Directed Broadcast", .bytes)
  let quickStart = Field("ip.options.qs", "IP Option - Quick-Start", .bytes)
  let type = Field("ip.opt.type", "Type", .uint8)
  let copied = Field(
    "ip.opt.type.copy", "Copy on fragmentation", .boolean, .natural, .yesNo, mask: 0x80)
  let optionClass = Field(
    "ip.opt.type.class", "Class", .uint8, .natural,
    .names { ["Control", nil, "Debugging and measurement", nil][Int($0 & 3)] ?? "Reserved" },
    mask: 0x60)
  let number = Field(
    "ip.opt.type.number", "Number", .uint8, .natural,
    .names { IPv4OptionFields.numberName($0) }, mask: 0x1f)
  let length = Field("ip.opt.len", "Length", .uint8)
  let pointer = Field("ip.opt.ptr", "Pointer", .uint8)
  let recordedRoute = Field("ip.rec_rt", "Recorded Route", .ipv4)
  let recordedRouteHost = Field("ip.rec_rt_host", "Recorded Route Host", .string)
  let sourceRoute = Field("ip.src_rt", "Source Route", .ipv4)
  let sourceRouteHost = Field("ip.src_rt_host", "Source Route Host", .string)
  let emptyRoute = Field("ip.empty_rt", "Empty Route", .ipv4)
  let emptyRouteHost = Field("ip.empty_rt_host", "Empty Route Host", .string)
  let overflow = Field("ip.opt.overflow", "Overflow", .uint8, mask: 0xf0)
  let flag = Field(
    "ip.opt.flag", "Flag", .uint8, .hex,
    .names {
      switch $0 {
      case 0: "Time stamps only"
      case 1: "Time stamp and address"
      case 3: "Time stamps for prespecified addresses"
      default: nil
      }
    }, mask: 0x0f)
  let stamp = Field("ip.opt.time_stamp", "Time stamp", .uint32)
  let stampAddress = Field("ip.opt.time_stamp_addr", "Address", .ipv4)
  let alert = Field(
    "ip.opt.ra", "Router Alert", .uint16, .natural,
    .names { $0 == 0 ? "Router shall examine packet" : "Reserved" })
  let mtu = Field("ip.opt.mtu", "MTU", .uint16)
  let stream = Field("ip.opt.sid", "Stream Identifier", .uint16)
  let traceID = Field("ip.opt.id_number", "ID Number", .uint16)
  let outboundHops = Field("ip.opt.ohc", "Outbound Hop Count", .uint16)
  let returnHops = Field("ip.opt.rhc", "Return Hop Count", .uint16)
  let originator = Field("ip.opt.originator", "Originator IP Address", .ipv4)
  let broadcast = Field("ip.opt.addr", "IP Address", .ipv4)
  let padding = Field("ip.opt.padding", "Padding", .bytes)
  let function = Field(
    "ip.opt.qs_func", "Function", .uint8, .natural,
    .names { IPv4OptionFields.functionName($0) }, mask: 0xf0)
  let rate = Field(
    "ip.opt.qs_rate", "Rate", .uint8, .natural, .names { IPv4OptionFields.rateName($0) },
    mask: 0x0f)
  let quickTTL = Field("ip.opt.qs_ttl", "QS TTL", .uint8)
  let quickDifference = Field("ip.opt.qs_ttl_diff", "TTL Diff", .uint8)
  let quickUnused = Field("ip.opt.qs_unused", "Not Used", .uint8)
  let nonce = Field("ip.opt.qs_nonce", "QS Nonce", .uint32, .hex, mask: 0xffff_fffc)
  let nonceReserved = Field("ip.opt.qs_reserved", "Reserved", .uint32, .hex, mask: 0x03)
  let securityLevel = Field(
    "ip.opt.sec_rfc791_sec", "Security", .uint16, .hex,
    .names { IPv4OptionFields.securityName($0) })
  let compartments = Field("ip.opt.sec_rfc791_comp", "Compartments", .uint16)
  let restrictions = Field("ip.opt.sec_rfc791_hr", "Handling Restrictions", .string)
  let controlCode = Field("ip.opt.sec_rfc791_tcc", "Transmission Control Code", .string)
  let classification = Field(
    "ip.opt.sec_cl", "Classification Level", .uint8, .hex,
    .names { IPv4OptionFields.classificationName($0) })
  let authorities = Field(
    "ip.opt.sec_prot_auth_flags", "Protection Authority Flags", .uint8, .hex)
  let genser = authority("genser", "GENSER", 0x80)
  let siopESI = authority("siop_esi", "SIOP-ESI", 0x40)
  let sci = authority("sci", "SCI", 0x20)
  let nsa = authority("nsa", "NSA", 0x10)
  let doe = authority("doe", "DOE", 0x08)
  let unassigned = Field(
    "ip.opt.sec_prot_auth_unassigned", "Unassigned", .uint8, .hex, mask: 0x06)
  /// The same in the bytes after the first.
  let unassignedRest = Field(
    "ip.opt.sec_prot_auth_unassigned", "Unassigned", .uint8, .hex, mask: 0xfe)
  let terminator = Field(
    "ip.opt.sec_prot_auth_fti", "Field Termination Indicator", .boolean, .natural,
    .words(true: "Additional octet present", false: "Final octet"), mask: 0x01)
  let formatCode = Field(
    "ip.opt.ext_sec_add_sec_info_format_code", "Additional Security Info Format Code", .uint8,
    .hex)
  let securityInfo = Field(
    "ip.opt.ext_sec_add_sec_info", "Additional Security Info", .bytes)
  let interpretation = Field("ip.cipso.doi", "DOI", .uint32)
  let tagType = Field(
    "ip.cipso.tag_type", "Tag Type", .uint8, .natural,
    .names { IPv4OptionFields.tagName($0) })
  let sensitivity = Field("ip.cipso.sensitivity_level", "Sensitivity Level", .uint8)
  let categories = Field("ip.cipso.categories", "Categories", .string)
  let tagData = Field("ip.cipso.tag_data", "Tag data", .bytes)
  let tagMalformed = Field("ip.cipso.malformed", "Malformed CIPSO tag", .none)
  let lengthInvalid = Field("ip.opt.len.invalid", "Invalid length for option", .none)
  let pointerBefore = Field(
    "ip.opt.ptr.before_address", "Pointer points before first address", .none)
  let pointerMiddle = Field(
    "ip.opt.ptr.middle_address", "Pointer points to middle of address", .none)
  let suboption = Field(
    "ip.subopt_too_long", "Suboption would go past end of option", .none)

  static let fields = Self()

  private static func authority(_ name: String, _ label: String, _ mask: UInt64) -> Field {
    Field(
      "ip.opt.sec_prot_auth_\(name)", label, .boolean, .natural,
      .words(
        true: "Datagram protected in accordance with its rules",
        false: "Datagram not protected in accordance with its rules"), mask: mask)
  }
  static func classificationName(_ number: UInt64) -> String? {
    switch number {
    case 0x01: "Reserved 4"
    case 0x3d: "Top secret"
    case 0x5a: "Secret"
    case 0x96: "Confidential"
    case 0x66: "Reserved 3"
    case 0xcc: "Reserved 2"
    case 0xab: "Unclassified"
    case 0xf1: "Reserved 1"
    default: nil
    }
  }
  static func tagName(_ number: UInt64) -> String? {
    switch number {
    case 0: "Padding"
    case 1: "Restrictive Category Bitmap"
    case 2: "Enumerated Categories"
    case 5: "Ranged Categories"
    case 6: "Permissive Categories"
    case 7: "Free Form"
    default: nil
    }
  }
  static func numberName(_ number: UInt64) -> String? {
    switch number {
    case 0: "End of Option List (EOL)"
    case 1: "No-Operation (NOP)"
    case 2: "Security"
    case 3: "Loose source route"
    case 4: "Time stamp"
    case 5: "Extended security"
    case 6: "Commercial IP security option"
    case 7: "Record route"
    case 8: "Stream identifier"
    case 9: "Strict source route"
    case 10: "Experimental Measurement"
    case 11: "MTU probe"
    case 12: "MTU Reply"
    case 18: "Traceroute"
    case 20: "Router Alert"
    case 21: "Selective Directed Broadcast"
    case 25: "Quick-Start"
    default: nil
    }
  }
  static func functionName(_ number: UInt64) -> String? {
    switch number {
    case 0: "Rate request"
    case 8: "Rate report"
    default: nil
    }
  }
  static func rateName(_ number: UInt64) -> String? {
    let names = [
      "0 bit/s", "80 Kbit/s", "160 Kbit/s", "320 Kbit/s", "640 Kbit/s", "1.28 Mbit/s",
      "2.56 Mbit/s", "5.12 Mbit/s", "10.24 Mbit/s", "20.48 Mbit/s", "40.96 Mbit/s", "81.92 Mbit/s",
      "163.84 Mbit/s", "327.68 Mbit/s", "655.36 Mbit/s", "1.31072 Gbit/s",
    ]
    return number < 16 ? names[Int(number)] : nil
  }
  static func securityName(_ number: UInt64) -> String? {
    switch number {
    case 0x0000: "Unclassified"
    case 0xf135: "Confidential"
    case 0x789a: "EFTO"
    case 0xbc4d: "MMMM"
    case 0x5e26: "PROG"
    case 0xaf13: "Restricted"
    case 0xd788: "Secret"
    case 0x6bc5: "Top secret"
    case 0x35e2, 0x9af1, 0x4d78, 0x24bd, 0x135e, 0x89af, 0xc4d6, 0xe26b: "Reserved"
    default: nil
    }
  }
}
