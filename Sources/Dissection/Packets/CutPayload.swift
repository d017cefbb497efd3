import Fields
import Wire

/// A payload of which the capture has too little to tell what it is: Wireshark ends at the first protocol that wants to
/// see more, where no port tells.
enum CutPayload {
  /// That protocol's name in filters, and as it is shown.
  static func protocolWanting(
    more captured: Int, of count: Int
  ) -> (filterName: String, name: String)? {
    guard captured > 0, captured < count else { return nil }
    if captured < 4, count >= 4 { return ("spice", "Spice") }
    if captured < 8, captured >= 4, count >= 20 { return ("rtps", "RTPS") }
    return nil
  }

  static func describe(
    _ wanting: (filterName: String, name: String), into tree: inout FieldBuffer
  ) {
    tree.addProtocol(wanting.filterName)
    tree.addCutShort(wanting.name)
  }
}
