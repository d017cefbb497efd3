import Fields
import Mail

/// The protocols above TCP. Closed: a new one is a case here, a line in `init(port:)` where it has one, and a
/// line in `ApplicationConversation`.
public enum ApplicationLayer: String, Sendable, CaseIterable {
  case smtp, lmtp, pop, imap, http, dns, tls, data

  /// The dispatch table: what tshark decodes on a port without being told. `inside` is what TLS carries there.
  public init?(port: UInt16) {
    switch port {
    case 24: self = .lmtp
    case 25, 587: self = .smtp
    case 110: self = .pop
    case 143: self = .imap
    case 53, 5353: self = .dns
    case 80, 631, 3128, 3132, 3689, 5985, 8080, 8088, 11371, 1900, 2869, 2710: self = .http
    case 443, 465, 993, 995: self = .tls
    default: return nil
    }
  }

  /// What is spoken inside TLS on a port.
  public init?(insideTLSOn port: UInt16) {
    switch port {
    case 443: self = .http
    case 465: self = .smtp
    case 993: self = .imap
    case 995: self = .pop
    default: return nil
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
