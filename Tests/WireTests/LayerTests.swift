import Fields
import TestSupport
import Testing

@testable import Wire

/// One frame of each link and network protocol, as hexadecimal, with its link type.
struct SampleFrame: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let linkType: UInt32
  let hex: String
  /// Lines that the tree must have, in this order.
  let lines: [String]

  static let udp = "1389138a000d80ec68656c6c6f"
  static let ipv4 = "4500002100010000401166c90a0000010a000002" + udp
  static let ethernet = "000c29aabbcc00000c112233"
  static let ipv6 =
    "6000000000150040" + "20010db8000000000000000000000001"
    + "20010db8000000000000000000000002"

  static var all: [SampleFrame] { plain + links + tunnels + edges }

  static let plain = [
    SampleFrame(
      testDescription: "Ethernet, IPv4, UDP", linkType: 1, hex: ethernet + "0800" + ipv4,
      lines: [
        "Ethernet II, Src: Cisco_11:22:33 (00:00:0c:11:22:33), Dst: VMware_aa:bb:cc (00:0c:29:aa:bb:cc)",
        "    Type: IPv4 (0x0800)",
        "Internet Protocol Version 4, Src: 10.0.0.1, Dst: 10.0.0.2",
        "    Header Checksum: 0x66c9 [correct]",
        "    [Header checksum status: Good]",
        "User Datagram Protocol, Src Port: 5001, Dst Port: 5002",
        "    Checksum: 0x80ec [correct]",
        "    UDP payload (5 bytes)",
        "Data (5 bytes)",
      ]),
    SampleFrame(
      testDescription: "padding and a check sequence", linkType: 1,
      hex: ethernet + "0800" + ipv4 + "00000000000000000000000000" + "01020304",
      lines: [
        "    Padding: 00000000000000000000000000",
        "    Frame check sequence: 0x01020304 [unverified]", "    [FCS Status: Unverified]",
      ]),
    SampleFrame(
      testDescription: "VLAN", linkType: 1, hex: ethernet + "810020050800" + ipv4,
      lines: [
        "802.1Q Virtual LAN, PRI: 1, DEI: 0, ID: 5",
        "    001. .... .... .... = Priority: Background (1)", "    Type: IPv4 (0x0800)",
      ]),
    SampleFrame(
      testDescription: "two service tags", linkType: 1,
      hex: ethernet + "88a8000588a810060800" + ipv4,
      lines: [
        "IEEE 802.1ad, S-VID: 5, C-VID: 6",
        "Internet Protocol Version 4, Src: 10.0.0.1, Dst: 10.0.0.2",
      ]),
    SampleFrame(
      testDescription: "LLC and SNAP", linkType: 1,
      hex: "0180c200000000000c1122330029aaaa030000000800" + ipv4 + "0000000000",
      lines: [
        "IEEE 802.3 Ethernet ", "    Length: 41", "    Padding: 0000000000",
        "Logical-Link Control", "    DSAP: SNAP (0xaa)", "    Control field: U, func=UI (0x03)",
        "    Type: IPv4 (0x0800)",
      ]),
    SampleFrame(
      testDescription: "Linux cooked", linkType: 113,
      hex: "000000010006000c29aabbcc00000800" + ipv4,
      lines: [
        "Linux cooked capture v1", "    Packet type: Unicast to us (0)",
        "    Source: VMware_aa:bb:cc (00:0c:29:aa:bb:cc)", "    Protocol: IPv4 (0x0800)",
      ]),
    SampleFrame(
      testDescription: "Linux cooked 2", linkType: 276,
      hex: "08000000000000030001040600" + "0c29aabbcc0000" + ipv4,
      lines: [
        "Linux cooked capture v2", "    Interface index: 3", "    Packet type: Sent by us (4)",
      ]),
    SampleFrame(
      testDescription: "loopback, little-endian", linkType: 0, hex: "02000000" + ipv4,
      lines: ["Null/Loopback", "    Family: IP (2)"]),
    SampleFrame(
      testDescription: "loopback, an EtherType behind other bytes", linkType: 0,
      hex: "0f000800" + ipv4,
      lines: [
        "Null/Loopback", "    Type: IPv4 (0x0800)",
        "Internet Protocol Version 4, Src: 10.0.0.1, Dst: 10.0.0.2",
      ]),
    SampleFrame(
      testDescription: "IPv6 multicast by its address", linkType: 1,
      hex: "3333ff123456" + "00000c112233" + "86dd" + ipv6 + "1389138a000d9b1a68656c6c6f",
      lines: [
        "Ethernet II, Src: Cisco_11:22:33 (00:00:0c:11:22:33), Dst: IPv6mcast_ff:12:34:56 (33:33:ff:12:34:56)"
      ]),
    SampleFrame(
      testDescription: "a binding update", linkType: 12,
      hex: "6000000000108740" + "20010db8000000000000000000000001"
        + "20010db8000000000000000000000002" + "3b01050000000" + "3e8" + "8000" + "0e10"
        + "01020000",
      lines: [
        "    Mobile IPv6", "        Mobility Header Type: Binding Update (5)",
        "        Binding Update",
        "            Sequence number: 1000",
        "            1... .... .... .... = Acknowledge (A) flag: Binding Acknowledgement requested",
        "            Lifetime: 3600 (14400 seconds)", "        Mobility Options",
        "            MIPv6 Option - PadN", "                PadN: 0000",
      ]),
    SampleFrame(
      testDescription: "loopback, big-endian", linkType: 0, hex: "00000002" + ipv4,
      lines: ["    Family: IP (2)"]),
    SampleFrame(
      testDescription: "raw", linkType: 12, hex: ipv4, lines: ["Raw packet data", "Data (5 bytes)"]),
    SampleFrame(
      testDescription: "ARP announcement", linkType: 1,
      hex: "ffffffffffff000c29aabbcc08060001080006040001000c29aabbcc0a0000010000000000000a000001",
      lines: [
        "Address Resolution Protocol (ARP Announcement)", "    [Is gratuitous: True]",
        "    [Is announcement: True]",
      ]),
    SampleFrame(
      testDescription: "IPv6 with hop-by-hop options", linkType: 229,
      hex: ipv6 + "1100050200000100" + "1389138a000d6cfb68656c6c6f",
      lines: [
        "Internet Protocol Version 6, Src: 2001:db8::1, Dst: 2001:db8::2",
        "    IPv6 Hop-by-Hop Option", "        [Length: 8 bytes]", "        Router Alert",
        "            Router Alert: MLD (0)",
        "User Datagram Protocol, Src Port: 5001, Dst Port: 5002",
      ]),
    SampleFrame(
      testDescription: "IPv4 options", linkType: 228,
      hex: "4800002d0001000040110000" + "0a0000010a000002" + "890b040a0000090a000a0a00" + udp,
      lines: [
        "Internet Protocol Version 4, Src: 10.0.0.1, Dst: 10.0.10.10, Via: 10.0.0.2",
        "    Options: (12 bytes), Strict Source Route",
        "            Source Route: 10.0.0.9 <- (next)",
      ]),
  ]
}

