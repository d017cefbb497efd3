import Applications
import Fields
import Wire

/// A connection that no dialogue came of, as its conversation knows it.
struct ConversationAttempt: Sendable {
  var outcome: Attempt.Outcome
  var version: NetworkAddresses.Version
  var client: ConversationFacts.Endpoint
  var server: ConversationFacts.Endpoint
  var proxy: Proxy?
  /// What the proxy, or the standard, says of why it refused.
  var reason: String?
  var tries: Int
  var closer: Side?
  var first: Attempt.Place
  var last: Attempt.Place
}

extension StreamConversation {
  /// How long a client waits for a greeting before it can be said that none came, in nanoseconds.
  private static var greetingTime: Int64 { 5_000_000_000 }

  /// What the connection was, where it was one to a mail server and no word of a dialogue was said; nil otherwise.
  borrowing func attempt(_ recognition: RecognitionOptions) -> ConversationAttempt? {
    guard isSilent else { return nil }
    let facts = self.facts
    let stage = proxies
    let refused = stage?.proxies.last { $0.refusal != nil }
    let leadsToMail = recognition.isMail(refused?.server?.port ?? facts.server.port)
    var outcome: Attempt.Outcome
    if let refused, refused.server?.port == nil || leadsToMail {
      outcome = .proxyRefused
    } else {
      guard refused == nil, leadsToMail || stage?.targetPort.map(recognition.isMail) ?? false,
        count(of: .server) == 0 || stage?.targetPort != nil, let silence
      else { return nil }
      outcome = silence
      if stage?.flaw != nil, facts.firstCloser == .server { outcome = .proxyRefused }
    }
    return ConversationAttempt(
      outcome: outcome, version: facts.version, client: facts.client, server: facts.server,
      proxy: refused ?? stage?.proxies.last, reason: refused?.refusal ?? stage?.flaw?.text,
      tries: Int(facts.tries), closer: facts.firstCloser,
      first: Attempt.Place(frame: facts.firstFrame, time: facts.started),
      last: Attempt.Place(frame: facts.lastFrame, time: facts.ended))
  }

  /// What a conversation came to in which the server said nothing; nil where the capture cannot tell.
  private var silence: Attempt.Outcome? {
    let facts = self.facts
    guard facts.hasHandshake, !facts.clientFlags.isEmpty else { return nil }
    let hasAnswered = facts.clientFlags.contains(.acknowledgment)
    if facts.serverFlags.isEmpty {
      if facts.isUndeliverable { return .refused }
      return hasAnswered ? .serverNotCaptured : .unanswered
    }
    if !facts.serverFlags.contains(.syn), !hasAnswered, facts.serverFlags.contains(.reset) {
      return .refused
    }
    let isLeft = facts.firstCloser == .client && facts.closeTime - facts.started < Self.greetingTime
    return isLeft || !hasAnswered ? .abandoned : .noGreeting
  }
}

extension RecognitionOptions {
  /// Whether mail is spoken on a port, in clear or inside TLS.
  func isMail(_ port: UInt16) -> Bool {
    if let told = decodeAs.ports[port] { return told.mail != nil }
    return ApplicationProtocol.at(port, .bytes)?.mail != nil
      || ApplicationProtocol.insideTLS(on: port) != nil
  }
}
