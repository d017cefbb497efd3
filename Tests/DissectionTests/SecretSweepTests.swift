import Fields
import Foundation
import Mail
import TestSupport
import Testing
import Wire

@testable import Dissection

/// No view shows a secret of a recorded session, whatever of it was captured, and in whatever order its lines came.
@Suite struct SecretSweepTests {
  struct Login: Sendable, CustomTestStringConvertible {
    var fixture: String
    /// What was typed in; what mechanisms make of it the whole session tells.
    var passwords: [String] = []
    var testDescription: String { fixture }
  }

  private static let typed = ["wonderland-test", "builder-test", "full-test"]

  static let logins =
    [
      "recorded/imap-authenticate", "recorded/imap-clients", "recorded/imap-pipelined",
      "recorded/managesieve-auth", "recorded/pop3-auth", "recorded/pop3-clients",
      "recorded/pop3-pipelined", "recorded/smtp-auth", "recorded/smtp-clients",
    ].map { Login(fixture: $0, passwords: typed) }
    + [
      Login(fixture: "cases/banner-without-line-end", passwords: ["s3cret-pw"]),
      Login(fixture: "cases/login-literal-refused"), Login(fixture: "cases/pop3-greeting-missing"),
      Login(fixture: "cases/pop3-ntlm-ok-go-ahead"), Login(fixture: "cases/proxy-v2-smtp"),
      Login(fixture: "cases/secrets-after-refused-auth", passwords: ["s3cret-pw"]),
      Login(fixture: "cases/xoauth2-refused"),
    ]

  @Test(arguments: logins) func nothingIsShown(_ login: Login) throws {
    for talk in try Self.talks(login) {
      let variants = talk.variants
      for (index, records) in Self.records(variants, port: talk.port).enumerated() {
        let places = talk.secrets.places(in: records)
        #expect(
          places.isEmpty, "\(login.fixture), stream \(talk.stream), \(variants[index].name)")
      }
    }
  }

  /// The search finds what is shown where secrets are.
  @Test(arguments: logins) func theSearchBites(_ login: Login) throws {
    for talk in try Self.talks(login) where talk.hasSecrets {
      let whole = [Variant("whole", talk.steps)]
      let record = try #require(Self.records(whole, port: talk.port).first)
      #expect(!talk.secrets.places(in: record, showsSecrets: true).isEmpty, "\(talk.stream)")
    }
  }

  // MARK: Conversations

  struct Step {
    var side: Side
    var bytes: [UInt8]
    /// How many bytes of it were captured; nil: the frame was not.
    var captured: Int?

    init(_ side: Side, _ bytes: [UInt8]) {
      (self.side, self.bytes, captured) = (side, bytes, bytes.count)
    }
  }

  struct Talk {
    var stream: Int
    var port: UInt16
    var steps: [Step] = []
    var secrets = SecretSearch([])
    var hasSecrets = false
  }

  struct Variant {
    var name: String
    var steps: [Step]
    /// The handshake was captured.
    var isOpened = true

    init(_ name: String, _ steps: [Step], isOpened: Bool = true) {
      (self.name, self.steps, self.isOpened) = (name, steps, isOpened)
    }
  }

  /// The conversations of a capture, a step a segment, up to where TLS begins.
  private static func talks(_ login: Login) throws -> [Talk] {
    let path = Fixtures.folder.appending(path: login.fixture + ".pcap").path
    var capture = try CaptureReading(CaptureSource(paths: [path]))
    var dissector = Dissector()
    var found = Dissected()
    var talks: [Int: Talk] = [:]
    var number = 0
    while let frame = capture.next() {
      number += 1
      dissector.dissect(
        frame.bytes,
        FrameFacts(
          number: number, time: frame.timestamp, wireLength: frame.originalLength,
          linkType: frame.linkType), into: &found)
      found.forEachSegment(frame.bytes) { segment, payload, _, _ in
        guard !payload.isEmpty else { return }
        let header = segment.header
        let port = segment.isFromClient ? header.destinationPort : header.sourcePort
        let side: Side = segment.isFromClient ? .client : .server
        talks[segment.stream, default: Talk(stream: segment.stream, port: port)].steps.append(
          Step(side, (0..<payload.count).map { payload[$0] }))
      }
    }
    let records = Array(try MailSessions(paths: [path]))
    return talks.values.sorted { $0.stream < $1.stream }.map { talk in
      var talk = talk
      let told = records.filter { $0.stream == talk.stream }.flatMap(\.session.authentications)
        .flatMap(\.fields).filter { $0.isSecret && $0.name != "data" }.map(\.value)
      talk.hasSecrets = !told.isEmpty
      talk.secrets = SecretSearch(login.passwords + told)
      return talk
    }
  }

  private static func records(_ variants: [Variant], port: UInt16) -> [[SessionRecord]] {
    variants.map { variant in
      let builder = SegmentBuilder(serverPort: port)
      var pipeline = SessionPipeline(SessionRunOptions(), wantsDigests: false)
      var number = 0
      func receive(_ packet: [UInt8], captured: Int) {
        number += 1
        pipeline.receive(
          packet.span.extracting(first: captured),
          FrameFacts(
            number: number, time: Int64(number) * 10_000_000, wireLength: packet.count, linkType: 12
          ))
      }
      if variant.isOpened {
        for side in [Side.client, .server] {
          let packet = builder.packet(
            fromClient: side == .client, offset: 0,
            flags: side == .client ? [.syn] : [.syn, .acknowledgment])
          receive(packet, captured: packet.count)
        }
      }
      var offsets: [Side: Int] = [:]
      for step in variant.steps {
        if let captured = step.captured {
          let packet = builder.packet(
            fromClient: step.side == .client, offset: offsets[step.side, default: 0],
            step.bytes[...], acknowledging: offsets[step.side.other, default: 0])
          receive(packet, captured: packet.count - step.bytes.count + captured)
        }
        offsets[step.side, default: 0] += step.bytes.count
      }
      pipeline.finish()
      var records: [SessionRecord] = []
      while let record = pipeline.next() { records.append(record) }
      return records
    }
  }
}

