import Testing

@testable import Capture

@Suite struct FilterTests {
  /// Ethernet, IPv4, TCP with these ports; or IPv4 without Ethernet.
  static func packet(_ source: UInt8, _ destination: UInt8, ethernet: Bool = true) -> [UInt8] {
    let link = ethernet ? [UInt8](repeating: 2, count: 12) + [8, 0] : []
    let ip: [UInt8] = [0x45, 0, 0, 40, 0, 0, 0, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2]
    return link + ip + [0, source, 0, destination] + [UInt8](repeating: 0, count: 16)
  }

  @Test func choosesByPortForEveryLinkType() throws {
    var builder = CaptureBuilder()
    builder.section()
    builder.interface()
    builder.interface(link: 101)
    builder.enhanced(0, 0, Self.packet(99, 25))
    builder.enhanced(0, 0, Self.packet(99, 80))
    builder.enhanced(1, 0, Self.packet(25, 99, ethernet: false))
    builder.enhanced(1, 0, [])
    let file = try TemporaryFile(builder.bytes)
    var filter = try CaptureFilter(expression: "tcp port 25")
    var capture = try CaptureFile(path: file.path)
    var matches: [Bool] = []
    while let frame = try capture.next() { matches.append(try filter.matches(frame)) }
    #expect(matches == [true, false, true, false])
  }

  @Test func wrongExpression() {
    do throws(CaptureError) {
      _ = try CaptureFilter(expression: "tcp prot 25")
      Issue.record("a wrong expression was taken")
    } catch {
      #expect(error.kind == .badFilter)
      #expect(error.message.contains("syntax error"))
    }
  }
}

@Suite struct WriterTests {
  static func copy(_ input: String, to output: String, _ format: CaptureFormat) throws {
    var capture = try CaptureFile(path: input)
    var writer = try CaptureWriter(path: output, format: format)
    while let frame = try capture.next() {
      try writer.write(frame)
    }
    try writer.finish()
  }

  @Test(arguments: [0xA1B2_C3D4, 0xA1B2_3C4D] as [UInt32], [CaptureFormat.pcap, .pcapng])
  func roundTrip(_ magic: UInt32, _ format: CaptureFormat) throws {
    var file = CaptureBuilder.pcap(magic: magic, bigEndian: true, link: 101)
    file.record(1_700_000_000, 999_999, [1, 2, 3], original: 5)
    file.record(4_000_000_000, 0, [])
    file.record(0, 1, [4])
    let input = try TemporaryFile(file.bytes)
    let output = try TemporaryFile()
    try Self.copy(input.path, to: output.path, format)
    let (before, after) = (readAll(input.path), readAll(output.path))
    #expect(before.frames.count == 3)
    #expect(after.frames == before.frames)
    #expect(after.error == nil)
    #expect(try CaptureFile(path: output.path).format == format)
    let reference = try #require(ReferenceTests.libpcap(output.path))
    #expect(reference.frames.map(\.bytes) == before.frames.map(\.bytes))
    #expect(reference.frames.map(\.timestamp) == before.frames.map(\.timestamp))
  }

  @Test(arguments: [false, true]) func pcapngKeepsWhatPcapCannot(bigEndian: Bool) throws {
    var builder = CaptureBuilder(bigEndian: bigEndian)
    builder.section()
    builder.interface { $0.option(2, "eth0") }
    builder.interface(link: 113, snapLength: 96) {
      $0.option(9, [0x8A])
      $0.option(11, [0] + "port 25".utf8)
      $0.option(13, [4])
    }
    builder.enhanced(0, 9, [1]) {
      $0.option(1, "it’s here")
      $0.option(2, integer: 2 as UInt32)
      $0.option(4, integer: 1 << 40 as UInt64)
      $0.option(5, integer: 0x0102_0304_0506 as UInt64)
      $0.option(6, integer: 3 as UInt32)
      $0.option(7, [0, 7, 8])
      $0.option(7, [1] + (bigEndian ? [0, 0, 0, 0, 0, 0, 0, 2] : [2, 0, 0, 0, 0, 0, 0, 0]))
    }
    builder.enhanced(1, 1025, [2, 3, 4, 5], original: 100)
    let input = try TemporaryFile(builder.bytes)
    let output = try TemporaryFile()
    let secrets = DecryptionSecrets(type: DecryptionSecrets.tlsKeyLog, bytes: [1, 2, 3])
    var capture = try CaptureFile(path: input.path)
    var writer = try CaptureWriter(path: output.path, format: .pcapng)
    try writer.write(secrets)
    while let frame = try capture.next() {
      try writer.write(frame)
    }
    try writer.finish()

    #expect(readAll(output.path).frames == readAll(input.path).frames)
    var copy = try CaptureFile(path: output.path)
    let notes = try #require(try copy.next()?.notes)
    #expect(notes.comments == ["it’s here"])
    #expect(notes.flags == 2)
    #expect(notes.dropCount == 1 << 40)
    #expect(notes.identifier == 0x0102_0304_0506)
    #expect(notes.queue == 3)
    #expect(notes.verdicts.map(\.kind) == [0, 1])
    #expect(notes.verdicts.map(\.value) == [[7, 8], [0, 0, 0, 0, 0, 0, 0, 2]])
    #expect(try copy.next()?.fcsLength(nil) == 4)
    #expect(copy.secrets == [secrets])
    #expect(copy.interfaces.map(\.name) == ["eth0", nil])
    #expect(copy.interfaces.map(\.snapLength) == [0, 96])
    #expect(copy.interfaces.map(\.filter) == [nil, "port 25"])
    #expect(copy.interfaces.map(\.timestampResolution) == [1_000_000, 1_000_000_000])
  }

  @Test func pcapHasOneLinkType() throws {
    let input = try TemporaryFile(PcapNGTests.everything)
    let output = try TemporaryFile()
    do {
      try Self.copy(input.path, to: output.path, .pcap)
      Issue.record("frames of different link types were written to a pcap")
    } catch let error as CaptureError {
      #expect(error.kind == .cannotWrite)
      #expect(error.message.contains("different link types"))
    }
  }

  @Test(arguments: [CaptureFormat.pcap, .pcapng]) func withoutFrames(_ format: CaptureFormat) throws
  {
    let output = try TemporaryFile()
    try CaptureWriter(path: output.path, format: format).finish()
    let result = readAll(output.path)
    #expect(result.frames.isEmpty)
    #expect(result.error == nil)
  }

  @Test func whereNothingCanBeWritten() {
    for path in ["/nonexistent/x.pcap", "/dev/full"] {
      do throws(CaptureError) {
        try CaptureWriter(path: path, format: .pcap).finish()
        Issue.record("\(path) was written")
      } catch {
        #expect(error.kind == .cannotWrite)
        #expect(error.message.contains(path))
      }
    }
  }

  @Test func formatByName() {
    #expect(CaptureWriter.format(path: "a.pcapng", input: .pcap) == .pcapng)
    #expect(CaptureWriter.format(path: "a.pcap", input: .pcapng) == .pcap)
    #expect(CaptureWriter.format(path: "-", input: .pcapng) == .pcapng)
    #expect(CaptureWriter.format(path: "-", input: .pcap) == .pcap)
  }
}
