/// The two sides of a conversation.
public enum Side: String, Sendable, CaseIterable {
  /// The side that opened the conversation, or that uses the port nobody serves.
  case client
  case server

  public var other: Side { self == .client ? .server : .client }
}
