import Capture
import Fields

/// What ends a run: a line for a person, and the exit status for a script.
public enum RunError: Error, CustomStringConvertible {
  case capture(CaptureError)
  case output(OutputError)
  case filter(FilterError)
  /// What was asked for cannot be done.
  case usage(String)

  /// One line; nil where there is nothing to say (the reader of a pipe went away).
  public var message: String? {
    switch self {
    case .capture(let error): error.message
    case .output(let error): error.isClosedPipe ? nil : "cannot write \(error.message)"
    case .filter(let error): error.line
    case .usage(let message): message
    }
  }

  public var description: String { message ?? "the reader of the output went away" }

  public var exitStatus: Int32 {
    switch self {
    case .capture(let error):
      switch error.kind {
      case .damaged: 2
      case .badFilter: 64
      case .notACapture: 65
      case .cannotOpen: 66
      case .cannotWrite: 74
      }
    case .output(let error): error.isClosedPipe ? 0 : 74
    case .filter, .usage: 64
    }
  }
}
