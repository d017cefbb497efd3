/// The names that registries give to numbers in TLS, as Wireshark prints them.
enum TLSNames {
  /// The sixteen values that RFC 8701 reserves: `0x0a0a`, `0x1a1a`, …
  static func isGREASE(_ value: UInt64) -> Bool {
    value <= 0xffff && value & 0x0f0f == 0x0a0a && value >> 8 == value & 0xff
  }
  private static func named(_ value: UInt64, _ names: [UInt16: String]) -> String? {
    if isGREASE(value) { return "Reserved (GREASE)" }
    return UInt16(exactly: value).flatMap { names[$0] }
  }

  @Sendable static func cipherSuite(_ value: UInt64) -> String? { named(value, cipherSuites) }
  /// Its name; its number where it has none.
  static func words(ofCipherSuite suite: UInt16) -> String {
    cipherSuites[suite]
      ?? "0x" + Fingerprint.hex([UInt8(suite >> 8), UInt8(truncatingIfNeeded: suite)])
  }
  @Sendable static func group(_ value: UInt64) -> String? { named(value, groups) }
  @Sendable static func signatureScheme(_ value: UInt64) -> String? {
    UInt16(exactly: value).flatMap { signatureSchemes[$0] }
  }
  @Sendable static func extensionType(_ value: UInt64) -> String? { named(value, extensionTypes) }
  @Sendable static func version(_ value: UInt64) -> String? { named(value, versions) }
  /// A cipher kind of SSL 2.0, or after a zero byte one of later versions.
  @Sendable static func cipherSpec(_ value: UInt64) -> String? {
    value > 0xffff ? UInt32(exactly: value).flatMap { ssl2CipherSpecs[$0] } : cipherSuite(value)
  }

  static let versions: [UInt16: String] = [
    0x0002: "SSL 2.0",
    0x0100: "DTLS 1.0 (OpenSSL pre 0.9.8f)",
    0x0101: "GMTLS",
    0x0300: "SSL 3.0",
    0x0301: "TLS 1.0",
    0x0302: "TLS 1.1",
    0x0303: "TLS 1.2",
    0x0304: "TLS 1.3",
    0x7f0e: "TLS 1.3 (draft 14)",
    0x7f0f: "TLS 1.3 (draft 15)",
    0x7f10: "TLS 1.3 (draft 16)",
    0x7f11: "TLS 1.3 (draft 17)",
    0x7f12: "TLS 1.3 (draft 18)",
    0x7f13: "TLS 1.3 (draft 19)",
    0x7f14: "TLS 1.3 (draft 20)",
    0x7f15: "TLS 1.3 (draft 21)",
    0x7f16: "TLS 1.3 (draft 22)",
    0x7f17: "TLS 1.3 (draft 23)",
    0x7f18: "TLS 1.3 (draft 24)",
    0x7f19: "TLS 1.3 (draft 25)",
    0x7f1a: "TLS 1.3 (draft 26)",
    0x7f1b: "TLS 1.3 (draft 27)",
    0x7f1c: "TLS 1.3 (draft 28)",
    0xfb17: "TLS 1.3 (Facebook draft 23)",
    0xfb1a: "TLS 1.3 (Facebook draft 26)",
    0xfefd: "DTLS 1.2",
    0xfeff: "DTLS 1.0",
  ]

  @Sendable static func contentType(_ type: UInt64) -> String? {
    switch type {
    case 20: "Change Cipher Spec"
    case 21: "Alert"
    case 22: "Handshake"
    case 23: "Application Data"
    case 24: "Heartbeat"
    case 25: "Connection ID"
    default: nil
    }
  }

  @Sendable static func handshakeType(_ type: UInt64) -> String? {
    switch type {
    case 0: "Hello Request"
    case 1: "Client Hello"
    case 2: "Server Hello"
    case 3: "Hello Verify Request"
    case 4: "New Session Ticket"
    case 5: "End of Early Data"
    case 6: "Hello Retry Request"
    case 8: "Encrypted Extensions"
    case 11: "Certificate"
    case 12: "Server Key Exchange"
    case 13: "Certificate Request"
    case 14: "Server Hello Done"
    case 15: "Certificate Verify"
    case 16: "Client Key Exchange"
    case 20: "Finished"
    case 21: "Client Certificate URL"
    case 22: "Certificate Status"
    case 23: "Supplemental Data"
    case 24: "Key Update"
    case 25: "Compressed Certificate"
    case 67: "Encrypted Extensions"
    default: nil
    }
  }

  @Sendable static func ssl2MessageType(_ type: UInt64) -> String? {
    switch type {
    case 0: "Error"
    case 1: "Client Hello"
    case 2: "Client Master Key"
    case 3: "Client Finished"
    case 4: "Server Hello"
    case 5: "Server Verify"
    case 6: "Server Finished"
    case 7: "Request Certificate"
    case 8: "Client Certificate"
    default: nil
    }
  }

  @Sendable static func alertLevel(_ level: UInt64) -> String? {
    level == 1 ? "Warning" : level == 2 ? "Fatal" : nil
  }

