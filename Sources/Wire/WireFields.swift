import Fields

/// The fields of all layers: one line a protocol.
public enum WireFields {
  public static var all: [Field] {
    FrameFields.all + EndFields.all + DataFields.all
      + EthernetFields.all + LLCFields.all + VLANFields.all + LinuxCookedFields.all
      + LoopbackFields.all + RawIPFields.all + ARPFields.all
      + IPv4Fields.all + IPv4OptionFields.all
      + IPv6Fields.all + IPv6ExtensionFields.all + IPv6OptionFields.all + IPsecFields.all
      + MobilityFields.all + ICMPFields.all + ICMPExtensionFields.all + ICMPv6Fields.all
      + ICMPv6OptionFields.all + UDPFields.all + TCPFields.all + TCPOptionFields.all
      + MultipathFields.all + RiverbedFields.all
      + ProfinetFields.all + ProfinetDCPFields.all + DNSFields.all + DNSRecordFields.all
      + DNSSecurityFields.all + DNSServiceBindingFields.all + IGMPFields.all + SNMPFields.all
  }
}
