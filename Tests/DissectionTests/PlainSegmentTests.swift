import Foundation
import TestSupport
import Testing

@testable import Capture
@testable import Dissection
@testable import Wire

/// The straight way to the segment of a plain frame, and the walk over all layers, find the same.
@Suite struct PlainSegmentTests {
  /// What a follower is given of frames, as text.
  private struct Following: ~Copyable {
    private var dissector: Dissector
    private var found = Dissected()
    private let isStraight: Bool
    private(set) var plainCount = 0

    init(isStraight: Bool) {
      self.isStraight = isStraight
      var options = SessionRunOptions()
      options.jobs = 1
      dissector = Dissector(following: options, readsAnswers: false)
    }

    mutating func take(_ bytes: Span<UInt8>, _ facts: FrameFacts) -> [String] {
      var given: [String] = []
      func note(
        _ segment: borrowing Segment, _ payload: Span<UInt8>, _ addresses: NetworkAddresses,
        _ place: Int?
      ) {
        given.append("\(copy segment) \(payload.copy) \(addresses) \(place ?? -1)")
      }
      if isStraight {
        if PlainSegment(bytes, facts) != nil { plainCount += 1 }
        dissector.follow(
          bytes, facts, &found, take: note,
          takeUndeliverable: { given.append("undeliverable \(copy $0)") },
          takeDatagram: { _, _ in })
      } else {
        dissector.dissect(bytes, facts, into: &found)
        found.forEachSegment(bytes, fileOffset: facts.fileOffset, note)
        if let segment = found.undeliverableSegment(bytes) {
          given.append("undeliverable \(segment)")
        }
      }
      while let end = dissector.conversations.nextEnd() { given.append("\(end)") }
      return given
    }
  }

  private static let brought = Fixtures.reference.map(Fixtures.captures(below:)) ?? []

  /// Frames of one capture that are looked at.
  private static let frameLimit = 60

  @Test(arguments: Fixtures.captures(below: Fixtures.folder) + brought)
  func findsTheSame(_ capture: URL) throws {
    try compare(capture) { _ in }
  }

  /// The same of frames in which bytes of the headers were changed, or which are cut.
  @Test(arguments: Fixtures.captures(below: Fixtures.folder), 0..<2)
  func findsTheSameOfDamage(_ capture: URL, round: Int) throws {
    var random = SeededGenerator(round: round)
    try compare(capture) { bytes in
      for _ in 0..<Int.random(in: 0...2, using: &random) where !bytes.isEmpty {
        let place = Int.random(in: 0..<min(bytes.count, 80), using: &random)
        bytes[place] = UInt8.random(in: 0...255, using: &random)
      }
      if Int.random(in: 0..<4, using: &random) == 0 {
        bytes.removeLast(Int.random(in: 0...min(bytes.count, 60), using: &random))
      }
    }
  }

  private func compare(_ capture: URL, _ change: (inout [UInt8]) -> Void) throws {
    let source = CaptureSource(paths: [capture.path])
    guard var reading = try? CaptureReading(source) else { return }
    var selection = try FrameSelection(source, reading.format)
    var straight = Following(isStraight: true)
    var whole = Following(isStraight: false)
    var facts = FrameFacts.none
    while facts.number < Self.frameLimit, let frame = reading.next() {
      guard selection.take(frame, &facts) else { continue }
      var bytes = frame.bytes.copy
      change(&bytes)
      let (one, other) = (straight.take(bytes.span, facts), whole.take(bytes.span, facts))
      #expect(
        one == other,
        "\(capture.lastPathComponent) frame \(facts.number), \(SeededGenerator.replay)")
    }
  }

  /// There is a straight way for what nearly all frames are.
  @Test func takesTheStraightWay() throws {
    var straight = Following(isStraight: true)
    let builder = SegmentBuilder()
    for number in 1...3 {
      let frame = builder.frame(fromClient: true, sequence: UInt32(number), .syn)
      let facts = FrameFacts(
        number: number, time: 0, wireLength: frame.count, linkType: 1)
      _ = straight.take(frame.span, facts)
    }
    #expect(straight.plainCount == 3)
  }
}
