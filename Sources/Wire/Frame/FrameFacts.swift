import Fields

/// What the capture says of a frame beside its bytes.
public struct FrameFacts: Sendable {
  /// From 1.
  public var number: Int
  /// Nanoseconds since `origin`, for arithmetic: moments that 64 bits do not hold, and those before the origin, count as
  /// the nearest that is, so that a difference of two never overflows.
  public private(set) var time: Int64
  /// The second that `time` counts from, itself counted from 1970-01-01 UTC; set before `arrival`.
  public var origin: Int64 = 0
  /// The moment itself, as the capture says it.
  public var arrival: TimeValue {
    didSet { time = Self.arithmetic(arrival, from: origin) }
  }
  /// Bytes on the wire.
  public var wireLength: Int
  /// libpcap's DLT number.
  public var linkType: UInt32
  /// The moments of the first frame, of the one before this, and of the one shown before this; the frame's own where
  /// there is none.
  public var firstArrival: TimeValue
  public var previousArrival: TimeValue
  public var previousDisplayedArrival: TimeValue
  /// Digits after the point that the capture's clock has: 6 or 9 mostly.
  public var timeDecimals = 6
  /// False for the few frames that have no time at all.
  public var hasTime = true
  /// The interface and the section of the capture, where the format has them (pcapng).
  public var interface: Interface? {
    get { boxedInterface.value }
    set { boxedInterface.value = newValue }
  }
  public var section = 1
  /// What the capture notes of the frame; nil where it notes nothing.
  public var notes: Notes? {
    get { boxedNotes.value }
    set { boxedNotes.value = newValue }
  }
  /// Whether there are notes: a look at them copies them.
  public var hasNotes: Bool { !boxedNotes.isEmpty }
  /// In boxes, so that the facts are small: they go from thread to thread with each frame.
  private var boxedInterface = Boxed<Interface>()
  private var boxedNotes = Boxed<Notes>()
  /// Bytes of frame check sequence at the end, where the capture says so.
  public var fcsLength: Int?
  /// Where the first captured byte lies in the (decompressed) file.
  public var fileOffset = 0
  /// True where the file was written in the other byte order than this machine's (BSD loopback).
  public var isByteSwapped = false

  /// The options of a pcapng packet (draft-ietf-opsawg-pcapng §4.3).
  public struct Notes: Sendable {
    public var comments: [String] = []
    /// Comments and verdicts that were not kept, since those before them are so long.
    public var dropped = 0
    /// Direction in the lowest two bits, reception type, FCS length, link errors.
    public var flags: UInt32?
    public var dropCount: UInt64?
    public var identifier: UInt64?
    public var queue: UInt32?
    public var verdicts: [Verdict] = []
    /// Key logs of TLS that the capture gave after the frame before.
    public var secrets: [[UInt8]] = []

    public init() {}
  }

  /// Who judged the frame (0 hardware, 1 eBPF TC, 2 eBPF XDP), and how: a number in network order for eBPF.
  public struct Verdict: Sendable {
    public var kind: UInt8
    public var value: [UInt8]

    public init(kind: UInt8, value: [UInt8]) { (self.kind, self.value) = (kind, value) }
  }

  public struct Interface: Sendable {
    /// Within its section.
    public var id: Int
    public var name: String?
    public var description: String?

    public init(id: Int, name: String?, description: String?) {
      self.id = id
      self.name = name
      self.description = description
    }
  }

  /// Before the first frame.
  public static let none = FrameFacts(number: 0, time: 0, wireLength: 0, linkType: 0)

  public init(number: Int, time: Int64, wireLength: Int, linkType: UInt32) {
    self.number = number
    arrival = TimeValue(moment: time)
    self.time = Self.arithmetic(arrival, from: 0)
    self.wireLength = wireLength
    self.linkType = linkType
    (firstArrival, previousArrival, previousDisplayedArrival) = (arrival, arrival, arrival)
  }

  /// Whether there is a layer for what the frame begins with.
  public var isLinkTypeDecoded: Bool { LinkType(rawValue: linkType).isDecoded }

  private static func arithmetic(_ moment: TimeValue, from origin: Int64) -> Int64 {
    let (seconds, overflow) = moment.seconds.subtractingReportingOverflow(origin)
    if overflow { return moment.seconds < origin ? 0 : .max }
    return max(TimeValue(seconds: seconds, nanoseconds: moment.nanoseconds).clampedNanoseconds, 0)
  }
}
