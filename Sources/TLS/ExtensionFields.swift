import Fields

/// The fields of hello extensions, as Wireshark names them.
public struct ExtensionFields: FieldSet {
  let extensionsLength = Field("tls.handshake.extensions_length", "Extensions Length", .uint16)
  let type = Field(
    "tls.handshake.extension.type", "Type", .uint16, .natural, .names(TLSNames.extensionType))
  let length = Field("tls.handshake.extension.len", "Length", .uint16)
  let data = Field("tls.handshake.extension.data", "Data", .bytes)

  let serverNamesLength = Field(
    "tls.handshake.extensions_server_name_list_len", "Server Name list length", .uint16)
  let serverNameType = Field(
    "tls.handshake.extensions_server_name_type", "Server Name Type", .uint8, .natural,
    .names(TLSNames.serverNameType))
  let serverNameLength = Field(
    "tls.handshake.extensions_server_name_len", "Server Name length", .uint16)
  let serverName = Field("tls.handshake.extensions_server_name", "Server Name", .string)
  let maxFragmentLength = Field(
    "tls.handshake.max_fragment_length", "Maximum Fragment Length", .uint8, .natural,
    .names(TLSNames.maxFragmentLength))

  let groupsLength = Field(
    "tls.handshake.extensions_supported_groups_length", "Supported Groups List Length", .uint16)
  let groups = Field(
    "tls.handshake.extensions_supported_groups", "Supported Groups List", .none)
  let group = Field(
    "tls.handshake.extensions_supported_group", "Supported Group", .uint16, .hex,
    .names(TLSNames.group))
  let pointFormatsLength = Field(
    "tls.handshake.extensions_ec_point_formats_length", "EC point formats Length", .uint8)
  let pointFormats = Field(
    "tls.handshake.extensions_ec_point_formats", "EC point formats", .none)
  let pointFormat = Field(
    "tls.handshake.extensions_ec_point_format", "EC point format", .uint8, .natural,
    .names(TLSNames.pointFormat))
  let signaturesLength = Field(
    "tls.handshake.sig_hash_alg_len", "Signature Hash Algorithms Length", .uint16)
  let signatures = Field("tls.handshake.sig_hash_algs", "Signature Algorithms", .none)
  let signature = Field(
    "tls.handshake.sig_hash_alg", "Signature Algorithm", .uint16, .hex,
    .names(TLSNames.signatureScheme))
  let signatureHash = Field(
    "tls.handshake.sig_hash_hash", "Signature Hash Algorithm Hash", .uint8, .natural,
    .names(TLSNames.hash))
  let signatureKind = Field(
    "tls.handshake.sig_hash_sig", "Signature Hash Algorithm Signature", .uint8, .natural,
    .names(TLSNames.signature))

  let usernameLength = Field("tls.handshake.extensions_srp_len", "SRP username length", .uint8)
  let username = Field("tls.handshake.extensions_srp_username", "SRP username", .string)
  let heartbeatMode = Field(
    "tls.handshake.extension.heartbeat.mode", "Mode", .uint8, .natural,
    .names(TLSNames.heartbeatMode))
  let applicationsLength = Field(
    "tls.handshake.extensions_alpn_len", "ALPN Extension Length", .uint16)
  let applications = Field("tls.handshake.extensions_alpn_list", "ALPN Protocol", .none)
  let applicationLength = Field(
    "tls.handshake.extensions_alpn_str_len", "ALPN string length", .uint8)
  let application = Field(
    "tls.handshake.extensions_alpn_str", "ALPN Next Protocol", .string)
  let settingsLength = Field(
    "tls.handshake.extensions_alps_len", "ALPS Extension Length", .uint16)
  let settingsList = Field(
    "tls.handshake.extensions_alps_alpn_list", "Supported ALPN List", .none)
  let settingsNameLength = Field(
    "tls.handshake.extensions_alps_alpn_str_len", "Supported ALPN Length", .uint8)
  let settingsName = Field(
    "tls.handshake.extensions_alps_alpn_str", "Supported ALPN", .string)
  let settings = Field(
    "tls.handshake.extensions_alps.settings", "ALPN Opaque Settings", .bytes)
  let nextProtocolLength = Field(
    "tls.handshake.extensions_npn_str_len", "Protocol string length", .uint8)
  let nextProtocol = Field("tls.handshake.extensions_npn", "Next Protocol", .string)

  let certificateFormatsLength = Field(
    "tls.handshake.cert_type.types_len", "Certificate Type List Length", .uint8)
  let certificateFormats = Field(
    "tls.handshake.cert_type.types", "Certificate Type List", .none)
  let certificateFormat = Field(
    "tls.handshake.cert_type.type", "Certificate Type", .uint8, .hex,
    .names(TLSNames.certificateFormat))
  let statusType = Field(
    "tls.handshake.extensions_status_request_type", "Certificate Status Type", .uint8, .natural,
    .names(TLSNames.statusType))
  let statusLength = Field(
    "tls.handshake.extensions_status_request_len", "Certificate Status Length", .uint16)
  let responderIDsLength = Field(
    "tls.handshake.extensions_status_request_responder_ids_len", "Responder ID list Length",
    .uint16)
  let requestExtensionsLength = Field(
    "tls.handshake.extensions_status_request_exts_len", "Request Extensions Length", .uint16)
  let statusListLength = Field(
    "tls.handshake.extensions_status_request_list_len", "Certificate Status List Length", .uint16)
  let statusUnimplemented = Field(
    "tls.handshake.status_request.undecoded",
    "Responder ID list or Request Extensions are not implemented, contact Wireshark developers if you want this to be supported",
    .none)
  let responsesLength = Field(
    "tls.handshake.ocsp_response_list_len", "OCSP Response List Length", .uint24)
  let responseLength = Field(
    "tls.handshake.ocsp_response_len", "OCSP Response Length", .uint24)

