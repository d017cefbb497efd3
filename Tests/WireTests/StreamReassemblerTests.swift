import Fields
import TestSupport
import Testing

@testable import Wire

@Suite struct StreamReassemblerTests {
  struct Script: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let wanted: String
    var findings: [StreamOddity] = []
    let run: @Sendable (inout StreamFixture) -> Void
  }

  static let scripts: [Script] = [
    Script(testDescription: "in order", wanted: "EHLO x|fin") {
      $0.say("EHLO ", at: 0)
      $0.say("x", at: 5, .fin)
    },
    Script(testDescription: "out of order", wanted: "abcdef|open") {
      $0.say("ef", at: 4)
      $0.say("cd", at: 2)
      $0.say("ab", at: 0)
    },
    Script(testDescription: "sent again in other pieces", wanted: "abcdef|open") {
      $0.say("abc", at: 0)
      $0.say("bcdef", at: 1)
      $0.say("abcdef", at: 0)
    },
    Script(testDescription: "captured twice", wanted: "abc|fin") {
      $0.say("abc", at: 0, .fin)
      $0.say("abc", at: 0, .fin)
    },
    Script(testDescription: "keep-alive with one old byte", wanted: "abcd|open") {
      $0.say("abc", at: 0)
      $0.say("?", at: 2)
      $0.say("d", at: 3)
    },
    Script(testDescription: "keep-alive before any data", wanted: "abc|open") {
      $0.say("?", at: .max)
      $0.say("abc", at: 0)
    },
    Script(
      testDescription: "overlap differs, first copy wins", wanted: "abCDef|open",
      findings: [.overlapDiffers(length: 1)]
    ) {
      $0.say("CD", at: 2)
      $0.say("cDe", at: 2)
      $0.say("ab", at: 0)
      $0.say("f", at: 5)
    },
    Script(testDescription: "FIN before all data", wanted: "abcdef|fin") {
      $0.say("ef", at: 4, .fin)
      $0.say("abcd", at: 0)
    },
    Script(
      testDescription: "data behind the FIN", wanted: "ab|fin",
      findings: [.dataAfterEnd(length: 2)]
    ) {
      $0.say("ab", at: 0, .fin)
      $0.say("cd", at: 2)
    },
    Script(testDescription: "acknowledged, never captured", wanted: "ab<2>ef|open") {
      $0.say("ab", at: 0)
      $0.say("ef", at: 4)
      $0.acknowledge(6)
      $0.acknowledge(6, after: 200_000_000)
    },
    Script(testDescription: "acknowledged, comes late", wanted: "abcdef|open") {
      $0.say("ab", at: 0)
      $0.say("ef", at: 4)
      $0.acknowledge(6)
      $0.say("cd", at: 2)
      $0.acknowledge(6, after: 200_000_000)
    },
    Script(testDescription: "comes late, over a pause", wanted: "abcdef|open") {
      $0.say("ab", at: 0)
      $0.say("ef", at: 4)
      $0.acknowledge(6)
      $0.acknowledge(6, after: 200_000_000)
      $0.say("cd", at: 2)
    },
    Script(testDescription: "comes after it was given up", wanted: "ab<2>ef|open") {
      $0.say("ab", at: 0)
      $0.say("ef", at: 4)
      $0.acknowledge(6)
      for _ in 0..<16 { $0.acknowledge(6, after: 10_000_000) }
      $0.say("cd", at: 2)
    },
    Script(testDescription: "the end never captured", wanted: "ab<4>|open") {
      $0.say("ab", at: 0)
      $0.acknowledge(6)
    },
    Script(testDescription: "a FIN never captured is no gap", wanted: "ab|open") {
      $0.say("ab", at: 0)
      $0.acknowledge(3)
      $0.acknowledge(3, after: 200_000_000)
    },
    Script(testDescription: "gap before the FIN", wanted: "ab<4>|fin") {
      $0.say("ab", at: 0)
      $0.say("", at: 6, .fin)
    },
    Script(testDescription: "reset in the middle", wanted: "ab<2>ef|reset") {
      $0.say("ab", at: 0)
      $0.say("ef", at: 4)
      $0.say("", at: 6, .reset)
    },
    Script(testDescription: "captured after the reset", wanted: "abcdef|reset") {
      $0.say("ab", at: 0)
      $0.say("ef", at: 4)
      $0.say("", at: 6, .reset)
      $0.say("cd", at: 2)
    },
    Script(
      testDescription: "reset from elsewhere", wanted: "abcd|open", findings: [.outsideWindow]
    ) {
      $0.say("ab", at: 0)
      $0.say("", at: 500_000_000, .reset)
      $0.say("cd", at: 2)
    },
    Script(
      testDescription: "far outside of the window", wanted: "abcd|open",
      findings: [.outsideWindow]
    ) {
      $0.say("ab", at: 0)
      $0.say("zz", at: 0x7000_0000)
      $0.say("cd", at: 2)
    },
    Script(testDescription: "urgent data stays in line", wanted: "abc|open") {
      $0.say("abc", at: 0, .urgent)
    },
    Script(testDescription: "probe of a closed window", wanted: "abcd|open") {
      $0.say("ab", at: 0)
      $0.say("c", at: 2)
      $0.say("c", at: 2)
      $0.say("cd", at: 2)
    },
    Script(testDescription: "cut by the capture", wanted: "ab<2>ef|open") {
      let frame = $0.builder.frame(
        fromClient: true, sequence: 1001, acknowledgment: 5001, .acknowledgment, Array("abcd".utf8))
      $0.feed(Array(frame.dropLast(2)), wireLength: frame.count)
      $0.say("ef", at: 4)
    },
  ]

  @Test(arguments: scripts) func script(_ script: Script) {
    var fixture = StreamFixture()
    fixture.handshake()
    script.run(&fixture)
    fixture.drain()
    #expect(StreamRecorder.text(fixture.recorder.client) == script.wanted)
    #expect(fixture.recorder.findings == script.findings)
    #expect(fixture.recorder.misplaced == 0)
    #expect(fixture.budget.waitingBytes == 0)
  }

  /// Of a connection whose handshake alone came, no more is kept than that it came.
  @Test(
    arguments: [
      ("SYN", true, 1000, 0, TCPFlags.syn, "", true),
      ("SYN with data", true, 1000, 0, .syn, "x", false),
      ("SYN, ACK", false, 5000, 1001, [.syn, .acknowledgment], "", true),
      ("SYN, ACK of something else", false, 5000, 1002, [.syn, .acknowledgment], "", false),
      ("ACK", true, 1001, 5001, .acknowledgment, "", true),
      ("ACK of more", true, 1001, 5002, .acknowledgment, "", false),
      ("ACK after more", true, 1002, 5001, .acknowledgment, "", false),
      ("data", true, 1001, 5001, .acknowledgment, "x", false),
      ("FIN", true, 1001, 5001, [.fin, .acknowledgment], "", false),
      ("RST", false, 5001, 1001, [.reset, .acknowledgment], "", false),
    ] as [(String, Bool, UInt32, UInt32, TCPFlags, String, Bool)])
  func handshake(
    _ name: String, isClient: Bool, sequence: UInt32, acknowledgment: UInt32, flags: TCPFlags,
    text: String, isHandshake: Bool
  ) {
    var fixture = StreamFixture()
    fixture.handshake()
    fixture.feed(
      fixture.builder.frame(
        fromClient: isClient, sequence: sequence, acknowledgment: acknowledgment, flags,
        Array(text.utf8)))
    let frame = fixture.builder.frame(
      fromClient: isClient, sequence: sequence, acknowledgment: acknowledgment, flags,
      Array(text.utf8))
    var found: Bool?
    fixture.found.forEachSegment(frame.span) { segment, payload, _, _ in
      found = segment.isHandshake(payload, hasSyn: true, otherHasSyn: true)
    }
    #expect(found == isHandshake)
  }

  @Test func midstream() {
    var fixture = StreamFixture()
    fixture.say("", at: 10)
    fixture.say("cd", at: 9)
    fixture.say("ef", at: 11)
    fixture.drain()
    #expect(StreamRecorder.text(fixture.recorder.client) == "cdef|open")
  }

  @Test func fastOpenData() {
    var fixture = StreamFixture()
    fixture.feed(
      fixture.builder.frame(fromClient: true, sequence: 1000, .syn, Array("abc".utf8)))
    fixture.say("def", at: 3)
    fixture.drain()
    #expect(StreamRecorder.text(fixture.recorder.client) == "abcdef|open")
  }

  /// Bytes that waited are handed on with the frame that brought them.
  @Test func placesOfBytesThatWaited() {
    var fixture = StreamFixture()
    fixture.handshake()
    fixture.say("cd", at: 2)
    fixture.say("ab", at: 0)
    #expect(fixture.recorder.places.map(\.frame) == [5, 4])
    #expect(fixture.recorder.places.map(\.offset) == [0, 2])
  }

  @Test func limit() {
    var fixture = StreamFixture()
    fixture.budget.limits.waitingBytes = 1000
    fixture.handshake()
    for index in 0..<20 {
      fixture.say(String(repeating: "x", count: 100), at: UInt32(10 + 100 * index))
    }
    #expect(fixture.recorder.findings.contains(.limitReached))
    #expect(fixture.recorder.client.first == .gap(10))
    #expect(fixture.budget.waitingBytes <= 1000)
  }

  /// Any way to cut, repeat and shuffle a stream gives the same bytes, around the wrap of sequence numbers too.
  @Test func anySchedule() {
    var generator = SeededGenerator()
    for round in 0..<1000 {
      let length = Int.random(in: 1...600, using: &generator)
      let stream = generator.bytes(length)
      let initial = UInt32.max &- UInt32.random(in: 0...700, using: &generator)
      var pieces: [(key: Int, range: Range<Int>)] = []
      var offset = 0
      while offset < length {
        let end = min(length, offset + Int.random(in: 1...60, using: &generator))
        let copies = Int.random(in: 0...5, using: &generator) == 0 ? 2 : 1
        for _ in 0..<copies {
          let from = max(0, offset - Int.random(in: 0...20, using: &generator))
          let until = min(length, end + Int.random(in: 0...20, using: &generator))
          let late = Int.random(in: 0...8, using: &generator)
          pieces.append((pieces.count + late, from..<until))
        }
        offset = end
      }
      pieces.sort { $0.key < $1.key }
      var fixture = StreamFixture()
      fixture.handshake(client: initial)
      for piece in pieces {
        let flags: TCPFlags =
          piece.range.upperBound == length ? [.acknowledgment, .fin] : .acknowledgment
        fixture.feed(
          fixture.builder.frame(
            fromClient: true, sequence: initial &+ 1 &+ UInt32(piece.range.lowerBound),
            acknowledgment: 5001, flags, Array(stream[piece.range])))
      }
      fixture.drain()
      var bytes: [UInt8] = []
      for case .bytes(let run) in fixture.recorder.client { bytes += run }
      let isRight =
        bytes == stream && fixture.recorder.client.last == .end(.fin)
        && fixture.recorder.misplaced == 0 && fixture.recorder.findings.isEmpty
        && fixture.budget.waitingBytes == 0
      #expect(isRight, "\(SeededGenerator.replay), round \(round)")
      if !isRight { return }
    }
  }

  /// Whatever comes, nothing traps and the limits hold.
  @Test func anySegments() {
    var generator = SeededGenerator()
    var fixture = StreamFixture()
    fixture.budget.limits.waitingBytes = 500
    for _ in 0..<20_000 {
      let near = UInt32.random(in: 0...2000, using: &generator)
      let any = UInt32.random(in: 0 ... .max, using: &generator)
      let count = Int.random(in: 0...40, using: &generator)
      fixture.feed(
        fixture.builder.frame(
          fromClient: .random(using: &generator),
          sequence: Int.random(in: 0...20, using: &generator) == 0 ? any : near,
          acknowledgment: Int.random(in: 0...20, using: &generator) == 0 ? any : near,
          TCPFlags(
            rawValue: Int.random(in: 0...9, using: &generator) == 0
              ? UInt16.random(in: 0...0xfff, using: &generator) : 0x10),
          Array(repeating: 7, count: count)))
      fixture.recorder = StreamRecorder()
    }
    fixture.drain()
    #expect(fixture.budget.waitingBytes == 0, "\(SeededGenerator.replay)")
  }
}
