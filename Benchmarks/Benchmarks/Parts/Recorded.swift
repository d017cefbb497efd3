import Dissection
import Foundation

/// The recorded sessions of `Fixtures`, with their frames in memory: nothing is read while something is measured.
struct Recorded: Sendable {
  struct Frame: Sendable {
    var bytes: [UInt8]
    var facts: FrameFacts
  }
  let paths: [String]
  let frames: [Frame]

  init() {
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../../Fixtures/recorded").standardizedFileURL
    let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path())) ?? []
    paths = files.filter { $0.hasSuffix(".pcap") }.sorted().map {
      folder.appending(path: $0).path()
    }
    var frames: [Frame] = []
    for path in paths {
      do {
        var capture = try CaptureFile(path: path)
        while let frame = try capture.next() {
          var bytes: [UInt8] = []
          for index in frame.bytes.indices { bytes.append(frame.bytes[index]) }
          frames.append(
            Frame(
              bytes: bytes,
              facts: FrameFacts(
                number: frame.number, time: frame.timestamp, wireLength: frame.originalLength,
                linkType: frame.linkType)))
        }
      } catch {
        fatalError("\(path): \(error)")
      }
    }
    guard !frames.isEmpty else { fatalError("no captures in \(folder.path())") }
    self.frames = frames
  }

  /// Its bytes, counted.
  var size: Int { frames.reduce(0) { $0 + $1.bytes.count } }
}

/// Takes what is written, and keeps nothing.
struct NoOutput: ByteOutput {
  private(set) var count = 0
  mutating func write(_ bytes: Span<UInt8>) throws(OutputError) { count += bytes.count }
}

/// Counts what a reassembler hands on.
struct Counter: StreamConsumer {
  private(set) var count = 0
  mutating func receive(_ bytes: Span<UInt8>, _ place: StreamPlace) { count += bytes.count }
  mutating func skip(_ length: Int, _ place: StreamPlace) {}
  mutating func end(_ end: StreamEnd, _ place: StreamPlace) {}
  mutating func note(_ oddity: StreamOddity, _ place: StreamPlace) {}
}

/// A dialogue as a reader takes it: whose bytes they are, and how many.
struct Dialogue: Sendable {
  let mail: MailProtocol
  let turns: [(side: Side, bytes: [UInt8])]

  init(_ mail: MailProtocol, _ turns: [(Side, String)]) {
    self.mail = mail
    self.turns = turns.map { ($0, Array($1.utf8)) }
  }

  /// Reads it once; gives how many exchanges there were.
  func read() -> Int {
    var reader = mail.reader(midstream: false)
    var sink = NoMessageSink()
    var offsets: [Side: Int] = [:]
    for (turn, part) in turns.enumerated() {
      let position = Position(
        frame: turn + 1, time: Int64(turn) * 1_000_000,
        streamOffset: offsets[part.side, default: 0],
        turn: turn)
      _ = reader.receive(part.bytes.span, from: part.side, at: position, to: &sink)
      offsets[part.side, default: 0] += part.bytes.count
    }
    return reader.finish(.fin, to: &sink).exchanges.count
  }

  private static let body = String(
    repeating: "A line of a message as people write it, neither short nor long.\r\n", count: 2_000)
  private static let message = "From: ann@example.org\r\nSubject: figures\r\n\r\n" + body

  static let smtp = Dialogue(
    .smtp,
    [
      (.server, "220 mail.example.org ESMTP\r\n"), (.client, "EHLO client.example.org\r\n"),
      (.server, "250-mail.example.org\r\n250 8BITMIME\r\n"),
      (.client, "MAIL FROM:<ann@example.org>\r\n"), (.server, "250 2.1.0 Ok\r\n"),
      (.client, "RCPT TO:<bob@example.org>\r\n"), (.server, "250 2.1.5 Ok\r\n"),
      (.client, "DATA\r\n"), (.server, "354 go ahead\r\n"), (.client, message + ".\r\n"),
      (.server, "250 2.0.0 Ok\r\n"), (.client, "QUIT\r\n"), (.server, "221 2.0.0 Bye\r\n"),
    ])
  static let pop3 = Dialogue(
    .pop3,
    [
      (.server, "+OK ready\r\n"), (.client, "USER ann\r\n"), (.server, "+OK\r\n"),
      (.client, "PASS secret\r\n"), (.server, "+OK\r\n"), (.client, "RETR 1\r\n"),
      (.server, "+OK\r\n" + message + ".\r\n"), (.client, "QUIT\r\n"), (.server, "+OK\r\n"),
    ])
  static let imap = Dialogue(
    .imap,
    [
      (.server, "* OK ready\r\n"), (.client, "a LOGIN ann secret\r\n"), (.server, "a OK\r\n"),
      (.client, "b SELECT INBOX\r\n"), (.server, "* 1 EXISTS\r\nb OK [READ-WRITE]\r\n"),
      (.client, "c FETCH 1 BODY[]\r\n"),
      (
        .server,
        "* 1 FETCH (BODY[] {\(message.utf8.count)}\r\n" + message + ")\r\nc OK\r\n"
      ),
      (.client, "d LOGOUT\r\n"), (.server, "* BYE\r\nd OK\r\n"),
    ])
}
