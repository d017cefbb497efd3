import Fields
import TestSupport
import Testing

@testable import Wire

@Suite struct MultipathTests {
  private static let clientKey: [UInt8] = [1, 2, 3, 4, 5, 6, 7, 8]
  private static let serverKey: [UInt8] = [8, 7, 6, 5, 4, 3, 2, 1]
  /// No real ones: what comes out tells which of the two was asked, and for what.
  private static let hashes = MultipathHashes(
    sha1: { [1] + $0 + $0.reversed() }, sha256: { [2] + $0 + $0.reversed() })

  private func bytes(_ value: UInt64, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * (count - 1 - $0))) }
  }

  /// A connection of two subflows: each is known as a part of it, and numbers count from what the keys say.
  @Test(arguments: [UInt8(0), 1]) func subflowsBelongTogether(_ version: UInt8) {
    let first = SegmentBuilder()
    var second = SegmentBuilder()
    (second.client.address, second.client.port) = ([192, 0, 2, 9], 40_001)
    let key = MultipathKey(UInt64(0x0807_0605_0403_0201), version: version, Self.hashes)
    let own = MultipathKey(UInt64(0x0102_0304_0506_0708), version: version, Self.hashes)
    let acknowledgment = [30, 12, 0x20, 3] + bytes(key.initialSequence &+ 11, 8)
    let sequence =
      [30, 18, 0x20, 4] + bytes(own.initialSequence & 0xffff_ffff &+ 1, 4) + [0, 0, 0, 1, 0, 3]
      + [0xab, 0xcd, 0, 0]
    let frames: [[UInt8]] = [
      first.frame(
        fromClient: true, sequence: 1000, .syn, options: [30, 12, version, 1] + Self.clientKey),
      first.frame(
        fromClient: false, sequence: 5000, acknowledgment: 1001, [.syn, .acknowledgment],
        options: [30, 12, version, 1] + Self.serverKey),
      second.frame(
        fromClient: true, sequence: 700, .syn,
        options: [30, 12, 0x10, 2] + bytes(UInt64(key.token), 4) + [0, 0, 0, 9]),
      second.frame(
        fromClient: true, sequence: 701, acknowledgment: 1, .acknowledgment,
        options: acknowledgment),
      second.frame(
        fromClient: true, sequence: 701, acknowledgment: 1, .acknowledgment,
        options: sequence + [1, 1], [1, 2, 3]),
    ]
    let trees = frames.indices.map { describe(Array(frames[...$0])) }
    #expect(trees[0].contains("[Subflow token generated from key: \(own.token)]"))
    #expect(trees[1].contains("[Master flow: Master is tcp stream 0]"))
    #expect(trees[1].contains("[TCP subflow stream id(s): 0 ]"))
    #expect(trees[2].contains("[TCP subflow stream id(s): 1 0 ]"))
    #expect(trees[3].contains("[Multipath TCP Data ACK: 11 (Relative)]"))
    #expect(trees[4].contains("[DSS Data Sequence Number: 1 (Relative)]"))
    #expect(trees[4].contains("Checksum: 0xabcd"))
  }

  /// What an option must have, and the end of the frame where it has not.
  @Test(
    arguments: [
      ([30, 2], false), ([30, 3, 0x51], true), ([30, 3, 0x00], false), ([30, 4, 0x20, 0], true),
      ([30, 4, 0x20, 1], false), ([30, 8, 0x20, 5, 0, 0, 0, 1], false), ([30, 4, 0x81, 3], true),
      ([30, 11, 0x60, 0, 0, 0, 0, 0, 0, 0, 0], false), ([30, 4, 0xf0, 0], true),
    ] as [([UInt8], Bool)])
  func needs(_ option: [UInt8], _ isWhole: Bool) {
    var options = option
    while options.count % 4 != 0 { options.append(1) }
    let frame = SegmentBuilder().frame(
      fromClient: true, sequence: 1, acknowledgment: 2, .acknowledgment, options: options)
    let tree = describe([frame])
    #expect(tree.contains("[Malformed Packet: MPTCP]") == !isWhole)
  }

  /// Repeated acknowledgments with a new operation tell of no loss.
  @Test func newOperationsAreNoDuplicates() {
    let builder = SegmentBuilder()
    let frames = [[30, 4, 0x40, 1], [30, 4, 0x40, 1], [30, 4, 0x40, 1]].map { (option: [UInt8]) in
      builder.frame(
        fromClient: true, sequence: 1, acknowledgment: 2, .acknowledgment, options: option)
    }
    let duplicate = "[Duplicate ACK #: 1]"
    #expect(!describe(Array(frames[...1])).contains(duplicate))
    #expect(describe(frames).contains(duplicate))
  }

  private func describe(_ frames: [[UInt8]]) -> [String] {
    var options = DissectorOptions()
    options.hashes = Self.hashes
    var dissector = FrameReader(options)
    var tree = FieldBuffer()
    for (index, frame) in frames.enumerated() {
      let facts = FrameFacts(
        number: index + 1, time: Int64(index), wireLength: frame.count, linkType: 1)
      dissector.dissect(frame.span, facts)
      tree.clear()
      dissector.describe(frame.span, facts, into: &tree)
    }
    return tree.items.indices.map { index in
      var text = TextBuffer()
      tree.writeLabel(of: index, to: &text)
      return text.string
    }
  }

  /// Every subtype with every length and flag, cut after every byte: what is not there is not read.
  @Test(arguments: UInt8(0)...15) func everyCut(subtype: UInt8) {
    for length in 2...40 {
      for low: UInt8 in [0x00, 0x01, 0x0f] {
        for flags: UInt8 in [0x00, 0x05, 0x1f, 0xff] {
          let whole =
            [30, UInt8(length), subtype << 4 | low, flags] + [UInt8](repeating: 7, count: 40)
          for captured in 2...length {
            let bytes = Array(whole[..<captured])
            let option = MultipathOption(bytes.span, length: length)
            var tree = FieldBuffer()
            let isWhole = option.describe(nil, nil, at: 0, into: &tree)
            #expect(!isWhole || captured == length)
            #expect(tree.items.allSatisfy { Int($0.start) <= captured })
          }
        }
      }
    }
  }
}