@Suite struct LayerTests {
  @Test(arguments: SampleFrame.all) func tree(_ sample: SampleFrame) {
    let lines = treeText(sample.hex.bytes, linkType: sample.linkType).split(separator: "\n")
    var rest = lines[...]
    for line in sample.lines {
      guard let place = rest.firstIndex(where: { $0 == line }) else {
        Issue.record("no line \"\(line)\" in \(lines.joined(separator: "\n"))")
        return
      }
      rest = rest[(place + 1)...]
    }
  }

  /// Cut short or never complete: no length may trap, and the cut is said.
  @Test(arguments: SampleFrame.all) func everyTruncation(_ sample: SampleFrame) {
    let bytes = sample.hex.bytes
    for length in 0..<bytes.count {
      var dissector = FrameReader()
      _ = dissector.treeText(
        Array(bytes[..<length]), wireLength: bytes.count, linkType: sample.linkType)
      _ = dissector.treeText(Array(bytes[..<length]), number: 2, linkType: sample.linkType)
    }
  }

  @Test func randomBytes() {
    var random = SeededGenerator()
    let samples = SampleFrame.all
    var dissector = FrameReader()
    for number in 1...20_000 {
      let sample = samples[Int.random(in: samples.indices, using: &random)]
      var bytes = sample.hex.bytes
      for _ in 0...Int.random(in: 0..<8, using: &random) {
        bytes[Int.random(in: bytes.indices, using: &random)] = random.bytes(1)[0]
      }
      if Int.random(in: 0..<4, using: &random) == 0 { bytes.append(contentsOf: bytes) }
      _ = dissector.treeText(
        bytes, number: number, wireLength: bytes.count + Int.random(in: 0..<3, using: &random),
        linkType: sample.linkType)
    }
  }

