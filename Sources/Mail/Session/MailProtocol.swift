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
}
