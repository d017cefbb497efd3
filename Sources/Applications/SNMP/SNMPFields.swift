import Fields

/// The fields of SNMP, as Wireshark names them.
struct SNMPFields: FieldSet {
  let snmp = Field("snmp", "Simple Network Management Protocol", .proto)
  let version = Field("snmp.version", "version", .int32, .natural, .names(versionName))
  let versionUnknown = Field("snmp.version.unknown", "Unknown version", .none)
  let wrongField = Field("ber.error.sequence.field_wrong", "Wrong field in SEQUENCE", .none)
  let unknownField = Field(
    "ber.error.unknown_field.sequence", "Field beyond the end of the sequence", .none)
  let missingMIB = Field("snmp.missing_mib", "Unresolved value, Missing MIB", .none)
  let wrongValueLength = Field(
    "snmp.varbind.wrong_length_value", "Wrong length for SNMP VarBind/value", .none)
  let trapObsolete = Field(
    "snmp.trap_pdu_obsolete", "Trap-PDU is obsolete in this SNMP version", .none)
  let community = Field("snmp.community", "community", .string)
  let data = Field("snmp.data", "data", .uint32, .natural, .names(snmpPDUName))
  let getRequest = Field("snmp.get_request_element", "get-request", .none)
  let getNextRequest = Field("snmp.get_next_request_element", "get-next-request", .none)
  let getResponse = Field("snmp.get_response_element", "get-response", .none)
  let setRequest = Field("snmp.set_request_element", "set-request", .none)
  let trap = Field("snmp.trap_element", "trap", .none)
  let getBulkRequest = Field("snmp.getBulkRequest_element", "getBulkRequest", .none)
  let informRequest = Field("snmp.informRequest_element", "informRequest", .none)
  let trap2 = Field("snmp.snmpV2_trap_element", "snmpV2-trap", .none)
  let report = Field("snmp.report_element", "report", .none)
  /// By tag.
  var units: [Field] {
    [
      getRequest, getNextRequest, getResponse, setRequest, trap, getBulkRequest, informRequest,
      trap2, report,
    ]
  }
  let requestID = Field("snmp.request_id", "request-id", .int32)
  let errorStatus = Field(
    "snmp.error_status", "error-status", .int32, .natural, .names(errorName))
  let errorIndex = Field("snmp.error_index", "error-index", .int32)
  let nonRepeaters = Field("snmp.non_repeaters", "non-repeaters", .uint32)
  let maxRepetitions = Field("snmp.max_repetitions", "max-repetitions", .uint32)
  let enterprise = Field("snmp.enterprise", "enterprise", .string)
  let agentAddress = Field("snmp.agent_addr", "agent-addr", .ipv4)
  let genericTrap = Field(
    "snmp.generic_trap", "generic-trap", .int32, .natural, .names(genericTrapName))
  let specificTrap = Field("snmp.specific_trap", "specific-trap", .int32)
  let timeStamp = Field("snmp.time_stamp", "time-stamp", .uint32)
  let bindings = Field("snmp.variable_bindings", "variable-bindings", .uint32)
  let name = Field("snmp.name", "Object Name", .string)
  let integer = Field("snmp.value.int", "Value (Integer32)", .int64)
  let octets = Field("snmp.value.octets", "Value (OctetString)", .bytes)
  let null = Field("snmp.value.null", "Value (Null)", .none)
  let identifier = Field("snmp.value.oid", "Value (OID)", .string)
  let address = Field("snmp.value.ipv4", "Value (IpAddress)", .ipv4)
  let address6 = Field("snmp.value.ipv6", "Value (IpAddress)", .ipv6)
  let addressBytes = Field("snmp.value.addr", "Value (IpAddress)", .bytes)
  let counter = Field("snmp.value.counter", "Value (Counter32)", .uint64)
  let counter64 = Field("snmp.value.counter", "Value (Counter64)", .uint64)
  let gauge = Field("snmp.value.g32", "Value (Gauge32)", .int64)
  let unsigned = Field("snmp.value.u32", "Value (Unsigned32)", .int64)
  let ticks = Field("snmp.value.timeticks", "Value (Timeticks)", .uint64)
  let accessPoint = Field("snmp.value.nsap", "Value (NSAP)", .uint64)
  let opaque = Field("snmp.value.opaque", "Value (Opaque)", .bytes)
  let unknown = Field("snmp.value.unk", "Value (Unknown)", .bytes)
  let noSuchObject = Field("snmp.noSuchObject", "noSuchObject", .none)
  let noSuchInstance = Field("snmp.noSuchInstance", "noSuchInstance", .none)
  let endOfView = Field("snmp.endOfMibView", "endOfMibView", .none)
  /// By tag.
  var exceptions: [Field] { [noSuchObject, noSuchInstance, endOfView] }
  let response = Field("snmp.varbind.response", "varbind response", .none)
  let wrongTag = Field(
    "snmp.varbind.wrong_tag", "Wrong tag for SNMP VarBind error value", .none)
  let bindingString = Field("snmp.var-bind_str", "Variable-binding-string", .string)
  let notIdentifier = Field(
    "snmp.objectname_not_oid", "ObjectName not an OID", .none)
  let notPrimitive = Field(
    "snmp.value_not_primitive_encoding", "value not in primitive encoding", .none)
  let integralEmpty = Field("snmp.integral_value0", "Integral value is zero-length", .none)
  let integerLarge = Field("snmp.int_too_large", "Integral value too large or too small", .none)
  let unsignedLarge = Field("snmp.uint_too_large", "Integral value too large", .none)
  let responseTo = Field("snmp.response_to", "Response To", .frameNumber)
  let time = Field("snmp.time", "Time", .relativeTime)

