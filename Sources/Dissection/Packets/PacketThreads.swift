import Capture
import Fields
import Synchronization
import Wire

/// Reads frames, describes them, and writes what a view makes of them, on threads of its own.
///
/// Each thread takes its batches all the way: what is found of a frame is large, and to bring it to another core takes
/// longer than to make it. Two things are for one thread at a time, in the order of the capture: to walk on over the
/// frames, and to go on with what depends on the frames before, the conversations and the choice. There is a turn for
/// each, which goes from thread to thread, round and round. Between the two a batch is described as far as each frame says
/// it alone; after them it is written.
struct PacketThreads: ~Copyable {
  private let lanes: [Lane]
  private let threads: [WorkThread]
  /// The lane whose text is next.
  private var next = 0

  /// Texts that wait at the most for each thread.
  private static let limit = 2

  /// What goes to and from one thread.
  fileprivate struct Lane: Sendable {
    let texts = Channel<TextBatch>(limit: PacketThreads.limit)
    let spare = Channel<TextBatch>(limit: PacketThreads.limit + 2)
    /// The turn to walk on.
    let walk = Channel<Turn<PacketWalk>>(limit: 1)
    /// The turn to go on with what depends on earlier frames.
    let choice = Channel<Turn<ChosenFrames>>(limit: 1)
  }

  /// What is with one thread at a time.
  fileprivate final class Turn<State: ~Copyable>: Sendable {
    let state: Mutex<State>
    init(_ state: consuming sending State) { self.state = Mutex(state) }
  }

  init(
    _ walk: consuming sending PacketWalk, _ frames: consuming sending ChosenFrames,
    _ view: some PacketView, jobs: Int
  ) throws(RunError) {
    let lanes = (0..<jobs).map { _ in Lane() }
    var threads: [WorkThread] = []
    let form = frames.form
    let layers = frames.describesAhead ? frames.layers : nil
    for index in lanes.indices {
      let work = DescriptionWork(DescribedFrames(walk.newBatch(), form, layers, view))
      guard let thread = WorkThread({ work.run(index, of: lanes) }) else {
        Self.close(lanes)
        throw .noThread("packets")
      }
      threads.append(thread)
    }
    _ = lanes[0].walk.send(Turn(walk))
    _ = lanes[0].choice.send(Turn(frames))
    (self.lanes, self.threads) = (lanes, threads)
  }

  deinit { Self.close(lanes) }

  /// Lets the threads end that wait for each other, or for somebody to take their texts.
  private static func close(_ lanes: [Lane]) {
    for lane in lanes {
      lane.texts.close()
      lane.walk.close()
      lane.choice.close()
    }
  }

  /// Lends the next text, which may be empty; gives what ended the capture with the last one, and then no more.
  mutating func take(
    _ body: (inout TextBuffer) throws(RunError) -> Void
  ) throws(RunError) -> Result<Void, RunError>? {
    guard let batch = lanes[next].texts.receive() else { return .success(()) }
    let (endsBatch, ending) = try batch.content.withLock { content throws(RunError) in
      try body(&content.text)
      content.text.clear()
      return (content.endsBatch, content.ending)
    }
    _ = lanes[next].spare.send(batch)
    if endsBatch { next = next + 1 == lanes.count ? 0 : next + 1 }
    return ending
  }
}

/// Text of frames, in the order of the capture.
private final class TextBatch: Sendable {
  struct Content: ~Copyable, Sendable {
    var text = TextBuffer(capacity: 1 << 16)
    /// Whether no more text follows of the same frames.
    var endsBatch = false
    /// What ended the capture; there with the last text.
    var ending: Result<Void, RunError>?
  }

  /// With one thread at a time.
  let content = Mutex(Content())
}

extension PacketThreads.Lane {
  /// Hands text on, and leaves none. False where nobody takes it any more.
  fileprivate func pass(
    _ text: inout TextBuffer, endsBatch: Bool, _ ending: Result<Void, RunError>?
  ) -> Bool {
    let batch = spare.receiveNow() ?? TextBatch()
    batch.content.withLock { content in
      swap(&content.text, &text)
      (content.endsBatch, content.ending) = (endsBatch, ending)
    }
    return texts.send(batch)
  }
}

