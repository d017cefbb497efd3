/// What the capture says of a frame beside its bytes.
public struct FrameFacts: Sendable {
  /// From 1.
  public var number: Int
  /// Nanoseconds since 1970-01-01 UTC.
  public var time: Int64
  /// False only for pcapng Simple Packet Blocks, which carry no time.
  public var hasTime = true
  /// Bytes on the wire.
  public var wireLength: Int
  /// libpcap's DLT number.
  public var linkType: UInt32
  /// Decimals of a second that the file's times have: 6 or 9, mostly.
  public var timeDecimals = 6
  /// Times of the capture's first frame, of the frame before, and of the frame before that was shown.
  public var firstTime: Int64
  public var previousTime: Int64
  public var previousDisplayedTime: Int64
  /// Where the first captured byte lies in the (decompressed) file.
  public var fileOffset = 0
  /// True where the file was written in the other byte order than this machine's (BSD loopback).
  public var isByteSwapped = false
  /// Bytes of frame check sequence at the end of the frame, where the file says so.
  public var fcsLength: Int?
  /// pcapng only.
  public var interface: Interface?
  public var comments: [String] = []

  /// What a pcapng file says of the interface that took the frame.
  public struct Interface: Sendable {
    /// Index over the whole capture.
    public var index: Int
    public var name: String?
    public var description: String?
    /// Section of the file, from 1.
    public var section: Int

    public init(index: Int, name: String?, description: String?, section: Int) {
      self.index = index
      self.name = name
      self.description = description
      self.section = section
    }
  }

  public init(number: Int, time: Int64, wireLength: Int, linkType: UInt32) {
    self.number = number
    self.time = time
    self.wireLength = wireLength
    self.linkType = linkType
    firstTime = time
    previousTime = time
    previousDisplayedTime = time
  }
}
