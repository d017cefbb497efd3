import Capture
import Fields
import Wire

/// From the frames of captures to the segments of conversations.
struct SegmentWalk: ~Copyable {
  private var capture: CaptureReading
  private var selection: FrameSelection
  private var dissector: Dissector
  private var found = Dissected()
  private var facts = FrameFacts.none

  init(_ source: CaptureSource, _ options: SessionRunOptions) throws(RunError) {
    let capture = try CaptureReading(source)
    selection = try FrameSelection(source, capture.format, keys: options.keys)
    self.capture = capture
    dissector = Dissector(following: options)
  }

  /// What the next frames have, in the storage of a batch that is done with.
  mutating func next(in spare: consuming SegmentBatch) -> SegmentBatch {
    var batch = spare
    batch.clear()
    while !batch.isFull {
      guard !selection.isDone, let frame = capture.next() else {
        end(&batch)
        break
      }
      guard selection.take(frame, &facts) else { continue }
      Self.follow(frame.bytes, facts, &dissector, &found, &batch)
      while let (slot, _) = dissector.conversations.nextSettled() {
        batch.add(.settled(slot: slot), slot: slot)
      }
      while let end = dissector.conversations.nextEnd() { batch.add(.end(end), slot: end.slot) }
    }
    batch.summary = selection.summary
    dissector.complete(&batch.summary)
    return batch
  }

  /// Apart from the walk, of which it changes two parts at once.
  private static func follow(
    _ bytes: Span<UInt8>, _ facts: borrowing FrameFacts, _ dissector: inout Dissector,
    _ found: inout Dissected, _ batch: inout SegmentBatch
  ) {
    dissector.follow(
      bytes, facts, &found,
      take: { segment, payload, addresses, place in
        batch.add(segment, payload, addresses, fileOffset: place)
      }, takeUndeliverable: { segment in batch.add(undeliverable: segment) })
  }

  /// The capture is at its end: what is still open is over.
  private mutating func end(_ batch: inout SegmentBatch) {
    dissector.conversations.endAll()
    while let end = dissector.conversations.nextEnd() { batch.add(.end(end), slot: end.slot) }
    do throws(RunError) {
      try selection.finish(capture.failure)
      batch.ending = .success(())
    } catch {
      batch.ending = .failure(error)
    }
  }
}
