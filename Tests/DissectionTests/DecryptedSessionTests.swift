import Foundation
import Mail
import Synchronization
import TLS
import Testing
import Wire

@testable import Dissection

/// What comes of a session that TLS carries, with secrets that fit, do not fit or come late, and where the capture is not
/// whole.
@Suite struct DecryptedSessionTests {
  private static let folder = Fixtures.folder.appending(path: "recorded")
  private static let log =
    (try? String(contentsOf: folder.appending(path: "smtp-starttls.keys"), encoding: .utf8)) ?? ""

  private static func keys(_ log: String = log) -> TLSKeys {
    let keys = TLSKeys()
    keys.add(keyLog: Array(log.utf8).span)
    return keys
  }

  /// The first recorded session without the frames that `isLost` chooses, with each frame changed by `change`.
  private func read(
    _ keys: TLSKeys = DecryptedSessionTests.keys(), isLost: (Int) -> Bool = { _ in false },
    change: (Int, inout [UInt8]) -> Void = { _, _ in }
  ) throws -> Session {
    var options = SessionRunOptions()
    options.keys = keys
    let file = Self.folder.appending(path: "smtp-starttls.pcap")
    let record = try Fixtures.firstSession(of: file, options, isLost: isLost, change: change)
    return try #require(record).session
  }

  private func commands(_ session: Session) -> [String] {
    session.exchanges.compactMap { $0.command?.text }
  }

  /// What hinders the dialogue; what the handshake says of certificates is no part of it.
  private func troubles(_ session: Session) -> [String] {
    session.findings.map(\.code.rawValue).filter { code in
      ["smtp.", "capture.", "tls.no-secret", "tls.damaged-record"].contains { code.hasPrefix($0) }
    }
  }

  private func frame(of verb: String, _ session: Session) throws -> Int {
    try #require(session.exchanges.last { $0.command?.verb == verb }?.command).position.frame
  }

  @Test func whole() throws {
    let session = try read()
    #expect(session.tls?.isDecrypted == true)
    #expect(session.verdict == "delivered to 1 of 1")
    #expect(troubles(session).isEmpty)
    #expect(session.authentications.first?.outcome == .accepted)
  }

  /// Whatever frame is missing, what is shown was said; and a gap within the dialogue does not end it.
  @Test func goesOnAfterAGap() throws {
    let whole = try read()
    let known = Set(commands(whole))
    let first = try frame(of: "EHLO", whole)
    for lost in 1...34 {
      let session = try read(isLost: { $0 == lost })
      #expect(Set(commands(session)).isSubset(of: known), "frame \(lost)")
      if lost > first { #expect(commands(session).count >= known.count - 2, "frame \(lost)") }
    }
  }

  @Test func aDamagedRecordIsSaidAndHoldsNothing() throws {
    let damaged = try frame(of: "MAIL", read())
    let session = try read(change: { number, bytes in
      // Two words change places: TCP's checksum stays good.
      guard number == damaged else { return }
      for place in [bytes.count - 20, bytes.count - 19] { bytes.swapAt(place, place - 4) }
    })
    #expect(session.findings.map(\.code.rawValue).contains("tls.damaged-record"))
    #expect(!commands(session).contains { $0.hasPrefix("MAIL") })
    #expect(commands(session).contains { $0.hasPrefix("RCPT") })
  }

  @Test func saysOnceThatThereIsNoSecret() throws {
    let other =
      "CLIENT_RANDOM \(String(repeating: "00", count: 32)) \(String(repeating: "00", count: 48))"
    let session = try read(Self.keys(other))
    #expect(session.tls?.isDecrypted == false)
    #expect(session.verdict.hasPrefix("encrypted after STARTTLS"))
    #expect(troubles(session) == ["tls.no-secret"])
    #expect(session.findings.contains { $0.text.hasPrefix("no secret for this client random: ") })
  }

  @Test func saysThatASecretIsWrong() throws {
    let lines = Self.log.split(separator: "\n").map { line -> String in
      let last: Character = line.last == "0" ? "1" : "0"
      return line.hasPrefix("#") ? String(line) : String(line.dropLast()) + String(last)
    }
    let session = try read(Self.keys(lines.joined(separator: "\n")))
    #expect(session.tls?.isDecrypted == false)
    #expect(troubles(session) == ["tls.no-secret"])
    #expect(
      session.findings.contains {
        $0.text.hasPrefix("the secret for this client random is a wrong one")
      })
  }

  /// A secret that is logged after the records that it opens.
  @Test(arguments: [1, 20, 200]) func waitsForSecrets(_ questions: Int) throws {
    let asked = Counter()
    let log = Array(Self.log.utf8)
    let keys = TLSKeys(mayGrow: true) { asked.next() == questions ? log : [] }
    let session = try read(keys)
    if questions < 200 {
      #expect(session.verdict == "delivered to 1 of 1")
      #expect(troubles(session).isEmpty)
    } else {
      #expect(troubles(session) == ["tls.no-secret"])
    }
  }

  /// The secrets go into the capture that is written, and out of it again.
  @Test func secretsGoIntoCaptures() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let embedded = folder.appending(path: "embedded.pcapng")
    let stripped = folder.appending(path: "stripped.pcapng")
    try save(Self.folder.appending(path: "smtp-starttls.pcap"), to: embedded, .used, Self.keys())
    try save(embedded, to: stripped, .none, TLSKeys())
    let flags = try [embedded, stripped].map {
      try Fixtures.sessions(of: $0)["sessions"].array.map { $0["tls"]["decrypted"].bool }
    }
    #expect(flags == [[true, true], [false, false]])
    #expect(throws: RunError.self) {
      try save(embedded, to: folder.appending(path: "plain.pcap"), .used, TLSKeys())
    }
  }

  private func save(
    _ capture: URL, to file: URL, _ secrets: PacketOptions.SavedSecrets, _ keys: TLSKeys
  ) throws {
    var options = PacketOptions()
    options.application.keys = keys
    (options.savePath, options.savedSecrets) = (file.path, secrets)
    var output = MemoryOutput()
    try PacketRun.run(
      CaptureSource(paths: [capture.path]), options, NoPacketView(), to: &output)
  }
}

private final class Counter: Sendable {
  private let count = Mutex(0)

  func next() -> Int {
    count.withLock {
      $0 += 1
      return $0
    }
  }
}
