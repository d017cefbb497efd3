/// A mail protocol: its name, what reads its sessions, what it finds. Each is declared in the folder that has it.
public struct MailProtocol: Sendable {
  /// As JSON has it: `smtp`, `lmtp`, `pop3`, `imap`, `managesieve`.
  public let rawValue: String
  /// A reader for one session. `midstream`: the start of the conversation was not captured.
  private let makeReader: @Sendable (_ midstream: Bool, SessionOptions) -> any SessionReader
  /// What only this protocol finds, made where the documentation asks for it.
  let findings: @Sendable () -> [FindingCode]

  init(
    _ rawValue: String, findings: @autoclosure @escaping @Sendable () -> [FindingCode],
    reader: @escaping @Sendable (_ midstream: Bool, SessionOptions) -> any SessionReader
  ) {
    self.rawValue = rawValue
    makeReader = reader
    self.findings = findings
  }

  /// A reader for one session. `midstream`: the start of the conversation was not captured.
  public func reader(midstream: Bool, options: SessionOptions = SessionOptions())
    -> any SessionReader
  {
    makeReader(midstream, options)
  }
}

extension MailProtocol: CaseIterable {
  public static let allCases: [MailProtocol] = [.smtp, .lmtp, .pop3, .imap, .manageSieve]
}

extension MailProtocol: Hashable {
  public static func == (left: Self, right: Self) -> Bool { left.rawValue == right.rawValue }

  public func hash(into hasher: inout Hasher) { hasher.combine(rawValue) }
}
