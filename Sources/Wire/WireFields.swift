import Fields

/// The fields of all layers, and of the frame itself.
public enum WireFields {
  public static var all: [Field] {
    let sets: [any FieldSet.Type] = [FrameFields.self, FrameNoteFields.self, EndFields.self]
    return (sets + LayerKind.allCases.flatMap(\.facts.fields)).flatMap { $0.all }
  }

  /// The fields of the parts that can be described alone.
  public static let byPart: [(part: FieldParts, fields: [Field])] = [
    (.frame, FrameFields.all), (.ipv4, IPv4Fields.all + IPv4OptionFields.all),
    (.tcp, TCPFields.all + TCPOptionFields.all),
  ]
  /// Those of all others.
  public static var others: [Field] {
    let kinds = LayerKind.allCases.filter { $0.part == .otherLayers }
    let sets: [any FieldSet.Type] = [FrameNoteFields.self, EndFields.self]
    return (sets + kinds.flatMap(\.facts.fields)).flatMap { $0.all }
  }
}
