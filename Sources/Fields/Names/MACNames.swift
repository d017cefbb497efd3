/// A MAC address, and what is known of it.
package struct MACName: Sendable {
  package let address: UInt64
  /// `VMware_aa:bb:cc`; nil where nothing is known of the address.
  let name: String?
  /// The vendor in full: `VMware, Inc.`
  package let vendor: String?
  /// Whether no name was looked for.
  let isPlain: Bool

  /// Looks the address up: among those that standards give to addresses and ranges, then among the vendors'.
  init(of address: UInt64) {
    self.address = address
    name = MACNames.name(of: address)
    vendor = MACNames.vendor(of: address)
    isPlain = false
  }
  /// An address that is shown without a name.
  init(plain address: UInt64) { (self.address, name, vendor, isPlain) = (address, nil, nil, true) }
}

/// The names of the addresses seen last, each in the place that its bits give: a frame has the same few addresses
/// several times, and so has the next one.
package struct MACNameCache: Sendable {
  private static let places = 256

  private var names: [MACName] = []

  package init() {}

  subscript(address: UInt64) -> MACName {
    mutating get {
      if names.isEmpty {
        names = Array(repeating: MACName(of: 0), count: Self.places)
      }
      let place = Int((address &* 0x9e37_79b9_7f4a_7c15) >> 56)
      if names[place].address != address { names[place] = MACName(of: address) }
      return names[place]
    }
  }
}

extension TextBuffer {
  /// `VMware_aa:bb:cc`, or the plain address where nothing is known of it.
  package mutating func write(name: MACName) {
    if let known = name.name { write(known) } else { write(ether: name.address) }
  }
  /// `VMware_aa:bb:cc (00:0c:29:aa:bb:cc)`, or the address alone where no name was looked for.
  package mutating func write(mac: MACName) {
    write(name: mac)
    if mac.isPlain { return }
    write(" (")
    write(ether: mac.address)
    write(")")
  }
  /// The same for an EUI-64, of which `name` has the first six bytes.
  package mutating func write(eui64 address: UInt64, _ name: MACName) {
    func writeRest(_ text: inout Self) {
      for shift in [8, 0] {
        text.write(":")
        text.write(hexByte: UInt8(truncatingIfNeeded: address >> UInt64(shift)))
      }
    }
    write(name: name)
    writeRest(&self)
    write(" (")
    write(ether: name.address)
    writeRest(&self)
    write(")")
  }
}

extension FieldBuffer {
  /// What is known of a MAC address: nothing where names are not wanted.
  package mutating func name(of address: UInt64) -> MACName {
    resolvesNames ? macNames[address] : MACName(plain: address)
  }
  /// Adds a MAC address with its vendor's name in the label.
  @discardableResult
  package mutating func add(
    _ field: Field, mac address: UInt64, at: Int, _ traits: FieldTraits = []
  ) -> FieldIndex {
    guard wantsTree else { return .none }
    return add(field, mac: name(of: address), at: at, traits)
  }
  @discardableResult
  package mutating func add(
    _ field: Field, mac: MACName, at: Int, _ traits: FieldTraits = []
  ) -> FieldIndex {
    let item = add(field, .ether(mac.address), at: at, count: 6, traits)
    relabel(item) {
      $0.write(field.label)
      $0.write(": ")
      $0.write(mac: mac)
    }
    return item
  }
}

extension FieldBuffer {
  /// Adds the code of an organization, three bytes of a MAC address, with its name: as far as Wireshark has room.
  @discardableResult
  package mutating func add(_ field: Field, organization code: UInt32, at: Int) -> FieldIndex {
    let item = add(field, code, at: at, count: 3)
    var words = TextBuffer()
    for shift in [16, 8, 0] {
      if shift < 16 { words.write(":") }
      words.write(hexByte: UInt8(truncatingIfNeeded: code >> UInt32(shift)))
    }
    if let name = MACNames.organization(code) { words.write(" (\(name))") }
    relabel(item) {
      $0.write("\(field.label): ")
      $0.write(words.bytes.prefix(31))
    }
    return item
  }
}

