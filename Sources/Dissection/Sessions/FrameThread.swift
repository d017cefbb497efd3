import Applications
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

  /// `readsAnswers`: what DNS says of names is handed on too.
  init(
    _ source: CaptureSource, _ options: SessionRunOptions, readsAnswers: Bool
  ) throws(RunError) {
    let walk = FrameWalk(try FrameWalk.State(source, options, readsAnswers: readsAnswers))
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

    init(
      _ source: CaptureSource, _ options: SessionRunOptions, readsAnswers: Bool
    ) throws(RunError) {
      let capture = try CaptureReading(source)
      selection = try FrameSelection(source, capture.format, keys: options.keys)
      self.capture = capture
      dissector = Dissector(following: options, readsAnswers: readsAnswers)
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
      Self.follow(frame.bytes, facts, &dissector, &found, &batch)
      while let (slot, stream) = dissector.conversations.nextSettled() {
        batch.add(.settled(slot: slot, stream: stream))
      }
      while let end = dissector.conversations.nextEnd() { batch.add(.end(end)) }
      batch.pause()
    }
    batch.summary = selection.summary
    dissector.complete(&batch.summary)
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
      }, takeUndeliverable: { segment in batch.add(undeliverable: segment) },
      takeDatagram: { datagram, payload in
        if let answers = DNSAnswers(of: datagram, payload) {
          batch.add(answers, frame: facts.number)
        }
      })
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
