/// How far a session has come with TLS (RFC 3207, RFC 2595, RFC 9051 section 6.2.1): one for each side of each protocol.
enum TLSPhase: Sendable, Hashable {
  /// Not asked for.
  case clear
  /// The client has sent `STARTTLS` or `STLS`; the reply decides.
  case requested
  /// The server does not want it.
  case refused
  /// The server has agreed in `frame`: the first byte tells whether TLS came, or was opened on the way.
  case agreed(frame: Int)
  /// The server has agreed, and the dialogue went on in clear text.
  case stayedClear
  /// TLS records, handed to the codec.
  case encrypted
  /// What TLS carries is read.
  case opened
}
