extension FindingEntry {
  /// Capture, SASL, SMTP and LMTP.
  static let transportRows: [FindingEntry] = [
    FindingEntry(
      .gap, .warning, "Bytes missing in the capture",
      explanation: "Segments were never captured. What they held is unknown; messages they "
        + "belong to are incomplete.",
      reference: "RFC 9293 §3.10")
  ]
}
