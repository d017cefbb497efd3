import Fields

/// The fields of PROFINET DCP, as Wireshark names them.
struct ProfinetDCPFields: FieldSet {
  let dcp = Field("pn_dcp", "PROFINET DCP", .proto)
  let serviceID = Field(
    "pn_dcp.service_id", "ServiceID", .uint8, .natural,
    .names {
      word(
        $0,
        [
          "reserved", "Manufacturer specific", "Manufacturer specific", "Get", "Set", "Identify",
          "Hello",
        ])
    })
  let serviceType = Field(
    "pn_dcp.service_type", "ServiceType", .uint8, .natural,
    .names {
      word(
        $0,
        ["Request", "Response Success", "", "", "", "Response - Request not supported"])
    })
  let exchange = Field("pn_dcp.xid", "Xid", .uint32, .hex)
  let reserved8 = Field("pn_dcp.reserved8", "Reserved", .uint8)
  let reserved16 = Field("pn_dcp.reserved16", "Reserved", .uint16)
  let responseDelay = Field("pn_dcp.response_delay", "ResponseDelay", .uint16)
  let dataLength = Field("pn_dcp.data_length", "DCPDataLength", .uint16)
  let block = Field("pn_dcp.block", "Block", .none)
  let blockLength = Field("pn_dcp.block_length", "DCPBlockLength", .uint16)
  let padding = Field("pn.padding", "Padding", .string)
  let option = Field("pn_dcp.option", "Option", .uint8, .natural, .names(dcpOptionName))
  let controlOption = Field(
    "pn_dcp.suboption_control_option", "Option", .uint8, .natural, .names(dcpOptionName))
  let suboptionIP = Field(
    "pn_dcp.suboption_ip", "Suboption", .uint8, .natural, .names(dcpSuboptionIPName))
  let suboptionDevice = Field(
    "pn_dcp.suboption_device", "Suboption", .uint8, .natural, .names(dcpSuboptionDeviceName))
  let suboptionDHCP = Field(
    "pn_dcp.suboption_dhcp", "Suboption", .uint8, .natural, .names(dcpSuboptionDHCPName))
  let suboptionControl = Field(
    "pn_dcp.suboption_control", "Suboption", .uint8, .natural, .names(dcpSuboptionControlName))
  let suboptionInitiative = Field(
    "pn_dcp.suboption_deviceinitiative", "Suboption", .uint8, .natural,
    .names(dcpSuboptionInitiativeName))
  let suboptionTSN = Field(
    "pn_dcp.suboption_tsn", "Suboption", .uint8, .natural, .names(dcpSuboptionTSNName))
  let suboptionAll = Field(
    "pn_dcp.suboption_all", "Suboption", .uint8, .natural, .names(dcpSuboptionAllName))
  let suboptionManufacturer = Field(
    "pn_dcp.suboption_manuf", "Suboption", .uint8, .natural, .names { _ in nil })
  let blockInfo = Field(
    "pn_dcp.block_info", "BlockInfo", .uint16, .natural, .names { _ in "Reserved" })
  let blockInfoIP = Field(
    "pn_dcp.suboption_ip_block_info", "BlockInfo", .uint16, .natural, .names(dcpBlockInfoName))
  let conflict = Field("pn_dcp.ip_conflict", "IP address conflict detected!", .none)
  let blockQualifier = Field(
    "pn_dcp.block_qualifier", "BlockQualifier", .uint16, .natural, .names(dcpQualifierName))
  let resetQualifier = Field(
    "pn_dcp.block_qualifier_reset", "BlockQualifier: ResettoFactory", .uint16, .natural,
    .names(dcpResetName))
  let blockError = Field(
    "pn_dcp.block_error", "BlockError", .uint8, .natural, .names(dcpErrorName))
  let blockErrorExpert = Field("pn_dcp.block_error.unknown", "Unknown", .none)
  let macAddress = Field("pn_dcp.suboption_ip_mac_address", "MAC Address", .ether)
  let ipAddress = Field("pn_dcp.suboption_ip_ip", "IPaddress", .ipv4)
  let subnetMask = Field("pn_dcp.suboption_ip_subnetmask", "Subnetmask", .ipv4)
  let gateway = Field("pn_dcp.suboption_ip_standard_gateway", "StandardGateway", .ipv4)
  let vendorValue = Field(
    "pn_dcp.suboption_device_devicevendorvalue", "DeviceVendorValue", .string)
  let nameOfStation = Field("pn_dcp.suboption_device_nameofstation", "NameOfStation", .string)
  let aliasName = Field("pn_dcp.suboption_device_aliasname", "AliasName", .string)
  let vendorID = Field("pn_dcp.suboption_vendor_id", "VendorID", .uint16, .hex)
  let deviceID = Field("pn_dcp.suboption_device_id", "DeviceID", .uint16, .hex)
  let oemVendor = Field("pn_dcp.suboption_device_oem_ven_id", "OEMVendorID", .uint16, .hex)
  let oemDevice = Field("pn_dcp.suboption_device_oem_dev_id", "OEMDeviceID", .uint16, .hex)
  let deviceRole = Field("pn_dcp.suboption_device_role", "DeviceRoleDetails", .uint8, .hex)
  let instance = Field("pn_dcp.suboption_device_instance", "DeviceInstanceHigh", .uint8, .hex)
  let properties = Field(
    "pn_dcp.suboption_device_rsi_properties_value", "RsiPropertiesValue", .uint16, .hex)
  let propertyBits = [
    "IP Stack", "CLRPC Interface", "RSI AR Interface", "RSI AR Read Implicit Interface",
    "RSI CIM Interface", "RSI CIM Read Implicit Interface",
  ].enumerated().map { bit, label in
    Field(
      "pn_dcp.suboption_device_rsi_properties_value.bit\(bit)", label, .boolean, .natural,
      .words(true: "Available", false: "Not available"), mask: 1 << UInt64(bit), of: 16)
  }
  let propertyOthers = Field(
    "pn_dcp.suboption_device_rsi_properties_value.otherbits", "RsiPropertiesValue.Bit6-15",
    .uint16, .hex, mask: 0xffc0)
  let dhcpCode = Field(
    "pn_dcp.suboption_dhcp_option_code", "Option-Code", .uint8, .natural,
    .names(dcpSuboptionDHCPName))
  let dhcpLength = Field(
    "pn_dcp.suboption_dhcp_parameter_length", "DHCP Parameter Length", .uint8, .hex)
  let dhcpData = Field(
    "pn_dcp.suboption_dhcp_parameter_data", "DHCP Parameter Data", .uint8, .hex)
  let dhcpControl = Field(
    "pn_dcp.suboption_dhcp_parameter_data", "DHCP Parameter Data", .uint8, .hex,
    .names {
      word(
        $0,
        [
          "Don't use DHCP (Default)",
          "Don't use DHCP, all DHCPOptions set to Reset to Factory value",
          "Use DHCP with the given set of DHCPOptions",
        ])
    })
  let dhcpClient = Field("pn_dcp.suboption_dhcp_client_id", "Client ID", .string)
  let undefined = Field("pn.user_data", "Undefined", .string)
  let parseError = Field("pn_dcp.block_error.parse", "parse error", .none)
  let domainUUID = Field("pn_dcp.tsn_domain_uuid", "TSNDomainUUID", .string)
  let domainName = Field("pn_dcp.suboption_tsn_domain_name", "TSNDomainName", .string)
  let managerPriority = Field(
    "pn_dcp.suboption_tsn_nme_prio", "NMEPrio", .uint16, .natural,
    .names(dcpManagerPriorityName))
  let parameterUUID = Field(
    "pn_dcp.suboption_tsn_nme_parameter_uuid", "NMEParameterUUID", .string)
  let signal = Field(
    "pn_dcp.suboption_control_signal_value", "SignalValue", .uint16, .hex,
    .names { $0 == 0x100 ? "Flash Once" : nil })
  let initiative = Field(
    "pn_dcp.deviceinitiative_value", "DeviceInitiativeValue", .uint16, .natural,
    .names {
      word(
        $0,
        [
          "Device does not issue a DCP-Hello-ReqPDU after power on",
          "Device does issue a DCP-Hello-ReqPDU after power on",
        ])
    })

