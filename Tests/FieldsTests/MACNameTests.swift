import Testing

@testable import Fields

@Suite struct MACNameTests {
  /// Vendors with a prefix of 24, 28 and 36 bits, ranges and addresses with a purpose.
  @Test(
    arguments: [
      (0x000c_2900_0001, "VMware_00:00:01"),
      (0x001b_1b12_3456, "Siemens_12:34:56"),
      (0x3404_9ee7_15b8, "NDSatCom_07:15:b8"),
      (0x7c83_3410_98a7, "LinearLo_98:a7"),
      (0x70b3_d526_2015, "Research_15"),
      (0x010e_cf00_0000, "PN-MC_00:00:00"),
      (0x0180_c200_000e, "LLDP_Multicast"),
      (0x0180_c200_0016, "Spanning-tree-(for-bridges)_16"),
      (0x0180_c200_0f16, "Spanning-tree-(for-bridges)_0f:16"),
      (0x0100_5e00_00fb, "IPv4mcast_fb"),
      (0x3333_ff12_3456, "IPv6mcast_ff:12:34:56"),
      (0x0000_5e00_0107, "IETF-VRRP-VRID_07"),
      (0x0000_0c07_ac0a, "All-HSRP-routers_0a"),
      (0x0201_0000_0000, "MS-NLB-PhysServer-01_00"),
      (0x02bf_0a00_0001, "MS-NLB-VirtServer_0a:00:00:01"),
      (0xffff_ffff_ffff, "Broadcast"),
    ] as [(UInt64, String)]) func names(_ address: UInt64, _ name: String)
  {
    #expect(MACNames.name(of: address) == name)
    var tree = FieldBuffer()
    // The second time the name comes from those that were kept.
    for _ in 0..<2 {
      var text = TextBuffer()
      text.write(name: tree.name(of: address))
      #expect(text.string == name)
    }
  }

  @Test func vendors() {
    #expect(MACNames.vendor(of: 0x000c_2900_0001) == "VMware, Inc.")
    // Who holds a long prefix is not asked for.
    #expect(MACNames.vendor(of: 0x7c83_3410_98a7) == "IEEE Registration Authority")
    #expect(MACNames.vendor(of: 0x0200_0000_0001) == nil)
    var tree = FieldBuffer(resolvesNames: false)
    let plain = tree.name(of: 0x000c_2900_0001)
    #expect(plain.vendor == nil)
    var text = TextBuffer()
    text.write(mac: plain)
    #expect(text.string == "00:0c:29:00:00:01")
  }
}
