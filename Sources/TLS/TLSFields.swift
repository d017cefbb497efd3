import Fields

/// The fields of records, alerts and heartbeats, as Wireshark names them.
public struct TLSFields: FieldSet {
  let tls = Field("tls", "Transport Layer Security", .proto)
  let record = Field("tls.record", "Record Layer", .none)
  let contentType = Field(
    "tls.record.content_type", "Content Type", .uint8, .natural, .names(TLSNames.contentType))
  let opaqueType = Field(
    "tls.record.opaque_type", "Opaque Type", .uint8, .natural, .names(TLSNames.contentType))
  let version = Field(
    "tls.record.version", "Version", .uint16, .hex, .names(TLSNames.version))
  let length = Field("tls.record.length", "Length", .uint16)
  let lengthInvalid = Field(
    "tls.record.length.invalid", "Record fragment length is too small or too large", .none)
  let changeCipherSpec = Field("tls.change_cipher_spec", "Change Cipher Spec Message", .none)
  let resumed = Field(
    "tls.resumed", "This session reuses previously negotiated keys (Session resumption)", .none)
  let alert = Field("tls.alert_message", "Alert Message", .none)
  let alertLevel = Field(
    "tls.alert_message.level", "Level", .uint8, .natural, .names(TLSNames.alertLevel))
  let alertDescription = Field(
    "tls.alert_message.desc", "Description", .uint8, .natural, .names(TLSNames.alert))
  let applicationData = Field("tls.app_data", "Encrypted Application Data", .bytes)
  let applicationProtocol = Field("tls.app_data_proto", "Application Data Protocol", .string)
  let heartbeat = Field("tls.heartbeat_message", "Heartbeat Message", .none)
  let heartbeatType = Field(
    "tls.heartbeat_message.type", "Type", .uint8, .natural, .names(TLSNames.heartbeatType))
  let heartbeatPayloadLength = Field(
    "tls.heartbeat_message.payload_length", "Payload Length", .uint16)
  let heartbeatPayload = Field("tls.heartbeat_message.payload", "Payload Length", .bytes)
  let heartbeatPadding = Field("tls.heartbeat_message.padding", "Payload Length", .bytes)
  let heartbeatLengthInvalid = Field(
    "tls.heartbeat_message.payload_length.invalid", "Invalid heartbeat payload length", .none)
  let ignored = Field("tls.ignored_unknown_record", "Ignored Unknown Record", .none)
  let vectorLength = Field(
    "tls.malformed.vector_length", "Variable vector length is outside the permitted range", .none)
  let bufferTooSmall = Field(
    "tls.malformed.buffer_too_small", "Malformed message, not enough data is available", .none)
  let trailingData = Field(
    "tls.malformed.trailing_data", "Undecoded trailing data is present", .none)

  public init() {}
  static let fields = Self()
}
