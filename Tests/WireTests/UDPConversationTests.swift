import Fields
import Testing

@testable import Wire

@Suite struct UDPConversationTests {
  /// A conversation that a protocol above begins is numbered when its first datagram comes.
  @Test func begun() {
    var table = UDPConversationTable()
    func advance(_ port: UInt16, begins: Bool) -> Int {
      let stream = table.advance(.none, port, 40000, at: 0, hasPayload: true).stream
      if begins { _ = table.begin(.none, port, 40000) }
      return stream
    }
    #expect(advance(162, begins: true) == 0)
    #expect(advance(161, begins: true) == 1)
    #expect(advance(161, begins: true) == 2)
    #expect(advance(162, begins: true) == 3)
    #expect(advance(162, begins: true) == 3)
    #expect(advance(161, begins: true) == 2)
  }
}
