import Fields

/// Every field of the protocols of this target.
public enum ApplicationFields {
  public static var all: [Field] { sets.flatMap { $0.all } }

  /// The sets that have names which begin as those of TCP.
  public static let tcp: [any FieldSet.Type] = [ProxyFields.self]

  private static let sets: [any FieldSet.Type] = [
    DNSFields.self,
    DNSRecordFields.self,
    DNSSecurityFields.self,
    DNSServiceBindingFields.self,
    DNSPlainFields.self,
    DNSLocationFields.self,
    DNSAddressFields.self,
    DNSOptionFields.self,
    SNMPFields.self,
    BERUnknownFields.self,
    HTTPFields.self,
    ProxyFields.self,
    SOCKSFields.self,
    HTTP2SettingsFields.self,
    JSONFields.self,
    FormFields.self,
    XMLFields.self,
    ImageFields.self,
    MediaFields.self,
  ]
}
