/// The first two bytes of a frame.
struct FrameControl {
  enum FrameType: UInt8 {
    case management, control, data, `extension`
  }

  let first: UInt8
  let flags: UInt8

  var type: FrameType { FrameType(rawValue: first >> 2 & 3) ?? .extension }
  var subtype: UInt8 { first >> 4 }
  var typeAndSubtype: UInt8 { (first >> 2 & 3) << 4 | subtype }
  var name: String {
    WLANFields.frameName(UInt64(typeAndSubtype)) ?? "Unrecognized (Reserved frame)"
  }

  var isToDistribution: Bool { flags & 0x01 != 0 }
  var isFromDistribution: Bool { flags & 0x02 != 0 }
  /// A fourth address is there.
  var isBetweenAccessPoints: Bool { flags & 0x03 == 0x03 }
  var hasMoreFragments: Bool { flags & 0x04 != 0 }
  var isRetry: Bool { flags & 0x08 != 0 }
  var isProtected: Bool { flags & 0x40 != 0 }
  var isOrdered: Bool { flags & 0x80 != 0 }

  /// Of data frames: quality of service, and a body.
  var hasQuality: Bool { subtype & 0x8 != 0 }
  var hasBody: Bool { subtype & 0x4 == 0 }

  var isPowerSavePoll: Bool { typeAndSubtype == 0x1a }
  /// Of control frames: a second address is there.
  var hasTransmitter: Bool { subtype != 0xc && subtype != 0xd }
  var controlLength: Int { hasTransmitter ? 16 : 10 }

  /// Where the addresses are.
  struct AddressPlaces {
    let destination: Int
    let source: Int
    /// The cell that the frame belongs to, and its member.
    let cell: Int?
    let station: Int?
  }

  var addressPlaces: AddressPlaces {
    guard type == .data else {
      return AddressPlaces(destination: 4, source: 10, cell: 16, station: nil)
    }
    return switch (isToDistribution, isFromDistribution) {
    case (false, false): AddressPlaces(destination: 4, source: 10, cell: 16, station: nil)
    case (true, false): AddressPlaces(destination: 16, source: 10, cell: 4, station: 10)
    case (false, true): AddressPlaces(destination: 4, source: 16, cell: 10, station: 4)
    case (true, true): AddressPlaces(destination: 16, source: 24, cell: nil, station: nil)
    }
  }
}
