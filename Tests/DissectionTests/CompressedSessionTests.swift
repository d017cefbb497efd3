import Capture
import Fields
import Foundation
import Mail
import Testing
import Wire

@testable import Dissection

/// What comes of a session after `COMPRESS DEFLATE` where the capture is not whole.
@Suite struct CompressedSessionTests {
  /// The recorded session without the frames that `isLost` chooses, with each payload changed by `change`.
  private func session(
    inflation: Inflater.Limits = Inflater.Limits(), isLost: (Int) -> Bool = { _ in false },
    change: (Int, inout [UInt8]) -> Void = { _, _ in }
  ) throws -> SessionRecord {
    var options = SessionRunOptions()
    options.inflation = inflation
    let file = Fixtures.folder.appending(path: "recorded/imap-compress.pcap")
    let record = try Fixtures.firstSession(of: file, options, isLost: isLost, change: change)
    return try #require(record)
  }

  /// The frame of the server's answer to a command.
  private func replyFrame(_ verb: String) throws -> Int {
    let whole = try session()
    let exchange = try #require(whole.session.exchanges.first { $0.command?.verb == verb })
    return try #require(exchange.replies.last).position.frame
  }

  private func findings(_ record: SessionRecord) -> [String] {
    record.session.findings.filter { $0.code.rawValue.hasPrefix("capture.") }.map(\.code.rawValue)
  }

  @Test func whole() throws {
    let record = try session()
    #expect(record.session.compressed)
    #expect(findings(record).isEmpty)
    #expect(record.session.verdict.hasPrefix("retrieved 3 messages, appended 1 message"))
    #expect(!record.session.verdict.contains("COMPRESS"))
  }

  @Test func gapEndsTheDirection() throws {
    let lost = try replyFrame("FETCH")
    let record = try session(isLost: { $0 == lost })
    #expect(findings(record).sorted() == ["capture.gap", "capture.unreadable"])
    let verbs = record.session.exchanges.compactMap { $0.command?.verb }
    #expect(
      verbs == ["LOGIN", "COMPRESS", "SELECT", "FETCH", "APPEND", "LOGOUT"])
    #expect(record.session.exchanges[2].replies.count == 1)
    #expect(record.session.verdict.contains("partly unreadable after COMPRESS DEFLATE"))
    #expect(!record.session.findings.contains { $0.code.rawValue.hasPrefix("imap.unknown") })
  }

  @Test func damagedDataEndsTheDirection() throws {
    let damaged = try replyFrame("SELECT")
    let record = try session(change: { number, bytes in
      guard number == damaged else { return }
      // After the headers: a block of a type that does not exist.
      for index in bytes.indices.dropFirst(66) { bytes[index] = 0xFF }
    })
    #expect(findings(record) == ["capture.unreadable"])
  }

  @Test func limitEndsTheDirection() throws {
    var limits = Inflater.Limits()
    limits.total = 400
    let record = try session(inflation: limits)
    #expect(findings(record).contains("capture.unreadable"))
    #expect(record.session.dropped[.inflatedBytes] == 1)
  }
}