/// Names for MAC addresses: those that standards give to addresses and ranges, else the vendor's.
package enum MACNames {
  private static let profinetPrefix: UInt64 = 0x010ecf

  /// `VMware_aa:bb:cc`; nil where nothing is known of the address.
  static func name(of address: UInt64) -> String? {
    if let name = standardName(of: address) { return name }
    if address >> 24 == profinetPrefix { return "PN-MC" + tail(of: address, from: 3) }
    // A group address has its owner's prefix but for one bit.
    let vendor = VendorTable.name(of: address & ~(1 << 40))
    if let range = range(of: address, isVendors: vendor != nil) {
      return range.name + tail(of: address, from: firstByteSet(of: address, from: range.length))
    }
    guard let vendor else { return nil }
    // What is shown after it is what the vendor chose.
    let own = address & ((1 << UInt64(48 - vendor.bits)) - 1)
    let first = vendor.bits / 8
    // As from multicast addresses, Wireshark leaves out zeros where the prefix is a long one.
    return vendor.name.short
      + tail(of: own, from: vendor.bits == 24 ? first : firstByteSet(of: own, from: first))
  }

  /// `_aa:bb:cc`: the bytes from the one numbered `first` on.
  private static func tail(of address: UInt64, from first: Int) -> String {
    var text = TextBuffer()
    for index in first..<6 {
      text.write(byte: index == first ? UInt8(ascii: "_") : UInt8(ascii: ":"))
      text.write(hexByte: UInt8(truncatingIfNeeded: address >> UInt64(40 - 8 * index)))
    }
    return text.string
  }

  /// The vendor in full: `VMware, Inc.`
  package static func vendor(of address: UInt64) -> String? {
    if address >> 24 == profinetPrefix { return "PROFINET Multicast" }
    return VendorTable.manufacturer(of: address)?.full
  }
  /// The vendor of a SNAP organization code.
  package static func organization(_ code: UInt32) -> String? { vendor(of: UInt64(code) << 24) }

  /// Wireshark leaves out the zeros that a multicast address begins with.
  private static func firstByteSet(of address: UInt64, from first: Int) -> Int {
    let rest = address << UInt64(16 + 8 * first)
    return rest == 0 ? 5 : min(5, first + rest.leadingZeroBitCount / 8)
  }

  /// Ranges with a name, and how many bytes they have in common. Windows' network load balancing makes addresses of its
  /// own where no vendor has any: 02:01 for the first server, and so on.
  private static func range(of address: UInt64, isVendors: Bool) -> (name: String, length: Int)? {
    switch address {
    case 0x3333_0000_0000...0x3333_ffff_ffff: return ("IPv6mcast", 2)
    case 0x0100_5e00_0000...0x0100_5eff_ffff: return ("IPv4mcast", 3)
    case 0x0000_5e00_0100...0x0000_5e00_01ff: return ("IETF-VRRP-VRID", 5)
    case 0x0000_0c07_ac00...0x0000_0c07_acff: return ("All-HSRP-routers", 5)
    case 0x0180_c200_0000...0x0180_c2ff_ffff: return ("Spanning-tree-(for-bridges)", 3)
    case 0x0100_0c00_0000...0x0100_0cff_ffff: return ("ISL-Frame", 3)
    case 0x0110_1800_0000...0x0110_18ff_ffff: return ("FCoE-group", 3)
    case 0x0900_0700_0000...0x0900_07ff_ffff: return ("AppleTalk-Zone-multicast-addresses", 3)
    default: break
    }
    if isVendors { return nil }
    let first = address >> 32
    switch first {
    case 0x0201...0x0220:
      return ("MS-NLB-PhysServer-\(first < 0x20a ? "0" : "")\(first - 0x200)", 2)
    case 0x00bf, 0x02bf: return ("MS-NLB-VirtServer", 2)
    case 0x03bf: return ("MS-NLB-VirtServer-Multicast", 2)
    default: return nil
    }
  }

  /// Addresses that standards, and a few makers, give to a purpose.
  private static func standardName(of address: UInt64) -> String? {
    switch address {
    case 0xffff_ffff_ffff: "Broadcast"
    case 0x3333_0000_0000: "IPv6-Neighbor-Discovery"
    case 0x0180_c200_0001: "MAC-specific-ctrl-proto-01"
    case 0x0180_c200_0002: "Slow-Protocols"
    case 0x0180_c200_0003: "Nearest-non-TPMR-bridge"
    case 0x0180_c200_0004: "MAC-specific-ctrl-proto-04"
    case 0x0180_c200_0005: "Reserved-future-std-05"
    case 0x0180_c200_0006: "Reserved-future-std-06"
    case 0x0180_c200_0007: "MEF-Forum-ELMI-proto"
    case 0x0180_c200_0008: "Provider-Bridge"
    case 0x0180_c200_0009: "Reserved-future-std-09"
    case 0x0180_c200_000a: "Reserved-future-std-0a"
    case 0x0180_c200_000b: "EDE-SS-PEP"
    case 0x0180_c200_000c: "Reserved-future-std-0c"
    case 0x0180_c200_000d: "Provider-Bridge-MVRP"
    case 0x0180_c200_000e: "LLDP_Multicast"
    case 0x0180_c200_000f: "Reserved-future-std-0f"
    case 0x0180_c200_0010: "Bridge-Management"
    case 0x0180_c200_0011: "Load-Server"
    case 0x0180_c200_0012: "Loadable-Device"
    case 0x0180_c200_0013: "IEEE-1905.1-Control"
    case 0x0180_c200_0014: "ISIS-all-level-1-IS's"
    case 0x0180_c200_0015: "ISIS-all-level-2-IS's"
    case 0x0180_c200_0018: "IEEE-802.1B-All-Manager-Stations"
    case 0x0180_c200_0019: "IEEE-802.11aa-groupcast-with-retries"
    case 0x0180_c200_001a: "IEEE-802.1B-All-Agent-Stations"
    case 0x0180_c200_001b: "ESIS-all-multicast-capable-ES's"
    case 0x0180_c200_001c: "ESIS-all-multicast-announcements"
    case 0x0180_c200_001d: "ESIS-all-multicast-capable-IS's"
    case 0x0180_c200_001e: "Token-Ring-all-DTR-Concentrators"
    case 0x0180_c200_0030: "OAM-Multicast-DA-Class-1_00"
    case 0x0180_c200_0031...0x0180_c200_0037:
      "OAM-Multicast-DA-Class-1_0\(address & 7)"
    case 0x0180_c200_0038...0x0180_c200_003f:
      "OAM-Multicast-DA-Class-2_0\(address & 7)"
    case 0x0180_c200_0040: "All-RBridges"
    case 0x0180_c200_0041: "All-IS-IS-RBridges"
    case 0x0180_c200_0042: "All-Egress-RBridges"
    case 0x0180_c200_0045: "TRILL-End-Stations"
    case 0x0180_c200_0046: "All-Edge-RBridges"
    case 0x00e0_2b00_0000: "Extreme-EDP"
    case 0x00e0_2b00_0004: "Extreme-EAPS"
    case 0x0100_0ccd_cdcd: "STP-UplinkFast"
    case 0x0100_0ccd_cdce: "VLAN-bridge"
    case 0x0100_0ccd_cdd0: "GBPT"
    case 0x0100_0cdd_dddd: "CGMP"
    case 0x0100_8100_0100, 0x0100_8100_0101: "Nortel-autodiscovery"
    case 0x0110_1801_0000: "All-FCoE-MACs"
    case 0x0110_1801_0001: "All-ENode-MACs"
    case 0x0110_1801_0002: "All-FCF-MACs"
    case 0x0111_1e00_0001: "EPLv2_SoC"
    case 0x0111_1e00_0002: "EPLv2_PRes"
    case 0x0111_1e00_0003: "EPLv2_SoA"
    case 0x0111_1e00_0004: "EPLv2_ASnd"
    case 0x0111_1e00_0005: "EPLv2_AMNI"
    case 0x01e0_52cc_cccc: "Foundry-DP"
    case 0x0900_0900_0001: "HP-Probe"
    case 0x0900_2b00_000f: "DEC-Local-Area-Transport-(LAT)"
    case 0xab00_0002_0000: "DEC-MOP-Remote-Console"
    case 0xab00_0003_0000: "DECNET-Phase-IV-end-node-Hello-packets"
    case 0xab00_0004_0000: "DECNET-Phase-IV-Router-Hello-packets"
    case 0x0100_0ccc_cccc: "CDP/VTP/DTP/PAgP/UDLD"
    case 0x0100_0ccc_cccd: "PVST+"
    case 0x0300_0000_0001: "NETBIOS-"
    case 0x0900_07ff_ffff: "AppleTalk-broadcast-address"
    case 0xab00_0001_0000: "DEC-MOP-Dump/Load-Assistance"
    case 0xcf00_0000_0000: "Ethernet-Configuration-Test-protocol-(Loopback)"
    default: nil
    }
  }
}