  static let fields = Self()
}

@Sendable func dcpOptionName(_ option: UInt64) -> String? {
  switch option {
  case 0, 4: "Reserved"
  case 1: "IP"
  case 2: "Device properties"
  case 3: "DHCP"
  case 5: "Control"
  case 6: "Device Initiative"
  case 7: "TSN Domain"
  case 128...254: "Manufacturer specific"
  case 255: "All Selector"
  default: nil
  }
}

@Sendable func dcpSuboptionIPName(_ suboption: UInt64) -> String? {
  word(suboption, ["Reserved", "MAC address", "IP parameter", "Full IP suite"])
}

@Sendable func dcpSuboptionDeviceName(_ suboption: UInt64) -> String? {
  word(
    suboption,
    [
      "Reserved", "Manufacturer specific (Type of Station)", "Name of Station", "Device ID",
      "Device Role", "Device Options", "Alias Name", "Device Instance", "OEM Device ID", "",
      "RSI Properties",
    ])
}

@Sendable func dcpSuboptionDHCPName(_ suboption: UInt64) -> String? {
  switch suboption {
  case 12: "Host name"
  case 43: "Vendor specific"
  case 54: "Server identifier"
  case 55: "Parameter request list"
  case 60: "Class identifier"
  case 61: "DHCP client identifier"
  case 81: "FQDN, Fully Qualified Domain Name"
  case 97: "UUID/GUID-based Client"
  case 255: "Control DHCP for address resolution"
  default: nil
  }
}

