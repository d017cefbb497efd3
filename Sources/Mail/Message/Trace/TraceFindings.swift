// What is found in what servers wrote into messages: Received fields and signatures.

extension FindingCode {
  static let trace: [FindingCode] = [
    .messageClock, .messageBodyChanged, .messageSignatureFails, .messageUnsignedEnd,
  ]

  public static let messageClock = FindingCode(
    "message.clock-backwards", .note, "Received before it was sent on",
    explanation: "A server took the message at an earlier time than the server before it: one of "
      + "their clocks is wrong, or a Received field was made up. Delays near it say nothing.",
    reference: "RFC 5321 §4.4")
  public static let messageBodyChanged = FindingCode(
    "message.dkim-body", .warning, "Body is not the one that was signed",
    explanation: "The hash of the body differs from that in a DKIM signature: the message was "
      + "changed on its way, by a mailing list or a gateway for one. Receivers take the signature "
      + "for none.",
    reference: "RFC 6376 §6.1.3")
  public static let messageSignatureFails = FindingCode(
    "message.dkim-signature", .warning, "Signature does not hold",
    explanation: "The signature was made over other header fields, or with another key than the "
      + "one that DNS or --dkim-key gives, or it breaks the rules and counts for nothing.",
    reference: "RFC 6376 §6.1")
  public static let messageUnsignedEnd = FindingCode(
    "message.dkim-length", .warning, "End of the body is not signed",
    explanation: "A signature covers only the first bytes of the body (l=). Anyone may have added "
      + "what follows, and it is shown as if it were signed.",
    reference: "RFC 6376 §8.2")
}

extension MessageTrace {
  /// Clocks that differ.
  public var findings: [MessageFinding] {
    hops.compactMap { hop in
      guard let delay = hop.delay, delay < -Self.tolerance else { return nil }
      let server = hop.by.map { "\(Phrase.quote($0)) has " } ?? "a server has "
      return MessageFinding(
        .messageClock, at: 0,
        "\(server)received it \(Phrase.count(Int(clamping: delay.magnitude), "second")) before the "
          + "server that sent it on")
    }
  }

  /// Clocks are set to seconds, and a message may be quick.
  private static let tolerance: Int64 = 1
}

extension MessageFinding {
  /// Something about a signature.
  public init(_ code: FindingCode, of signature: DKIMSignature, _ text: String) {
    let name = "\(signature.kind.rawValue) of \(Phrase.quote(signature.domain))"
    self.init(code, at: 0, "\(name): \(text)")
  }
}