  @Sendable static func alert(_ alert: UInt64) -> String? {
    switch alert {
    case 0: "Close Notify"
    case 1: "End of Early Data"
    case 10: "Unexpected Message"
    case 20: "Bad Record MAC"
    case 21: "Decryption Failed"
    case 22: "Record Overflow"
    case 30: "Decompression Failure"
    case 40: "Handshake Failure"
    case 41: "No Certificate"
    case 42: "Bad Certificate"
    case 43: "Unsupported Certificate"
    case 44: "Certificate Revoked"
    case 45: "Certificate Expired"
    case 46: "Certificate Unknown"
    case 47: "Illegal Parameter"
    case 48: "Unknown CA"
    case 49: "Access Denied"
    case 50: "Decode Error"
    case 51: "Decrypt Error"
    case 60: "Export Restriction"
    case 70: "Protocol Version"
    case 71: "Insufficient Security"
    case 80: "Internal Error"
    case 86: "Inappropriate Fallback"
    case 90: "User Canceled"
    case 100: "No Renegotiation"
    case 109: "Missing Extension"
    case 110: "Unsupported Extension"
    case 111: "Certificate Unobtainable"
    case 112: "Unrecognized Name"
    case 113: "Bad Certificate Status Response"
    case 114: "Bad Certificate Hash Value"
    case 115: "Unknown PSK Identity"
    case 116: "Certificate Required"
    case 120: "No application Protocol"
    case 121: "ECH Required"
    default: nil
    }
  }

  @Sendable static func compression(_ method: UInt64) -> String? {
    switch method {
    case 0: "null"
    case 1: "DEFLATE"
    case 64...192: "Reserved - to be assigned by IANA"
    case 193...255: "Private use range"
    default: nil
    }
  }

  @Sendable static func hash(_ hash: UInt64) -> String? {
    switch hash {
    case 0: "None"
    case 1: "MD5"
    case 2: "SHA1"
    case 3: "SHA224"
    case 4: "SHA256"
    case 5: "SHA384"
    case 6: "SHA512"
    case 7: "SM3"
    default: nil
    }
  }

  @Sendable static func signature(_ signature: UInt64) -> String? {
    switch signature {
    case 0: "Anonymous"
    case 1: "RSA"
    case 2: "DSA"
    case 3: "ECDSA"
    case 4: "SM2"
    default: nil
    }
  }

  /// What a client certificate may be of, in a Certificate Request.
  @Sendable static func clientCertificateType(_ type: UInt64) -> String? {
    switch type {
    case 1: "RSA Sign"
    case 2: "DSS Sign"
    case 3: "RSA Fixed DH"
    case 4: "DSS Fixed DH"
    case 21: "GOST R 34.10-94"
    case 22: "GOST R 34.10-2001"
    case 64: "ECDSA Sign"
    case 65: "RSA Fixed ECDH"
    case 66: "ECDSA Fixed ECDH"
    case 80: "IBC Params"
    default: nil
    }
  }

  @Sendable static func ssl2CertificateType(_ type: UInt64) -> String? {
    type == 0 ? "N/A" : type == 1 ? "X.509 Certificate" : nil
  }

  @Sendable static func certificateFormat(_ type: UInt64) -> String? {
    switch type {
    case 0: "X.509"
    case 1: "OpenPGP"
    case 2: "Raw Public Key"
    default: nil
    }
  }

  @Sendable static func curveType(_ type: UInt64) -> String? {
    switch type {
    case 1: "explicit_prime"
    case 2: "explicit_char2"
    case 3: "named_curve"
    default: nil
    }
  }

  @Sendable static func pointFormat(_ format: UInt64) -> String? {
    switch format {
    case 0: "uncompressed"
    case 1: "ansiX962_compressed_prime"
    case 2: "ansiX962_compressed_char2"
    default: nil
    }
  }

  @Sendable static func certificateCompression(_ algorithm: UInt64) -> String? {
    switch algorithm {
    case 1: "zlib"
    case 2: "brotli"
    case 3: "zstd"
    default: nil
    }
  }

  @Sendable static func keyExchangeMode(_ mode: UInt64) -> String? {
    switch mode {
    case 0: "PSK-only key establishment (psk_ke)"
    case 1: "PSK with (EC)DHE key establishment (psk_dhe_ke)"
    default: nil
    }
  }

  @Sendable static func maxFragmentLength(_ code: UInt64) -> String? {
    (1...4).contains(code) ? String(256 << code) : nil
  }

  @Sendable static func statusType(_ type: UInt64) -> String? {
    type == 1 ? "OCSP" : type == 2 ? "OCSP Multi" : nil
  }

  @Sendable static func heartbeatType(_ type: UInt64) -> String? {
    type == 1 ? "Request" : type == 2 ? "Response" : nil
  }

  @Sendable static func heartbeatMode(_ mode: UInt64) -> String? {
    switch mode {
    case 1: "Peer allowed to send requests"
    case 2: "Peer not allowed to send requests"
    default: nil
    }
  }

  @Sendable static func keyUpdate(_ request: UInt64) -> String? {
    request == 0 ? "update_not_requested" : request == 1 ? "update_requested" : nil
  }

  @Sendable static func serverNameType(_ type: UInt64) -> String? {
    type == 0 ? "host_name" : nil
  }

  @Sendable static func certificateChainType(_ type: UInt64) -> String? {
    type == 1 ? "Individual Certificates" : type == 2 ? "PKI Path" : nil
  }
}
