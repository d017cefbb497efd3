import Fields

/// The fields of all layers, and of the frame itself.
public enum WireFields {
  public static var all: [Field] {
    let sets: [any FieldSet.Type] = [FrameFields.self, FrameNoteFields.self, EndFields.self]
    return (sets + LayerKind.allCases.flatMap(\.facts.fields)).flatMap { $0.all }
  }
}
