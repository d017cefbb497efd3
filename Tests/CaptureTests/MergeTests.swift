import TestSupport
import Testing

@testable import Capture

@Suite struct MergeTests {
  static func pcap(_ times: [UInt32], mark: UInt8, link: UInt32 = 1) -> [UInt8] {
    var file = CaptureBuilder.pcap(link: link)
    for time in times { file.record(time, 0, [mark, UInt8(time)]) }
    return file.bytes
  }

  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let files: [[UInt32]]
    let order: [[UInt8]]
  }

  static let cases = [
    Case(
      testDescription: "rotated", files: [[1, 2], [3, 4]],
      order: [[0, 1], [0, 2], [1, 3], [1, 4]]),
    Case(
      testDescription: "later file first", files: [[3, 4], [1, 2]],
      order: [[1, 1], [1, 2], [0, 3], [0, 4]]),
    Case(
      testDescription: "ties by file", files: [[1, 2], [1, 2], [1, 2]],
      order: [[0, 1], [1, 1], [2, 1], [0, 2], [1, 2], [2, 2]]),
    Case(
      testDescription: "order within a file kept", files: [[5, 1], [2]],
      order: [[1, 2], [0, 5], [0, 1]]),
    Case(testDescription: "empty ones", files: [[], [1], []], order: [[1, 1]]),
    Case(testDescription: "one", files: [[2, 1]], order: [[0, 2], [0, 1]]),
  ]

  @Test(arguments: cases) func merges(_ test: Case) throws {
    let files = try test.files.enumerated().map {
      try TemporaryFile(Self.pcap($1, mark: UInt8($0)))
    }
    let result = readAll(files.map(\.path))
    #expect(result.frames.map(\.bytes) == test.order)
    #expect(result.frames.map(\.number) == Array(1..<test.order.count + 1))
    #expect(result.error == nil)
  }

  @Test func manyFilesStayInOrder() throws {
    var random = SeededGenerator()
    let times = (0..<20).map { _ in
      (0..<30).map { _ in UInt32.random(in: 0..<100, using: &random) }.sorted()
    }
    let files = try times.enumerated().map { try TemporaryFile(Self.pcap($1, mark: UInt8($0))) }
    let expected = times.enumerated().flatMap { file, times in
      times.map { [UInt8($0), UInt8(file)] }
    }.sorted { ($0[0], $0[1]) < ($1[0], $1[1]) }
    #expect(readAll(files.map(\.path)).frames.map { [$0.bytes[1], $0.bytes[0]] } == expected)
  }

  @Test func damageOfOneComesAtTheEnd() throws {
    let cut = try TemporaryFile(Self.pcap([1, 2, 3], mark: 0).dropLast())
    let whole = try TemporaryFile(Self.pcap([1, 9], mark: 1))
    let result = readAll([cut.path, whole.path])
    #expect(result.frames.map(\.bytes) == [[0, 1], [1, 1], [0, 2], [1, 9]])
    #expect(result.error?.message.hasPrefix(cut.path) == true)
    #expect(result.error?.isDamage == true)
  }

  @Test func interfacesAreMerged() throws {
    let files = [
      try TemporaryFile(Self.pcap([1], mark: 0)),
      try TemporaryFile(PcapNGTests.everything),
      try TemporaryFile(Self.pcap([0, 3], mark: 2, link: 101)),
    ]
    var capture = try CaptureMerge(paths: files.map(\.path))
    var links: [[Int]] = []
    var places: [(index: Int, interface: CaptureInterface)] = []
    while let frame = try capture.next() {
      links.append([frame.file, frame.section, Int(frame.linkType)])
      places.append((frame.interface, frame.capturedOn))
    }
    #expect(
      links == [[2, 1, 12], [1, 1, 12], [1, 1, 1], [1, 2, 113], [0, 1, 1], [2, 1, 12]])
    for (index, interface) in places {
      #expect(capture.interfaces[index].linkType == interface.linkType)
    }
    #expect(capture.interfaces.map(\.linkType).sorted() == [1, 1, 12, 12, 113])
    #expect(capture.interfaces.compactMap(\.statistics).map(\.received) == [77])
    #expect(capture.secrets.count == 1)
    #expect(capture.names.count == 1)
    #expect(capture.format == .pcapng)
  }
}
