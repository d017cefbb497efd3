import Capture
import Fields
import Testing
import Wire

@testable import Dissection

@Suite struct PacketViewTests {
  private static let relay = fixture("recorded/smtp-delivery.pcap")

  private static func fixture(_ name: String) -> String {
    var parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
    parts.removeLast(3)
    return parts.joined(separator: "/") + "/Fixtures/" + name
  }

  private func shown(
    _ view: some PacketView, _ path: String = relay,
    _ change: (inout PacketOptions) -> Void = { _ in }
  ) throws -> String {
    var options = PacketOptions()
    change(&options)
    var output = MemoryOutput()
    try PacketRun.run(CaptureSource(paths: [path]), options, view, to: &output)
    return output.string
  }

  @Test func fieldsAreWrittenAsAsked() throws {
    var style = PacketFields.Style()
    for option in ["separator=,", "quote=d", "header=y", "aggregator=;", "occurrence=a"] {
      try style.set(option)
    }
    let text = try shown(
      PacketFields(["frame.number", "tcp.port", "smtp.req.command", "_ws.col.Protocol"], style)
    ) {
      $0.displayFilter = "smtp.req.command == EHLO"
    }
    let lines = text.split(separator: "\n")
    #expect(lines.first == "frame.number,tcp.port,smtp.req.command,_ws.col.Protocol")
    #expect(lines.count == 2)
    #expect(lines.last?.hasSuffix(";25\",\"EHLO\",\"SMTP\"") == true)
  }

  /// A frame of 2023-11-14 22:13:20.123456789, 3.5 s after the first and 0.25 s after the one before.
  @Test(
    arguments: zip(
      PacketList.TimeFormat.allCases,
      [
        "3.500000000", "22:13:20.123456789", "2023-11-14 22:13:20.123456789",
        "2023/318 22:13:20.123456789", "0.250000000", "1.250000000", "1700000000.123456789",
        "22:13:20.123456789", "2023-11-14 22:13:20.123456789", "2023/318 22:13:20.123456789",
      ]))
  func timesAreWrittenAsAsked(_ format: PacketList.TimeFormat, _ expected: String) {
    var facts = FrameFacts(
      number: 3, time: 1_700_000_000_123_456_789, wireLength: 0, linkType: 1)
    facts.firstArrival = TimeValue(moment: facts.time - 3_500_000_000)
    facts.previousArrival = TimeValue(moment: facts.time - 250_000_000)
    facts.previousDisplayedArrival = TimeValue(moment: facts.time - 1_250_000_000)
    facts.timeDecimals = 9
    var text = TextBuffer()
    PacketList(timeFormat: format).writeTime(of: facts, to: &text)
    #expect(text.string == expected)
    facts.hasTime = false
    text.clear()
    PacketList(timeFormat: format).writeTime(of: facts, to: &text)
    #expect(text.string.isEmpty)
  }

  @Test func unknownFieldsAreRefused() {
    #expect(throws: RunError.self) { try PacketFields(["tcp.prt"]) }
    #expect(throws: RunError.self) { try PacketFields(["_ws.col.Nothing"]) }
    #expect(throws: RunError.self) { try PacketFields([]) }
    do throws(RunError) { _ = try PacketFields(["tcp.prt"]) } catch {
      #expect(error.message?.contains("did you mean tcp.port?") == true)
      #expect(error.exitStatus == 64)
    }
  }

  @Test(arguments: ["separator", "quote=x", "colour=y", "header=", ""])
  func unknownStylesAreRefused(_ option: String) {
    var style = PacketFields.Style()
    #expect(throws: RunError.self) { try style.set(option) }
  }

  /// A frame of a hand-built tree.
  private func ndjson(_ tree: borrowing FieldBuffer, offsets: Bool = false) -> String {
    var text = TextBuffer()
    var view = PacketNDJSON(showsOffsets: offsets)
    let bytes: [UInt8] = [1, 2, 3]
    view.write(
      tree, of: FrameFacts(number: 1, time: 0, wireLength: 3, linkType: 1), bytes.span, to: &text)
    return text.string
  }
  private static let layer = Field("a", "A", .proto)
  private static let part = Field("b", "B", .proto)
  private static let number = Field("a.number", "Number", .uint8)
  private static let flag = Field("a.flag", "Flag", .boolean)
  private static let bytes = Field("a.bytes", "Bytes", .bytes)
  private static let mark = Field("a.mark", "Mark", .none)
  private static let time = Field("a.time", "Time", .absoluteTime)
  private static let delay = Field("a.delay", "Delay", .relativeTime)

  @Test func ndjsonIsTypedAndHasNoKeyTwice() throws {
    var tree = FieldBuffer()
    let top = tree.opened(Self.layer, count: 3)
    let head = tree.addText("Heading")
    tree.open(head)
    tree.add(Self.number, 1, at: 0, count: 1)
    tree.add(Self.number, 2, at: 1, count: 1)
    tree.close(head)
    tree.add(Self.flag, true)
    tree.add(Self.mark, .none)
    let ok: [UInt8] = [0x4f, 0x4b]
    tree.add(Self.bytes, ok.span)
    let raw: [UInt8] = [0xff]
    tree.add(Self.bytes, raw.span)
    tree.add(Self.time, .time(1_500_000_000))
    tree.add(Self.delay, .time(-1_000))
    tree.addText("A \"line\"")
    for number in 3...4 {
      let inner = tree.opened(Self.part, count: 1)
      tree.add(Self.number, number)
      tree.close(inner)
    }
    tree.close(top)
    #expect(
      ndjson(tree)
        == #"{"a":{"a.number":[1,2],"a.flag":true,"a.mark":true,"#
        + #""a.bytes":[{"hex":"4f4b","text":"OK"},{"hex":"ff"}],"#
        + #""a.time":"1970-01-01T00:00:01.500000000Z","a.delay":-0.000001000,"#
        + #""b":[{"a.number":3},{"a.number":4}],"_text":["A \"line\""]}}"# + "\n")
  }