  let renegotiationLength = Field(
    "tls.handshake.extensions_reneg_info_len", "Renegotiation info extension length", .uint8)
  let renegotiation = Field(
    "tls.handshake.extensions_reneg_info", "Renegotiation info", .bytes)
  let padding = Field("tls.handshake.extensions_padding_data", "Padding Data", .bytes)
  let recordSizeLimit = Field("tls.record_size_limit", "Record Size Limit", .uint16)
  let compressionsLength = Field(
    "tls.compress_certificate.algorithms_length", "Algorithms Length", .uint8)
  let cookieLength = Field("tls.handshake.extensions.cookie_len", "Cookie length", .uint16)
  let cookie = Field("tls.handshake.extensions.cookie", "Cookie", .bytes)
  let versionsLength = Field(
    "tls.handshake.extensions.supported_versions_len", "Supported Versions length", .uint8)
  let supportedVersion = Field(
    "tls.handshake.extensions.supported_version", "Supported Version", .uint16, .hex,
    .names(TLSNames.version))
  let maxEarlyData = Field(
    "tls.early_data.max_early_data_size", "Maximum Early Data Size", .uint32)

  let keySharesLength = Field(
    "tls.handshake.extensions_key_share_client_length", "Client Key Share Length", .uint16)
  let keyShareGroup = Field(
    "tls.handshake.extensions_key_share_group", "Group", .uint16, .natural,
    .names(TLSNames.group))
  let keyExchangeLength = Field(
    "tls.handshake.extensions_key_share_key_exchange_length", "Key Exchange Length", .uint16)
  let keyExchange = Field(
    "tls.handshake.extensions_key_share_key_exchange", "Key Exchange", .bytes)
  let selectedGroup = Field(
    "tls.handshake.extensions_key_share_selected_group", "Selected Group", .uint16, .natural,
    .names(TLSNames.group))
  let modesLength = Field(
    "tls.extension.psk_ke_modes_length", "PSK Key Exchange Modes Length", .uint8)
  let mode = Field(
    "tls.extension.psk_ke_mode", "PSK Key Exchange Mode", .uint8, .natural,
    .names(TLSNames.keyExchangeMode))
  let identitiesLength = Field(
    "tls.handshake.extensions.psk.identities.length", "Identities Length", .uint16)
  let identityLength = Field(
    "tls.handshake.extensions.psk.identity.identity_length", "Identity Length", .uint16)
  let identity = Field(
    "tls.handshake.extensions.psk.identity.identity", "Identity", .bytes)
  let ticketAge = Field(
    "tls.handshake.extensions.psk.identity.obfuscated_ticket_age", "Obfuscated Ticket Age",
    .uint32)
  let bindersLength = Field(
    "tls.handshake.extensions.psk.binders_len", "PSK Binders length", .uint16)
  let binders = Field("tls.handshake.extensions.psk.binders", "PSK Binders", .none)
  let selectedIdentity = Field(
    "tls.handshake.extensions.psk.identity.selected", "Selected Identity", .uint16)
  let connectionIDLength = Field("tls.connection_id_length", "Connection ID length", .uint8)
  let connectionID = Field("tls.connection_id", "Connection ID", .bytes)

  let timestampsLength = Field("tls.sct.scts_length", "Serialized SCT List Length", .uint16)
  let timestampLength = Field("tls.sct.sct_length", "Serialized SCT Length", .uint16)
  let timestampVersion = Field("tls.sct.sct_version", "SCT Version", .uint8)
  let logID = Field("tls.sct.sct_logid", "Log ID", .bytes)
  let timestamp = Field("tls.sct.sct_timestamp", "Timestamp", .absoluteTime)
  let timestampExtensionsLength = Field(
    "tls.sct.sct_extensions_length", "Extensions length", .uint16)
  let timestampExtensions = Field("tls.sct.sct_extensions", "Extensions", .none)
  let timestampSignatureLength = Field(
    "tls.sct.sct_signature_length", "Signature Length", .uint16)
  let timestampSignature = Field("tls.sct.sct_signature", "Signature", .bytes)

  let validTime = Field("tls.handshake.cred.valid_time", "Valid Time", .uint16)
  let credentialKeyLength = Field(
    "tls.handshake.cred.pubkey_len", "Subject Public Key Info Length", .uint24)
  let credentialKey = Field(
    "tls.handshake.cred.pubkey", "Subject Public Key Info", .bytes)
  let credentialSignatureLength = Field(
    "tls.handshake.cred.signature_len", "Signature Length", .uint16)
  let credentialSignature = Field("tls.handshake.cred.signature", "Signature", .bytes)
  let filtersLength = Field("tls.extension.oid_filters_length", "OID Filters Length", .uint16)

  public init() {}
  static let fields = Self()
}
