// What is found in every protocol.

extension FindingCode {
  /// What the capture lacks, or shows on the way to the readers.
  static let capture: [FindingCode] = [
    .overlapDiffers, .badChecksum, .dataAfterEnd, .unreadable, .gap, .oneSided, .midstream,
    .proxyHeader,
  ]

  public static let overlapDiffers = FindingCode(
    "capture.overlap-differs", .warning, "Bytes sent twice with different values",
    explanation:
      "A retransmission does not repeat what it retransmits: the receiver may have read other "
      + "bytes than are shown here. Some attacks on inspection work that way.",
    reference: "RFC 9293 §3.8")
  public static let badChecksum = FindingCode(
    "capture.bad-checksum", .warning, "A segment with a bad checksum",
    explanation:
      "The other segments of the direction have good checksums, and the bytes came again with "
      + "other values: the receiver threw the first copy away, and so it is not read.",
    reference: "RFC 9293 §3.1")
  public static let dataAfterEnd = FindingCode(
    "capture.data-after-fin", .warning, "Bytes after the end of the stream",
    explanation: "A side that has sent its FIN sends no more data; what came later is not part "
      + "of the dialogue.",
    reference: "RFC 9293 §3.6")
  public static let unreadable = FindingCode(
    "capture.unreadable", .warning, "The rest of a compressed stream cannot be read",
    explanation:
      "Each byte of a DEFLATE stream rests on those before it: behind a gap, or where the data is "
      + "damaged or grows beyond the limit, that side of the session is lost.",
    reference: "RFC 4978 §3")
  public static let gap = FindingCode(
    "capture.gap", .warning, "Bytes missing in the capture",
    explanation:
      "Segments were never captured. What they held is unknown; messages they belong to "
      + "are incomplete.",
    reference: "RFC 9293 §3.10")
  public static let oneSided = FindingCode(
    "capture.one-sided", .note, "Only one side was captured",
    explanation: "Replies or commands are missing altogether; outcomes are unknown.",
    reference: "RFC 9293 §3.10")
  public static let midstream = FindingCode(
    "capture.midstream", .note, "The start was not captured",
    explanation: "The record begins where the first plain command or reply was seen.",
    reference: "RFC 9293 §3.5")

  public static let proxyHeader = FindingCode(
    "proxy.malformed-header", .warning, "Malformed header of a proxy",
    explanation:
      "The header before the dialogue is not what the PROXY protocol prescribes: a server that is "
      + "strict closes the connection, another takes the proxy for the client.",
    reference: "PROXY protocol §2")

  /// SASL exchanges, in whichever protocol.
  static let sasl: [FindingCode] = [
    .saslPlaintext, .saslWeak, .saslNotOffered, .saslBase64, .saslMalformed, .saslCancelled,
    .saslRefused,
  ]

  public static let saslPlaintext = FindingCode(
    "sasl.plaintext", .warning, "Password sent without TLS",
    explanation: "Whoever listens can read the password or token. Servers should offer such "
      + "mechanisms only under TLS.",
    reference: "RFC 4954 §4")
  public static let saslWeak = FindingCode(
    "sasl.weak-mechanism", .note, "Weak SASL mechanism",
    explanation: "The exchange lets a listener guess the password offline.",
    reference: "RFC 8314 §3")
  public static let saslNotOffered = FindingCode(
    "sasl.not-offered", .warning, "Mechanism not offered",
    explanation: "The client uses a SASL mechanism that the server's list does not have.",
    reference: "RFC 4954 §4")
  public static let saslBase64 = FindingCode(
    "sasl.bad-base64", .warning, "SASL response is no base64",
    explanation: "The server must refuse it with 501.",
    reference: "RFC 4954 §4")
  public static let saslMalformed = FindingCode(
    "sasl.malformed", .warning, "SASL message breaks its mechanism",
    explanation: "A response has not the parts that the mechanism prescribes.",
    reference: "RFC 4422 §5")
  public static let saslCancelled = FindingCode(
    "sasl.cancelled", .note, "Authentication given up",
    explanation: "The client ended the exchange with “*”.",
    reference: "RFC 4954 §4")
  public static let saslRefused = FindingCode(
    "sasl.refused", .warning, "Login refused",
    explanation: "The server did not accept the credentials or the mechanism.",
    reference: "RFC 4954 §6")

