import Fields
import Testing

@testable import Wire

/// ICMPv6: its messages and the options of neighbour discovery and RPL.
@Suite struct ICMPv6Tests {
  static let frames = [
    IPv6Frame(
      testDescription: "renumbering",
      hex: IPv6Frame.packet(
        58, hopLimit: 255,
        "8a00cef80000000501ff03e800000000010707402080000020010db800010000000000000000"
          + "00014000c08000000064ffffffffc000000020010db8000100000000000000000001"),
      lines: [
        "    Match-Prefix Part: Add 2001:db8:1::1/64 (32-128)",
        "        OpCode: Add (1)",
        "    Use-Prefix Part: 2001:db8:1::1/64 (keep 0)",
        "        FlagMask: 0xc0, On-link flag(L), Autonomous address-configuration flag(A)",
        "        Preferred Lifetime: Infinity (4294967295)",
        "        Flags: 0xc0000000, Decrement valid lifetime, Decrement preferred lifetime",
      ]),
    IPv6Frame(
      testDescription: "renumbering result",
      hex: IPv6Frame.packet(
        58, hopLimit: 255,
        "8a01e992000000050188000000000000000301400000000920010db800010000000000000000"
          + "0001"),
      lines: [
        "    Result Message: 2001:db8:1::1/64 (interface 9)",
        "        Flags: 0x0003, Bounds, Forbidden",
        "        MatchedLen: 64",
      ]),
    IPv6Frame(
      testDescription: "handover",
      hex: IPv6Frame.packet(58, hopLimit: 255, "9a00db1f04e512341301010001020304"),
      lines: [
        "    Code: 0 (FBU sent from previous link)",
        "    Subtype: Handover Initiate (4)",
        "    Flag: 0xe5, Assigned address configuration, Buffer",
        "    Identifier: 4660 (0x1234)",
        "        Link-Layer Address: 0001020304",
      ]),
    IPv6Frame(
      testDescription: "multicast router",
      hex: IPv6Frame.packet(58, hopLimit: 255, "97140cb5007d0002"),
      lines: [
        "    Query Interval: 125",
        "    Robustness Variable: 2",
      ]),
    IPv6Frame(
      testDescription: "locators",
      hex: IPv6Frame.packet(
        58, hopLimit: 255,
        "9c0004d90202000000000000000000010000000a000000640000000000000002000000140000"
          + "00c8"),
      lines: [
        "    Locator: 0x0000000000000001",
        "    Lifetime: 10",
        "    Locator: 0x0000006400000000",
        "    Lifetime: 2",
      ]),
    IPv6Frame(
      testDescription: "duplicate address",
      hex: IPv6Frame.packet(
        58, hopLimit: 255, "9d00cc280100003c000102030405060720010db8000100000000000000000001"),
      lines: [
        "    Status: Duplicate Exists (1)",
        "    EUI-64: 3Com_03:04:05:06:07 (00:01:02:03:04:05:06:07)",
        "    Registered Address: 2001:db8:1::1",
      ]),
    IPv6Frame(
      testDescription: "MPL control",
      hex: IPv6Frame.packet(
        58, hopLimit: 255, "9f00a5ca0507000102030405060708090a0b0c0d0e0f10111213"),
      lines: [
        "    MPL Seed Info: [1]",
        "        .... ..11 = Seed ID Length: 128 bits (3)",
        "        Seed ID: 1:203:405:607:809:a0b:c0d:e0f",
        "            Sequence: 8",
        "    MPL Seed Info: [2]",
        "        .... ..10 = Seed ID Length: 64 bits (2)",
        "            [Expert Info (Error/Malformed): Remaining data, 1 bytes, is too short for Seed ID of 8 bytes]",
      ]),
    IPv6Frame(
      testDescription: "node information query",
      hex: IPv6Frame.packet(58, hopLimit: 255, "8b0036a40003003f123456789abcdef0"),
      lines: [
        "    Qtype: Node addresses (3)",
        "    Flags: 0x003f, Global-scope addresses, Site-local addresses, Link-local addresses, Compression, Unicast Addresses, Truncated",
      ]),
    IPv6Frame(
      testDescription: "advertisement of a router",
      hex: IPv6Frame.packet(58, hopLimit: 255, "8600d6ef404807080000000000000000"),
      lines: [
        "    Flags: 0x48, Other configuration, Prf (Default Router Preference): High"
      ]),
    IPv6Frame(
      testDescription: "prefix",
      hex: IPv6Frame.packet(
        58, hopLimit: 255,
        "860065c24000070800000000000000000304400000000064000000320000000020010db80001"
          + "00000000000000000001"),
      lines: [
        "    ICMPv6 Option (Prefix information : 2001:db8:1::1/64)",
        "        Flag: 0x00",
        "        Valid Lifetime: 100",
      ]),
    IPv6Frame(
      testDescription: "route",
      hex: IPv6Frame.packet(58, hopLimit: 255, "8600bf2640000708000000000000000018010008ffffffff"),
      lines: [
        "    ICMPv6 Option (Route Information : High ::/0)",
        "        Flag: 0x08, Route Preference: High",
        "        Route Lifetime: Infinity (4294967295)",
      ]),
    IPv6Frame(
      testDescription: "DNS servers",
      hex: IPv6Frame.packet(
        58, hopLimit: 255,
        "8600924840000708000000000000000019050000ffffffff20010db800010000000000000000"
          + "0001ff0200000000000000000001ff000002"),
      lines: [
        "    ICMPv6 Option (Recursive DNS Server 2001:db8:1::1 ff02::1:ff00:2)",
        "        Lifetime: Infinity (4294967295)",
        "        Recursive DNS Servers: 2001:db8:1::1",
        "        Recursive DNS Servers: ff02::1:ff00:2",
      ]),
    IPv6Frame(
      testDescription: "search list that ends",
      hex: IPv6Frame.packet(
        58, hopLimit: 255,
        "860030924000070800000000000000001f0400000000000004686f6d65056c6f63616c000366"
          + "6f6f0000000000000000"),
      lines: [
        "    ICMPv6 Option (DNS Search List Option home.local foo)",
        "        Lifetime: DNSSL domain name MUST no longer be used (0)",
        "        Domain Names: home.local",
        "        Domain Names: foo",
      ]),
    IPv6Frame(
      testDescription: "timestamp",
      hex: IPv6Frame.packet(
        58, hopLimit: 255, "8600f3d04000070800000000000000000d0200000000000000006553f1008000"),
      lines: [
        "    ICMPv6 Option (Timestamp)",
        "        Type: Timestamp (13)",
        "        Timestamp: Nov 14, 2023 22:13:20.500000000 UTC",
      ]),
    IPv6Frame(
      testDescription: "trust anchor",
      hex: IPv6Frame.packet(
        58, hopLimit: 255, "860008d74000070800000000000000000f02020004686f737403666f6f000000"),
      lines: [
        "    ICMPv6 Option (Trust Anchor)",
        "        Type: Trust Anchor (15)",
        "        Name Type: FQDN (2)",
        "        FQDN: \\004host\\003foo",
        "        Padding",
      ]),
    IPv6Frame(
      testDescription: "address of a handover",
      hex: IPv6Frame.packet(
        58, hopLimit: 255,
        "86009821400007080000000000000000110300400000000020010db800010000000000000000"
          + "0001"),
      lines: [
        "        Option-code: Unknown (0)",
        "        Prefix Length: 64",
        "        IPv6 Address: 2001:db8:1::1",
      ]),
    IPv6Frame(
      testDescription: "acknowledgement of a handover",
      hex: IPv6Frame.packet(58, hopLimit: 255, "8600c2ae4000070800000000000000001401008000000000"),
      lines: [
        "        Option-Code: 0",
        "        Status: LLA is unrecognized (128)",
      ]),
    IPv6Frame(
      testDescription: "mobility anchor",
      hex: IPv6Frame.packet(
        58, hopLimit: 255,
        "860072e140000708000000000000000017031f80ffffffff20010db800010000000000000000"
          + "0001"),
      lines: [
        "        0001 .... = Distance: 1",
        "        Flag: 0x80, RCoA Flag",
        "            1... .... = RCoA Flag: True",
        "        Global Address: 2001:db8:1::1",
      ]),
    IPv6Frame(
      testDescription: "more flags",
      hex: IPv6Frame.packet(58, hopLimit: 255, "8600d727401007080000000000000000"),
      lines: [
        "    Flags: 0x10, Prf (Default Router Preference): Reserved",
        "        ...1 0... = Prf (Default Router Preference): Reserved (2)",
      ]),
    IPv6Frame(
      testDescription: "handover key",
      hex: IPv6Frame.packet(
        58, hopLimit: 255,
        "86005e5e4000070800000000000000001c040215003c000102030405060708090a0b0c0d0e0f"
          + "10111213000000000000"),
      lines: [
        "        0001 .... = AT: 1",
        "        Encrypted Handover Key: 000102030405060708090a0b0c0d0e0f1011121300000000",
      ]),
    IPv6Frame(
      testDescription: "address registration",
      hex: IPv6Frame.packet(
        58, hopLimit: 255, "8600a7d9400007080000000000000000210202000000003c0001020304050607"),
      lines: [
        "    ICMPv6 Option (Address Registration Option : Register 00:01:02:03:04:05:06:07 Neighbor Cache Full)",
        "        Status: Neighbor Cache Full (2)",
        "        EUI-64: 3Com_03:04:05:06:07 (00:01:02:03:04:05:06:07)",
      ]),
    IPv6Frame(
      testDescription: "context of compression",
      hex: IPv6Frame.packet(
        58, hopLimit: 255,
        "860087384000070800000000000000002203001f0000000a20010db800010000000000000000"
          + "0001"),
      lines: [
        "    ICMPv6 Option (6LoWPAN Context Option 2001:db8:1::1/0)",
        "        Type: 6LoWPAN Context Option (34)",
        "        Flag: 0x1f, Compression Flag",
        "            .... 1111 = CID: 15",
        "        Context Prefix: 2001:db8:1::1",
      ]),
    IPv6Frame(
      testDescription: "border router",
      hex: IPv6Frame.packet(
        58, hopLimit: 255,
        "8600865e400007080000000000000000230300010002000020010db800010000000000000000"
          + "0001"),
      lines: [
        "    ICMPv6 Option (Authoritative Border Router : Version 2.1, Valid Lifetime : 0, 6LBR : 2001:db8:1::1)"
      ]),
    IPv6Frame(
      testDescription: "captive portal",
      hex: IPv6Frame.packet(
        58, hopLimit: 255,
        "86007b52400007080000000000000000250468747470733a2f2f6578616d706c652e6f72672f"
          + "706f7274616c00000000"),
      lines: [
        "        Captive Portal: https://example.org/portal"
      ]),
    IPv6Frame(
      testDescription: "NAT64 prefix",
      hex: IPv6Frame.packet(
        58, hopLimit: 255, "860070ab400007080000000000000000260212c020010db80001000000000000"),
      lines: [
        "        0001 0010 1100 0... = Scaled Lifetime: 600",
        "        .... .... .... .000 = PLC (Prefix Length Code): 96 bits prefix length (0x0)",
        "        Prefix: 2001:db8:1::",
      ]),
    IPv6Frame(
      testDescription: "inverse discovery",
      hex: IPv6Frame.packet(
        58, hopLimit: 255, "8e00de71000000000a0300000000000020010db8000100000000000000000001"),
      lines: [
        "    Type: Inverse Neighbor Discovery Advertisement (142)",
        "    ICMPv6 Option (Target Address List 2001:db8:1::1)",
        "        Type: Target Address List (10)",
        "        IPv6 Address: 2001:db8:1::1",
      ]),
    IPv6Frame(
      testDescription: "MTU option that is too long",
      hex: IPv6Frame.packet(
        58, hopLimit: 255, "8600a0ed40000708000000000000000005020102030405060708090a0b0c0d0e"),
      lines: [
        "    ICMPv6 Option (MTU : 50595078)",
        "        Type: MTU (5)",
        "        MTU: 50595078",
        "        Unknown Data: 0708090a0b0c0d0e",
      ]),
    IPv6Frame(
      testDescription: "long link-layer address",
      hex: IPv6Frame.packet(
        58, hopLimit: 255,
        "8600d51c40000708000000000000000001010000000000000102000000000000000000000000"
          + "0000"),
      lines: [
        "    ICMPv6 Option (Source link-layer address : 00:00:00:00:00:00)",
        "        Link-layer address: 00:00:00_00:00:00 (00:00:00:00:00:00)",
        "    ICMPv6 Option (Source link-layer address : 00:00:00:00:00:00:00:00)",
        "        Link-layer address: 00:00:00_00:00:00:00:00 (00:00:00:00:00:00:00:00)",
      ]),
    IPv6Frame(
      testDescription: "RPL information",
      hex: IPv6Frame.packet(
        58, hopLimit: 255, "9b82bd2e8000410200000005000102030405060708020a01000006010201026162"),
      lines: [
        "    Code: 130 (Secure Destination Advertisement Object)",
        "    ICMPv6 RPL Option (DODAG configuration)",
        "            .... .110 = Path Control Size: 6",
        "        MinHopRankInc: 0",
        "        Lifetime Unit: 609",
        "    ICMPv6 RPL Option (n-byte padding)",
        "    ICMPv6 RPL Option (1-byte padding)",
      ]),
    IPv6Frame(
      testDescription: "RPL advertisement",
      hex: IPv6Frame.packet(
        58, hopLimit: 255,
        "9b0289521ec0000720010db80001000000000000000000010512008020010db8000100000000"
          + "000000000001"),
      lines: [
        "    Code: 2 (Destination Advertisement Object)",
        "    Flags: 0xc0, DAO-ACK Request (K), DODAGID Present (D)",
        "    DAO Sequence: 7",
        "    ICMPv6 RPL Option (RPL Target 2001:db8:1::1/128)",
        "        Target: 2001:db8:1::1",
      ]),
    IPv6Frame(
      testDescription: "RPL acknowledgement",
      hex: IPv6Frame.packet(
        58, hopLimit: 255,
        "9b03810f1e80070020010db80001000000000000000000010614ff01020320010db800010000"
          + "0000000000000001"),
      lines: [
        "    Code: 3 (Destination Advertisement Object Acknowledgment)",
        "    ICMPv6 RPL Option (Transit Information 2001:db8:1::1)",
        "        Flags: 0xff, External",
        "        Parent Address: 2001:db8:1::1",
      ]),
    IPv6Frame(
      testDescription: "RPL consistency check",
      hex: IPv6Frame.packet(
        58, hopLimit: 255,
        "9b8a3bcf80000102000000051e00000720010db800010000000000000000000100000009"),
      lines: [
        "    Algorithm: Encryption: CCM with AES-128 / Signature: RSA with SHA-256 (0)",
        "    Counter: 5",
        "    CC Nonce: 0x0007",
        "    Destination Counter: 9",
      ]),
    IPv6Frame(
      testDescription: "RPL metric",
      hex: IPv6Frame.packet(58, hopLimit: 255, "9b00053a0000020602000002ffff"),
      lines: [
        "        Routing Metric/Constraint Type: Node Energy (2)",
        "            Node Energy Object: 0xffff, Flag I, Flag E",
        "                .... .... 1111 1111 = Energy: 0xff",
      ]),
    IPv6Frame(
      testDescription: "RPL metric of no known kind",
      hex: IPv6Frame.packet(58, hopLimit: 255, "9b00fd3700000206090000020102"),
      lines: [
        "            [Expert Info (Note/Undecoded): Unknown RPL metric/constraint type]",
        "        Unknown Data: 0102",
      ]),
    IPv6Frame(
      testDescription: "RPL route discovery",
      hex: IPv6Frame.packet(
        58, hopLimit: 255, "9b007ce500000a1af8ff20010db80001000020010db80001000020010db800010000"),
      lines: [
        "            1... .... = Reply: Yes",
        "                [Expert Info (Warning/Protocol): This field MUST be set to zero when Hop-by-Hop Routes are being discovered]",
        "        11.. .... = Lifetime: 3 (64 sec)",
        "        Address Vector (1 Address)",
        "            Address: ::2001:db8:1:0",
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
