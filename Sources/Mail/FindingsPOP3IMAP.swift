extension FindingEntry {
  /// POP3 and IMAP.
  static let mailboxRows: [FindingEntry] = []
}
