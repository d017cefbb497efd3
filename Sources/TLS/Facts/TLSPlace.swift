/// Where something of TLS was in the capture.
public struct TLSPlace: Sendable, Hashable {
  public var frame: Int
  /// When the frame was captured, in nanoseconds since 1970-01-01 UTC.
  public var time: Int64

  public init(frame: Int, time: Int64) { (self.frame, self.time) = (frame, time) }
}
