/// Why a layer could not be decoded: the layers below it stay valid.
public struct DecodeError: Error, Hashable, Sendable {
  public enum Reason: Hashable, Sendable {
    /// The frame was cut when it was captured: on the wire the bytes were there.
    case cutShort
    /// A header does not fit in what the layer below gave it.
    case tooShort
    /// A part says that it is longer than what holds it.
    case exceedsContainer
    /// A field has a value that the layer cannot have: `header length 8`.
    case invalid(String)
  }
  /// The layer, as `[Malformed Packet: …]` names it.
  public let layer: String
  /// Where the layer begins in its data source.
  public let offset: Int
  /// Bytes the layer needs at least, and has.
  public let needed: Int
  public let available: Int
  public let reason: Reason
  /// What in the layer ended early, where that has a name of its own.
  public private(set) var part: String?

  /// The part that a frame has after the packet in it, as Wireshark names it where it ends early.
  package static let trailer = "Ethertype"

  public init(layer: String, offset: Int, needed: Int, available: Int, reason: Reason) {
    self.layer = layer
    self.offset = offset
    self.needed = needed
    self.available = available
    self.reason = reason
  }

  package func within(_ part: String?) -> Self {
    var error = self
    error.part = part
    return error
  }
}
