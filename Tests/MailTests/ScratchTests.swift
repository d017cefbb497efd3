import Foundation
import Testing

@testable import Mail

@Suite struct ScratchTests {
  @Test func conversations() throws {
    for name in try FileManager.default.contentsOfDirectory(atPath: "/tmp/conv").sorted()
    where name.hasSuffix(".txt") {
      let text = try String(contentsOfFile: "/tmp/conv/\(name)", encoding: .utf8)
      var parser = SessionParser(.smtp, midstream: false)
      var sink = CollectingSink()
      var offsets: [Side: Int] = [:]
      for line in text.split(separator: "\n") {
        let parts = line.split(separator: " ")
        guard parts.count == 4 else { continue }
        let side: Side = parts[2] == "S" ? .server : .client
        let hex = Array(parts[3].utf8)
        func v(_ b: UInt8) -> UInt8 { b < 0x3A ? b - 0x30 : b - 0x61 + 10 }
        let bytes = stride(from: 0, to: hex.count - 1, by: 2).map {
          v(hex[$0]) << 4 | v(hex[$0 + 1])
        }
        let position = Position(
          frame: Int(parts[0]) ?? 0, time: Int64((Double(parts[1]) ?? 0) * 1e9),
          streamOffset: offsets[side] ?? 0)
        parser.receive(bytes.span, from: side, at: position, to: &sink)
        offsets[side, default: 0] += bytes.count
      }
      let s = parser.finish(.fin, to: &sink)
      print("== \(name): \(s.verdict) [\(s.mailProtocol)] tls=\(s.tls.map { "\($0)" } ?? "-")")
      print("   ", s.transcript.prefix(40).joined(separator: " | "))
      for m in s.messages {
        print(
          "    msg \(m.transfer) \(m.outcome) \(m.size) complete=\(m.complete) \(m.envelope?.sender ?? "-") -> \(m.envelope?.recipients.map { "\($0.address):\($0.code ?? 0)" } ?? [])"
        )
      }
      for a in s.authentications {
        print(
          "    auth \(a.mechanism) \(a.username ?? "-") \(a.outcome) \(a.fields.map { "\($0.name)=\($0.value)" })"
        )
      }
      for f in s.findings { print("    \(f.code.rawValue) #\(f.frame): \(f.text)") }
      print(
        "    sw \(s.serverSoftware.map { "\($0.name) \($0.version ?? "")" } ?? "-") dropped \(s.dropped)"
      )
      if let d = s.dialect {
        print(
          "    dialect \(d.digest) \(d.features.map { "\($0.name)=\($0.value)" }.joined(separator: "; "))"
        )
      }
    }
  }
}
