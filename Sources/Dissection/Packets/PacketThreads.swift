import Capture
import Fields
import Synchronization
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
    kept = reading.keptFrames
    self.batchLimit = batchLimit
    self.reading = reading
    self.selection = selection
    dissection = FrameDissection(options)
  }

  /// Puts the next frames into a batch.
  mutating func fill(_ batch: inout FrameBatch.Content) {
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

/// Frames in the order of the capture, handed from the thread that reads them to one that describes them.
final class FrameBatch: Sendable {
  /// Bytes of a stream after which a batch is handed on.
  private static let byteLimit = 1 << 18

  struct Content: ~Copyable, Sendable {
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

    var isFull: Bool { count == limit || kept.copiedCount >= FrameBatch.byteLimit }

    mutating func clear() {
      kept.removeAll()
      (count, ending) = (0, nil)
    }
  }

  /// A batch is with one thread at a time: the lock is what says so to the compiler, and is never waited for.
  let content: Mutex<Content>

  init(_ kept: KeptFrames, limit: Int) { content = Mutex(Content(kept, limit: limit)) }
}

/// Reads and dissects the frames of captures on a thread of its own, for one or more that take them in turn.
struct WalkThread: ~Copyable, Sendable {
  /// Batches that wait at the most for each taker; one more is filled, and each has one.
  private static let limit = 2
  /// Of each taker: the first batch is for the first one, and so on, round and round.
  let batches: [Channel<FrameBatch>]
  /// Takes batches that nobody needs any more.
  let spare: Channel<FrameBatch>
  private let thread: WorkThread

  init(_ walk: consuming sending PacketWalk, takers: Int) throws(RunError) {
    let batches = (0..<takers).map { _ in Channel<FrameBatch>(limit: Self.limit) }
    let spare = Channel<FrameBatch>(limit: takers * (Self.limit + 1) + 1)
    let work = Work(walk)
    guard let thread = WorkThread({ work.run(to: batches, spare: spare) }) else {
      throw .noThread("frames")
    }
    (self.batches, self.spare, self.thread) = (batches, spare, thread)
  }

  deinit { for channel in batches { channel.close() } }

  private final class Work: Sendable {
    private let walk: Mutex<PacketWalk>

    init(_ walk: consuming sending PacketWalk) { self.walk = Mutex(walk) }

    /// Stops where nobody takes the batches any more.
    func run(to batches: [Channel<FrameBatch>], spare: Channel<FrameBatch>) {
      walk.withLock { walk in
        var taker = 0
        var isLast = false
        while !isLast {
          let batch = spare.receiveNow() ?? walk.newBatch()
          isLast = batch.content.withLock { content in
            walk.fill(&content)
            return content.ending != nil
          }
          guard batches[taker].send(batch) else { return }
          taker = taker + 1 == batches.count ? 0 : taker + 1
        }
        for channel in batches { channel.close() }
      }
    }
  }
}
