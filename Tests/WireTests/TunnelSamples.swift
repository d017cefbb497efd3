/// What carries packets in packets, and layers at their edges: `LayerTests` goes through them.
extension SampleFrame {
  /// `QUIT` to port 25.
  static let segment =
    "4500002e12340000400654940a0000010a0000029c4000190000000100000001501803e853cd0000"
    + "515549540d0a"
  static let segmentLine = "Transmission Control Protocol, Src Port: 40000, Dst Port: 25"
  static let frame = ethernet + "0800" + segment

  /// An IPv4 packet from 10.0.0.1 to 10.0.0.2, without a checksum.
  static func packet(_ number: UInt8, _ payload: String) -> String {
    let length = 20 + payload.count / 2
    return "4500" + hex(UInt16(length)) + "00010000" + "40" + hex(UInt16(number)).suffix(2) + "0000"
      + "0a0000010a000002" + payload
  }
  static func hex(_ number: UInt16) -> String {
    let digits = String(number, radix: 16)
    return String(repeating: "0", count: 4 - digits.count) + digits
  }

  static let tunnels = [
    SampleFrame(
      testDescription: "GRE with a key and a number", linkType: 1,
      hex: ethernet + "0800" + packet(47, "30000800" + "00000007" + "00000009" + segment),
      lines: [
        "Generic Routing Encapsulation (IP)", "    Flags and Version: 0x3000",
        "    Key: 0x00000007", "    Sequence Number: 9", segmentLine + ", Seq: 1, Ack: 1, Len: 6",
      ]),
    SampleFrame(
      testDescription: "GRE with routing", linkType: 1,
      hex: ethernet + "0800"
        + packet(47, "40000800" + "00000000" + "0800000401020304" + "00000000" + segment),
      lines: [
        "    Checksum: 0x0000 [unverified]", "    Routing Information: 01020304",
        segmentLine + ", Seq: 1, Ack: 1, Len: 6",
      ]),
    SampleFrame(
      testDescription: "PPP in version 1 of GRE", linkType: 1,
      hex: ethernet + "0800"
        + packet(47, "3081880b" + "002f0007" + "00000009" + "00000005" + "21" + segment),
      lines: [
        "Generic Routing Encapsulation (PPP)", "    Call ID: 7", "    Acknowledgment Number: 5",
        "Point-to-Point Protocol", "    Protocol: Internet Protocol version 4 (0x0021)",
        segmentLine + ", Seq: 1, Ack: 1, Len: 6",
      ]),
    SampleFrame(
      testDescription: "Ethernet in GRE", linkType: 1,
      hex: ethernet + "0800" + packet(47, "00006558" + frame),
      lines: [
        "Generic Routing Encapsulation (Transparent Ethernet bridging)",
        "Ethernet II, Src: Cisco_11:22:33 (00:00:0c:11:22:33), Dst: VMware_aa:bb:cc (00:0c:29:aa:bb:cc)",
        segmentLine + ", Seq: 1, Ack: 1, Len: 6",
      ]),
    SampleFrame(
      testDescription: "a PPP link", linkType: 9, hex: "ff030021" + segment,
      lines: [
        "Point-to-Point Protocol", "    Address: 0xff", "    Control: 0x03",
        "    Protocol: Internet Protocol version 4 (0x0021)",
        segmentLine + ", Seq: 1, Ack: 1, Len: 6",
      ]),
    SampleFrame(
      testDescription: "link control", linkType: 9, hex: "ff03c02109050008" + "01020304",
      lines: [
        "PPP Link Control Protocol", "    Code: Echo Request (9)", "    Identifier: 5 (0x05)",
      ]),
    SampleFrame(
      testDescription: "PPP over Ethernet with a wrong length", linkType: 1,
      hex: ethernet + "8864" + "110012340031" + "0021" + segment,
      lines: [
        "PPP-over-Ethernet Session", "    Code: Session Data (0x00)",
        "    Payload Length: 49 [incorrect, should be 48]",
        "    Protocol: Internet Protocol version 4 (0x0021)",
        segmentLine + ", Seq: 1, Ack: 1, Len: 6",
      ]),
    SampleFrame(
      testDescription: "two labels", linkType: 1,
      hex: ethernet + "8847" + "00064a40" + "00000140" + segment,
      lines: [
        "MultiProtocol Label Switching Header, Label: 100, Exp: 5, S: 0, TTL: 64",
        "    0000 0000 0000 0110 0100 .... .... .... = MPLS Label: 100 (0x00064)",
        "MultiProtocol Label Switching Header, Label: 0 (IPv4 Explicit-Null), Exp: 0, S: 1, TTL: 64",
        segmentLine + ", Seq: 1, Ack: 1, Len: 6",
      ]),
    SampleFrame(
      testDescription: "Ethernet below a label", linkType: 1,
      hex: ethernet + "8847" + "00064140" + "00000007" + frame,
      lines: [
        "PW Ethernet Control Word", "    Sequence Number: 7",
        segmentLine + ", Seq: 1, Ack: 1, Len: 6",
      ]),
    SampleFrame(
      testDescription: "EtherIP", linkType: 1,
      hex: ethernet + "0800" + packet(97, "3001" + frame),
      lines: [
        "EtherIP, Version 3", "        [Expert Info (Warning/Protocol): Reserved field must be 0]",
        segmentLine + ", Seq: 1, Ack: 1, Len: 6",
      ]),
    SampleFrame(
      testDescription: "IP in IP of no known version", linkType: 1,
      hex: ethernet + "0800" + packet(4, "50" + segment.dropFirst(2)),
      lines: [
        "Internet Protocol, bogus version (5)",
        "        [Expert Info (Error/Protocol): Bogus IP version]",
      ]),
    SampleFrame(
      testDescription: "VXLAN", linkType: 1,
      hex: ethernet + "0800"
        + packet(
          17, "c35012b500500000" + "0840000512345609" + ethernet + "8100" + "00050800" + segment),
      lines: [
        "Virtual eXtensible Local Area Network",
        "    Flags: 0x0840, VXLAN Network ID (VNI), Don't Learn",
        "    VXLAN Network Identifier (VNI): 1193046", "802.1Q Virtual LAN, PRI: 0, DEI: 0, ID: 5",
        segmentLine + ", Seq: 1, Ack: 1, Len: 6",
      ]),
    SampleFrame(
      testDescription: "ERSPAN of type II", linkType: 1,
      hex: ethernet + "0800" + packet(47, "100088be" + "00000009" + "1005206400012345" + frame),
      lines: [
        "Encapsulated Remote Switch Packet ANalysis Type II", "    .... 0000 0000 0101 = Vlan: 5",
        segmentLine + ", Seq: 1, Ack: 1, Len: 6",
      ]),
    SampleFrame(
      testDescription: "Geneve with an option", linkType: 1,
      hex: ethernet + "0800"
        + packet(17, "c35017c100540000" + "0240655800000700" + "0102800101020304" + frame),
      lines: [
        "Generic Network Virtualization Encapsulation, VNI: 0x000007",
        "            Unknown Option Data: 01020304", segmentLine + ", Seq: 1, Ack: 1, Len: 6",
      ]),
    SampleFrame(
      testDescription: "GTP with an extension header", linkType: 1,
      hex: ethernet + "0800"
        + packet(17, "0868086800500000" + "34ff003600000007" + "00000085" + "01100500" + segment),
      lines: [
        "GPRS Tunneling Protocol", "    Message Type: T-PDU (0xff)",
        segmentLine + ", Seq: 1, Ack: 1, Len: 6",
      ]),
    SampleFrame(
      testDescription: "Cisco HDLC", linkType: 104, hex: "0f000800" + segment,
      lines: [
        "Cisco HDLC", "    Address: Unicast (0x0f)", "    Protocol: IP (0x0800)",
        segmentLine + ", Seq: 1, Ack: 1, Len: 6",
      ]),
    SampleFrame(
      testDescription: "configuration test", linkType: 1,
      hex: ethernet + "9000" + "0000" + "0200010203040506" + "01000700" + "6869",
      lines: [
        "Configuration Test Protocol (loopback)", "    Relevant function: Forward Data (2)",
        "    Forwarding address: Woonsang_04:05:06 (01:02:03:04:05:06)",
        "    Receipt number: 7", "Data (2 bytes)",
      ]),
    SampleFrame(
      testDescription: "rapid spanning tree", linkType: 1,
      hex: "0180c200000000000c1122330027424203" + "0000020205" + "8001000c29010203" + "00000013"
        + "8064005056010203" + "8002" + "0180" + "1400" + "0200" + "0f00" + "00",
      lines: [
        "Spanning Tree Protocol",
        "    BPDU flags: 0x05, Port Role: Alternate or Backup, Topology Change",
        "    Root Identifier: 32768 / 1 / 00:0c:29:01:02:03", "    Root Path Cost: 19",
        "    Port identifier: 0x8002", "    Message Age: 1.5", "    Version 1 Length: 0",
      ]),
  ]

