import TestSupport
import Testing

@testable import Fields

@Suite struct FilterTests {
  static let eth = Field("eth", "Ethernet II", .proto)
  static let address = Field("eth.addr", "Address", .ether)
  static let port = Field("tcp.port", "Port", .uint16)
  static let tcp = Field("tcp", "TCP", .proto)
  static let syn = Field("tcp.flags.syn", "Syn", .boolean, .natural, .setNotSet)
  static let next = Field(
    "ip.proto", "Protocol", .uint8, .natural, .names { $0 == 6 ? "TCP" : nil })
  static let ip = Field("ip.addr", "Address", .ipv4)
  static let ipv6 = Field("ipv6.addr", "Address", .ipv6)
  static let command = Field("smtp.req.command", "Command", .string)
  static let smtp = Field("smtp", "SMTP", .proto)
  static let payload = Field("tcp.payload", "Payload", .bytes)
  static let time = Field("frame.time", "Time", .absoluteTime)
  static let delta = Field("frame.time_delta", "Delta", .relativeTime)
  static let scale = Field("tcp.scale", "Scale", .int32)
  static let flags = Field("tcp.analysis.flags", "Flags", .none)
  static let names = FieldNames([
    eth, address, port, tcp, syn, next, ip, ipv6, command, smtp, payload, time, delta, scale, flags,
  ])

  /// A frame with two ports and two addresses.
  static func frame() -> FieldBuffer {
    var tree = FieldBuffer()
    tree.add(eth, .none, at: 0, count: 6)
    tree.add(address, .ether(0x0000_5e00_5310), at: 0, count: 6)
    tree.add(tcp, .none, at: 6, count: 4)
    tree.add(port, 25, at: 6, count: 2)
    tree.add(port, 40_000, at: 8, count: 2)
    tree.add(syn, true)
    tree.add(next, 6)
    tree.add(ip, .ipv4(0xc000_020a))
    tree.add(ip, .ipv4(0xc000_0219))
    tree.add(ipv6, .ipv6(high: 0x2001_0db8 << 32, low: 1))
    tree.add(time, .time(1_704_448_800_500_000_000))
    tree.add(delta, .time(1_500_000_000))
    tree.add(scale, -2)
    tree.add(smtp, .none, at: 10, count: 6)
    tree.add(command, "EHLO")
    let payload: [UInt8] = [0x45, 0x48, 0x4c, 0x4f, 0x0d, 0x0a]
    tree.add(self.payload, payload.span, at: 10)
    return tree
  }
  static let bytes: [UInt8] =
    [0, 0, 0x5e, 0, 0x53, 0x10, 0, 25, 0x9c, 0x40] + Array("EHLO\r\n".utf8)

  static let chosen = [
    "eth", "tcp && smtp", "!ipx || eth".replacing("ipx", with: "tcp.analysis.flags"),
    "tcp.port == 25",
    "tcp.port == 0x19", "tcp.port == 031", "tcp.port == 0b11001", "tcp.port == '\\x19'",
    "25 == tcp.port",
    "tcp.port !== 25", "!(tcp.port != 25)", "tcp.port in {20..30}", "tcp.port in {1 25}",
    "tcp.port in { 1 , 25 }", "all tcp.port >= 25", "any tcp.port > 30000", "not all tcp.port > 25",
    "tcp.flags.syn == True", "tcp.flags.syn == \"set\"", "tcp.flags.syn", "ip.proto == TCP",
    "ip.proto == \"tcp\"", "ip.addr == 192.0.2.0/24", "ip.addr == 192.0.2.25",
    "ip.addr != 10.0.0.1",
    "ip.addr == 0.0.0.0/0", "ipv6.addr == 2001:db8::/32", "ipv6.addr == 2001:db8::1",
    "ipv6.addr[0:2] == 20:01", "ipv6.addr != ::1", "ip.addr[0-2,3] == c0:00:02:0a",
    "eth.addr == 00:00:5e:00:53:10", "eth.addr == 00-00-5e-00-53-10", "eth.addr == 0000.5e00.5310",
    "eth.addr[-1] == 10", "eth.addr[:3] == 00:00:5e", "eth.addr[3:] == 005310",
    "eth.addr contains 5e:00", "eth.addr[2] & 0e", "smtp.req.command == EHLO",
    "smtp.req.command matches \"^eh.o$\"", "smtp.req.command ~ r\"^[a-z]{4}$\"",
    "smtp.req.command == \"\\x45HLO\"", "smtp.req.command in {\"E\"..\"F\"}",
    "lower(smtp.req.command) == \"ehlo\"", "len(smtp.req.command) == 4", "count(tcp.port) == 2",
    "string(tcp.port) matches \"^4\"", "max(tcp.port) == 40000", "min(tcp.port) < 30",
    "abs(tcp.scale) == 2", "tcp.scale == -2", "tcp.scale < 0", "-tcp.scale == 2",
    "tcp.port + 1 == 26",
    "tcp.port - 39999 == 1", "tcp.port % 10 == 5", "tcp.port == 20 + 5", "tcp.port == 5 * 4 + 5",
    "{tcp.port & 1} == 1", "tcp.port & 1",
    "frame.time > \"2024-01-05\"", "frame.time == \"2024-01-05 10:00:00.5\"",
    "frame.time == \"Jan  5, 2024 10:00:00.5\"", "frame.time == \"2024-01-05T11:00:00.5+01:00\"",
    "frame.time_delta == 1.5", "frame.time_delta > -1", "frame.time_delta in {1..2}",
    "tcp.payload[0:4] == \"EHLO\"", "tcp.payload[-2:] == 0d:0a", "tcp.payload[5]",
    "!tcp.payload[6]",
    "smtp contains \"HLO\"", "tcp contains \"EHLO\"", "tcp.port#1 == 25", "eth matches \"lo\\\\r\"",
    "smtp[4:] == 0d:0a", "len(tcp) == 4", "tcp[0:2] == 00:19", "tcp.port xor tcp.analysis.flags",
  ]
  @Test(arguments: chosen) func chooses(_ text: String) throws {
    let filter = try DisplayFilter(text, fields: Self.names)
    let isChosen = filter.matches(Self.frame(), Self.bytes.span)
    #expect(isChosen)
  }

