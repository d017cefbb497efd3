import Applications
import Fields

extension TextBuffer {
  /// The connections that came to nothing, a line for each row: to whom, how often, how long.
  mutating func write(_ attempts: [Attempt]) {
    if attempts.isEmpty { return }
    write("\nconnections to mail ports without a session\n")
    for attempt in attempts {
      pad(toWidth: 7) { $0.write(decimal: attempt.first.frame) }
      write("  ")
      if let client = attempt.client {
        write(client.contains(":") ? "[\(client)]" : client)
        if let port = attempt.clientPort { write(":\(port)") }
      } else {
        write("many clients")
      }
      write(" → ")
      write(attempt.server?.description ?? "many servers")
      if let proxy = attempt.proxy {
        write(" (\(proxy.kind.rawValue)")
        if let server = proxy.server {
          write(" to ")
          write(printable: server.text)
        }
        write(")")
      }
      write(": \(attempt.outcome.words)")
      if let reason = attempt.reason {
        write(", ")
        write(printable: reason)
      }
      if let closer = attempt.closer, attempt.outcome == .noGreeting {
        write(", closed by the \(closer.rawValue)")
      }
      writeExtent(of: attempt)
      write("\n")
    }
  }

  private mutating func writeExtent(of attempt: Attempt) {
    let extent = attempt.count == 1 ? attempt.longest : attempt.last.time - attempt.first.time
    if attempt.count > 1 { write(", \(attempt.count) connections") }
    if attempt.tries > 0, attempt.tries != attempt.count || attempt.count == 1 {
      write(", \(attempt.tries) SYN\(attempt.tries == 1 ? "" : "s")")
    }
    write(" in ")
    write(trimmedSeconds: max(0, extent))
    write(" s")
    guard attempt.count > 1, attempt.longest > 0 else { return }
    write(", the longest ")
    write(trimmedSeconds: attempt.longest)
    write(" s")
  }
}

extension Attempt.Outcome {
  fileprivate var words: String {
    switch self {
    case .unanswered: "no answer"
    case .refused: "refused"
    case .noGreeting: "no greeting"
    case .abandoned: "left before the greeting"
    case .proxyRefused: "refused by the proxy"
    case .serverNotCaptured: "the server was not captured"
    }
  }
}
