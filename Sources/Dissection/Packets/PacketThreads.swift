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

  init(
    _ reading: consuming CaptureReading, _ selection: consuming FrameSelection,
    _ options: PacketOptions
  ) {
    kept = reading.keptFrames
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

  func newBatch() -> FrameBatch { FrameBatch(kept) }
}

/// Frames in the order of the capture, handed from the thread that reads them to the one that describes them.
final class FrameBatch: Sendable {
  /// Bytes of a stream after which a batch is handed on.
  private static let byteLimit = 1 << 18

  struct Content: ~Copyable, Sendable {
    /// The first `count` are there; the storage of all is used again.
    var frames: [128 of DissectedFrame] = InlineArray { _ in DissectedFrame() }
    var count = 0
    /// Their bytes.
    var kept: KeptFrames
    /// What ended the capture; there with the last batch.
    var ending: Result<Void, RunError>?

    init(_ kept: KeptFrames) { self.kept = kept }

    var isFull: Bool { count == frames.count || kept.copiedCount >= FrameBatch.byteLimit }

    mutating func clear() {
      kept.removeAll()
      (count, ending) = (0, nil)
    }
  }

  /// A batch is with one thread at a time: the lock is what says so to the compiler, and is never waited for.
  let content: Mutex<Content>

  init(_ kept: KeptFrames) { content = Mutex(Content(kept)) }
}

/// Reads and dissects the frames of captures on a thread of its own.
struct WalkThread: ~Copyable, Sendable {
  /// Batches that wait at the most; one more is filled, and one is taken.
  private static let limit = 2
  private let batches: Channel<FrameBatch>
  private let spare: Channel<FrameBatch>
  private let thread: WorkThread

  init(_ walk: consuming sending PacketWalk) throws(RunError) {
    let batches = Channel<FrameBatch>(limit: Self.limit)
    let spare = Channel<FrameBatch>(limit: Self.limit + 2)
    let work = Work(walk)
    guard let thread = WorkThread({ work.run(to: batches, spare: spare) }) else {
      throw .noThread("frames")
    }
    (self.batches, self.spare, self.thread) = (batches, spare, thread)
  }

  deinit { batches.close() }

  /// The next batch; nil after the last one.
  func next() -> FrameBatch? { batches.receive() }

  func giveBack(_ batch: FrameBatch) { _ = spare.send(batch) }

  private final class Work: Sendable {
    private let walk: Mutex<PacketWalk>

    init(_ walk: consuming sending PacketWalk) { self.walk = Mutex(walk) }

    /// Stops where nobody takes the batches any more.
    func run(to batches: Channel<FrameBatch>, spare: Channel<FrameBatch>) {
      walk.withLock { walk in
        var isLast = false
        while !isLast {
          let batch = spare.receiveNow() ?? walk.newBatch()
          isLast = batch.content.withLock { content in
            walk.fill(&content)
            return content.ending != nil
          }
          guard batches.send(batch) else { return }
        }
        batches.close()
      }
    }
  }
}

/// Descriptions of frames, handed from the thread that describes to the one that writes them.
final class DescribedBatch: Sendable {
  /// What the descriptions may weigh together, in bytes, before the batch is handed on.
  private static let weightLimit = 1 << 19

  struct Content: ~Copyable, Sendable {
    var trees: [128 of FieldBuffer]
    /// Of each description the facts of the frame, and its place among those that are kept.
    var frames: [(facts: FrameFacts, index: Int)] = []
    var kept = KeptFrames(of: [])
    var weight = 0
    /// Descriptions that it takes: fewer trees, which are large, than rows.
    private let limit: Int
    /// What ended the capture; there with the last batch.
    var ending: Result<Void, RunError>?

    init(_ form: DescriptionForm) {
      trees = InlineArray { _ in form.newTree() }
      limit = form.wantsTree ? trees.count / 4 : trees.count
    }

    var isFull: Bool { frames.count == limit || weight >= DescribedBatch.weightLimit }

    mutating func clear() {
      frames.removeAll(keepingCapacity: true)
      (weight, ending) = (0, nil)
    }

    /// The next tree is the description of a frame.
    mutating func add(_ facts: FrameFacts, _ index: Int) {
      weight += trees[frames.count].weight
      frames.append((facts, index))
    }
  }

  /// A batch is with one thread at a time: the lock is what says so to the compiler, and is never waited for.
  let content: Mutex<Content>

  init(_ form: DescriptionForm) { content = Mutex(Content(form)) }
}

/// Describes the frames that a walk finds, on a thread of its own.
struct DescriptionThread: ~Copyable {
  /// Batches that wait at the most; one more is filled, and one is taken.
  private static let limit = 1
  private let batches: Channel<DescribedBatch>
  private let spare: Channel<DescribedBatch>
  private let thread: WorkThread

  init(_ walk: consuming sending WalkThread, _ frames: consuming sending ChosenFrames)
    throws(RunError)
  {
    let batches = Channel<DescribedBatch>(limit: Self.limit)
    let spare = Channel<DescribedBatch>(limit: Self.limit + 2)
    let work = Work(State(walk, frames))
    guard let thread = WorkThread({ work.run(to: batches, spare: spare) }) else {
      throw .noThread("descriptions")
    }
    (self.batches, self.spare, self.thread) = (batches, spare, thread)
  }

  deinit { batches.close() }

  /// The next batch; nil after the last one.
  func next() -> DescribedBatch? { batches.receive() }

  func giveBack(_ batch: DescribedBatch) { _ = spare.send(batch) }

  private struct State: ~Copyable {
    private let walk: WalkThread
    private var frames: ChosenFrames
    private var batch: FrameBatch?
    /// The frames of the batch that were described.
    private var position = 0

    init(_ walk: consuming WalkThread, _ frames: consuming ChosenFrames) {
      self.walk = walk
      self.frames = frames
    }

    func newBatch() -> DescribedBatch { DescribedBatch(frames.form) }

    /// Puts the next chosen frames into `content`: none of a batch in which none is chosen.
    mutating func fill(_ content: inout DescribedBatch.Content) {
      content.clear()
      guard let batch = batch ?? walk.next() else {
        content.ending = .success(())
        return
      }
      let isDone = batch.content.withLock { read in
        let kept = read.kept
        content.kept = kept
        while position < read.count, !content.isFull {
          let (index, place) = (position, content.frames.count)
          position += 1
          guard
            frames.take(
              &read.frames[index], kept.bytes(of: index), &content.trees[place])
          else { continue }
          content.add(read.frames[index].facts, index)
        }
        guard position == read.count else { return false }
        content.ending = read.ending
        return true
      }
      if isDone {
        (self.batch, position) = (nil, 0)
        walk.giveBack(batch)
      } else {
        self.batch = batch
      }
    }
  }

  private final class Work: Sendable {
    private let state: Mutex<State>

    init(_ state: consuming sending State) { self.state = Mutex(state) }

    /// Stops where nobody takes the batches any more.
    func run(to batches: Channel<DescribedBatch>, spare: Channel<DescribedBatch>) {
      state.withLock { state in
        var isLast = false
        while !isLast {
          let batch = spare.receiveNow() ?? state.newBatch()
          var isEmpty = true
          while isEmpty, !isLast {
            (isEmpty, isLast) = batch.content.withLock { content in
              state.fill(&content)
              return (content.frames.isEmpty, content.ending != nil)
            }
          }
          guard batches.send(batch) else { return }
        }
        batches.close()
      }
    }
  }
}
