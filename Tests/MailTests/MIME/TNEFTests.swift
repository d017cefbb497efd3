import TestSupport
import Testing

@testable import Mail

@Suite struct TNEFTests {
  private static func little(_ value: Int, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }

  private static func attribute(_ level: UInt8, _ identifier: Int, _ data: [UInt8]) -> [UInt8] {
    let sum = data.reduce(0) { $0 + Int($1) }
    return [level] + little(identifier, 4) + little(data.count, 4) + data + little(sum, 2)
  }

  /// A property of one value with a length of its own.
  private static func property(_ type: Int, _ identifier: Int, _ data: [UInt8]) -> [UInt8] {
    little(type, 2) + little(identifier, 2) + little(1, 4) + little(data.count, 4) + data
      + Array(repeating: 0, count: -data.count & 3)
  }

  private static func wide(_ text: String) -> [UInt8] {
    (text.utf16 + [0]).flatMap { little(Int($0), 2) }
  }

  private static let data = 0x0006_800F
  private static let begin = attribute(2, 0x0006_9002, Array(repeating: 0, count: 14))

  /// Two files, the second with a long name and an object; and what else such files have.
  private static let file: [UInt8] = {
    var file: [UInt8] = [0x78, 0x9F, 0x3E, 0x22, 1, 0]
    file += attribute(1, 0x0008_9006, [0, 0, 1, 0])
    file += attribute(1, 0x0006_9007, little(1252, 4) + little(0, 4))
    file += begin
    file += attribute(2, 0x0001_8010, [0x67, 0x72, 0xFC, 0x6E, 0x2E, 0x74, 0x78, 0x74, 0])
    file += attribute(2, data, Array("hello".utf8))
    file += begin
    file += attribute(2, data, Array("%PDF-1.4 x".utf8))
    file += attribute(2, 0x0001_8010, Array("LONGNA~1.PDF\0".utf8))
    var properties = little(5, 4)
    properties += little(0x0003, 2) + little(0x0E20, 2) + little(5, 4)
    properties += little(0x001F, 2) + little(0x8001, 2) + Array(repeating: 9, count: 16)
    properties +=
      little(1, 4) + little(6, 4) + wide("ab") + [0, 0] + little(1, 4) + little(4, 4) + wide("c")
    properties += property(0x001F, 0x3707, wide("long näme.pdf"))
    properties += property(0x001E, 0x370E, Array("application/pdf\0".utf8))
    properties += property(0x001E, 0x3712, Array("id@x\0".utf8))
    file += attribute(2, 0x0006_9005, properties)
    return file
  }()

  private func message(_ file: [UInt8]) -> [UInt8] {
    Array("Content-Type: application/ms-tnef; name=winmail.dat\r\n\r\n".utf8) + file
  }

  @Test func files() {
    let bytes = message(Self.file)
    let read = ReadMessage([bytes])
    #expect(read.isInOrder)
    #expect(read.content.parts.map(\.path) == ["1", "1.1", "1.2"])
    #expect(read.content.parts.map(\.filename) == ["winmail.dat", "grün.txt", "long näme.pdf"])
    #expect(
      read.content.parts.map(\.contentType) == [
        "application/ms-tnef", "application/octet-stream", "application/pdf",
      ])
    #expect(read.content.parts.map(\.contentID) == [nil, nil, "id@x"])
    #expect(read.bodies.map(\.count) == [Self.file.count, 5, 10])
    #expect(read.content.parts.allSatisfy { $0.isComplete })
    #expect(read.content.parts[2].detectedType == "application/pdf")
    #expect(!read.codes.contains("message.bad-tnef"))
    #expect(
      Splits.firstDifference(of: bytes.count) { ReadMessage(Splits.pieces(bytes, $0)) } == nil)
  }

  @Test func attachedMessage() {
    let object = Array(repeating: UInt8(7), count: 16) + Array("inner".utf8)
    let properties = Self.little(1, 4) + Self.property(0x000D, 0x3701, object)
    let file = Self.file.prefix(6) + Self.begin + Self.attribute(2, 0x0006_9005, properties)
    let read = ReadMessage([message(Array(file))])
    #expect(read.content.parts.last?.contentType == "application/ms-tnef")
    #expect(read.bodies.last?.starts(with: "inner".utf8) == true)
  }

  @Test func everyTruncation() {
    for length in 0..<Self.file.count {
      let read = ReadMessage([message(Array(Self.file.prefix(length)))])
      #expect(read.isInOrder)
      let files = read.content.parts.dropFirst()
      if !files.isEmpty {
        let isWhole = !read.codes.contains("message.bad-tnef")
        #expect(isWhole == files.allSatisfy { $0.isComplete })
      }
    }
  }

  @Test func mutated() {
    for round in 0..<500 {
      var random = SeededGenerator(round: round)
      var file = Self.file
      for _ in 0..<3 {
        file[Int.random(in: 0..<file.count, using: &random)] = UInt8.random(
          in: 0...255, using: &random)
      }
      let bytes = message(file)
      #expect(
        ReadMessage([bytes]) == ReadMessage(bytes.map { [$0] }),
        "\(SeededGenerator.replay), round \(round)")
    }
  }
}
