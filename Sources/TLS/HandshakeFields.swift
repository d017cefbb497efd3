import Fields

/// The fields of handshake messages but for the extensions, as Wireshark names them.
public struct HandshakeFields: FieldSet {
  let handshake = Field("tls.handshake", "Handshake Protocol", .none)
  let type = Field(
    "tls.handshake.type", "Handshake Type", .uint8, .natural, .names(TLSNames.handshakeType))
  let ssl2Type = Field(
    "tls.handshake.type", "Handshake Message Type", .uint8, .natural,
    .names(TLSNames.ssl2MessageType))
  let length = Field("tls.handshake.length", "Length", .uint24)
  let fragments = Field("tls.handshake.fragments", "Reassembled Handshake Fragments", .none)
  let fragment = Field("tls.handshake.fragment", "Handshake Fragment", .frameNumber)
  let fragmentCount = Field(
    "tls.handshake.fragment.count", "Handshake Fragment count", .uint32)
  let reassembledIn = Field(
    "tls.handshake.reassembled_in", "Reassembled Handshake Message in frame", .frameNumber)

  // Hello
  let version = Field(
    "tls.handshake.version", "Version", .uint16, .hex, .names(TLSNames.version))
  let random = Field("tls.handshake.random", "Random", .bytes)
  let randomTime = Field("tls.handshake.random_time", "GMT Unix Time", .absoluteTime)
  let randomBytes = Field("tls.handshake.random_bytes", "Random Bytes", .bytes)
  let sessionIDLength = Field("tls.handshake.session_id_length", "Session ID Length", .uint8)
  let sessionIDLengthError = Field(
    "tls.handshake.session_id_length.error", "Session ID length error", .none)
  let sessionID = Field("tls.handshake.session_id", "Session ID", .bytes)
  let cipherSuitesLength = Field(
    "tls.handshake.cipher_suites_length", "Cipher Suites Length", .uint16)
  let cipherSuites = Field("tls.handshake.ciphersuites", "Cipher Suites", .none)
  let cipherSuite = Field(
    "tls.handshake.ciphersuite", "Cipher Suite", .uint16, .hex, .names(TLSNames.cipherSuite))
  let compressionsLength = Field(
    "tls.handshake.comp_methods_length", "Compression Methods Length", .uint8)
  let compressions = Field("tls.handshake.comp_methods", "Compression Methods", .none)
  let compression = Field(
    "tls.handshake.comp_method", "Compression Method", .uint8, .natural,
    .names(TLSNames.compression))
  let clientFullString = Field("tls.handshake.ja3_full", "JA3 Fullstring", .string)
  let clientDigest = Field("tls.handshake.ja3", "JA3", .string)
  let serverFullString = Field("tls.handshake.ja3s_full", "JA3S Fullstring", .string)
  let serverDigest = Field("tls.handshake.ja3s", "JA3S", .string)

  // Certificates
  let requestContextLength = Field(
    "tls.handshake.certificate_request_context_length", "Certificate Request Context Length",
    .uint8)
  let requestContext = Field(
    "tls.handshake.certificate_request_context", "Certificate Request Context", .bytes)
  let certificatesLength = Field(
    "tls.handshake.certificates_length", "Certificates Length", .uint24)
  let certificates = Field("tls.handshake.certificates", "Certificates", .none)
  let certificateLength = Field("tls.handshake.certificate_length", "Certificate Length", .uint24)
  let certificate = Field("tls.handshake.certificate", "Certificate", .bytes)
  let certificateTypesCount = Field(
    "tls.handshake.cert_types_count", "Certificate types count", .uint8)
  let certificateTypes = Field("tls.handshake.cert_types", "Certificate types", .none)
  let certificateType = Field(
    "tls.handshake.cert_type", "Certificate type", .uint8, .natural,
    .names(TLSNames.clientCertificateType))
  let namesLength = Field("tls.handshake.dnames_len", "Distinguished Names Length", .uint16)
  let names = Field("tls.handshake.dnames", "Distinguished Names", .none)
  let nameLength = Field("tls.handshake.dname_len", "Distinguished Name Length", .uint16)
  let name = Field("tls.handshake.dname", "Distinguished Name", .none)
  let compressionAlgorithm = Field(
    "tls.compress_certificate.algorithm", "Algorithm", .uint16, .natural,
    .names(TLSNames.certificateCompression))
  let uncompressedLength = Field(
    "tls.compress_certificate.uncompressed_length", "Uncompressed Length", .uint24)
  let compressedLength = Field(
    "tls.compress_certificate.compressed_certificate_message.length", "Length", .uint24)
  let compressedCertificate = Field(
    "tls.compress_certificate.compressed_certificate_message", "Compressed Certificate Message",
    .bytes)
  let urlType = Field(
    "tls.handshake.cert_url_type", "Certificate Chain Type", .uint8, .natural,
    .names(TLSNames.certificateChainType))
  let urlsLength = Field(
    "tls.handshake.cert_url.url_hash_len", "URL and Hash list Length", .uint16)
  let urls = Field("tls.handshake.cert_url.url_hash", "URL and Hash", .none)
  let urlLength = Field("tls.handshake.cert_url.url_len", "URL Length", .uint16)
  let url = Field("tls.handshake.cert_url.url", "URL", .string)
  let urlHash = Field("tls.handshake.cert_url.sha1", "SHA1 Hash", .bytes)