  @Test func ndjsonSaysWhereFieldsLie() {
    var tree = FieldBuffer()
    let top = tree.opened(Self.layer, count: 3)
    tree.add(Self.number, 1, at: 1, count: 1)
    tree.add(Self.flag, false, .generated)
    tree.close(top)
    #expect(
      ndjson(tree, offsets: true)
        == #"{"a":{"_offset":0,"_length":3,"a.number":{"value":1,"offset":1,"length":1},"#
        + #""a.flag":{"value":false}}}"# + "\n")
  }

  @Test func bytesAreDumpedBelowOrAlone() throws {
    let alone = try shown(HexDump(below: NoPacketView())) { $0.displayFilter = "frame.number == 1" }
    #expect(alone.hasPrefix("0000  "))
    #expect(alone.hasSuffix("\n\n"))
    var text = TextBuffer()
    let bytes = Array(UInt8(ascii: "A")...UInt8(ascii: "R")) + [0x7f]
    text.write(hexDump: bytes.span)
    #expect(
      text.string
        == "0000  41 42 43 44 45 46 47 48 49 4a 4b 4c 4d 4e 4f 50   ABCDEFGHIJKLMNOP\n"
        + "0010  51 52 7f                                          QR.\n")
  }

  @Test func wholeSessionsTakeEveryFrameOfAChosenOne() throws {
    let all = try shown(PacketFields(["frame.number"])) { $0.displayFilter = "tcp.stream == 0" }
    let whole = try shown(PacketFields(["frame.number"])) {
      $0.displayFilter = "tcp.stream == 0 && smtp.req.command == QUIT"
      $0.takesWholeSessions = true
    }
    #expect(whole == all)
    #expect(!whole.isEmpty)
    #expect(throws: RunError.self) {
      _ = try shown(NoPacketView(), "-") {
        $0.displayFilter = "tcp"
        $0.takesWholeSessions = true
      }
    }
  }

  @Test func aCaptureIsNotWrittenOverItself() {
    #expect(throws: RunError.self) { _ = try shown(NoPacketView()) { $0.savePath = Self.relay } }
  }

  @Test func wrongFiltersEndTheRunBeforeItBegins() {
    do {
      _ = try shown(NoPacketView(), "/nowhere") { $0.displayFilter = "tcp.prt" }
      Issue.record("the filter is taken")
    } catch let error as RunError {
      #expect(error.exitStatus == 64)
      #expect(
        error.message
          == "display filter, column 1: \"tcp.prt\" is no field or protocol; did you mean tcp.port?"
      )
    } catch {
      Issue.record(error)
    }
  }

  @Test func portsAreDecodedAsTold() throws {
    var options = DecodeAs()
    try options.add("tcp.port==2525-2526,smtp")
    try options.add("udp.port==8473,VXLAN")
    try options.add("udp.port==1-2,l2tp")
    #expect(options.ports == [2525: .smtp, 2526: .smtp])
    #expect(options.tunnels == [8473: .vxlan, 1: .l2tp, 2: .l2tp])
    for rule in [
      "tcp.port==x,smtp", "udp.port==1,smtp", "tcp.port==1,smtpx", "tcp.port==2-1,smtp", "",
      "tcp.port==1,vxlan", "udp.port==x,vxlan", "udp.port==1-,vxlan", "udp.port==65536,vxlan",
    ] {
      #expect(throws: RunError.self) { try options.add(rule) }
    }
  }

  /// Whatever is in a tree can be named in a filter and after `-e`.
  @Test(arguments: [
    "recorded/smtp-delivery.pcap", "recorded/imap-session.pcap", "recorded/pop3-session.pcap",
    "crafted/arp.pcap",
    "crafted/icmp.pcap", "crafted/icmpv6.pcap", "crafted/ipv4-options.pcap",
    "crafted/ipv6-extensions.pcap",
    "crafted/tcp-options.pcap", "crafted/profinet.pcap", "crafted/link-sll2.pcap",
    "crafted/udp.pcap", "crafted/link-nflog-forms.pcap", "crafted/link-radiotap.pcap",
    "crafted/link-ppi.pcap", "crafted/link-pflog.pcap", "crafted/link-wlan.pcap",
    "crafted/link-vntag.pcap", "crafted/mirror-tzsp-forms.pcap", "crafted/tunnel-l2tp.pcap",
  ])
  func everyFieldIsInTheCatalogue(_ capture: String) throws {
    let source = CaptureSource(paths: [Self.fixture(capture)])
    var reading = try CaptureReading(source)
    var selection = try FrameSelection(source, reading.format, movesOrigin: true)
    var frames = DescribedFrames(PacketOptions(), wantsTree: true)
    var missing: Set<String> = []
    var facts = FrameFacts.none
    while let frame = reading.next() {
      guard selection.take(frame, &facts) else { continue }
      frames.describe(frame.bytes, facts)
      for item in frames.tree.items
      where !item.field.name.isEmpty && FieldCatalogue.names[item.field.name] == nil {
        missing.insert(item.field.name)
      }
    }
    #expect(missing.isEmpty)
  }
}