  static let passed = [
    "tcp.analysis.flags", "tcp.port != 25", "tcp.port === 25", "tcp.port == 26",
    "all tcp.port > 25",
    "tcp.port == -1", "tcp.port > -1", "smtp.req.command == \"ehlo\"", "tcp.analysis.flags or !eth",
    "tcp[4]", "len(tcp.payload) > 6", "tcp.port#2 == 25", "tcp.port / 0 == 0",
    "ip.addr == 10.0.0.0/8",
    "smtp.req.command matches \"(?-i)ehlo\"", "tcp.port xor eth", "tcp.payload[2:9] == 4c",
  ]
  @Test(arguments: passed) func passesOver(_ text: String) throws {
    let filter = try DisplayFilter(text, fields: Self.names)
    let isChosen = filter.matches(Self.frame(), Self.bytes.span)
    #expect(!isChosen)
  }

  static let wrong: [(text: String, column: Int, words: String)] = [
    ("", 1, "empty"), ("tcp.prot == 25", 1, "did you mean tcp.port?"),
    ("tcp && tcp.prt", 8, "tcp.port"),
    ("tcp.port ==", 12, "ends too early"), ("tcp.port == 99999", 13, "at most 65535"),
    ("tcp.port == \"25\"", 13, "cannot be a string"), ("tcp.port == foo", 13, "no number"),
    ("ip.addr == foo", 12, "no IPv4 address"), ("ip.addr == eth.addr", 12, "do not compare"),
    ("tcp.port contains 25", 1, "cannot contain"), ("tcp.port[0] == 1", 1, "has no parts"),
    ("smtp.req.command matches \"(\"", 26, "no regular expression"),
    ("smtp.req.command matches EHLO", 26, "double quotes"),
    ("tcp.flags.syn == maybe", 18, "not among"),
    ("(tcp", 5, "\")\" is missing"), ("tcp)", 4, "unexpected"), ("tcp.port in {25", 16, "ends"),
    ("tcp.analysis.flags == 1", 1, "cannot be compared"),
    ("foo(tcp.port) == 1", 1, "no function foo"),
    ("upper(tcp.port) == \"A\"", 7, "takes no"), ("len(tcp)", 1, "must be compared"),
    ("smtp.req.command == \"a\\q\"", 23, "\\q"), ("smtp.req.command == \"a", 21, "never closed"),
    ("eth.addr == 00:11", 13, "no Ethernet address"), ("frame.time > 12", 14, "no date"),
    ("tcp $ eth", 5, "unexpected"), ("ip.addr == 1.2.3.4/33", 12, "no IPv4"),
    ("1 == 1", 1, "no field"),
    (String(repeating: "(", count: 5000) + "tcp", 201, "nested too deeply"),
  ]
  @Test(arguments: wrong.indices) func saysWhatIsWrong(_ index: Int) {
    let (text, column, words) = Self.wrong[index]
    do throws(FilterError) {
      _ = try DisplayFilter(text, fields: Self.names)
      Issue.record("\(text) is taken")
    } catch {
      #expect(error.column == column, "\(text): \(error.line)")
      #expect(error.message.contains(words), "\(text): \(error.line)")
      #expect(!error.line.contains("\n"))
    }
  }

  /// Whatever is typed is either a filter or an error.
  @Test func survivesAnything() {
    var random = SeededGenerator()
    let pieces =
      Self.chosen.flatMap { $0.split(separator: " ") }.map(String.init) + [
        "[", "\"", "'", "\\", "é", "-", "..",
      ]
    let tree = Self.frame()
    for _ in 0..<2000 {
      var text = ""
      for _ in 0..<8 {
        text += pieces.randomElement(using: &random) ?? ""
        if Bool.random(using: &random) { text += " " }
      }
      if let filter = try? DisplayFilter(text, fields: Self.names) {
        _ = filter.matches(tree, Self.bytes.span)
      }
    }
  }
}
