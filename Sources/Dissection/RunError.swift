import Capture

/// What ends a run.
public enum RunError: Error {
  case capture(CaptureError)
  case output(OutputError)
}
