import Foundation

/// Random values that come again: the same seed, the same values (SplitMix64).
///
/// The seed is that of `MAILWIRE_SEED`, or always the same one; the first random test of a run prints it, so that a
/// failure, or a trap, can be replayed.
package struct SeededGenerator: RandomNumberGenerator {
  private static let seed: UInt64 = {
    let given = ProcessInfo.processInfo.environment["MAILWIRE_SEED"]
    guard let seed = UInt64(given ?? "1") else {
      preconditionFailure("MAILWIRE_SEED is no number: \(given ?? "")")
    }
    FileHandle.standardError.write(Data("random tests run with MAILWIRE_SEED=\(seed)\n".utf8))
    return seed
  }()

  /// What a failing test says, so that it can be run again.
  package static var replay: String { "MAILWIRE_SEED=\(seed)" }

  private var state: UInt64

  /// `round` tells the rounds of one test apart.
  package init(round: Int = 0) { state = Self.seed &+ UInt64(truncatingIfNeeded: round) }

  package mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }

  /// Any bytes.
  package mutating func bytes(_ count: Int) -> [UInt8] {
    (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) }
  }
}