@Sendable func dcpSuboptionControlName(_ suboption: UInt64) -> String? {
  word(
    suboption,
    [
      "Reserved", "Start Transaction", "End Transaction", "Signal", "Response",
      "Reset Factory Settings", "Reset to Factory",
    ])
}

@Sendable func dcpSuboptionInitiativeName(_ suboption: UInt64) -> String? {
  word(suboption, ["Reserved", "Device Initiative"])
}

@Sendable func dcpSuboptionTSNName(_ suboption: UInt64) -> String? {
  word(
    suboption,
    [
      "Reserved", "TSN Domain Name", "NME Manager", "NME Paramater UUID", "NME Agent",
      "CIM Interface",
    ])
}

@Sendable func dcpSuboptionAllName(_ suboption: UInt64) -> String? {
  suboption == 255 ? "ALL Selector" : nil
}

@Sendable func dcpBlockInfoName(_ info: UInt64) -> String? {
  switch info {
  case 0: "IP not set"
  case 1: "IP set"
  case 2: "IP set by DHCP"
  case 128: "IP not set (address conflict detected)"
  case 129: "IP set (address conflict detected)"
  case 130: "IP set by DHCP (address conflict detected)"
  default: nil
  }
}

@Sendable func dcpQualifierName(_ qualifier: UInt64) -> String? {
  word(qualifier, ["Use the value temporary", "Save the value permanent"])
}

@Sendable func dcpResetName(_ qualifier: UInt64) -> String? {
  switch qualifier {
  case 0: "Default"
  case 2, 3: "Reset application data"
  case 4, 5: "Reset communication parameter"
  case 6, 7, 10, 11: "Reset engineering parameter"
  case 8, 9: "Resets all stored data"
  case 12, 13, 14, 20, 21, 22: "Reserved"
  case 16, 17: "Resets all stored data in the IOD or IOC to its factory values"
  case 18, 19: "Reset and restore data"
  default: nil
  }
}

@Sendable func dcpErrorName(_ error: UInt64) -> String? {
  word(
    error,
    [
      "Ok", "Option unsupp.", "Suboption unsupp. or no DataSet avail.", "Suboption not set",
      "Resource Error", "SET not possible by local reasons", "In operation, SET not possible",
    ])
}

@Sendable func dcpManagerPriorityName(_ priority: UInt64) -> String? {
  switch priority {
  case 0: "Highest priority NME manager"
  case 1...0x3fff: "High priorities for NME manager"
  case 0x4000...0x9fff: "Low priorities for NME manager"
  case 0xa000: "Lowest priority for NME manager / Default priority for NME manager"
  default: "Reserved"
  }
}
