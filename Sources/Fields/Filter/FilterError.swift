/// What is wrong with a display filter, and where.
public struct FilterError: Error, Hashable, Sendable {
  /// Counted from 1, in characters.
  public let column: Int
  public let message: String

  public init(column: Int, _ message: String) {
    self.column = column
    self.message = message
  }

  /// One line for a person.
  public var line: String { "display filter, column \(column): \(message)" }
}
