import Fields

/// The fields of all layers, and of the frame itself.
public enum WireFields {
  public static var all: [Field] {
    let sets: [any FieldSet.Type] = [FrameFields.self, FrameNoteFields.self, EndFields.self]
    return (sets + LayerKind.allCases.flatMap(\.facts.fields)).flatMap { $0.all }
  }

  /// The sets of the parts that can be described alone, each with the other sets that have such names.
  public static let frame: [any FieldSet.Type] = [FrameFields.self]
  public static let otherFrame: [any FieldSet.Type] = [FrameNoteFields.self]
  public static let ipv4: [any FieldSet.Type] = [IPv4Fields.self, IPv4OptionFields.self]
  public static let otherIPv4: [any FieldSet.Type] = [IPv6Fields.self]
  public static let tcp: [any FieldSet.Type] = [TCPFields.self, TCPOptionFields.self]
  public static let otherTCP: [any FieldSet.Type] = [RiverbedFields.self, MultipathFields.self]
}
