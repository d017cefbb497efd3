import Fields
import TestSupport
import Testing

@Suite struct HostileTests {
  /// Bytes changed in good messages, and bytes that never were one: nothing traps, nothing is outside the bytes.
  @Test func changedBytes() {
    var random = SeededGenerator()
    let extensions = ExtensionTests.cases.flatMap { Build.helloExtension($0.type, $0.bytes) }
    var messages = HandshakeTests.messages.map(\.message)
    let ssl2: [UInt8] =
      [4, 0, 1, 0, 2, 0, 4, 0, 3, 0, 16, 1, 2, 3, 4, 1, 0, 0x80] + Array(0..<16)
    messages += [Build.clientHello(extensions), Build.serverHello(0xc02f, extensions)]
    for round in 0..<3000 {
      var conversation =
        round % 5 == 0
        ? Conversation()
        : Conversation.agreed(
          [0xc02f, 0x0033, 0x002f, 0x1301].randomElement(using: &random) ?? 0,
          round % 3 == 0 ? Build.helloExtension(43, [3, 4]) : [])
      for _ in 0..<3 {
        var bytes = messages.randomElement(using: &random) ?? []
        for _ in 0..<Int.random(in: 1...4, using: &random) {
          bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(
            in: 0...255, using: &random)
        }
        var wire = Build.record(22, bytes)
        if round % 5 == 0 { wire = Build.uint16(0x8000 | ssl2.count) + ssl2 }
        if Bool.random(using: &random) {
          wire[Int.random(in: wire.indices, using: &random)] = UInt8.random(
            in: 0...255, using: &random)
        }
        _ = conversation.say(
          Bool.random(using: &random) ? .client : .server, wire,
          canAskForMore: Bool.random(using: &random))
      }
      #expect(conversation.strays == 0, "\(SeededGenerator.replay), round \(round)")
    }
  }
}
