/// The two families of capture files.
public enum CaptureFormat: Hashable, Sendable {
  case pcap
  case pcapng
}

/// What a capture was taken on (pcapng Interface Description Block; made up from the header of a pcap).
public struct CaptureInterface: Hashable, Sendable {
  /// A DLT value, as libpcap's `pcap_datalink` says it.
  public var linkType: UInt32
  /// Most bytes captured of a frame; 0 is no limit.
  public var snapLength: Int
  /// Units a second.
  public var timestampResolution: UInt64 = 1_000_000
  /// Seconds to add to the timestamps in the file; already added to those of frames.
  public var timestampOffset: Int64 = 0
  /// Bytes of frame check sequence at the end of every frame, where the file says so.
  public var fcsLength: Int?
  public var name: String?
  public var description: String?
  /// The capture filter the frames passed.
  public var filter: String?
  public var hardware: String?
  public var os: String?
  public var comments: [String] = []
  /// Its number in its section, counted from 0.
  public var number = 0
  /// Section of a pcapng file, counted from 1; 1 for pcap.
  public var section = 1
  /// From the last Interface Statistics Block, if there is one.
  public var statistics: InterfaceStatistics?

  public init(linkType: UInt32, snapLength: Int) {
    self.linkType = linkType
    self.snapLength = snapLength
  }
}

extension CaptureInterface {
  var withoutTexts: Self {
    var interface = self
    (interface.name, interface.description, interface.filter) = (nil, nil, nil)
    (interface.hardware, interface.os, interface.comments) = (nil, nil, [])
    return interface
  }
}

/// The part of an interface that every frame needs: plain numbers, no reference counts.
struct InterfaceFacts {
  let linkType: UInt32
  let snapLength: Int
  let time: TimestampScale
  /// Longer frames are nonsense.
  let maximumLength: Int

  init(_ interface: CaptureInterface) {
    linkType = interface.linkType
    snapLength = interface.snapLength
    time = TimestampScale(
      unitsPerSecond: interface.timestampResolution, offset: interface.timestampOffset)
    maximumLength = LinkTypeNumbers.maximumFrameLength(interface.linkType)
  }
}

/// Turns the time units of a file into nanoseconds since 1970.
struct TimestampScale {
  private static let billion: UInt64 = 1_000_000_000

  private let unitsPerSecond: UInt64
  /// 0 where a unit is not a whole number of nanoseconds.
  private let nanosecondsPerUnit: UInt64
  /// Seconds to add.
  private let offset: Int64
  /// The same in nanoseconds; nil where 64 bits do not hold it.
  private let nanosecondOffset: Int64?

  init(unitsPerSecond: UInt64, offset: Int64) {
    self.unitsPerSecond = max(unitsPerSecond, 1)
    let isExact = Self.billion.isMultiple(of: self.unitsPerSecond)
    nanosecondsPerUnit = isExact ? Self.billion / self.unitsPerSecond : 0
    self.offset = offset
    let (product, overflow) = offset.multipliedReportingOverflow(by: Int64(Self.billion))
    nanosecondOffset = overflow ? nil : product
  }

  /// Writes the time of a packet.
  @inline(__always)
  func set(_ units: UInt64, of packet: inout PacketRecord) {
    packet.hasTimestamp = true
    packet.beyond = nil
    let (product, overflow) = units.multipliedReportingOverflow(by: nanosecondsPerUnit)
    if nanosecondsPerUnit != 0, !overflow, let nanoseconds = Int64(exactly: product),
      let nanosecondOffset
    {
      let (sum, isBeyond) = nanoseconds.addingReportingOverflow(nanosecondOffset)
      if !isBeyond {
        packet.timestamp = sum
        return
      }
    }
    setInexact(units, of: &packet)
  }

  @inline(never)
  private func setInexact(_ units: UInt64, of packet: inout PacketRecord) {
    let time = time(units)
    let (seconds, isBeyond) = time.seconds.multipliedReportingOverflow(by: Int64(Self.billion))
    let (sum, overflow) = seconds.addingReportingOverflow(Int64(time.nanoseconds))
    if isBeyond || overflow {
      packet.timestamp = time.seconds < 0 ? .min : .max
      packet.beyond = time
    } else {
      packet.timestamp = sum
    }
  }

  /// Seconds that 64 bits do not hold wrap, as Wireshark's do.
  private func time(_ units: UInt64) -> (seconds: Int64, nanoseconds: Int32) {
    let (seconds, rest) = units.quotientAndRemainder(dividingBy: unitsPerSecond)
    let fraction = unitsPerSecond.dividingFullWidth(
      rest.multipliedFullWidth(by: Self.billion)
    ).quotient
    return (
      Int64(truncatingIfNeeded: seconds) &+ offset, Int32(truncatingIfNeeded: fraction)
    )
  }
}
