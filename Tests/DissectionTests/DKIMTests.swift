import Foundation
import Testing

@testable import Dissection

/// Messages that another program has signed: `Fixtures/make/sign.py`.
@Suite struct DKIMTests {
  private struct Right: Decodable {
    var body: String
    var header: String
    var unsigned: Bool?
  }
  private static let folder = Fixtures.folder.appending(path: "messages/dkim")

  private func checks(_ message: [UInt8], _ keys: DKIMKeys, by size: Int) -> [DKIMCheck] {
    var verification = DKIMVerification()
    for start in stride(from: 0, to: message.count, by: size) {
      let piece = Array(message[start..<min(start + size, message.count)])
      verification.receive(piece.span)
    }
    var checks = verification.finish()
    for index in checks.indices { checks[index].resolve(keys) }
    return checks
  }

  @Test func signaturesOfAnotherProgram() throws {
    let text = try Data(contentsOf: Self.folder.appending(path: "truth.json"))
    let truth = try JSONDecoder().decode([String: Right].self, from: text)
    var keys = DKIMKeys()
    let zone = try String(contentsOf: Self.folder.appending(path: "keys.zone"), encoding: .utf8)
    let takesZone = keys.add(zone)
    #expect(takesZone)
    #expect(truth.count > 10)
    for (name, right) in truth {
      let message = [UInt8](try Data(contentsOf: Self.folder.appending(path: "\(name).eml")))
      for size in [1, 100, 100_000] {
        let checks = checks(message, keys, by: size)
        #expect(!checks.isEmpty)
        for check in checks {
          #expect(check.body.rawValue == right.body, "\(name): \(check.reason ?? "")")
          #expect(check.header.rawValue == right.header, "\(name): \(check.reason ?? "")")
          #expect((check.unsignedBytes > 0) == (right.unsigned ?? false), "\(name)")
        }
      }
    }
  }

  @Test func keyOfAFile() throws {
    var keys = DKIMKeys()
    let pem = try String(contentsOf: Self.folder.appending(path: "public.pem"), encoding: .utf8)
    let takesPEM = keys.add(pem)
    let takesNothing = keys.add("nothing of the kind")
    #expect(takesPEM)
    #expect(!takesNothing)
    let message = [UInt8](try Data(contentsOf: Self.folder.appending(path: "simple-simple.eml")))
    #expect(checks(message, keys, by: 50).map(\.header) == [.pass])
  }

  /// Whatever is cut off, nothing is said to be right that is not.
  @Test func cutMessages() throws {
    let message = [UInt8](try Data(contentsOf: Self.folder.appending(path: "relaxed-relaxed.eml")))
    for end in stride(from: 0, to: message.count - 40, by: 7) {
      for check in checks(Array(message[..<end]), DKIMKeys(), by: 100_000) {
        #expect(check.body != .pass)
      }
    }
  }
}
