/// What the reassembly of all conversations may hold, and what it had to do without.
public struct ReassemblyBudget: Sendable {
  public struct Limits: Sendable {
    /// What of one direction waits for a gap, by the bytes that it takes in memory.
    public var waitingBytes = 1 << 20
    /// Of all directions.
    public var allWaitingBytes = 128 << 20
    /// Where two copies of waiting bytes differ: false keeps the first, true the last.
    public var lastCopyWins = false
    /// How far the clocks of two capture points may be apart, in nanoseconds of capture time: so long bytes wait for what
    /// they acknowledge.
    public var clockSkew: Int64 = 2_000_000_000

    public init() {}
  }

  public var limits: Limits
  public internal(set) var waitingBytes = 0
  /// Segments that were ignored because their numbers were far from the stream.
  public internal(set) var segmentsOutside = 0
  public internal(set) var gapCount = 0
  public internal(set) var gapBytes = 0

  public init(limits: Limits = Limits()) { self.limits = limits }
}
