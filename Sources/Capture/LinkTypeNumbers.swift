import CPcap

/// The numbers for what a frame begins with: LINKTYPE_ in files, DLT_ in libpcap and here.
public enum LinkTypeNumbers {
  /// LINKTYPE_ values of files whose DLT_ value differs on Linux; all others are equal.
  private static let differing: [(file: UInt32, dlt: UInt32)] = [
    (100, 11),  // ATM RFC 1483
    (101, 12),  // raw IP
    (102, 15),  // SLIP with BSD/OS header
    (103, 16),  // PPP with BSD/OS header
    (106, 19),  // Linux Classical IP over ATM
  ]

  static func dlt(ofFile value: UInt32) -> UInt32 {
    differing.first { $0.file == value }?.dlt ?? value
  }

  static func file(ofDLT value: UInt32) -> UInt32 {
    differing.first { $0.dlt == value }?.file ?? value
  }

  /// The longest frame that is taken for real, in bytes: the larger of libpcap's and Wireshark's.
  static func maximumFrameLength(_ dlt: UInt32) -> Int {
    switch dlt {
    case UInt32(DLT_DBUS), UInt32(DLT_USBPCAP): 128 << 20
    case UInt32(DLT_EBHSCR): 32 << 20
    default: 256 << 10
    }
  }

  /// "EN10MB" for 1; nil where libpcap knows no name, or is not installed.
  public static func name(of dlt: UInt32) -> String? {
    guard let value = CInt(exactly: dlt), late_pcap_is_there() != 0,
      let name = unsafe late_pcap_link_type_name(value)
    else { return nil }
    return unsafe String(cString: name)
  }

  /// Its name, or else its number.
  public static func words(for dlt: UInt32) -> String { name(of: dlt) ?? String(dlt) }

  /// "Ethernet" for 1; nil where libpcap knows no description, or is not installed.
  public static func description(of dlt: UInt32) -> String? {
    guard let value = CInt(exactly: dlt), late_pcap_is_there() != 0,
      let text = unsafe late_pcap_link_type_description(value)
    else { return nil }
    return unsafe String(cString: text)
  }
}
