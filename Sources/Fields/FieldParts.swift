/// Parts of a frame that are described apart, so that what nobody asks for is left out.
public struct FieldParts: OptionSet, Sendable {
  public let rawValue: UInt8
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// What the capture says of the frame.
  public static let frame = Self(rawValue: 1)
  public static let ipv4 = Self(rawValue: 2)
  public static let tcp = Self(rawValue: 4)
  /// Every other layer, up to TCP and UDP, and what is above UDP.
  public static let otherLayers = Self(rawValue: 8)
  /// What is above TCP, but for mails.
  public static let streams = Self(rawValue: 16)
  /// Mails, with their bodies.
  public static let messages = Self(rawValue: 32)
  /// The columns of the packet list.
  public static let columns = Self(rawValue: 64)

  public static let layers: Self = [.frame, .ipv4, .tcp, .otherLayers]
  public static let all: Self = [.layers, .streams, .messages, .columns]
}

extension FieldBuffer {
  /// What is added from now on belongs to `part`: it is kept where somebody asks for that.
  public mutating func enter(_ part: FieldParts) {
    if isPartial { wantsTree = parts.contains(part) }
  }

  /// Describes something that belongs to `part`, in the middle of another one.
  public mutating func describing(_ part: FieldParts, _ body: (inout FieldBuffer) -> Void) {
    let wantedBefore = wantsTree
    enter(part)
    body(&self)
    wantsTree = wantedBefore
  }
}
