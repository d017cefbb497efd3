/// What the first bytes of one side say of a protocol.
public enum FirstBytes: Sendable, Hashable {
  /// They are this protocol's, sent by this side; nil where both sides begin alike.
  case certain(Side?)
  /// More bytes, or those of the other side, may tell.
  case possible
  case foreign

  /// Bytes of one side after which nothing new is to be expected.
  public static let limit = 512
}
