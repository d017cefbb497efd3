import Testing

@testable import Capture

@Suite struct PcapNGTests {
  struct Resolution: Sendable {
    let option: UInt8
    let ticks: UInt64
    let offset: Int64
    let nanoseconds: Int64
    /// Where nanoseconds do not hold the time.
    var exact: (seconds: Int64, nanoseconds: Int32)?
  }

  static let resolutions = [
    Resolution(
      option: 6, ticks: 1_700_000_000_123_456, offset: 0, nanoseconds: 1_700_000_000_123_456_000),
    Resolution(
      option: 9, ticks: 1_700_000_000_123_456_789, offset: 0, nanoseconds: 1_700_000_000_123_456_789
    ),
    Resolution(option: 0, ticks: 17, offset: 3, nanoseconds: 20_000_000_000),
    Resolution(option: 3, ticks: 1500, offset: -1, nanoseconds: 500_000_000),
    Resolution(option: 12, ticks: 1_000_000_000_123_456, offset: 0, nanoseconds: 1000_000_000_123),
    Resolution(option: 0x81, ticks: 3, offset: 0, nanoseconds: 1_500_000_000),
    Resolution(option: 0x9E, ticks: 3 << 29, offset: 0, nanoseconds: 1_500_000_000),
    Resolution(option: 0xBF, ticks: 3 << 62, offset: 0, nanoseconds: 1_500_000_000),
    Resolution(option: 20, ticks: 5, offset: 0, nanoseconds: 0),
    Resolution(
      option: 6, ticks: .max, offset: 0, nanoseconds: .max,
      exact: (18_446_744_073_709, 551_615_000)),
    Resolution(
      option: 9, ticks: .max, offset: 0, nanoseconds: .max, exact: (18_446_744_073, 709_551_615)),
    Resolution(
      option: 9, ticks: .max, offset: -18_446_744_073, nanoseconds: 709_551_615),
    Resolution(option: 9, ticks: 5, offset: .max, nanoseconds: .max, exact: (.max, 5)),
    Resolution(
      option: 6, ticks: 500_000, offset: .min, nanoseconds: .min, exact: (.min, 500_000_000)),
    Resolution(option: 0, ticks: .max, offset: 0, nanoseconds: -1_000_000_000),
    Resolution(option: 0, ticks: 1 << 63, offset: 0, nanoseconds: .min, exact: (.min, 0)),
  ]

  @Test(arguments: resolutions, [false, true])
  func times(_ test: Resolution, bigEndian: Bool) throws {
    var file = CaptureBuilder(bigEndian: bigEndian)
    file.section()
    file.interface {
      $0.option(9, [test.option])
      $0.option(14, integer: test.offset)
    }
    file.enhanced(0, test.ticks, [1])
    let stored = try TemporaryFile(file.bytes)
    var capture = try CaptureFile(path: stored.path)
    guard let frame = try capture.next() else {
      Issue.record("no frame")
      return
    }
    #expect(frame.timestamp == test.nanoseconds)
    let second: Int64 = 1_000_000_000
    let before = test.nanoseconds % second < 0
    let exact =
      test.exact
      ?? (
        test.nanoseconds / second - (before ? 1 : 0),
        Int32(test.nanoseconds % second + (before ? second : 0))
      )
    #expect(frame.time == exact)
  }

  /// Two sections of different byte order, every kind of block.
  static var everything: [UInt8] {
    var first = CaptureBuilder(bigEndian: true)
    first.section {
      $0.option(2, "machine")
      $0.option(4, "writer")
    }
    first.interface(snapLength: 4) {
      $0.option(2, "eth0")
      $0.option(11, [0] + "port 25".utf8)
      $0.option(12, "Linux")
      $0.option(13, [4])
      $0.append(0 as UInt32)
    }
    first.interface(link: 101) { $0.option(9, [9]) }
    first.enhanced(1, 5, [1, 2, 3], original: 10) {
      $0.option(1, "first")
      $0.option(2, integer: 0x0000_0001 as UInt32)
      $0.option(1, "second")
    }
    first.block(0xBAD) { $0.append(1 as UInt32) }
    first.block(3) { $0.append([9, 0x0102_0304]) }
    first.block(10) {
      $0.append([DecryptionSecrets.tlsKeyLog, 5])
      $0.bytes += Array("CLIEN".utf8)
    }
    first.block(4) {
      $0.option(1, [10, 0, 0, 1] + "mail.example.org\0alias\0".utf8)
      $0.append(0 as UInt32)
    }
    first.block(5) {
      $0.append([0, 0, 0])
      $0.option(4, integer: 77 as UInt64)
      $0.option(5, integer: 3 as UInt64)
    }
    var second = CaptureBuilder()
    second.section()
    second.interface(link: 113)
    second.block(2) {
      $0.append([0xFFFF_0000, 0, 7, 2, 2])
      $0.bytes += [8, 9]
    }
    return first.bytes + second.bytes
  }

