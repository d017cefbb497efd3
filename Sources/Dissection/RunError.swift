import Capture
import Fields

/// What ends a run: a line for a person, and the exit status for a script.
public enum RunError: Error, CustomStringConvertible {
  case capture(CaptureError)
  /// All was shown but for frames whose link type is not decoded, and what came after the damage.
  case undecoded(Undecoded, CaptureError?)
  case output(OutputError)
  case filter(FilterError)
  /// What was asked for cannot be done.
  case usage(String)

  /// One line; nil where there is nothing to say (the reader of a pipe went away).
  public var message: String? {
    switch self {
    case .capture(let error): error.message
    case .undecoded(let undecoded, nil): undecoded.message
    case .undecoded(let undecoded, let damage?): "\(damage.message); \(undecoded.message)"
    case .output(let error): error.isClosedPipe ? nil : "cannot write \(error.message)"
    case .filter(let error): error.line
    case .usage(let message): message
    }
  }

  /// The system has no thread to give for what `purpose` says.
  static func noThread(_ purpose: String) -> Self {
    .usage("a thread for the \(purpose) cannot be started; --jobs 1 needs none")
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
    case .undecoded: 2
    case .output(let error): error.isClosedPipe ? 0 : 74
    case .filter, .usage: 64
    }
  }
}

/// The frames of a capture whose link types are not decoded.
public struct Undecoded: Sendable {
  let files: [String]
  /// How many frames there are of each.
  let linkTypes: [String: Int]

  /// `x.pcap: 12 frames of link type USER0 and 1 of MTP2 are not decoded`
  var message: String {
    let counts = linkTypes.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    let parts = counts.enumerated().map { index, count in
      let frames = count.value == 1 ? "1 frame" : "\(count.value) frames"
      return index == 0 ? "\(frames) of link type \(count.key)" : "\(count.value) of \(count.key)"
    }
    let isOne = linkTypes.values.reduce(0, +) == 1
    let file = files.count == 1 ? files[0] == "-" ? "standard input: " : "\(files[0]): " : ""
    return file + parts.joined(separator: ", ") + (isOne ? " is" : " are") + " not decoded"
  }
}
