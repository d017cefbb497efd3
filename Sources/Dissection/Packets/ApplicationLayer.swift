import Fields
import Mail

/// The protocols above TCP. Closed: a new one is a case here, a line in `init(port:)` where it has one, and a
/// line in `ApplicationConversation`.
public enum ApplicationLayer: String, Sendable, CaseIterable {
  case smtp, lmtp, pop, imap, http, dns, tls, data

  /// The dispatch table: what tshark decodes on a port without being told.
  public init?(port: UInt16) {
    switch port {
    case 24: self = .lmtp
    case 25, 587: self = .smtp
    case 110: self = .pop
    case 143: self = .imap
    case 53, 5353: self = .dns
    case 80, 631, 3128, 3132, 3689, 5985, 8080, 8088, 11371, 1900, 2869, 2710: self = .http
    case 324, 443, 465, 636, 802, 853, 993, 995, 1300, 2221, 2443, 3249...3252, 3496, 5061, 5671,
      5684, 5868, 8883, 11207, 19999, 27017:
      self = .tls
    default: return nil
    }
  }

  /// As Wireshark names what TLS carries after the mail dialogue has agreed on it.
  var nameInsideTLS: String? {
    switch self {
    case .smtp, .lmtp: "Simple Mail Transfer Protocol"
    case .pop: "Post Office Protocol"
    case .imap: "Internet Message Access Protocol"
    case .http, .dns, .tls, .data: nil
    }
  }

  /// nil for what is no mail.
  var mailProtocol: MailProtocol? {
    switch self {
    case .smtp: .smtp
    case .lmtp: .lmtp
    case .pop: .pop3
    case .imap: .imap
    case .http, .dns, .tls, .data: nil
    }
  }
}
