import Capture

/// The terminal that the program runs in.
public enum Console {
  public static var isTerminal: Bool { Terminal.isOutput }
  /// True where the environment asks for no colours (no-color.org).
  public static var refusesColor: Bool { Terminal.refusesColor }
  /// Columns; nil where standard output is no terminal.
  public static var width: Int? { Terminal.width }

  /// Cores of the machine that are at work.
  public static var coreCount: Int { Terminal.coreCount }

  /// A line on standard error.
  public static func report(_ line: String) { Terminal.writeError("mailwire: \(line)\n") }
  /// Lets the allocator keep memory that was freed: see `Allocator`.
  public static func keepFreedMemory() { Allocator.keepFreedMemory() }
  /// Lets a write to a closed pipe fail rather than end the process.
  public static func ignoreClosedPipes() { Terminal.ignoreClosedPipes() }
}
