import Fields
import Testing

@testable import Wire

/// IPv6: its options, its routing headers and IPsec.
@Suite struct IPv6Tests {
  static let frames = [
    IPv6Frame(
      testDescription: "CALIPSO",
      hex: IPv6Frame.packet(0, "3b01070c123456780105abcd01020304"),
      lines: [
        "        CALIPSO",
        "            Type: CALIPSO (0x07)",
        "            CALIPSO Domain of Interpretation: 305419896",
        "            Compartment Length: 1",
        "            Sensitivity Level: 5",
        "            Checksum: 0xabcd",
        "            Compartment Bitmap: 01020304",
      ]),
    IPv6Frame(
      testDescription: "data behind CALIPSO",
      hex: IPv6Frame.packet(0, "3b01070c123456780005abcd01020304"),
      lines: [
        "            Compartment Bitmap: <MISSING>",
        "            Unknown Data: 01020304",
        "                [Expert Info (Note/Undecoded): Unknown Data (not interpreted)]",
      ]),
    IPv6Frame(
      testDescription: "duplicate detection with a tagger",
      hex: IPv6Frame.packet(0, "3b010807330102030405060103000000"),
      lines: [
        "            .011 .... = TaggerID Type: IPv6 (3)",
        "            .... 0011 = TaggerID Length: 3",
        "            TaggerID: 01020304",
        "            Identifier: 0506",
      ]),
    IPv6Frame(
      testDescription: "duplicate detection by a hash",
      hex: IPv6Frame.packet(0, "3b02080dff0102030405060708090a0b0c01050000000000"),
      lines: [
        "            1... .... = H-bit: True",
        "            Hash Assist Value: ff0102030405060708090a0b0c",
      ]),
    IPv6Frame(
      testDescription: "diagnostic metrics",
      hex: IPv6Frame.packet(60, "3b010f0a010200030004000500060100"),
      lines: [
        "            Scale DTLR: 1",
        "            Scale DTLS: 2",
        "            PSN This Packet: 3",
        "            PSN Last Received: 4",
        "            Delta Time Last Received: 5",
        "            Delta Time Last Sent: 6",
      ]),
    IPv6Frame(
      testDescription: "Quick-Start",
      hex: IPv6Frame.packet(0, "3b01260601c81234567b010400000000"),
      lines: [
        "        Quick-Start, 80 Kbit/s, QS TTL 200, QS TTL diff 120",
        "            0000 .... = Function: Rate request (0)",
        "            .... 0001 = Rate: 80 Kbit/s (1)",
        "            QS TTL: 200",
        "            [TTL Diff: 120]",
        "            0001 0010 0011 0100 0101 0110 0111 10.. = QS Nonce: 0x048d159e",
      ]),
    IPv6Frame(
      testDescription: "Quick-Start of a wrong length",
      hex: IPv6Frame.packet(0, "3b012607010203040506070103000000"),
      lines: [
        "                [Expert Info (Error/Malformed): Quick-Start: Invalid Length (7 bytes)]",
        "            Unknown Data: 07",
      ]),
    IPv6Frame(
      testDescription: "path MTU where it must not be",
      hex: IPv6Frame.packet(60, "3b00300405dc05dd"),
      lines: [
        "        Path MTU Option",
        "            Type: Path MTU Option (0x30)",
        "                [Expert Info (Warning/Protocol): Path MTU Option must use a hop-by-hop options header]",
        "            Return Minimum PMTU: 1500",
        "            Return Flag: True",
      ]),
    IPv6Frame(
      testDescription: "RPL option",
      hex: IPv6Frame.packet(0, "3b006304ffffffff"),
      lines: [
        "        RPL Option",
        "            Type: RPL Option (0x63)",
        "            Flag: 0xff, Down, Rank Error, Forwarding Error",
        "            Sender Rank: 0xffff",
      ]),
    IPv6Frame(
      testDescription: "MPL option",
      hex: IPv6Frame.packet(0, "3b016d0a800701020304050607080100"),
      lines: [
        "        MPL Option",
        "            Type: MPL Option (0x6d)",
        "            Flag: 0x80, Seed ID Length: 64-bit unsigned integer",
        "            Seed ID: 0102030405060708",
      ]),
    IPv6Frame(
      testDescription: "MPL option without a seed",
      hex: IPv6Frame.packet(0, "3b006d0230050100"),
      lines: [
        "                [Expert Info (Comment/Protocol): Seed ID is the IPv6 Source Address]",
        "            Flag: 0x30, Seed ID Length: 0, Largest Sequence, Version",
      ]),
    IPv6Frame(
      testDescription: "ILNP nonce",
      hex: IPv6Frame.packet(60, "3b018b08010203040506070801020000"),
      lines: [
        "            ILNP Nonce: 0102030405060708"
      ]),
    IPv6Frame(
      testDescription: "line identification",
      hex: IPv6Frame.packet(60, "3b018c060368656c6c6f010400000000"),
      lines: [
        "        Line-Identification Option",
        "            Type: Line-Identification Option (0x8c)",
        "            LineIDLen: 3",
        "            Line ID: hel",
      ]),
    IPv6Frame(
      testDescription: "depth-first forwarding, then a lone Pad1",
      hex: IPv6Frame.packet(0, "3b00ee03ffffff00"),
      lines: [
        "        IP_DFF",
        "            Flags: 0xff, Duplicate (DUP), Return (RET)",
        "            Sequence Number: 65535 (0xffff)",
      ]),
    IPv6Frame(
      testDescription: "home address",
      hex: IPv6Frame.packet(
        60, "1102c91020010db80000000000000000000000990102000003e807d0000d543d68656c6c6f"),
      lines: [
        "        Home Address",
        "            Type: Home Address (0xc9)",
        "            MIPv6 Home Address: 2001:db8::99",
        "    Checksum: 0x543d [correct]",
        "        [Calculated Checksum: 0x543d]",
      ]),
    IPv6Frame(
      testDescription: "operations trace",
      hex: IPv6Frame.packet(0, "3b0231120000000108018000000000010203040506070100"),
      lines: [
        "            Option-Type: Pre-allocated Trace (0)",
        "            Pre-allocated Trace",
        "                Trace Type: 0x800000, Hop_Lim and Node ID (short)",
        "                    Free space: 00010203",
        "                    Node 1",
        "                            Hop Limit: 4",
        "                            ID: 0x050607",
      ]),
    IPv6Frame(
      testDescription: "operations trace with too much room",
      hex: IPv6Frame.packet(0, "3b0231120000000208098000000000010203040506070100"),
      lines: [
        "                    [Expert Info (Error/Protocol): IOAM RemLen: Invalid length (36 bytes)]",
        "            Unknown Data: 0001020304050607",
      ]),
    IPv6Frame(
      testDescription: "opaque state",
      hex: IPv6Frame.packet(0, "3b03311a00000002080080000200000102030201020300010203040506070100"),
      lines: [
        "                Trace Type: 0x800002, Hop_Lim and Node ID (short), Opaque State Snapshot",
        "                    .... .... .... .... .... ..1. = Opaque State Snapshot: True",
        "                        Opaque State Snapshot",
        "                            Schema ID: 0x010203",
        "                            Data: 0001020304050607",
      ]),
    IPv6Frame(
      testDescription: "option beyond its header",
      hex: IPv6Frame.packet(0, "110005080000010003e807d0000d54d568656c6c6f"),
      lines: [
        "                [Expert Info (Error/Malformed): Router alert: Invalid Length (8 bytes)]",
        "            Unknown Data: 010003e807d0",
        "User Datagram Protocol, Src Port: 1000, Dst Port: 2000",
      ]),
    IPv6Frame(
      testDescription: "jumbogram",
      hex: "600000000000004020010db800000000000000000000000120010db800000000000000000000"
        + "00021100c2040001000003e807d0000d54d568656c6c6f",
      lines: [
        "        Jumbo Payload",
        "            Type: Jumbo Payload (0xc2)",
        "            Payload Length: 65536",
      ]),
    IPv6Frame(
      testDescription: "source route of an odd length",
      hex: IPv6Frame.packet(
        43,
        "110300010000000020010db8000100000000000000000001000000000000000003e807d0000d"
          + "54d568656c6c6f"),
      lines: [
        "    Routing Header for IPv6 (Source Route)",
        "        Address[1]: 2001:db8:1::1",
      ]),
    IPv6Frame(
      testDescription: "type 2 route",
      hex: IPv6Frame.packet(
        43, "110202010000000020010db800010000000000000000000103e807d0000d54d568656c6c6f"),
      lines: [
        "    Routing Header for IPv6 (Type 2 Routing)",
        "        Address[1]: 2001:db8:1::1",
        "    Checksum: 0x54d5 [correct]",
        "        [Calculated Checksum: 0x54d5]",
      ]),
    IPv6Frame(
      testDescription: "compact route",
      hex: IPv6Frame.packet(
        43, "1102050101020304000102030405060708090a0b0c0d0e0f03e807d0000d54d568656c6c6f"),
      lines: [
        "    Routing Header for IPv6 (Compact Routing Header 16)",
        "        [Current SID: 772]",
        "            SID[0] = 258",
        "            SID[1] = 772",
      ]),
    IPv6Frame(
      testDescription: "segments",
      hex: IPv6Frame.packet(
        43,
        "290404010100000020010db800010000000000000000000120010db800020000000000000000"
          + "000260000000000d114020010db800000000000000000000000120010db80000000000000000"
          + "0000000203e807d0000d54d568656c6c6f"),
      lines: [
        "    Routing Header for IPv6 (Segment Routing)",
        "        Last Entry: 1",
        "        Address[0]: 2001:db8:1::1",
        "        Address[1]: 2001:db8:2::2",
      ]),
    IPv6Frame(
      testDescription: "RPL source route",
      hex: IPv6Frame.packet(
        43,
        "11050301341fffff000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d"
          + "1e1f202122232425262703e807d0000d54d568656c6c6f"),
      lines: [
        "            [Expert Info (Note/Protocol): Reserved field must equal 0 but instead was 1048575]",
        "        [Total Address Count: 3]",
        "        [Address[1]: 2001:d00:102:304:506:708:90a:b0c]",
        "        [Address[2]: 2001:d0d:e0f:1011:1213:1415:1617:1819]",
        "        [Address[3]: 2001:db8:1a1b:1c1d:1e1f:2021:2223:2425]",
      ]),
    IPv6Frame(
      testDescription: "route longer than the packet",
      hex: IPv6Frame.packet(
        43, "110903010000000020010db800010000000000000000000103e807d0000d54d568656c6c6f"),
      lines: [
        "    Routing Header for IPv6 (RPL Source Route)",
        "        [Address[1]: 2001:db8:1::1]",
      ]),
    IPv6Frame(
      testDescription: "authentication header",
      hex: IPv6Frame.packet(
        51, "110400010000123400000007000102030405060708090a0b03e807d0000d54d568656c6c6f"),
      lines: [
        "    Authentication Header",
        "        Length: 4 (24 bytes)",
        "        AH ICV: 000102030405060708090a0b",
      ]),
    IPv6Frame(
      testDescription: "authentication header of no length",
      hex: IPv6Frame.packet(51, "11000001000012340000000703e807d0000d54d568656c6c6f"),
      lines: [
        "        Length: 0 (8 bytes)",
        "    Source Port: 0",
      ]),
  ]

  @Test(arguments: frames) func describes(_ frame: IPv6Frame) {
    frame.expectLines()
  }

  /// Cut on the wire or by the capture, or with any byte changed: never a trap.
  @Test(arguments: frames) func survivesDamage(_ frame: IPv6Frame) {
    frame.damage()
  }
}
