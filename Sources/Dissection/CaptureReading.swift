import Capture
import Wire

/// The frames of a run: those of all files in order of time, as far as capture filter and limit let them pass.
struct CaptureReading: ~Copyable {
  private(set) var capture: CaptureMerge
  private var filter: CaptureFilter?
  private var limit: Int
  private var firstTime: Int64?
  private var previousTime: Int64 = 0
  /// Set by the run to the time of the last frame that was shown.
  var previousDisplayedTime: Int64 = 0

  init(_ source: CaptureSource) throws(CaptureError) {
    capture = try CaptureMerge(paths: source.paths)
    limit = source.frameLimit ?? .max
    if let expression = source.captureFilter {
      filter = try CaptureFilter(expression: expression)
    }
  }

  /// Gives every frame that passes to `body`, until the end or until `body` returns false.
  ///
  /// The error of a capture that is cut short comes after its last whole frame.
  mutating func forEach<Failure: Error>(
    _ body: (borrowing Frame, FrameFacts) throws(Failure) -> Void
  ) throws(Failure) -> CaptureError? {
    while limit > 0 {
      do throws(CaptureError) {
        guard let frame = try capture.next() else { return nil }
      } catch {
        return error
      }
    }
    return nil
  }
}
