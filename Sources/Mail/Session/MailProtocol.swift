/// The mail protocols that mailwire speaks.
public enum MailProtocol: String, Sendable, CaseIterable {
  /// RFC 5321.
  case smtp
  /// RFC 2033: SMTP with `LHLO` and one reply a recipient after the message.
  case lmtp
  /// RFC 1939.
  case pop3
  /// RFC 3501 and RFC 9051.
  case imap
  /// RFC 5804.
  case manageSieve = "managesieve"
}

extension MailProtocol {
  /// A reader for one session. `midstream`: the start of the conversation was not captured.
  public func reader(midstream: Bool, options: SessionOptions = SessionOptions())
    -> any SessionReader
  {
    switch self {
    case .smtp, .lmtp: SMTPDialogue(self, midstream: midstream, options: options)
    case .pop3: POP3Dialogue(midstream: midstream, options: options)
    case .imap: IMAPDialogue(midstream: midstream, options: options)
    case .manageSieve: ManageSieveDialogue(midstream: midstream, options: options)
    }
  }
}
