/// Link types that say more than the packet, and mirrors: `LayerTests` goes through them. The lines are tshark's.
extension SampleFrame {
  private static let addresses = "00005e005301" + "00005e005310" + "00005e005325"
  private static let snap = "aaaa030000000800"
  private static let dataFrame = "08012c00" + addresses + "0000" + snap + segment
  private static let protocolLine = segmentLine + ", Seq: 1, Ack: 1, Len: 6"

  private static func datagram(_ port: UInt16, _ payload: String) -> String {
    ethernet + "0800"
      + packet(17, "c350" + hex(port) + hex(UInt16(8 + payload.count / 2)) + "0000" + payload)
  }

  static let links = [
    SampleFrame(
      testDescription: "NFLOG", linkType: 239,
      hex: "02000005" + "0800010008000100" + "32000900" + segment + "0000",
      lines: [
        "Linux Netfilter NFLOG", "    Family: IPv4 (2)", "    Resource id: 5",
        "    TLV Type: NFULA_PACKET_HDR (1), Length: 8", "        HW protocol: IPv4 (0x0800)",
        "        Netfilter hook: Local in (1)", "    TLV Type: NFULA_PAYLOAD (9), Length: 50",
        protocolLine,
      ]),
    SampleFrame(
      testDescription: "NFLOG of a big-endian machine", linkType: 239,
      hex: "02000005" + "0008000108000100" + "00320009" + segment + "0000", lines: [protocolLine]),
    SampleFrame(
      testDescription: "NFLOG with more attributes", linkType: 239,
      hex: "02000005" + "0800010008000100" + "0800020000000007"
        + "1400030000000000684ee0700000000000000005" + "0800040000000002"
        + "09000a006d61696c00000000" + "08000b00000003e8" + "32000900" + segment + "0000",
      lines: [
        "        Value: 00000007", "        IFINDEX_INDEV: 2", "        Prefix: mail",
        "        UID: 1000", protocolLine,
      ]),
    SampleFrame(
      testDescription: "a wireless frame", linkType: 105, hex: dataFrame,
      lines: [
        "IEEE 802.11 Data, Flags: .......T", "    Type/Subtype: Data (0x0020)",
        "    .000 0000 0010 1100 = Duration: 44 microseconds",
        "    Destination address: ICANNIAN_00:53:25 (00:00:5e:00:53:25)",
        "    BSS Id: ICANNIAN_00:53:01 (00:00:5e:00:53:01)", "Logical-Link Control", protocolLine,
      ]),
    SampleFrame(
      testDescription: "between access points, with quality of service", linkType: 105,
      hex: "88032c00" + "00005e005301" + "00005e005302" + "00005e005325" + "0000" + "00005e005310"
        + "2600" + snap + segment,
      lines: [
        "IEEE 802.11 QoS Data, Flags: ......FT",
        "    Source address: ICANNIAN_00:53:10 (00:00:5e:00:53:10)",
        "        [.... .... .... .110 = Priority: Voice (Voice) (6)]", protocolLine,
      ]),
    SampleFrame(
      testDescription: "an aggregate of two packets", linkType: 105,
      hex: "88012c00" + addresses + "0000" + "8000" + aggregated + aggregated,
      lines: [
        "IEEE 802.11 Aggregate MSDU", "    A-MSDU Subframe #1", "        A-MSDU Length: 54",
        "        Logical-Link Control", "        " + protocolLine, "    A-MSDU Subframe #2",
        "        " + protocolLine,
      ]),
    SampleFrame(
      testDescription: "protected by CCMP", linkType: 105,
      hex: "88412c00" + addresses + "0000" + "0000" + "0100002000000000" + zeros(16),
      lines: [
        "IEEE 802.11 QoS Data, Flags: .p.....T", "    CCMP parameters",
        "        CCMP Ext. Initialization Vector: 0x000000000001", "        Key Index: 0",
        "Data (16 bytes)",
      ]),
    SampleFrame(
      testDescription: "protected by TKIP", linkType: 105,
      hex: "08412c00" + addresses + "0000" + "0525072000000000" + zeros(16),
      lines: [
        "    TKIP parameters", "        TKIP Ext. Initialization Vector: 0x000000000507",
        "Data (16 bytes)",
      ]),
    SampleFrame(
      testDescription: "protected by WEP", linkType: 105,
      hex: "08412c00" + addresses + "0000" + "01020300" + zeros(16),
      lines: [
        "    WEP parameters", "        Initialization Vector: 0x010203",
        "        WEP ICV: 0x00000000 (not verified)", "Data (12 bytes)",
      ]),
    SampleFrame(
      testDescription: "a request to send", linkType: 105,
      hex: "b4002c00" + "00005e005301" + "00005e005310",
      lines: [
        "IEEE 802.11 Request-to-send, Flags: ........",
        "    Transmitter address: ICANNIAN_00:53:10 (00:00:5e:00:53:10)",
      ]),
    SampleFrame(
      testDescription: "a poll", linkType: 105, hex: "a40001c0" + "00005e005301" + "00005e005310",
      lines: ["    ..00 0000 0000 0001 = Association ID: 1"]),
    SampleFrame(
      testDescription: "radiotap with a check sequence", linkType: 127,
      hex: "00001800" + "2f080000" + "8813000000000000" + "106c3c144001d001" + dataFrame
        + "01020304",
      lines: [
        "Radiotap Header v0, Length 24", "    MAC timestamp: 5000", "    Data Rate: 54.0 Mb/s",
        "    Channel frequency: 5180 [A 36]", "    Antenna signal: -48 dBm",
        "802.11 radio information", "    PHY type: 802.11a (OFDM) (5)", "    Channel: 36",
        "    [Duration: 36µs]", "        [Start: 4964µs]",
        "IEEE 802.11 Data, Flags: .......TC",
        "    Frame check sequence: 0x04030201 [unverified]", protocolLine,
      ]),
    SampleFrame(
      testDescription: "radiotap with fields of an antenna", linkType: 127,
      hex: "00000f00" + "020000a0" + "20080000" + "10d001" + dataFrame + "01020304",
      lines: ["    Antenna signal: -48 dBm", "    Antenna: 1", protocolLine]),
    SampleFrame(
      testDescription: "PPI with a wireless frame", linkType: 192,
      hex: "00002000" + "69000000" + "02001400" + "8813000000000000" + "01006c003c1440010000cea1"
        + dataFrame + "01020304",
      lines: [
        "PPI version 0, 32 bytes", "    DLT: 105", "    802.11-Common", "        TSFT: 5000",
        "        Rate: 54.0 Mbps", "    Signal/noise ratio (dB): 45 dB",
        "IEEE 802.11 Data, Flags: .......TC", protocolLine,
      ]),
    SampleFrame(
      testDescription: "PPI with Ethernet", linkType: 192, hex: "00000800" + "01000000" + frame,
      lines: ["    DLT: 1", protocolLine]),
    SampleFrame(
      testDescription: "a log of FreeBSD's packet filter", linkType: 117,
      hex: "3d020000" + interface + "00000003ffffffff" + "ffffffffffffff7f" + "000000009f860100"
        + "01000000" + segment,
      lines: [
        "PF Log IPv4 pass on em0 by rule 3", "    Header Length: 61", "    PID: 2147483647",
        "    Rule PID: 99999", "    Direction: in (1)", protocolLine,
      ]),
    SampleFrame(
      testDescription: "a log of OpenBSD's packet filter", linkType: 117,
      hex: "64020100" + interface + "00000003ffffffff" + "ffffffffffffff7f" + "000000009f860100"
        + "02010000" + "0a000001" + zeros(12) + "0a000002" + zeros(12) + "9c400019" + segment,
      lines: [
        "PF Log IPv4 block on em0 by rule 3", "    Direction: out (2)", "    Rewritten: 1",
        "    Source Address: 10.0.0.1", "    Destination Port: 25", protocolLine,
      ]),
    SampleFrame(
      testDescription: "a VN-Tag before a VLAN tag", linkType: 1,
      hex: ethernet + "8926" + "800580ff" + "8100" + "00050800" + segment,
      lines: [
        "VN-Tag", "    1... .... .... .... .... .... .... .... = Direction: From Bridge",
        "    ..00 0000 0000 0101 .... .... .... .... = Destination: 5",
        "    Type: 802.1Q Virtual LAN (0x8100)", "802.1Q Virtual LAN, PRI: 0, DEI: 0, ID: 5",
        protocolLine,
      ]),
    SampleFrame(
      testDescription: "a VN-Tag before LLC", linkType: 1,
      hex: ethernet + "8926" + "00050000" + "0036" + snap + segment,
      lines: ["    Length: 54", "Logical-Link Control", protocolLine]),
    SampleFrame(
      testDescription: "TZSP with options", linkType: 1,
      hex: datagram(
        37008,
        "01000001" + "0a01d0" + "120106" + "110100" + "2902003c" + "3c0600000c112233" + "00" + "01"
          + frame),
      lines: [
        "TZSP: Ethernet Good", "        Signal: -48", "        Channel: 6 (2.437 GHz) (6)",
        "        Original Length: 60", "    End", protocolLine,
      ]),
    SampleFrame(
      testDescription: "TZSP that only keeps alive", linkType: 1,
      hex: datagram(37008, "01040000"), lines: ["    Type: Keepalive (4)"]),
    SampleFrame(
      testDescription: "VXLAN on Linux's port", linkType: 1,
      hex: datagram(8472, "0800000000002a00" + frame),
      lines: ["    VXLAN Network Identifier (VNI): 42", protocolLine]),
    SampleFrame(
      testDescription: "L2TP with every option, and a short number of PPP", linkType: 1,
      hex: datagram(1701, "4b02003f00070009" + "00030004" + "0002ffff" + "21" + segment),
      lines: [
        "Layer 2 Tunneling Protocol", "    Length: 63", "    Tunnel ID: 7", "    Session ID: 9",
        "    Ns: 3", "    Offset: 2", "Point-to-Point Protocol",
        "    Protocol: Internet Protocol version 4 (0x0021)", protocolLine,
      ]),
    SampleFrame(
      testDescription: "L2TP that acknowledges", linkType: 1,
      hex: datagram(1701, "c802000c" + "00070000" + "00010001"),
      lines: ["    Zero Length Body message"]),
    SampleFrame(
      testDescription: "version 3 of L2TP with a cookie", linkType: 1,
      hex: datagram(1701, "0003000000001234" + "0102030405060708" + frame),
      lines: [
        "Layer 2 Tunneling Protocol version 3", "    Session ID: 0x00001234",
        "    Cookie: 0102030405060708", "    [Pseudowire Type: Ethernet (5)]", protocolLine,
      ]),
    SampleFrame(
      testDescription: "version 3 of L2TP over IP with a sublayer", linkType: 1,
      hex: ethernet + "0800" + packet(115, "00000055" + "01020304" + "40000001" + frame),
      lines: [
        "    Session ID: 0x00000055", "    Cookie: 01020304", "    Default L2-Specific Sublayer",
        protocolLine,
      ]),
    SampleFrame(
      testDescription: "version 3 of L2TP over IP, control", linkType: 1,
      hex: ethernet + "0800" + packet(115, "00000000" + "c803000c" + "00000001" + "00000000"),
      lines: ["    Control Connection ID: 0x00000001"]),
  ]

  private static let aggregated = "00005e005325" + "00005e005310" + "0036" + snap + segment
  /// `em0`, without a name of a rule set.
  private static let interface = "656d30" + zeros(13) + zeros(16)
  private static func zeros(_ count: Int) -> String { String(repeating: "00", count: count) }
}
