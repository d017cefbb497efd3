import Fields

/// An option of a hop-by-hop or destination options header: its first byte (IANA's IPv6 Parameters).
struct IPv6Option: RawRepresentable, Hashable {
  let rawValue: UInt8

  static let pad1 = Self(rawValue: 0x00)
  static let padN = Self(rawValue: 0x01)
  static let tunnelLimit = Self(rawValue: 0x04)
  static let routerAlert = Self(rawValue: 0x05)
  static let pathMTU = Self(rawValue: 0x30)
  static let endpoint = Self(rawValue: 0x8a)
  static let jumbo = Self(rawValue: 0xc2)
  static let homeAddress = Self(rawValue: 0xc9)

  static func name(_ number: UInt64) -> String? {
    switch number {
    case 0x00: "Pad1"
    case 0x01: "PadN"
    case 0x04: "Tunnel Encapsulation Limit"
    case 0x05: "Router Alert"
    case 0x07: "CALIPSO"
    case 0x08: "SMF_DPD"
    case 0x0f: "Performance and Diagnostic Metrics"
    case 0x26: "Quick-Start"
    case 0x30: "Path MTU Option"
    case 0x31: "IOAM Option"
    case 0x41: "Tunnel Payload Forwarding (TPF) Information"
    case 0x63: "RPL Option"
    case 0x6d: "MPL Option"
    case 0x8a: "Endpoint Identification"
    case 0x8b: "ILNP Nonce"
    case 0x8c: "Line-Identification Option"
    case 0xc2: "Jumbo Payload"
    case 0xc9: "Home Address"
    case 0xee: "IP_DFF"
    case 0x1e, 0x3e, 0x5e, 0x7e, 0x9e, 0xbe, 0xde, 0xfe:
      "Experimental (0x\(number < 16 ? "0" : "")\(String(number, radix: 16, uppercase: true)))"
    default: nil
    }
  }
  var isExperimental: Bool { rawValue & 0x1f == 0x1e }
}

extension Span<UInt8> {
  /// Describes one option; `self` is its bytes.
  func describe(_ option: IPv6Option, at: Int, into tree: inout FieldBuffer) {
    let fields = IPv6OptionFields.fields
    let value = option.rawValue
    let top = tree.add(fields.option, .none, at: at, count: count)
    tree.relabel(top, IPv6Option.name(UInt64(value)) ?? "Unknown IPv6 Option (\(value))")
    tree.open(top)
    let type = tree.add(fields.type, value, at: at, count: 1)
    if option == .pad1 {
      tree.add(fields.pad1, .none, at: at, count: 1)
      tree.close(top)
      return
    }
    tree.open(type)
    tree.add(fields.action, bitsOf: value, at: at, count: 1)
    tree.add(fields.change, bitsOf: value, at: at, count: 1)
    tree.add(fields.rest, bitsOf: value, at: at, count: 1)
    tree.close(type)
    if option == .endpoint {
      tree.expert(fields.deprecated, .note, .deprecated, "Option type is deprecated", under: type)
    }
    guard count >= 2 else {
      tree.close(top)
      return
    }
    tree.add(fields.length, self[1], at: at + 1, count: 1)
    describeValue(of: option, part(2, count), at: at + 2, into: &tree)
    tree.close(top)
  }

  private func describeValue(
    of option: IPv6Option, _ body: Span<UInt8>, at: Int, into tree: inout FieldBuffer
  ) {
    let fields = IPv6OptionFields.fields
    switch (option, body.count) {
    case (.padN, _):
      let item = tree.add(fields.padN, body, at: at)
      if body.isEmpty { tree.relabel(item, "PadN: <none>") }
    case (.tunnelLimit, 1): tree.add(fields.tunnelLimit, body[0], at: at, count: 1)
    case (.routerAlert, 2): tree.add(fields.routerAlert, body.uint16(at: 0), at: at, count: 2)
    case (.jumbo, 4): tree.add(fields.jumbo, body.uint32(at: 0), at: at, count: 4)
    case (.homeAddress, 16):
      let address = body.ipv6Address(at: 0)
      tree.add(
        fields.homeAddress, .ipv6(high: address.high, low: address.low), at: at, count: 16)
    case (.pathMTU, 4):
      tree.add(fields.minimumMTU, body.uint16(at: 0), at: at, count: 2)
      tree.add(fields.returnMTU, body.uint16(at: 2) & 0xfffe, at: at + 2, count: 2)
      tree.add(fields.returnFlag, body[3] & 1 == 1, at: at + 3, count: 1)
    case _ where option.isExperimental:
      if !body.isEmpty { tree.add(fields.experimental, body, at: at) }
    case (_, 0): break
    default:
      let item = tree.add(fields.unknown, body, at: at)
      tree.expert(
        fields.unknownExpert, .note, .undecoded, "Unknown Data (not interpreted)", under: item)
    }
  }
}

/// The fields of IPv6 options.
struct IPv6OptionFields: FieldSet {
  let option = Field("ipv6.opt", "IPv6 Option", .none)
  let type = Field("ipv6.opt.type", "Type", .uint8, .hex, .names { IPv6Option.name($0) })
  let action = Field(
    "ipv6.opt.type.action", "Action", .uint8, .natural,
    .names {
      [
        "Skip and continue", "Discard", "Discard and send ICMP Parameter Problem",
        "Discard and send ICMP if not multicast",
      ][Int($0 & 3)]
    }, mask: 0xc0)
  let change = Field(
    "ipv6.opt.type.change", "May Change", .boolean, .natural, .yesNo, mask: 0x20)
  let rest = Field("ipv6.opt.type.rest", "Low-Order Bits", .uint8, .hex, mask: 0x1f)
  let length = Field("ipv6.opt.length", "Length", .uint8)
  let deprecated = Field("ipv6.opt.deprecated", "Option type is deprecated", .none)
  let pad1 = Field("ipv6.opt.pad1", "Pad1", .none)
  let padN = Field("ipv6.opt.padn", "PadN", .bytes)
  let tunnelLimit = Field("ipv6.opt.tel", "Tunnel Encapsulation Limit", .uint8)
  let routerAlert = Field(
    "ipv6.opt.router_alert", "Router Alert", .uint16, .natural,
    .names {
      switch $0 {
      case 0: "MLD"
      case 1: "RSVP"
      case 2: "Active Network"
      case 4...35: "Aggregated Reservation Nesting Level \($0 - 4)"
      case 36...67: "QoS NSLP Aggregation Level \($0 - 36)"
      case 68: "NSIS NATFW NSLP"
      default: nil
      }
    })
  let jumbo = Field("ipv6.opt.jumbo", "Payload Length", .uint32)
  let homeAddress = Field("ipv6.opt.mipv6.home_address", "MIPv6 Home Address", .ipv6)
  let minimumMTU = Field("ipv6.opt.pmtu.min", "Minimum Reported PMTU", .uint16)
  let returnMTU = Field("ipv6.opt.pmtu.rtn", "Return Minimum PMTU", .uint16)
  let returnFlag = Field("ipv6.opt.pmtu.r_flag", "Return Flag", .boolean)
  let experimental = Field("ipv6.opt.experimental", "Experimental Option", .bytes)
  let unknown = Field("ipv6.opt.unknown", "Unknown Option Payload", .bytes)
  let unknownExpert = Field(
    "ipv6.opt.unknown_data.expert", "Unknown Data (not interpreted)", .none)

  static let fields = Self()
}
