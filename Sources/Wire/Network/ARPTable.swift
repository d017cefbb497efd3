/// Which MAC address was seen to use which IPv4 address, and when last.
///
/// Bounded: where more than `limit` addresses are known, all are forgotten.
struct ARPTable: Sendable {
  static let limit = 65_536

  struct Pair: Sendable {
    let mac: UInt64
    let ip: UInt32
  }
  struct Use: Sendable {
    let mac: UInt64
    var frame: Int
    var time: Int64
  }
  /// An address that two stations use.
  struct Duplicate: Sendable {
    let pair: Pair
    let earlier: Use
  }

  private var uses: [UInt32: Use] = [:]

  /// Notes that `pair` was seen; the earlier use by another station, if there is one.
  mutating func note(_ pair: Pair, frame: Int, time: Int64) -> Duplicate? {
    guard let known = uses[pair.ip] else {
      if uses.count >= Self.limit { uses.removeAll() }
      uses[pair.ip] = Use(mac: pair.mac, frame: frame, time: time)
      return nil
    }
    guard frame > known.frame else { return nil }
    guard known.mac == pair.mac else { return Duplicate(pair: pair, earlier: known) }
    uses[pair.ip] = Use(mac: pair.mac, frame: frame, time: time)
    return nil
  }
}
