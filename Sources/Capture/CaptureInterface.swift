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

/// Turns the time units of a file into nanoseconds since 1970; what does not fit is clamped.
struct TimestampScale {
  private static let billion: UInt64 = 1_000_000_000

  private let unitsPerSecond: UInt64
  /// 0 where a unit is not a whole number of nanoseconds.
  private let nanosecondsPerUnit: UInt64
  private let offset: Int64

  init(unitsPerSecond: UInt64, offset: Int64) {
    self.unitsPerSecond = max(unitsPerSecond, 1)
    let exact = Self.billion.isMultiple(of: self.unitsPerSecond)
    nanosecondsPerUnit = exact ? Self.billion / self.unitsPerSecond : 0
    let (product, overflow) = offset.multipliedReportingOverflow(by: Int64(Self.billion))
    self.offset = overflow ? (offset < 0 ? .min : .max) : product
  }

  func nanoseconds(_ units: UInt64) -> Int64 {
    let (product, overflow) = units.multipliedReportingOverflow(by: nanosecondsPerUnit)
    let nanoseconds =
      nanosecondsPerUnit != 0 && !overflow ? Int64(clamping: product) : inexact(units)
    guard offset != 0 else { return nanoseconds }
    let (sum, beyond) = nanoseconds.addingReportingOverflow(offset)
    return beyond ? (offset < 0 ? .min : .max) : sum
  }

  private func inexact(_ units: UInt64) -> Int64 {
    let (seconds, rest) = units.quotientAndRemainder(dividingBy: unitsPerSecond)
    let fraction = unitsPerSecond.dividingFullWidth(
      rest.multipliedFullWidth(by: Self.billion)
    ).quotient
    let (whole, overflow) = seconds.multipliedReportingOverflow(by: Self.billion)
    let (sum, beyond) = whole.addingReportingOverflow(fraction)
    return overflow || beyond ? .max : Int64(clamping: sum)
  }
}