  static let edges = [
    SampleFrame(
      testDescription: "a redirect quotes eight bytes of the segment", linkType: 101,
      hex: packet(1, "0501f0f50a000009" + segment),
      lines: [
        "    Gateway Address: 10.0.0.9", "    " + segmentLine, "        Sequence Number: 1",
      ]),
    SampleFrame(
      testDescription: "an advertisement of a mobility agent", linkType: 101,
      hex: packet(
        1, "09000000" + "01020708" + "0a000001" + "80000000" + "100a0005012cff00" + "01020304"),
      lines: [
        "    Preference level: -2147483648", "    Ext: Mobility Agent Advertisement Extension",
        "        Registration Lifetime: 300", "        Care-Of-Address: 1.2.3.4",
      ]),
    SampleFrame(
      testDescription: "an extended echo for an interface", linkType: 101,
      hex: packet(1, "2a000000" + "00010201" + "20000000" + "00080301" + "65746830"),
      lines: [
        "    ICMP Multi-Part Extensions", "        Interface Identification Object",
        "            C-Type: 1 (Identifies Interface By Name)", "            Name: eth0",
      ]),
    SampleFrame(
      testDescription: "timestamps of either byte order", linkType: 101,
      hex: packet(1, "0d000000" + "00010002" + "0036ee80" + "80ee3600" + "7fffffff"),
      lines: [
        "    Originate Timestamp: 3600000 (1 hour after midnight UTC)",
        "    Receive Timestamp: 2163095040 (1 hour after midnight UTC)",
      ]),
    SampleFrame(
      testDescription: "an option that holds too little", linkType: 101,
      hex: "4600001800010000400100000a0000010a000002" + "94020000",
      lines: [
        "    Options: (4 bytes)",
        "                [Expert Info (Warning/Protocol): Router Alert (with option length = 2 bytes; should be 4)]",
        "[Malformed Packet: IPv4]",
      ]),
    SampleFrame(
      testDescription: "a commercial security option", linkType: 101,
      hex: "4900002400010000400100000a0000010a000002" + "860f" + "00000003" + "0106000580ff"
        + "050600" + "00",
      lines: [
        "        IP Option - Commercial Security (15 bytes)", "            DOI: 3",
        "            Sensitivity Level: 5", "            Categories: 0,8,9,10,11,12,13,14,15",
        "            Tag Type: Ranged Categories (5)",
        "                [Expert Info (Error/Sequence): Malformed CIPSO tag]",
      ]),
    SampleFrame(
      testDescription: "a basic security option", linkType: 101,
      hex: "4600001800010000400100000a0000010a000002" + "82045a80",
      lines: [
        "            Classification Level: Secret (0x5a)",
        "            Protection Authority Flags: 0x80, GENSER",
        "                .... ...0 = Field Termination Indicator: Final octet",
      ]),
    SampleFrame(
      testDescription: "ARP between long addresses", linkType: 1,
      hex: ethernet + "0806" + "0001080008000003" + "6161616161616161" + "6262626262626262",
      lines: [
        "Address Resolution Protocol (reverse request)",
        "    Sender hardware address: 6161616161616161",
        "    Target hardware address: 6262626262626262",
      ]),
    SampleFrame(
      testDescription: "an LLC frame that sets up a link", linkType: 1,
      hex: "0180c200000000000c1122330003" + "04057f",
      lines: [
        "    Control field: U F, func=SABME (0x7F)",
        "        011. 11.. = Response: Set Asynchronous Balanced Mode Extended (0x1b)",
      ]),
  ]
}