  let userParameters = Field("snmp.parameters", "parameters", .bytes)
  let userData = Field(
    "snmp.datav2u", "datav2u", .uint32, .natural, .names { word($0, ["plaintext", "encrypted"]) })
  let userPlaintext = Field(
    "snmp.plaintext", "plaintext", .uint32, .natural, .names(snmpPDUName))
  let userEncrypted = Field("snmp.encrypted", "encrypted", .bytes)

  let messageVersion = Field(
    "snmp.msgVersion", "msgVersion", .int32, .natural, .names(versionName))
  let globalData = Field("snmp.msgGlobalData_element", "msgGlobalData", .none)
  let messageID = Field("snmp.msgID", "msgID", .uint32)
  let maximumSize = Field("snmp.msgMaxSize", "msgMaxSize", .uint32)
  let flags = Field("snmp.msgFlags", "msgFlags", .bytes)
  let flagReport = Field(
    "snmp.v3.flags.report", "Reportable", .boolean, .natural, .setNotSet, mask: 4)
  let flagEncrypted = Field(
    "snmp.v3.flags.crypt", "Encrypted", .boolean, .natural, .setNotSet, mask: 2)
  let flagAuthenticated = Field(
    "snmp.v3.flags.auth", "Authenticated", .boolean, .natural, .setNotSet, mask: 1)
  let model = Field(
    "snmp.msgSecurityModel", "msgSecurityModel", .uint32, .natural,
    .names { word($0, ["Any", "V1", "V2C", "USM"]) })
  let parameters = Field("snmp.msgSecurityParameters", "msgSecurityParameters", .bytes)
  let engine = Field("snmp.msgAuthoritativeEngineID", "msgAuthoritativeEngineID", .bytes)
  let boots = Field("snmp.msgAuthoritativeEngineBoots", "msgAuthoritativeEngineBoots", .uint32)
  let engineTime = Field("snmp.msgAuthoritativeEngineTime", "msgAuthoritativeEngineTime", .uint32)
  let user = Field("snmp.msgUserName", "msgUserName", .string)
  let authentication = Field(
    "snmp.msgAuthenticationParameters", "msgAuthenticationParameters", .bytes)
  let privacy = Field("snmp.msgPrivacyParameters", "msgPrivacyParameters", .bytes)
  let messageData = Field(
    "snmp.msgData", "msgData", .uint32, .natural,
    .names { word($0, ["plaintext", "encryptedPDU"]) })
  let plaintext = Field("snmp.plaintext_element", "plaintext", .none)
  let encrypted = Field("snmp.encryptedPDU", "encryptedPDU", .bytes)
  let contextEngine = Field("snmp.contextEngineID", "contextEngineID", .bytes)
  let contextName = Field("snmp.contextName", "contextName", .string)
  let conformance = Field(
    "snmp.engineid.conform", "Engine ID Conformance", .boolean, .natural,
    .words(true: "RFC3411 (SNMPv3)", false: "RFC1910 (Non-SNMPv3)"), mask: 0x80)
  let engineEnterprise = Field(
    "snmp.engineid.enterprise", "Engine Enterprise ID", .uint32, .natural,
    .names(EnterpriseNumber.name))
  let engineFormat = Field(
    "snmp.engineid.format", "Engine ID Format", .uint8, .natural,
    .names {
      word(
        $0,
        [
          "", "IPv4 address", "IPv6 address", "MAC address", "Text, administratively assigned",
          "Octets, administratively assigned",
        ]) ?? "Reserved/Enterprise-specific"
    })
  let engineIPv4 = Field("snmp.engineid.ipv4", "Engine ID Data: IPv4 address", .ipv4)
  let engineIPv6 = Field("snmp.engineid.ipv6", "Engine ID Data: IPv6 address", .ipv6)
  let engineMAC = Field("snmp.engineid.mac", "Engine ID Data: MAC address", .ether)
  let engineText = Field("snmp.engineid.text", "Engine ID Data: Text", .string)
  let engineCreated = Field(
    "snmp.engineid.time", "Engine ID Data: Creation Time", .absoluteTime)
  let engineData = Field("snmp.engineid.data", "Engine ID Data", .bytes)
  let trailer = Field("snmp.agentid_trailer", "AgentID Trailer", .bytes)
  let conformance1910 = Field("snmp.rfc1910_non_conformant", "Non-conformant", .none)
  let conformance3411 = Field("snmp.rfc3411_non_conformant", "Non-conformant", .none)

  static let fields = Self()
}

@Sendable func snmpPDUName(_ tag: UInt64) -> String? {
  word(
    tag,
    [
      "get-request", "get-next-request", "get-response", "set-request", "trap", "getBulkRequest",
      "informRequest", "snmpV2-trap", "report",
    ])
}
@Sendable private func versionName(_ version: UInt64) -> String? {
  word(version, ["version-1", "v2c", "v2u", "snmpv3"])
}
@Sendable private func errorName(_ status: UInt64) -> String? {
  word(
    status,
    [
      "noError", "tooBig", "noSuchName", "badValue", "readOnly", "genErr", "noAccess",
      "wrongType", "wrongLength", "wrongEncoding", "wrongValue", "noCreation",
      "inconsistentValue", "resourceUnavailable", "commitFailed", "undoFailed",
      "authorizationError", "notWritable", "inconsistentName",
    ])
}
@Sendable private func genericTrapName(_ trap: UInt64) -> String? {
  word(
    trap,
    [
      "coldStart", "warmStart", "linkDown", "linkUp", "authenticationFailure", "egpNeighborLoss",
      "enterpriseSpecific",
    ])
}
