import Capture
import Dissection

/// An error as a user meets it: one line, and the exit status that DESIGN gives it.
struct Failure: Error {
  let message: String
  let status: Int32

  init(_ error: RunError) {
    switch error {
    case .capture(let error): self.init(error)
    case .output(let error): self.init(error)
    }
  }

  private init(_ error: CaptureError) {
    message = error.message
    status =
      switch error.kind {
      case .damaged: 2
      case .badFilter: 64
      case .notACapture: 65
      case .cannotOpen: 66
      case .cannotWrite: 74
      }
  }

  private init(_ error: OutputError) {
    message = error.isClosedPipe ? "" : "cannot write \(error.message)"
    status = error.isClosedPipe ? 0 : 74
  }

  func report() {
    if message.isEmpty { return }
    Terminal.writeError("mailwire: \(message)\n")
  }
}
