import Fields

/// The fields of all layers: one line a protocol.
public enum WireFields {
  public static var all: [Field] {
    EthernetFields.all
  }
}
