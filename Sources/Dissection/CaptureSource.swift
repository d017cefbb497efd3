/// Which frames a run reads.
public struct CaptureSource: Sendable {
  public var paths: [String]
  /// A BPF expression.
  public var captureFilter: String?
  /// Stop after so many frames that pass the capture filter.
  public var frameLimit: Int?

  public init(paths: [String], captureFilter: String? = nil, frameLimit: Int? = nil) {
    self.paths = paths
    self.captureFilter = captureFilter
    self.frameLimit = frameLimit
  }
}
