extension FieldBuffer {
  /// `[Packet size limited during capture: TCP truncated]`: the capture does not have the bytes that `name` needs.
  public mutating func addCutShort(_ name: String) {
    columns.info.write("[Packet size limited during capture]")
    let item = add(EndFields.fields.short, .none)
    relabel(item, "[Packet size limited during capture: \(name) truncated]")
  }

  /// `[Malformed Packet: TCP]`: the bytes that `name` needs were never there.
  public mutating func addMalformed(_ name: String) {
    columns.info.write("[Malformed Packet]")
    let fields = EndFields.fields
    let item = add(fields.malformed, .none)
    relabel(item, "[Malformed Packet: \(name)]")
    expert(
      fields.malformedExpert, .error, .malformed, "Malformed Packet (Exception occurred)",
      under: item)
  }
}

/// The nodes that close a frame whose decoding ended early.
public struct EndFields: FieldSet {
  let short = Field("_ws.short", "Packet size limited during capture", .proto)
  let malformed = Field("_ws.malformed", "Malformed Packet", .proto)
  let malformedExpert = Field(
    "_ws.malformed.expert", "Malformed Packet (Exception occurred)", .none)

  public init() {}
  static let fields = Self()
}
