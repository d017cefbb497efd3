// What POP3 and IMAP find in SASL exchanges and in the capture itself.

extension Recorder {
  /// `AUTH` or `AUTHENTICATE` was sent; `offered` are the server's mechanisms, where they are known.
  mutating func checkStart(
    of exchange: SASLExchange, by verb: String, isSecure: Bool, offered: [String]?, frame: Int
  ) {
    if exchange.revealsPassword, !isSecure {
      find(
        .saslPlaintext, frame: frame,
        "\(verb) \(exchange.mechanism) sends the password readable over a connection without TLS")
    }
    if exchange.isWeak {
      find(
        .saslWeak, frame: frame, "\(verb) \(exchange.mechanism) can be broken by who listens")
    }
    if let offered, !offered.contains(where: { $0.equals(ignoringCase: exchange.mechanism) }) {
      find(.saslNotOffered, frame: frame, "\(verb) \(exchange.mechanism) is not offered")
    }
  }

  /// What the capture lacks.
  mutating func findOneSided(client: Bool, server: Bool) {
    let last =
      session.exchanges.last.map { $0.command?.end.frame ?? $0.replies.last?.end.frame ?? 0 }
      ?? session.greeting?.end.frame ?? 0
    // A greeting alone is no sign of a lost client.
    if client != server, client || !session.exchanges.isEmpty {
      find(.oneSided, frame: last, "only the \(client ? "client" : "server") was captured")
    }
    if session.midstream {
      find(.midstream, frame: last, "the start of the conversation was not captured")
    }
  }

  mutating func checkEnd(
    of exchange: SASLExchange, by verb: String, refusal: String?, frame: Int
  ) {
    if exchange.hasBadBase64 {
      find(.saslBase64, frame: frame, "a response of the client is no base64")
    }
    if exchange.isMalformed {
      find(.saslMalformed, frame: frame, "a response does not follow \(exchange.mechanism)")
    }
    if exchange.isCancelled {
      find(.saslCancelled, frame: frame, "the client gave \(verb) \(exchange.mechanism) up")
    } else if let refusal {
      find(
        .saslRefused, frame: frame,
        "\(verb) \(exchange.mechanism)\(exchange.username.map { " as \(Phrase.quote($0))" } ?? "")"
          + " was refused: \(exchange.explanation.map { Phrase.quote($0) + ", " } ?? "")"
          + "\(Phrase.quote(refusal))")
    }
  }
}
