import Fields
import Synchronization
import Testing
import TestSupport

@testable import TLS

@Suite struct KeyLogTests {
  static let random = String(repeating: "ab", count: 32)
  static let secret = String(repeating: "01", count: 32)
  static let master = String(repeating: "02", count: 48)

  private func log(_ text: String) -> KeyLog {
    var log = KeyLog()
    log.read(Array(text.utf8).span)
    log.finish()
    return log
  }

  /// Every two-way split of the log must give the secrets of the whole.
  @Test func readsEverySplit() {
    let text = """
      # a comment\r
      CLIENT_RANDOM \(Self.random) \(Self.master)\r
      SERVER_TRAFFIC_SECRET_0 \(Self.random.uppercased()) \(Self.secret)
      EXPORTER_SECRET \(Self.random) \(Self.secret)
      RSA 0011223344556677 \(Self.master)
      RSA Session-ID:0102 Master-Key:\(Self.master)
      CLIENT_TRAFFIC_SECRET_0 \(Self.random) \(Self.secret)
      """
    let bytes = Array(text.utf8)
    for cut in 0...bytes.count {
      var log = KeyLog()
      for part in [Array(bytes[..<cut]), Array(bytes[cut...])] { log.read(part.span) }
      log.finish()
      let random = [UInt8](repeating: 0xab, count: 32)
      #expect(log.secrets[.init(label: .master, random: random)]?.count == 48)
      #expect(log.secrets[.init(label: .serverTraffic, random: random)]?.count == 32)
      #expect(log.secrets[.init(label: .clientTraffic, random: random)]?.count == 32)
      #expect(log.premasters[[0, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77]]?.count == 48)
      #expect(log.sessions[[1, 2]]?.count == 48)
      #expect(log.count == 5)
    }
  }

  @Test(arguments: [
    "CLIENT_RANDOM", "CLIENT_RANDOM \(random)", "CLIENT_RANDOM \(random) ",
    "CLIENT_RANDOM \(random)0 \(master)", "CLIENT_RANDOM \(random) \(master)0",
    "CLIENT_RANDOM \(random) zz\(master.dropFirst(2))", "client_random \(random) \(master)",
    "RSA 00 \(master)", "RSA Session-ID: Master-Key:\(master)",
    "CLIENT_RANDOM \(random) \(String(repeating: "01", count: 4096))", "\0\u{1}\u{2}", "     ",
  ]) func leavesOutWhatIsNoSecret(_ line: String) {
    #expect(log("\(line)\nCLIENT_RANDOM \(Self.random) \(Self.master)\n").count == 1)
  }

  @Test func readsAgainWhatIsMissing() {
    let pieces = Pieces([
      "CLIENT_RANDOM \(Self.random) ", Self.master, "",
      "\nCLIENT_TRAFFIC_SECRET_0 \(Self.random) \(Self.secret)\n",
    ])
    let keys = TLSKeys { pieces.next() }
    let random = [UInt8](repeating: 0xab, count: 32)
    // The line had no end yet.
    #expect(keys.secret(.serverTraffic, random) == nil)
    let hasGrown = keys.readMore()
    #expect(hasGrown)
    #expect(keys.secret(.master, random) != nil)
    #expect(keys.secret(.clientTraffic, random) != nil)
  }

  @Test func randomBytesAreNoSecrets() {
    var generator = SeededGenerator()
    for _ in 0..<200 {
      var log = KeyLog()
      for _ in 0..<20 {
        log.read(generator.bytes(Int.random(in: 0..<400, using: &generator)).span)
      }
      log.finish()
      #expect(log.isEmpty)
    }
  }
}

/// Gives one piece after the other.
private final class Pieces: Sendable {
  private let rest: Mutex<[String]>

  init(_ pieces: [String]) { rest = Mutex(pieces) }

  func next() -> [UInt8] { rest.withLock { $0.isEmpty ? [] : Array($0.removeFirst().utf8) } }
}