  /// The way into TLS: STARTTLS, STLS.
  static let startTLS: [FindingCode] = [
    .tlsNotUsed, .tlsNotOffered, .tlsRefused, .tlsStripped, .tlsCommandInjection,
    .tlsReplyInjection, .tlsStayedClear,
  ]

  public static let tlsNotUsed = FindingCode(
    "starttls.not-used", .warning, "STARTTLS offered and not used",
    explanation:
      "Envelope, message and passwords go over the wire readable though the server could "
      + "encrypt.",
    reference: "RFC 3207 §6, RFC 2595 §2.2")
  public static let tlsNotOffered = FindingCode(
    "starttls.not-offered", .note, "STARTTLS without offer",
    explanation:
      "The client asks for TLS that the extension list does not have; something on the "
      + "way may have removed it.",
    reference: "RFC 3207 §4")
  public static let tlsRefused = FindingCode(
    "starttls.refused", .warning, "STARTTLS refused",
    explanation:
      "The server did not start TLS; the client must decide whether to go on in clear.",
    reference: "RFC 3207 §4, RFC 2595 §4")
  public static let tlsStripped = FindingCode(
    "starttls.stripped", .error, "STARTTLS stripped",
    explanation:
      "A middlebox overwrote a keyword of the extension list so that the client does not "
      + "encrypt.",
    reference: "RFC 3207 §6, RFC 8314 §5")
  public static let tlsCommandInjection = FindingCode(
    "starttls.command-injection", .error, "Commands injected before the handshake",
    explanation:
      "Clear text stands between STARTTLS and the TLS handshake. A server that does not "
      + "empty its buffer executes it as if it had been encrypted (CVE-2011-0411).",
    reference: "RFC 3207 §4.2, RFC 2595 §4")
  public static let tlsReplyInjection = FindingCode(
    "starttls.reply-injection", .error, "Replies injected before the handshake",
    explanation: "Clear text of the server stands before its handshake. A client that does not "
      + "empty its buffer believes it to have come encrypted.",
    reference: "RFC 3207 §4.2, RFC 2595 §4")
  public static let tlsStayedClear = FindingCode(
    "starttls.stayed-clear", .note, "Readable after STARTTLS",
    explanation:
      "STARTTLS was accepted but no handshake follows: the traffic was decrypted before "
      + "the capture, or TLS never began.",
    reference: "RFC 3207 §4")

  /// A TLS that did not come about, begun at once or agreed on.
  static let failedTLS: [FindingCode] = [.tlsOneSided, .tlsFailed]

  /// What hinders decryption.
  static let decryption: [FindingCode] = [.tlsNoSecret, .tlsDamagedRecord]

  public static let tlsNoSecret = FindingCode(
    "tls.no-secret", .note, "TLS that could not be decrypted",
    explanation:
      "There are keys, and none for this connection, or a wrong one, or its cipher is not among those "
      + "that can be undone. What it carries is not shown.",
    reference: "RFC 8446 §7.1")
  public static let tlsDamagedRecord = FindingCode(
    "tls.damaged-record", .error, "TLS record that is not authentic",
    explanation:
      "The record does not match its authentication code: it was damaged or changed on the way, or the "
      + "capture has other bytes than were sent. What it held is left out.",
    reference: "RFC 8446 §5.2, RFC 5246 §7.2.2")

  public static let tlsOneSided = FindingCode(
    "tls.one-sided", .error, "One side speaks TLS, the other in clear",
    explanation:
      "Client and server do not agree on whether the connection begins with TLS: mostly the port, or "
      + "the client's choice between TLS and STARTTLS, is wrong. Nothing was encrypted.",
    reference: "RFC 8314 §3.3")
  public static let tlsFailed = FindingCode(
    "tls.failed", .warning, "TLS did not come about",
    explanation:
      "A handshake was begun, and a side refused it, or did not answer. Nothing was encrypted.",
    reference: "RFC 8446 §6.2")

  /// Logins by the protocol's own commands.
  static let login: [FindingCode] = [
    .loginPlaintext, .loginRefused,
  ]

  public static let loginPlaintext = FindingCode(
    "login.plaintext", .warning, "Password in the clear",
    explanation: "The login was sent without TLS. Whoever sees the traffic has the password.",
    reference: "RFC 8314 §3")
  public static let loginRefused = FindingCode(
    "login.refused", .warning, "Login refused",
    explanation: "The server did not accept the login.",
    reference: "RFC 3206 §4, RFC 9051 §6.2.3")
}