  /// A header that was cut shows the fields that are there, and no more of its label than its name.
  @Test(arguments: [
    (1, "IPv4", 6, ["    Identification: 0x0001 (1)"], ["Time to Live", "Dst: 10"]),
    (1, "IPv4", 19, ["    Source Address: 10.0.0.1"], ["Destination Address", "Dst: 10"]),
    (3, "IPv6", 39, ["    Source Address: 2001:db8::1"], ["Destination Address", "Src: 2001"]),
    (3, "IPv6", 5, ["    .... 0000 0000 0000 0000 0000 = Flow Label: 0x00000"], ["Payload Length"]),
  ])
  func cutHeaders(
    _ kind: Int, _ name: String, _ count: Int, _ lines: [String], _ absent: [String]
  ) throws {
    let type = kind == 1 ? "0800" + SampleFrame.ipv4 : "86dd" + SampleFrame.ipv6
    let whole = (SampleFrame.ethernet + type).bytes
    var dissector = FrameReader()
    let text = dissector.treeText(
      Array(whole.prefix(14 + count)), number: 1, wireLength: whole.count, linkType: 1)
    let own = text.split(separator: "Internet Protocol Version").last ?? ""
    for line in lines { #expect(own.contains(line + "\n")) }
    for words in absent { #expect(!own.contains(words)) }
    #expect(text.contains("[Packet size limited during capture: \(name) truncated]"))
  }

  /// Errors that quote errors, and tunnels in tunnels, deeper than a byte counts.
  @Test(arguments: [UInt8(1), 4, 60]) func nests(_ number: UInt8) {
    var bytes: [UInt8] = []
    for _ in 0..<600 {
      if number == 60 {
        bytes += [60, 0, 1, 4, 0, 0, 0, 0]
      } else {
        bytes += [0x45, 0, 0, 0, 0, 0, 0, 0, 64, number, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2]
        if number == 1 { bytes += [3, 3, 0, 0, 0, 0, 0, 0] }
      }
    }
    if number == 60 {
      let length = UInt16(bytes.count)
      let head: [UInt8] = [0x60, 0, 0, 0, UInt8(length >> 8), UInt8(length & 255), 60, 64]
      bytes = head + [UInt8](repeating: 1, count: 32) + bytes
    }
    #expect(!treeText(bytes, linkType: 12).isEmpty)
  }

  /// Fragments in any order, one of them twice.
  @Test func fragments() {
    let payload = (0..<40).map { UInt8($0) }
    func fragment(_ part: Range<Int>, isLast: Bool) -> [UInt8] {
      let word = UInt16(part.lowerBound / 8) | (isLast ? 0 : 0x2000)
      let length = 20 + part.count
      let head: [UInt8] = [
        0x45, 0, 0, UInt8(length), 0, 7, UInt8(word >> 8), UInt8(word & 255), 64, 253, 0, 0, 10, 0,
        0,
        1, 10, 0, 0, 2,
      ]
      return head + payload[part]
    }
    var options = DissectorOptions()
    options.validatesChecksums = false
    var dissector = FrameReader(options)
    let parts = [
      fragment(16..<40, isLast: true), fragment(0..<8, isLast: false),
      fragment(0..<8, isLast: false), fragment(8..<16, isLast: false),
    ]
    var text = ""
    for (index, part) in parts.enumerated() {
      text = dissector.treeText(part, number: index + 1, linkType: 228)
    }
    #expect(text.contains("    [4 IPv4 Fragments (40 bytes): #2(8), #3(8), #4(8), #1(24)]\n"))
    #expect(
      text.contains(
        "        [Frame: 3, payload: 0-7 (8 bytes)]\n            [Fragment overlap: True]"))
    #expect(dissector.found.sources.first?.bytes == payload)
  }
}

@Suite struct ChecksumTests {
  /// Against the plain definition, at every length and alignment.
  @Test func definition() {
    let bytes = (0..<300).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 11) }
    for start in 0..<5 {
      for end in start...bytes.count {
        var plain: UInt64 = 0
        for index in start..<end {
          plain += UInt64(bytes[index]) << ((index - start).isMultiple(of: 2) ? 8 : 0)
        }
        while plain > 0xffff { plain = plain & 0xffff + plain >> 16 }
        var sum = Checksum()
        sum.add(bytes.span.extracting(start..<end))
        #expect(sum.folded == UInt16(plain))
      }
    }
  }
}