  // Key exchange
  let curveType = Field(
    "tls.handshake.server_curve_type", "Curve Type", .uint8, .hex, .names(TLSNames.curveType))
  let namedCurve = Field(
    "tls.handshake.server_named_curve", "Named Curve", .uint16, .hex, .names(TLSNames.group))
  let serverPointLength = Field("tls.handshake.server_point_len", "Pubkey Length", .uint8)
  let serverPoint = Field("tls.handshake.server_point", "Pubkey", .bytes)
  let clientPointLength = Field("tls.handshake.client_point_len", "Pubkey Length", .uint8)
  let clientPoint = Field("tls.handshake.client_point", "Pubkey", .bytes)
  let primeLength = Field("tls.handshake.p_len", "p Length", .uint16)
  let prime = Field("tls.handshake.p", "p", .bytes)
  let generatorLength = Field("tls.handshake.g_len", "g Length", .uint16)
  let generator = Field("tls.handshake.g", "g", .bytes)
  let serverKeyLength = Field("tls.handshake.ys_len", "Pubkey Length", .uint16)
  let serverKey = Field("tls.handshake.ys", "Pubkey", .bytes)
  let clientKeyLength = Field("tls.handshake.yc_len", "Pubkey Length", .uint16)
  let clientKey = Field("tls.handshake.yc", "Pubkey", .bytes)
  let modulusLength = Field("tls.handshake.modulus_len", "Modulus Length", .uint16)
  let modulus = Field("tls.handshake.modulus", "Modulus", .bytes)
  let exponentLength = Field("tls.handshake.exponent_len", "Exponent Length", .uint16)
  let exponent = Field("tls.handshake.exponent", "Exponent", .bytes)
  let premasterLength = Field("tls.handshake.epms_len", "Encrypted PreMaster length", .uint16)
  let premaster = Field("tls.handshake.epms", "Encrypted PreMaster", .bytes)
  let hintLength = Field("tls.handshake.hint_len", "Hint Length", .uint16)
  let hint = Field("tls.handshake.hint", "Hint", .bytes)
  let identityLength = Field("tls.handshake.identity_len", "Identity Length", .uint16)
  let identity = Field("tls.handshake.identity", "Identity", .bytes)
  let signatureLength = Field("tls.handshake.sig_len", "Signature Length", .uint16)
  let signature = Field("tls.handshake.sig", "Signature", .bytes)
  let verifySignatureLength = Field(
    "tls.handshake.client_cert_vrfy.sig_len", "Signature length", .uint16)
  let verifySignature = Field("tls.handshake.client_cert_vrfy.sig", "Signature", .bytes)

  // Tickets and the end
  let ticketLifetime = Field(
    "tls.handshake.session_ticket_lifetime_hint", "Session Ticket Lifetime Hint", .uint32,
    .natural, .unit(" seconds", singular: " second"))
  let ticketAgeAdd = Field(
    "tls.handshake.session_ticket_age_add", "Session Ticket Age Add", .uint32)
  let ticketNonceLength = Field(
    "tls.handshake.session_ticket_nonce_length", "Session Ticket Nonce Length", .uint8)
  let ticketNonce = Field("tls.handshake.session_ticket_nonce", "Session Ticket Nonce", .bytes)
  let ticketLength = Field(
    "tls.handshake.session_ticket_length", "Session Ticket Length", .uint16)
  let ticket = Field("tls.handshake.session_ticket", "Session Ticket", .bytes)
  let verifyData = Field("tls.handshake.verify_data", "Verify Data", .none)
  let md5Hash = Field("tls.handshake.md5_hash", "MD5 Hash", .none)
  let sha1Hash = Field("tls.handshake.sha_hash", "SHA-1 Hash", .none)
  let keyUpdate = Field(
    "tls.handshake.key_update.request_update", "Key Update Request", .uint8, .natural,
    .names(TLSNames.keyUpdate))

  // SSL 2.0
  let ssl2SessionIDLength = Field("tls.handshake.session_id_length", "Session ID Length", .uint16)
  let ssl2Length = Field("tls.record.length", "Length", .uint16)
  let cipherSpecLength = Field("tls.handshake.cipher_spec_len", "Cipher Spec Length", .uint16)
  let cipherSpec = Field(
    "tls.handshake.cipherspec", "Cipher Spec", .uint24, .hex, .names(TLSNames.cipherSpec))
  let challengeLength = Field("tls.handshake.challenge_length", "Challenge Length", .uint16)
  let challenge = Field("tls.handshake.challenge", "Challenge", .none)

  public init() {}
  static let fields = Self()
}
