/// Source and destination of an IP layer: a key for conversations, and what pseudo-headers are made of.
public struct NetworkAddresses: Hashable, Sendable {
  public enum Version: UInt8, Sendable {
    case none
    case ipv4
    case ipv6
  }
  public struct Address: Hashable, Comparable, Sendable {
    /// The upper 64 bits of an IPv6 address; 0 for IPv4.
    public let high: UInt64
    /// The lower 64 bits of an IPv6 address, or an IPv4 address.
    public let low: UInt64

    public init(high: UInt64 = 0, low: UInt64) { (self.high, self.low) = (high, low) }
    public static func < (left: Self, right: Self) -> Bool {
      (left.high, left.low) < (right.high, right.low)
    }
  }

  public let version: Version
  public let source: Address
  public let destination: Address

  /// No IP layer.
  public static let none = Self(
    version: .none, source: Address(low: 0), destination: Address(low: 0))

  private init(version: Version, source: Address, destination: Address) {
    (self.version, self.source, self.destination) = (version, source, destination)
  }
  public init(ipv4 source: UInt32, _ destination: UInt32) {
    self.init(
      version: .ipv4, source: Address(low: UInt64(source)),
      destination: Address(low: UInt64(destination)))
  }
  public init(ipv6 source: Address, _ destination: Address) {
    self.init(version: .ipv6, source: source, destination: destination)
  }
  /// The way back.
  public var reversed: Self {
    Self(version: version, source: destination, destination: source)
  }
  func with(source: Address) -> Self {
    Self(version: version, source: source, destination: destination)
  }
  func with(destination: Address) -> Self {
    Self(version: version, source: source, destination: destination)
  }
}
