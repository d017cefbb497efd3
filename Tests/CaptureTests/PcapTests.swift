import Testing

@testable import Capture

struct PcapCase: Sendable, CustomTestStringConvertible {
  let testDescription: String
  var magic: UInt32 = 0xA1B2_C3D4
  var version: (UInt16, UInt16) = (2, 4)
  var nanosecondsPerUnit: Int64 = 1000
  var extra = 0
  var headerExtra = 0
  var swapLengths = false
}

@Suite struct PcapTests {
  static let cases = [
    PcapCase(testDescription: "microseconds"),
    PcapCase(testDescription: "nanoseconds", magic: 0xA1B2_3C4D, nanosecondsPerUnit: 1),
    PcapCase(testDescription: "Navtel", magic: 0xA12B_3C4D, nanosecondsPerUnit: 1),
    PcapCase(testDescription: "Kuznetzov", magic: 0xA1B2_CD34, extra: 8),
    PcapCase(
      testDescription: "Ixia", magic: 0x1C00_01AC, nanosecondsPerUnit: 1, headerExtra: 4),
    PcapCase(testDescription: "version 2.2", version: (2, 2), swapLengths: true),
    PcapCase(testDescription: "version 2.3 in the old order", version: (2, 3), swapLengths: true),
    PcapCase(testDescription: "version 2.3 in the new order", version: (2, 3)),
    PcapCase(testDescription: "DG/UX", version: (543, 0), swapLengths: true),
  ]

  @Test(arguments: cases, [false, true]) func reads(_ test: PcapCase, bigEndian: Bool) throws {
    var file = CaptureBuilder.pcap(
      magic: test.magic, bigEndian: bigEndian, version: test.version)
    file.bytes += [UInt8](repeating: 0, count: test.headerExtra)
    let data: [[UInt8]] = [[1, 2, 3], [], [4, 5, 6, 7]]
    for (index, bytes) in data.enumerated() {
      file.record(
        UInt32.max - 3 + UInt32(index), 999_999, bytes, original: 9, extra: test.extra,
        swapLengths: test.swapLengths)
    }
    let expected = data.enumerated().map { index, bytes in
      let seconds = Int64(UInt32.max) - 3 + Int64(index)
      return Seen(
        seconds * 1_000_000_000 + 999_999 * test.nanosecondsPerUnit, bytes, original: 9)
    }
    let result = try readAll(bytes: file.bytes)
    #expect(result.frames == expected.numbered)
    #expect(result.error == nil)
  }

  @Test func everyTruncationDeliversTheFramesBefore() throws {
    var file = CaptureBuilder.pcap()
    let data: [[UInt8]] = [[1, 2, 3], [4], [5, 6, 7, 8, 9]]
    var ends = [24]
    for bytes in data {
      file.record(1, 2, bytes)
      ends.append(file.bytes.count)
    }
    for length in 0..<file.bytes.count {
      let result = try readAll(bytes: Array(file.bytes.prefix(length)))
      let whole = ends.dropFirst().count { $0 <= length }
      #expect(result.frames.map(\.bytes) == Array(data.prefix(whole)), "cut at \(length)")
      switch length {
      case 0..<4: #expect(result.error?.kind == .notACapture, "cut at \(length)")
      case 4..<24: #expect(result.error?.kind == .damaged(offset: 0), "cut at \(length)")
      default:
        let isClean = ends.contains(length)
        let kind: CaptureError.Kind? = isClean ? nil : .damaged(offset: ends[whole])
        #expect(result.error?.kind == kind, "cut at \(length)")
      }
    }
  }

  @Test func saysWhereItIsCutShort() throws {
    var file = CaptureBuilder.pcap()
    file.record(1, 2, [1, 2, 3])
    file.record(1, 2, [1, 2, 3])
    let cut = try TemporaryFile(file.bytes.dropLast())
    let error = readAll(cut.path).error
    #expect(
      error?.message == "\(cut.path): cut short in the middle of a packet at byte 43")
  }

  @Test(
    arguments: [
      (0x0000_0001, 1, nil), (0x0000_0065, 12, nil), (0x0000_00E4, 228, nil),
      (0x2400_0001, 1, 4), (0x0400_0001, 1, 0), (0x0000_006A, 19, nil), (0x0000_0072, 114, nil),
    ] as [(UInt32, UInt32, Int?)])
  func linkTypes(_ word: UInt32, _ linkType: UInt32, _ fcsLength: Int?) throws {
    var builder = CaptureBuilder.pcap(link: word)
    builder.record(0, 0, [1])
    let file = try TemporaryFile(builder.bytes)
    var capture = try CaptureFile(path: file.path)
    let frame = try capture.next()
    #expect(frame?.linkType == linkType)
    #expect(frame?.fcsLength(nil) == fcsLength)
  }

  @Test func aLengthBeyondReasonIsDamage() throws {
    for length in [262_145, 0x7FFF_FFFF, 0x8000_0000, UInt32.max] {
      var file = CaptureBuilder.pcap()
      file.record(1, 2, [7])
      file.append([3, 4, length, length])
      file.bytes += [UInt8](repeating: 0, count: 64)
      let result = try readAll(bytes: file.bytes)
      #expect(result.frames.count == 1)
      #expect(result.error?.kind == .damaged(offset: 41))
    }
  }

  @Test func linkTypeNames() {
    #expect(LinkTypeNumbers.name(of: 1) == "EN10MB")
    #expect(LinkTypeNumbers.description(of: 1) == "Ethernet")
    #expect(LinkTypeNumbers.name(of: 0xFFFF_FFFF) == nil)
  }

  @Test func whatIsNoCapture() throws {
    #expect(throws: CaptureError.self) { try CaptureFile(path: "/nonexistent").format }
    #expect(readAll("/nonexistent").error?.kind == .cannotOpen)
    #expect(readAll("/tmp").error?.kind == .cannotOpen)
    #expect(readAll([]).error?.kind == .cannotOpen)
    #expect(try readAll(bytes: Array("From: x\r\n".utf8)).error?.kind == .notACapture)
    let old = CaptureBuilder.pcap(version: (1, 0))
    #expect(try readAll(bytes: old.bytes).error?.kind == .notACapture)
  }
}
