extension FindingCode {
  /// What a TLS that came about shows of its two sides without a key.
  static let encryption: [FindingCode] = [
    .weakVersion, .weakCipher, .certificateExpired, .certificateNotYetValid, .nameMismatch,
    .greetingMismatch, .selfSigned, .chainIncomplete, .weakKey, .weakSignature, .tlsAlert,
    .renegotiation, .noRecord,
  ]

  public static let weakVersion = FindingCode(
    "tls.weak-version", .warning, "Version of TLS out of use",
    explanation:
      "SSL 3.0, TLS 1.0 and TLS 1.1 must not be used any more: they rest on MD5 and SHA-1, and their block "
      + "ciphers can be attacked.",
    reference: "RFC 8996 §2, RFC 7568 §3")
  public static let weakCipher = FindingCode(
    "tls.weak-cipher", .warning, "Weak cipher suite",
    explanation:
      "The cipher suite encrypts nothing, or with a cipher or a key that can be broken (RC4, DES, 3DES, export "
      + "ciphers), or nobody knows who the server is (anonymous).",
    reference: "RFC 9325 §4.1, RFC 7465 §2")
  public static let certificateExpired = FindingCode(
    "tls.certificate-expired", .warning, "Certificate expired",
    explanation:
      "When this was captured the certificate was no longer valid: a careful client refuses it.",
    reference: "RFC 5280 §4.1.2.5")
  public static let certificateNotYetValid = FindingCode(
    "tls.certificate-not-yet-valid", .warning, "Certificate not valid yet",
    explanation:
      "When this was captured the certificate was not valid yet: it was made too early, or a clock is wrong.",
    reference: "RFC 5280 §4.1.2.5")
  public static let nameMismatch = FindingCode(
    "tls.name-mismatch", .warning, "Certificate for another name",
    explanation: "The client asked for a server by name, and the certificate is for other names.",
    reference: "RFC 9525 §6, RFC 7817 §3")
  public static let greetingMismatch = FindingCode(
    "tls.greeting-mismatch", .note, "Certificate for another name than the greeting's",
    explanation:
      "The client named no server, and the certificate is not for the name with which the server greets.",
    reference: "RFC 7817 §3, RFC 3207 §4.1")
  public static let selfSigned = FindingCode(
    "tls.self-signed", .warning, "Self-signed certificate",
    explanation:
      "The server's certificate is issued by itself: who does not know it already cannot tell whose it is.",
    reference: "RFC 5280 §6.1")
  public static let chainIncomplete = FindingCode(
    "tls.chain-incomplete", .warning, "Incomplete certificate chain",
    explanation:
      "A certificate between the server's own and a root is missing. Clients that do not fetch it themselves "
      + "refuse the server.",
    reference: "RFC 8446 §4.4.2, RFC 5246 §7.4.2")
  public static let weakKey = FindingCode(
    "tls.weak-key", .warning, "Short key in a certificate",
    explanation: "RSA and DSA keys need 2048 bits, keys on elliptic curves 224.",
    reference: "RFC 9325 §4.5")
  public static let weakSignature = FindingCode(
    "tls.weak-signature", .warning, "Weak signature on a certificate",
    explanation:
      "The certificate is signed with MD5 or SHA-1, for which collisions can be made: it may be forged.",
    reference: "RFC 9155 §1, RFC 9325 §4.5")
  public static let tlsAlert = FindingCode(
    "tls.alert", .warning, "TLS broken off with an alert",
    explanation: "A side has told the other that something is wrong; the connection ends with it.",
    reference: "RFC 8446 §6.2")
  public static let noRecord = FindingCode(
    "tls.no-record", .error, "Bytes within TLS that are none",
    explanation:
      "After TLS had begun a side sent something that is no TLS record: text in clear, or bytes that were changed "
      + "on the way.",
    reference: "RFC 8446 §5.1")
  public static let renegotiation = FindingCode(
    "tls.renegotiation", .note, "Second handshake within TLS",
    explanation:
      "The two sides have negotiated anew within the connection, which TLS 1.3 does not have any more; without "
      + "RFC 5746 it can be attacked.",
    reference: "RFC 5746 §1, RFC 9325 §3.5")
}
