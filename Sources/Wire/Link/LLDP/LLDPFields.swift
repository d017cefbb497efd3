import Fields

/// The fields of LLDP.
struct LLDPFields: FieldSet {
  /// The fields of the identifier of a chassis or of a port.
  struct Identifier {
    let subtype: Field, value: Field, mac: Field, ipv4: Field, ipv6: Field
    let subtypeName: @Sendable (UInt64) -> String?

    init(_ name: String, _ label: String, _ type: FieldType, _ subtypes: [String]) {
      let subtypeName: @Sendable (UInt64) -> String? = { word($0, subtypes) }
      self.subtypeName = subtypeName
      subtype = Field(
        "lldp.\(name).subtype", "\(label) Subtype", .uint8, .natural, .names(subtypeName))
      value = Field("lldp.\(name).id", label, type)
      mac = Field("lldp.\(name).id.mac", label, .ether)
      ipv4 = Field("lldp.\(name).id.ip4", label, .ipv4)
      ipv6 = Field("lldp.\(name).id.ip6", label, .ipv6)
    }
  }

  /// The fields of IEEE 802.1's TLVs.
  struct Bridging {
    let subtype = Field(
      "lldp.ieee.802_1.subtype", "IEEE 802.1 Subtype", .uint8, .hex,
      .names { LLDPFields.bridgingName($0) })
    let portVLAN = Field(
      "lldp.ieee.802_1.port_vlan.id", "Port VLAN Identifier", .uint16, .decimalHex)
    let flags = FlagFields(
      Field("lldp.ieee.802_1.port_and_vlan_id_flag", "Flags", .uint8, .hex),
      [
        Field(
          "lldp.ieee.802_1.port_and_vlan_id_flag.supported", "Port and Protocol VLAN", .boolean,
          .natural, .words(true: "Supported", false: "Not supported"), mask: 2, of: 8),
        Field(
          "lldp.ieee.802_1.port_and_vlan_id_flag.enabled", "Port and Protocol VLAN", .boolean,
          .natural, LLDPFields.enabling, mask: 4, of: 8),
      ])
    let protocolVLAN = Field(
      "lldp.ieee.802_1.port_proto_vlan.id", "Port and Protocol VLAN Identifier", .uint16,
      .decimalHex)
    let vlan = Field("lldp.ieee.802_1.vlan.id", "VLAN Identifier", .uint16, .decimalHex)
    let nameLength = Field("lldp.ieee.802_1.vlan.name_len", "VLAN Name Length", .uint8)
    let name = Field("lldp.ieee.802_1.vlan.name", "VLAN Name", .string)
    let identityLength = Field(
      "lldp.ieee.802_1.proto.id_length", "Protocol Identity Length", .uint8)
    let identity = Field("lldp.ieee.802_1.proto.id", "Protocol Identity", .bytes)
    let aggregation = LLDPFields.aggregation(
      "lldp.ieee.802_1",
      [
        Field(
          "lldp.ieee.802_1.aggregation_status.porttype", "Aggregation Status", .uint8, .natural,
          .names {
            word(
              $0,
              [
                "Not specified", "From Aggregation Port", "From Aggregator",
                "From single-port aggregator",
              ])
          }, mask: 0x0c)
      ])
    let aggregatedPort = Field(
      "lldp.ieee.802_1.aggregated_port_id", "Aggregated Port Id", .uint32)
  }

  /// The fields of IEEE 802.3's TLVs.
  struct Ethernet {
    let subtype = Field(
      "lldp.ieee.802_3.subtype", "IEEE 802.3 Subtype", .uint8, .hex,
      .names { LLDPFields.ethernetName($0) })
    let deprecated = Field("lldp.tlv_deprecated", "TLV has been deprecated", .none)
    let aggregation = LLDPFields.aggregation("lldp.ieee.802_3", [])
    let aggregatedPort = Field(
      "lldp.ieee.802_3.aggregated_port_id", "Aggregated Port Id", .uint32)
    let maximumSize = Field("lldp.ieee.802_3.max_frame_size", "Maximum Frame Size", .uint16)
  }