/// The work of one thread.
private final class DescriptionWork<View: PacketView>: Sendable {
  private let frames: Mutex<DescribedFrames<View>>

  init(_ frames: consuming sending DescribedFrames<View>) { self.frames = Mutex(frames) }

  /// Stops where all frames were read, or nobody takes the texts any more.
  func run(_ index: Int, of lanes: [PacketThreads.Lane]) {
    let (lane, following) = (lanes[index], lanes[(index + 1) % lanes.count])
    func pass(_ text: inout TextBuffer) -> Bool { lane.pass(&text, endsBatch: false, nil) }
    frames.withLock { frames in
      while let walk = lane.walk.receive() {
        walk.state.withLock { $0.fill(&frames.read) }
        if frames.read.ending == nil {
          guard following.walk.send(walk) else { return }
        } else {
          for lane in lanes { lane.walk.close() }
        }
        frames.describeAhead()
        guard let choice = lane.choice.receive() else { return }
        let isTaken = choice.state.withLock { frames.take(&$0, pass) }
        guard isTaken, following.choice.send(choice), frames.write(pass),
          lane.pass(&frames.text, endsBatch: true, frames.read.ending)
        else { return }
      }
    }
  }
}

/// The frames of a batch, their descriptions, and what a view writes of those that are chosen.
private struct DescribedFrames<View: PacketView>: ~Copyable, Sendable {
  /// What the descriptions may weigh together, in bytes, before they are written.
  private static var weightLimit: Int { 1 << 19 }
  /// Text that is handed on before the batch is over.
  private static var textLimit: Int { 1 << 18 }

  var read: FrameBatch
  private var trees: [128 of FieldBuffer]
  /// Of the frames whose layers are described, whether they are whole.
  private var ahead: [Bool?] = []
  /// Those that are chosen, and not written yet.
  private var chosen: [Int] = []
  private let layers: LayersDescription?
  private var names = MACNameCache()
  private var view: View
  var text = TextBuffer(capacity: 1 << 16)

  /// `layers` describes what depends on no other frame; nil where all does.
  init(
    _ read: consuming FrameBatch, _ form: DescriptionForm, _ layers: LayersDescription?,
    _ view: View
  ) {
    self.read = read
    trees = InlineArray { _ in form.newTree() }
    self.layers = layers
    self.view = view
  }

  /// Describes of the frames what depends on no others.
  mutating func describeAhead() {
    ahead.removeAll(keepingCapacity: true)
    guard let layers else { return }
    let kept = read.kept
    var weight = 0
    while ahead.count < read.count, weight < Self.weightLimit {
      let index = ahead.count
      read.frames[index].facts.previousDisplayedArrival = read.frames[index].facts.previousArrival
      ahead.append(
        layers.describeAlone(
          read.frames[index], kept.bytes(of: index), &names, into: &trees[index]))
      weight += trees[index].weight
    }
  }

  /// Goes on with what depends on other frames. What is too much to keep is written, and handed to `pass`; false where
  /// that is.
  mutating func take(
    _ frames: inout ChosenFrames, _ pass: (inout TextBuffer) -> Bool
  ) -> Bool {
    view.hasWritten = frames.hasTaken
    let kept = read.kept
    var weight = 0
    for index in 0..<read.count {
      let isWhole = index < ahead.count ? ahead[index] : nil
      guard
        frames.take(&read.frames[index], kept.bytes(of: index), &trees[index], isWhole: isWhole)
      else { continue }
      chosen.append(index)
      weight += trees[index].weight
      guard weight >= Self.weightLimit else { continue }
      let written = chosen
      guard write(pass) else { return false }
      for index in written { trees[index].clear() }
      weight = 0
    }
    return true
  }

  /// Writes what is chosen. False where `pass` does not take it.
  mutating func write(_ pass: (inout TextBuffer) -> Bool) -> Bool {
    let kept = read.kept
    for index in chosen {
      view.write(
        trees[index], of: read.frames[index], kept.bytes(of: index), to: &text)
      if text.count >= Self.textLimit, !pass(&text) { return false }
    }
    chosen.removeAll(keepingCapacity: true)
    return true
  }
}
