import Fields

/// The fields of all layers: one line a protocol.
public enum WireFields {
  public static var all: [Field] {
    FrameFields.all + FrameNoteFields.all + EndFields.all + DataFields.all
      + EthernetFields.all + LLCFields.all + VLANFields.all + LinuxCookedFields.all
      + LoopbackFields.all + RawIPFields.all + ARPFields.all
      + IPv4Fields.all + IPv4OptionFields.all
      + IPv6Fields.all + IPv6ExtensionFields.all + IPv6OptionFields.all
      + OperationsOptionFields.all + IPv6RoutingFields.all + IPsecFields.all
      + MobilityFields.all + MobilityOptionFields.all
      + ICMPFields.all + ICMPAdvertisementFields.all
      + ICMPExtensionFields.all + ICMPv6Fields.all
      + ICMPv6OptionFields.all + ICMPv6SecureOptionFields.all + ICMPv6HandoverOptionFields.all
      + ICMPv6LowPowerOptionFields.all + ICMPv6OtherFields.all + RenumberingFields.all
      + RoutingControlFields.all + RoutingControlOptionFields.all + RoutingMetricFields.all
      + UDPFields.all + TCPFields.all + TCPOptionFields.all
      + MultipathFields.all
      + ProfinetFields.all + ProfinetDCPFields.all + DNSFields.all + DNSRecordFields.all
      + DNSSecurityFields.all + DNSServiceBindingFields.all + DNSPlainFields.all
      + DNSLocationFields.all + DNSAddressFields.all + DNSOptionFields.all
      + IGMPFields.all + SNMPFields.all
      + GREFields.all + EtherIPFields.all + ERSPANFields.all + GeneveFields.all + GTPFields.all
      + CiscoHDLCFields.all + VXLANFields.all + MPLSFields.all + PPPFields.all + PPPoEFields.all
      + ConfigurationTestFields.all + SpanningTreeFields.all
  }
}
