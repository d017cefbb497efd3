import Capture
import Fields
import Wire

/// The walk over the frames of a capture.
struct PacketWalk: ~Copyable {
  private var reading: CaptureReading
  private var selection: FrameSelection
  private var dissection: FrameDissection
  private var facts = FrameFacts.none
  private let kept: KeptFrames
  private let batchLimit: Int

  /// `batchLimit`: frames of a batch at the most.
  init(
    _ reading: consuming CaptureReading, _ selection: consuming FrameSelection,
    _ options: PacketOptions, batchLimit: Int
  ) {
    kept = reading.keptFrames(givesBack: false)
    self.batchLimit = batchLimit
    self.reading = reading
    self.selection = selection
    dissection = FrameDissection(options)
  }

  /// Puts the next frames into a batch.
  mutating func fill(_ batch: inout FrameBatch) {
    batch.clear()
    while !batch.isFull {
      guard !selection.isDone, let read = reading.next() else {
        do throws(RunError) {
          try selection.finish(reading.failure)
          batch.ending = .success(())
        } catch {
          batch.ending = .failure(error)
        }
        return
      }
      // What is the same for all frames of an interface is written once, so that the facts go on from frame to frame.
      guard selection.take(read, &facts) else { continue }
      batch.frames[batch.count].facts = facts
      dissection.dissect(read.bytes, into: &batch.frames[batch.count])
      batch.kept.add(read)
      batch.count += 1
    }
  }

  func newBatch() -> FrameBatch { FrameBatch(kept, limit: batchLimit) }
}

/// Frames in the order of the capture.
struct FrameBatch: ~Copyable, Sendable {
  /// Bytes of a stream after which a batch is full.
  private static let byteLimit = 1 << 18

  /// The first `count` are there; the storage of all is used again.
  var frames: [128 of DissectedFrame] = InlineArray { _ in DissectedFrame() }
  var count = 0
  private let limit: Int
  /// Their bytes.
  var kept: KeptFrames
  /// What ended the capture; there with the last batch.
  var ending: Result<Void, RunError>?

  init(_ kept: KeptFrames, limit: Int) {
    self.kept = kept
    self.limit = min(limit, frames.count)
  }

  var isFull: Bool { count == limit || kept.copiedCount >= Self.byteLimit }

  mutating func clear() {
    kept.removeAll()
    (count, ending) = (0, nil)
  }
}
