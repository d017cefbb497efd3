import Fields
import TLS
import TestSupport

typealias Conversation = DescribedConversation<TLSPackets>

extension Conversation {
  init() { self.init(TLSPackets(inside: "Inner Protocol")) }

  /// A connection whose hellos have agreed on TLS 1.2 and ECDHE with RSA.
  static func agreed(_ suite: Int = 0xc02f, _ extensions: [UInt8] = []) -> Conversation {
    var conversation = Conversation()
    _ = conversation.say(.client, Build.record(22, Build.clientHello(), version: 0x0301))
    _ = conversation.say(.server, Build.record(22, Build.serverHello(suite, extensions)))
    return conversation
  }
}
