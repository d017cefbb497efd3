import Fields

/// How the body of a frame is protected, as its first bytes say it.
struct Protection {
  enum Kind {
    case wired, temporal, counter

    var name: String {
      switch self {
      case .wired: "WEP"
      case .temporal: "TKIP"
      case .counter: "CCMP"
      }
    }
  }

  let kind: Kind
  let packetNumber: UInt64
  /// Bytes before what is protected, and after it where they are known to be no part of it.
  var length: Int { kind == .wired ? 4 : 8 }
  let trailerLength: Int

  init(_ body: Span<UInt8>) {
    guard body.count >= 8, body[3] & 0x20 != 0 else {
      (kind, packetNumber) = (.wired, 0)
      trailerLength = body.count >= 8 ? 4 : 0
      return
    }
    // TKIP's second byte follows from its first; a CCMP number looks like that once in 256 times.
    let isTemporal = body[1] == (body[0] | 0x20) & 0x7f
    kind = isTemporal ? .temporal : .counter
    trailerLength = 0
    let places = isTemporal ? [7, 6, 5, 4, 0, 2] : [7, 6, 5, 4, 1, 0]
    packetNumber = places.reduce(0) { $0 << 8 | UInt64(body[$1]) }
  }
}