  @Test func everyBlock() throws {
    let file = try TemporaryFile(Self.everything)
    var capture = try CaptureFile(path: file.path)
    var frames: [Seen] = []
    var facts: [[Int?]] = []
    while let frame = try capture.next() {
      frames.append(Seen(frame))
      facts.append([
        frame.fcsLength(frame.notes), frame.notes?.flags.map(Int.init), frame.hasTimestamp ? 1 : 0,
      ])
      let start = frame.fileOffset
      #expect(Array(Self.everything[start..<start + frame.bytes.count]) == frame.bytes.array)
    }
    #expect(
      frames
        == [
          Seen(
            5, [1, 2, 3], original: 10, linkType: 12, interface: 1, comments: ["first", "second"]),
          Seen(0, [1, 2, 3, 4], original: 9),
          Seen(7000, [8, 9], linkType: 113, interface: 2, section: 2),
        ].numbered)
    #expect(facts == [[nil, 1, 1], [4, nil, 0], [nil, nil, 1]])
    #expect(capture.format == .pcapng)
    #expect(capture.interfaces.map(\.linkType) == [1, 12, 113])
    #expect(capture.interfaces.map(\.section) == [1, 1, 2])
    #expect(capture.interfaces[0].name == "eth0")
    #expect(capture.interfaces[0].filter == "port 25")
    #expect(capture.interfaces[0].os == "Linux")
    #expect(capture.interfaces[0].statistics == InterfaceStatistics(received: 77, dropped: 3))
    #expect(capture.interfaces[1].timestampResolution == 1_000_000_000)
    #expect(capture.sections.map(\.application) == ["writer", nil])
    #expect(capture.secrets == [DecryptionSecrets(type: 0x544C_534B, bytes: Array("CLIEN".utf8))])
    #expect(
      capture.names == [
        ResolvedName(address: [10, 0, 0, 1], names: ["mail.example.org", "alias"])
      ])
  }

  @Test func everyTruncationDeliversTheFramesBefore() throws {
    let whole = try readAll(bytes: Self.everything)
    for length in 0..<Self.everything.count {
      let result = try readAll(bytes: Array(Self.everything.prefix(length)))
      #expect(result.frames == Array(whole.frames.prefix(result.frames.count)))
      if result.error == nil { continue }
      if length >= 12, case .damaged(let offset)? = result.error?.kind {
        #expect(offset <= length, "cut at \(length)")
      } else {
        #expect(length < 12, "cut at \(length)")
      }
    }
  }

  struct Damage: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let add: @Sendable (inout CaptureBuilder) -> Void

    init(_ name: String, _ add: @escaping @Sendable (inout CaptureBuilder) -> Void) {
      (testDescription, self.add) = (name, add)
    }
  }

  static let damages = [
    Damage("undeclared interface") { $0.enhanced(1, 0, [1]) },
    Damage("captured length beyond the block") { $0.block(6) { $0.append([0, 0, 0, 50, 50, 0]) } },
    Damage("huge captured length") { $0.block(6) { $0.append([0, 0, 0, .max, .max, 0]) } },
    Damage("body too short") { $0.block(6) { $0.append([0, 0]) } },
    Damage("block length 0") { $0.append([6, 0, 0, 0]) },
    Damage("block length 13") { $0.append([6, 13, 0, 0]) },
    Damage("block length beyond reason") { $0.append([6, 0xFFFF_FFFC, 0, 0]) },
    Damage("lengths that differ") { $0.append([1, 20, 1, 0, 24]) },
    Damage("secrets beyond the block") { $0.block(10) { $0.append([1, 0xFFFF_FFFF]) } },
    Damage("unknown byte order") { $0.append([0x0A0D_0D0A, 28, 0, 0, 0, 0, 28]) },
    Damage("unknown version") { $0.block(0x0A0D_0D0A) { $0.append([0x1A2B_3C4D, 2, 0, 0]) } },
    Damage("skipped block that is cut short") { $0.append([0xBAD, 0x7FFF_FFFC, 0, 0]) },
  ]

  @Test(arguments: damages) func damage(_ test: Damage) throws {
    var file = CaptureBuilder()
    file.section()
    file.interface()
    file.enhanced(0, 1, [1, 2])
    let place = file.bytes.count
    test.add(&file)
    let result = try readAll(bytes: file.bytes)
    #expect(result.frames.count == 1)
    #expect(result.error?.kind == .damaged(offset: place))
  }

  /// As some writers do: the length without the padding that is there.
  @Test func lengthWithoutPadding() throws {
    var file = CaptureBuilder()
    file.section()
    file.interface()
    file.append([6, 33, 0, 0, 1, 1, 1])
    file.bytes += [7, 0, 0, 0]
    file.append(33 as UInt32)
    file.enhanced(0, 2, [8])
    let result = try readAll(bytes: file.bytes)
    #expect(result.frames.map(\.bytes) == [[7], [8]])
    #expect(result.error == nil)
  }

  @Test func notesOfAPacketAreBounded() {
    let comment = [1, 0, 0xe8, 0xfd] + [UInt8](repeating: 0x61, count: 65_000)
    let options = [[UInt8]](repeating: comment, count: 20).flatMap(\.self)
    let notes = PacketNotes(options.span, swapped: false)
    #expect(notes.comments.count == 16 && notes.dropped == 4)
  }

  @Test func metadataIsBounded() {
    var metadata = CaptureMetadata()
    let kept = [metadata.keeps(CaptureMetadata.maximumKeptBytes), metadata.keeps(1)]
    #expect(kept == [true, false])
    metadata.add(CaptureSection(), length: 1)
    var interface = CaptureInterface(linkType: 1, snapLength: 0)
    interface.name = "eth0"
    metadata.add(interface, length: 8)
    metadata.add(ResolvedName(address: [1, 2, 3, 4], names: ["a"]))
    #expect(metadata.sections.isEmpty && metadata.sectionCount == 1)
    #expect(metadata.interfaces.map(\.name) == [nil] && metadata.names.isEmpty)
    #expect(metadata.dropped == 4)
  }
}
