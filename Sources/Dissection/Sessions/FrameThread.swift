import Capture
import Fields
import Synchronization
import Wire

/// Reads the frames of captures on a thread of its own, and gives what they have of conversations, batch by batch.
struct FrameThread: ~Copyable {
  /// Batches that wait at the most; as many are at work.
  private static let limit = 4
  private let batches: Channel<SegmentBatch>
  private let spare: Channel<SegmentBatch>
  private let thread: WorkThread

  init(_ source: CaptureSource, _ options: SessionRunOptions) throws(RunError) {
    let walk = FrameWalk(try FrameWalk.State(source, options))
    let batches = Channel<SegmentBatch>(limit: Self.limit)
    let spare = Channel<SegmentBatch>(limit: 2 * Self.limit)
    guard let thread = WorkThread({ walk.run(to: batches, spare: spare) }) else {
      throw .usage("a thread for the frames cannot be started; --jobs 1 needs none")
    }
    (self.batches, self.spare, self.thread) = (batches, spare, thread)
  }

  deinit { batches.close() }

  /// Gives the next batch in place of one that is done with; false after the last one.
  func next(_ batch: inout SegmentBatch) -> Bool {
    guard let next = batches.receive() else { return false }
    let done = batch
    batch = next
    return spare.send(done)
  }
}

/// From frames to the segments of conversations.
private final class FrameWalk: Sendable {
  struct State: ~Copyable {
    private var capture: CaptureReading
    private var selection: FrameSelection
    private var dissector: Dissector
    private var found = Dissected()
    private var facts = FrameFacts.none

    init(_ source: CaptureSource, _ options: SessionRunOptions) throws(RunError) {
      let capture = try CaptureReading(source)
      selection = try FrameSelection(source, capture.format)
      self.capture = capture
      dissector = Dissector(following: options)
    }
  }
  private let state: Mutex<State>

  init(_ state: consuming sending State) { self.state = Mutex(state) }

  /// Walks over all frames; stops where nobody takes the batches any more.
  func run(to batches: Channel<SegmentBatch>, spare: Channel<SegmentBatch>) {
    state.withLock { state in
      var isLast = false
      while !isLast {
        var batch = spare.receiveNow() ?? SegmentBatch()
        batch.clear()
        state.fill(&batch)
        isLast = batch.ending != nil
        guard batches.send(batch) else { return }
      }
      batches.close()
    }
  }
}

extension FrameWalk.State {
  fileprivate mutating func fill(_ batch: inout SegmentBatch) {
    while !batch.isFull {
      guard !selection.isDone, let frame = capture.next() else {
        end(&batch)
        break
      }
      guard selection.take(frame, &facts) else { continue }
      for keyLog in facts.notes?.secrets ?? [] { batch.add(keyLog: keyLog) }
      dissector.dissect(frame.bytes, facts, into: &found)
      Self.add(found, frame.bytes, fileOffset: facts.fileOffset, to: &batch)
      while let (slot, stream) = dissector.conversations.nextSettled() {
        batch.add(.settled(slot: slot, stream: stream))
      }
      while let end = dissector.conversations.nextEnd() { batch.add(.end(end)) }
      batch.pause()
    }
    batch.summary = selection.summary
    dissector.complete(&batch.summary)
  }

  /// Apart from the walk, so that what was found is lent rather than copied for each frame.
  private static func add(
    _ found: borrowing Dissected, _ bytes: Span<UInt8>, fileOffset: Int?,
    to batch: inout SegmentBatch
  ) {
    found.forEachSegment(bytes, fileOffset: fileOffset) { segment, payload, addresses, place in
      batch.add(segment, payload, addresses, fileOffset: place)
    }
    if let segment = found.undeliverableSegment(bytes) { batch.add(undeliverable: segment) }
  }

  /// The capture is at its end: what is still open is over.
  private mutating func end(_ batch: inout SegmentBatch) {
    dissector.conversations.endAll()
    while let end = dissector.conversations.nextEnd() {
      batch.add(.end(end))
      batch.pause()
    }
    do throws(RunError) {
      try selection.finish(capture.failure)
      batch.ending = .success(())
    } catch {
      batch.ending = .failure(error)
    }
  }
}