// MARK: What was captured

extension SecretSweepTests.Talk {
  typealias Variant = SecretSweepTests.Variant
  typealias Step = SecretSweepTests.Step

  var variants: [Variant] {
    var variants = [Variant("whole", steps)]
    for side in [Side.client, .server] {
      let alone = steps.filter { $0.side == side }
      variants.append(Variant("only the \(side)", alone))
      variants.append(Variant("only the \(side), from the middle", alone, isOpened: false))
    }
    for place in steps.indices {
      variants.append(Variant("from \(place) on", Array(steps[place...]), isOpened: false))
      variants.append(changed("without \(place)") { $0 == place ? nil : $1.bytes.count })
      variants.append(changed("half of \(place)") { $1.bytes.count / ($0 == place ? 2 : 1) })
    }
    variants.append(changed("24 bytes of each") { min(24, $1.bytes.count) })
    for side in [Side.client, .server] {
      let own = steps.filter { $0.side == side }
      for shift in own.indices.dropFirst() {
        var turned = (own[shift...] + own[..<shift])[...]
        let order = steps.map { $0.side == side ? turned.popFirst() ?? $0 : $0 }
        variants.append(Variant("\(side) turned by \(shift)", order))
      }
    }
    return variants
  }

  private func changed(_ name: String, _ captured: (Int, Step) -> Int?) -> Variant {
    Variant(
      name,
      steps.enumerated().map { place, step in
        var step = step
        step.captured = captured(place, step)
        return step
      })
  }
}

/// Finds secrets in what views print: as they are, in base64 at any of its three places, in hexadecimal, percent encoded,
/// letters in any case.
struct SecretSearch {
  private static let length = 6
  /// By their first bytes.
  private var forms: [UInt64: [[UInt8]]] = [:]

  init(_ secrets: [String]) {
    // What is shorter is in any text.
    for secret in Set(secrets) where secret.utf8.count > Self.length {
      let bytes = Array(secret.utf8)
      add(bytes)
      add(bytes.flatMap { Array(Self.hex($0).utf8) })
      add(bytes.flatMap { Array("%\(Self.hex($0))".utf8) })
      for shift in 0..<3 {
        let text = Data(Array(repeating: 0, count: shift) + bytes).base64EncodedString()
        // The digits that have bits of nothing else.
        let end = (shift + bytes.count) * 8 / 6
        add(Array(text.utf8)[(shift == 0 ? 0 : shift + 1)..<end].map { $0 })
      }
    }
  }

  private static func hex(_ byte: UInt8) -> String {
    (byte < 16 ? "0" : "") + String(byte, radix: 16)
  }

  private mutating func add(_ bytes: [UInt8]) {
    let small = bytes.map(Self.lowercased)
    guard small.count >= Self.length else { return }
    let key = small.prefix(Self.length).reduce(0) { $0 << 8 | UInt64($1) }
    forms[key, default: []].append(small)
  }

  private static func lowercased(_ byte: UInt8) -> UInt8 {
    (0x41...0x5A).contains(byte) ? byte | 0x20 : byte
  }

  /// The lines in which a view shows one.
  func places(in records: [SessionRecord], showsSecrets: Bool = false) -> [String] {
    var text = TextBuffer()
    func write(_ view: consuming some SessionView & ~Copyable) {
      for record in records { view.write(record, to: &text) }
      view.end(CaptureSummary(), to: &text)
    }
    write(Transcript(showsSecrets: showsSecrets))
    write(Ladder(showsSecrets: showsSecrets))
    write(Mermaid(showsSecrets: showsSecrets))
    write(SessionsJSON(lines: true, showsSecrets: showsSecrets, showsOffsets: true))
    write(Dialects())
    return places(in: text.bytes)
  }

  private func places(in text: [UInt8]) -> [String] {
    var places: [String] = []
    var window: UInt64 = 0
    for (index, byte) in text.enumerated() {
      window = (window << 8 | UInt64(Self.lowercased(byte))) & 0xFFFF_FFFF_FFFF
      guard let known = forms[window] else { continue }
      let start = index + 1 - Self.length
      for form in known where start >= 0 && text.count - start >= form.count {
        guard text[start..<start + form.count].map(Self.lowercased) == form else { continue }
        let line = text[max(0, start - 60)..<min(text.count, start + form.count)]
        places.append(String(decoding: line, as: UTF8.self))
      }
    }
    return places
  }
}
