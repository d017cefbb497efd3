import Fields

/// How MAC addresses are shown.
extension TextBuffer {
  /// `VMware_aa:bb:cc`, or the plain address where nothing is known of it.
  mutating func write(macName address: UInt64, resolved: Bool) {
    if resolved, MACNames.writeName(of: address, to: &self) { return }
    write(ether: address)
  }
  /// `VMware_aa:bb:cc (00:0c:29:aa:bb:cc)`
  mutating func write(mac address: UInt64, resolved: Bool) {
    write(macName: address, resolved: resolved)
    write(" (")
    write(ether: address)
    write(")")
  }
  /// The same for an EUI-64.
  mutating func write(eui64 address: UInt64, resolved: Bool) {
    func writeRest(_ text: inout Self) {
      for shift in [8, 0] {
        text.write(":")
        text.write(hexByte: UInt8(truncatingIfNeeded: address >> UInt64(shift)))
      }
    }
    write(macName: address >> 16, resolved: resolved)
    writeRest(&self)
    write(" (")
    write(ether: address >> 16)
    writeRest(&self)
    write(")")
  }
}

extension FieldBuffer {
  /// Adds a MAC address with its vendor's name in the label.
  @discardableResult
  mutating func add(
    _ field: Field, mac address: UInt64, at: Int, resolved: Bool, _ traits: FieldTraits = []
  ) -> FieldIndex {
    let item = add(field, .ether(address), at: at, count: 6, traits)
    relabel(item) {
      $0.write(field.label)
      $0.write(": ")
      $0.write(mac: address, resolved: resolved)
    }
    return item
  }
}

/// Names for MAC addresses: those that standards give to addresses and ranges, else the vendor's.
enum MACNames {
  /// Writes `VMware_aa:bb:cc`; false where nothing is known of the address.
  static func writeName(of address: UInt64, to text: inout TextBuffer) -> Bool {
    if let name = standardName(of: address) {
      text.write(name)
      return true
    }
    if let range = range(of: address) {
      text.write(range.name)
      write(tail: address, from: range.tail, to: &text)
      return true
    }
    // A group address has its owner's prefix but for one bit.
    guard let vendor = VendorTable.name(of: address & ~(1 << 40)) else {
      return writeClusterName(of: address, to: &text)
    }
    vendor.writeShort(to: &text)
    write(tail: address, from: 3, to: &text)
    return true
  }

  /// Windows' network load balancing makes addresses of its own: 02:01 for the first server, and so on.
  private static func writeClusterName(of address: UInt64, to text: inout TextBuffer) -> Bool {
    switch address >> 32 {
    case 0x0201...0x0220:
      text.write("MS-NLB-PhysServer-")
      text.write(decimal: address >> 32 & 0xff, width: 2)
    case 0x02bf: text.write("MS-NLB-VirtServer")
    case 0x03bf: text.write("MS-NLB-VirtServer-Multicast")
    default: return false
    }
    write(tail: address, from: 2, to: &text)
    return true
  }

  /// `_aa:bb:cc`: the bytes from the one numbered `first` on.
  private static func write(tail address: UInt64, from first: Int, to text: inout TextBuffer) {
    for index in first..<6 {
      text.write(byte: index == first ? UInt8(ascii: "_") : UInt8(ascii: ":"))
      text.write(hexByte: UInt8(truncatingIfNeeded: address >> UInt64(40 - 8 * index)))
    }
  }

  /// The vendor in full: `VMware, Inc.`
  static func vendor(of address: UInt64) -> String? {
    if address >> 24 == 0x010ecf { return "PROFINET Multicast" }
    return VendorTable.manufacturer(of: address)?.full
  }
  /// The vendor of a SNAP organization code.
  static func organization(_ code: UInt32) -> String? { vendor(of: UInt64(code) << 24) }

  /// Wireshark leaves out the zeros that a multicast address begins with.
  private static func firstByteSet(of address: UInt64, from first: Int) -> Int {
    let rest = address << UInt64(16 + 8 * first)
    return rest == 0 ? 5 : min(5, first + rest.leadingZeroBitCount / 8)
  }

  /// Ranges with a name, and the first byte that is shown behind it.
  private static func range(of address: UInt64) -> (name: String, tail: Int)? {
    switch address {
    case 0x3333_0000_0000...0x3333_ffff_ffff: ("IPv6mcast", firstByteSet(of: address, from: 2))
    case 0x0100_5e00_0000...0x0100_5eff_ffff: ("IPv4mcast", firstByteSet(of: address, from: 3))
    case 0x0000_5e00_0100...0x0000_5e00_01ff: ("IETF-VRRP-VRID", 5)
    case 0x0000_0c07_ac00...0x0000_0c07_acff: ("All-HSRP-routers", 5)
    case 0x010e_cf00_0000...0x010e_cfff_ffff: ("PN-MC", 3)
    case 0x0180_c200_0020...0x0180_c200_002f: ("Spanning-tree-(for-bridges)", 5)
    case 0x0180_c200_0000...0x0180_c2ff_ffff where address & 0xffff00 != 0:
      ("Spanning-tree-(for-bridges)", 3)
    case 0x0100_0c00_0000...0x0100_0cff_ffff: ("ISL-Frame", firstByteSet(of: address, from: 3))
    default: nil
    }
  }

  /// Addresses that standards, and a few makers, give to a purpose.
  private static func standardName(of address: UInt64) -> String? {
    switch address {
    case 0xffff_ffff_ffff: "Broadcast"
    case 0x3333_0000_0000: "IPv6-Neighbor-Discovery"
    case 0x0180_c200_0000: "Spanning-tree-(for-bridges)_00"
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
    case 0x0180_c200_000b: "EDE-SS-PEP-Address"
    case 0x0180_c200_000c: "Reserved-future-std-0c"
    case 0x0180_c200_000d: "Provider-Bridge-MVRP"
    case 0x0180_c200_000e: "LLDP_Multicast"
    case 0x0180_c200_000f: "Reserved-future-std-0f"
    case 0x0180_c200_0010: "Bridge-Management"
    case 0x0180_c200_0011: "Load-Server"
    case 0x0180_c200_0012: "Loadable-Device"
    case 0x0180_c200_0014: "ISIS-all-level-1-IS's"
    case 0x0180_c200_0015: "ISIS-all-level-2-IS's"
    case 0x0180_c200_0018: "IEEE-802.1B-All-Manager-Stations"
    case 0x0180_c200_001a: "IEEE-802.1B-All-Agent-Stations"
    case 0x0180_c200_0030: "OAM-Multicast-DA-Class-1_00"
    case 0x0180_c200_0031...0x0180_c200_0037:
      "OAM-Multicast-DA-Class-1_0\(address & 7)"
    case 0x0180_c200_0038...0x0180_c200_003f:
      "OAM-Multicast-DA-Class-2_0\(address & 7)"
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