  let lldp = Field("lldp", "Link Layer Discovery Protocol", .proto)
  let type = Field(
    "lldp.tlv.type", "TLV Type", .uint16, .natural, .names { LLDPFields.typeName($0) },
    mask: 0xfe00)
  let length = Field("lldp.tlv.len", "TLV Length", .uint16, mask: 0x01ff)
  let chassis = Identifier(
    "chassis", "Chassis Id", .bytes,
    [
      "Reserved", "Chassis component", "Interface alias", "Port component", "MAC address",
      "Network address", "Interface name", "Locally assigned",
    ])
  let port = Identifier(
    "port", "Port Id", .string,
    [
      "Reserved", "Interface alias", "Port component", "MAC address", "Network address",
      "Interface name", "Agent circuit Id", "Locally assigned",
    ])
  let family = Field(
    "lldp.network_address.subtype", "Network Address family", .uint8, .natural,
    .names { LLDPFields.familyName($0) })
  let timeToLive = Field("lldp.time_to_live", "Seconds", .uint16)
  let portDescription = Field("lldp.port.desc", "Port Description", .string)
  let systemName = Field("lldp.tlv.system.name", "System Name", .string)
  let systemDescription = Field("lldp.tlv.system.desc", "System Description", .string)
  let capabilities = LLDPFields.capabilities("lldp.tlv.system_cap", "Capabilities")
  let enabled = LLDPFields.capabilities("lldp.tlv.enable_system_cap", "Enabled Capabilities")
  let addressLength = Field("lldp.mgn.address.len", "Address String Length", .uint8)
  let addressFamily = Field(
    "lldp.mgn.address.subtype", "Address Subtype", .uint8, .natural,
    .names { LLDPFields.familyName($0) })
  let addressIPv4 = Field("lldp.mgn.addr.ip4", "Management Address", .ipv4)
  let addressIPv6 = Field("lldp.mgn.addr.ip6", "Management Address", .ipv6)
  let addressBytes = Field("lldp.mgn.addr.hex", "Management Address", .bytes)
  let interfaceKind = Field(
    "lldp.mgn.interface.subtype", "Interface Subtype", .uint8, .natural,
    .names { word($0, ["", "Unknown", "ifIndex", "System port number"]) })
  let interfaceNumber = Field("lldp.mgn.interface.number", "Interface Number", .uint32)
  let objectLength = Field("lldp.mgn.obj.len", "OID String Length", .uint8)
  let object = Field("lldp.mgn.obj.id", "Object Identifier", .string)
  let organization = Field("lldp.orgtlv.oui", "Organization Unique Code", .uint24)
  let unknownSubtype = Field("lldp.unknown_subtype", "Unknown Subtype", .uint8)
  let unknownContent = Field("lldp.unknown_subtype.content", "Unknown Subtype Content", .bytes)
  let bridging = Bridging()
  let ethernet = Ethernet()
  let badType = Field("lldp.bad_type", "Incorrect type", .none)
  let badLength = Field("lldp.incorrect_length", "Invalid length, too short", .none)
  let excess = Field("lldp.excess_length", "Invalid length, greater than expected", .none)

  static let fields = Self()

  private static let enabling = FieldMeaning.words(true: "Enabled", false: "Disabled")

  private static func capabilities(_ name: String, _ label: String) -> FlagFields {
    let parts = [
      ("other", "Other"), ("repeater", "Repeater"), ("bridge", "Bridge"),
      ("wlan_access_pt", "WLAN access point"), ("router", "Router"), ("telephone", "Telephone"),
      ("docsis_cable_device", "DOCSIS cable device"), ("station_only", "Station only"),
    ]
    return FlagFields(
      Field(name, label, .uint16, .hex),
      parts.enumerated().map { bit, part in
        Field(
          "\(name).\(part.0)", part.1, .boolean, .natural,
          .words(true: "Capable", false: "Not capable"), mask: 1 << UInt64(bit), of: 16)
      })
  }

  private static func aggregation(_ name: String, _ more: [Field]) -> FlagFields {
    let status = "\(name).aggregation_status"
    return FlagFields(
      Field(status, "Aggregation Status", .uint8, .hex),
      [
        Field(
          "\(status).cap", "Aggregation Capability", .boolean, .natural, .yesNo, mask: 1, of: 8),
        Field(
          "\(status).enabled", "Aggregation Status", .boolean, .natural, enabling, mask: 2, of: 8),
      ] + more)
  }

  private static func typeName(_ type: UInt64) -> String? {
    if type == 127 { return "Organization Specific" }
    return word(
      type,
      [
        "End of LLDPDU", "Chassis Id", "Port Id", "Time to Live", "Port Description",
        "System Name", "System Description", "System Capabilities", "Management Address",
      ])
  }

  static func bridgingName(_ subtype: UInt64) -> String? {
    word(
      subtype,
      [
        "", "Port VLAN ID", "Port and Protocol VLAN ID", "VLAN Name", "Protocol Identity", "", "",
        "Link Aggregation",
      ])
  }

  static func ethernetName(_ subtype: UInt64) -> String? {
    word(subtype, ["", "", "", "Link Aggregation", "Maximum Frame Size"])
  }

  /// The families of addresses that IANA numbers.
  private static func familyName(_ family: UInt64) -> String? {
    if family == 196 { return "Layer-2 VPN (old)" }
    return word(
      family,
      [
        "Reserved", "IPv4", "IPv6", "NSAP", "HDLC (8-bit multidrop)", "BBN 1822",
        "802 (includes all 802 media plus Ethernet)", "E.163", "E.164 (SMDS, Frame Relay, ATM)",
        "F.69 (Telex)", "X.121 (X.25, Frame Relay)", "IPX", "Appletalk", "Decnet IV",
        "Banyan Vines", "E.164 with NSAP subaddress", "DNS (Domain Name System)",
        "Distinguished Name", "AS Number", "XTP over IP version 4", "XTP over IP version 6",
        "XTP native mode XTP", "Fibre Channel World-Wide Port Name",
        "Fibre Channel World-Wide Node Name", "GWID", "Layer-2 VPN",
        "MPLS-TP Section Endpoint Identifier", "MPLS-TP LSP Endpoint Identifier",
        "MPLS-TP Pseudowire Endpoint Identifier", "MT IP: Multi-Topology IP version 4",
        "MT IPv6: Multi-Topology IP version 6",
      ])
  }
}
