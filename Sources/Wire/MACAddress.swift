import Fields

/// How MAC addresses are shown.
extension TextBuffer {
  /// `VMware_aa:bb:cc`, or the plain address where nothing is known of it.
  mutating func write(macName address: UInt64, resolved: Bool) {
    if resolved, MACNames.writeName(of: address, to: &self) { return }
    write(ether: address)
  }
  /// `VMware_aa:bb:cc (00:0c:29:aa:bb:cc)`
  mutating func write(mac address: UInt64, resolved: Bool) {
    write(macName: address, resolved: resolved)
    write(" (")
    write(ether: address)
    write(")")
  }
}

extension FieldBuffer {
  /// Adds a MAC address with its vendor's name in the label.
  @discardableResult
  mutating func add(
    _ field: Field, mac address: UInt64, at: Int, resolved: Bool, _ traits: FieldTraits = []
  ) -> FieldIndex {
    let item = add(field, .ether(address), at: at, count: 6, traits)
    relabel(item) {
      $0.write(field.label)
      $0.write(": ")
      $0.write(mac: address, resolved: resolved)
    }
    return item
  }
}

/// Names for MAC addresses.
enum MACNames {
  static func writeName(of address: UInt64, to text: inout TextBuffer) -> Bool {
    if address == 0xffff_ffff_ffff {
      text.write("Broadcast")
      return true
    }
    return false
  }
  /// The vendor of a SNAP organization code.
  static func organization(_ code: UInt32) -> String? { vendor(of: UInt64(code) << 24) }
  /// The vendor in full: `VMware, Inc.`
  static func vendor(of address: UInt64) -> String? { nil }
}
