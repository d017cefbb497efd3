import Applications
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
  private let kept: KeptFrames
  /// The batch that begins with a frame before which there are secrets.
  private var begun: SegmentBatch?

  /// `readsAnswers`: what DNS says of names is handed on too.
  init(
    _ source: CaptureSource, _ options: SessionRunOptions, readsAnswers: Bool
  ) throws(RunError) {
    let capture = try CaptureReading(source)
    selection = try FrameSelection(source, capture.format)
    kept = capture.keptFrames
    self.capture = capture
    dissector = Dissector(following: options, readsAnswers: readsAnswers)
  }

  /// What the next frames have, in the storage of a batch that is done with.
  mutating func next(in spare: consuming SegmentBatch?) -> SegmentBatch {
    var batch: SegmentBatch
    if let begun = begun.take() {
      batch = begun
    } else if let spare = consume spare {
      batch = spare
      batch.clear()
    } else {
      batch = SegmentBatch(kept)
    }
    while !batch.isFull, begun == nil {
      guard !selection.isDone, let frame = capture.next() else {
        end(&batch)
        break
      }
      guard selection.take(frame, &facts) else { continue }
      let secrets = selection.newSecrets(of: frame)
      if secrets.isEmpty {
        batch.keep(frame)
        Self.follow(frame.bytes, facts, &dissector, &found, &batch)
      } else {
        var other = SegmentBatch(kept)
        other.secrets = secrets
        other.keep(frame)
        Self.follow(frame.bytes, facts, &dissector, &found, &other)
        begun = other
      }
    }
    batch.summary = selection.summary
    dissector.complete(&batch.summary)
    return batch
  }

  /// Apart from the walk, of which it changes two parts while the frame is lent by a third.
  private static func follow(
    _ bytes: Span<UInt8>, _ facts: borrowing FrameFacts, _ dissector: inout Dissector,
    _ found: inout Dissected, _ batch: inout SegmentBatch
  ) {
    dissector.follow(
      bytes, facts, &found,
      take: { segment, payload, addresses, place in
        batch.add(
          segment, payload, addresses, fileOffset: place,
          start: place.map { $0 - facts.fileOffset })
      }, takeUndeliverable: { segment in batch.add(undeliverable: segment) },
      takeDatagram: { datagram, payload in
        if let answers = DNSAnswers(of: datagram, payload) {
          batch.add(answers, frame: facts.number)
        }
      })
    while let (slot, _) = dissector.conversations.nextSettled() {
      batch.add(.settled(slot: slot), slot: slot)
    }
    while let end = dissector.conversations.nextEnd() { batch.add(.end(end), slot: end.slot) }
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
