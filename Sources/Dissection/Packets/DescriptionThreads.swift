import Capture
import Fields
import Synchronization
import Wire

/// Describes the frames that a walk finds, and writes what a view makes of them, on threads of its own.
///
/// The batches of the walk go to the threads in turn. What a frame says of itself is described at once. What depends on
/// the frames before it, the conversations and the choice, is for one thread at a time: the turn goes from thread to
/// thread, as the batches do. Then the batch is written, while the others go on. A description stays on its thread: it is
/// large, and to bring it to another core takes longer than to make it.
struct DescriptionThreads: ~Copyable {
  private let walk: WalkThread
  private let lanes: [Lane]
  private let threads: [WorkThread]
  /// The lane whose text is next.
  private var next = 0

  /// Texts that wait at the most for each thread.
  private static let limit = 2

  /// What goes to and from one thread.
  fileprivate struct Lane: Sendable {
    let texts = Channel<TextBatch>(limit: DescriptionThreads.limit)
    let spare = Channel<TextBatch>(limit: DescriptionThreads.limit + 2)
    /// The turn to go on with what depends on earlier frames.
    let turn = Channel<Turn>(limit: 1)
  }

  fileprivate final class Turn: Sendable {
    let frames: Mutex<ChosenFrames>
    init(_ frames: consuming sending ChosenFrames) { self.frames = Mutex(frames) }
  }

  /// `walk` has as many takers as there are threads.
  init(
    _ walk: consuming WalkThread, _ frames: consuming sending ChosenFrames,
    _ view: some PacketView
  ) throws(RunError) {
    let lanes = walk.batches.map { _ in Lane() }
    var threads: [WorkThread] = []
    let form = frames.form
    let layers = frames.describesAhead ? frames.layers : nil
    for index in lanes.indices {
      let work = DescriptionWork(DescribedFrames(form, layers, view))
      let (batches, spare) = (walk.batches[index], walk.spare)
      let (lane, following) = (lanes[index], lanes[(index + 1) % lanes.count])
      let thread = WorkThread { work.run(batches, spare: spare, lane, following: following.turn) }
      guard let thread else {
        Self.close(lanes)
        for channel in walk.batches { channel.close() }
        throw .noThread("descriptions")
      }
      threads.append(thread)
    }
    _ = lanes[0].turn.send(Turn(frames))
    self.walk = walk
    (self.lanes, self.threads) = (lanes, threads)
  }

  deinit { Self.close(lanes) }

  /// Lets the threads end that wait for each other, or for somebody to take their texts.
  private static func close(_ lanes: [Lane]) {
    for lane in lanes {
      lane.texts.close()
      lane.turn.close()
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

extension DescriptionThreads.Lane {
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

  /// Stops where nobody takes the texts any more.
  func run(
    _ batches: Channel<FrameBatch>, spare: Channel<FrameBatch>, _ lane: DescriptionThreads.Lane,
    following: Channel<DescriptionThreads.Turn>
  ) {
    frames.withLock { frames in
      func pass(_ text: inout TextBuffer) -> Bool { lane.pass(&text, endsBatch: false, nil) }
      var isTaken = true
      while isTaken, let batch = batches.receive() {
        isTaken = batch.content.withLock { read in
          frames.describeAhead(&read)
          guard let turn = lane.turn.receive() else { return false }
          let isTaken = turn.frames.withLock { frames.take(&read, &$0, pass) }
          return isTaken && following.send(turn) && frames.write(&read, pass)
            && lane.pass(&frames.text, endsBatch: true, read.ending)
        }
        _ = spare.send(batch)
      }
    }
  }
}

/// The descriptions of the frames of a batch, and what a view writes of those that are chosen. Both are lent through spans:
/// an element of an array in place would be copied to be lent.
private struct DescribedFrames<View: PacketView>: ~Copyable, Sendable {
  /// What the descriptions may weigh together, in bytes, before they are written.
  private static var weightLimit: Int { 1 << 19 }
  /// Text that is handed on before the batch is over.
  private static var textLimit: Int { 1 << 18 }

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
  init(_ form: DescriptionForm, _ layers: LayersDescription?, _ view: View) {
    trees = InlineArray { _ in form.newTree() }
    self.layers = layers
    self.view = view
  }

  /// Describes of the frames what depends on no others.
  mutating func describeAhead(_ read: inout FrameBatch.Content) {
    ahead.removeAll(keepingCapacity: true)
    guard let layers else { return }
    let kept = read.kept
    var weight = 0
    while ahead.count < read.count, weight < Self.weightLimit {
      let index = ahead.count
      read.frames[index].facts.previousDisplayedArrival = read.frames[index].facts.previousArrival
      ahead.append(
        layers.describeAlone(
          read.frames.span[index], kept.bytes(of: index), &names, into: &trees[index]))
      weight += trees.span[index].weight
    }
  }

  /// Goes on with what depends on other frames. What is too much to keep is written, and handed to `pass`; false where
  /// that is.
  mutating func take(
    _ read: inout FrameBatch.Content, _ frames: inout ChosenFrames,
    _ pass: (inout TextBuffer) -> Bool
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
      weight += trees.span[index].weight
      guard weight >= Self.weightLimit else { continue }
      let written = chosen
      guard write(&read, pass) else { return false }
      for index in written { trees[index].clear() }
      weight = 0
    }
    return true
  }

  /// Writes what is chosen. False where `pass` does not take it. `read` is not changed; only so it is not copied.
  mutating func write(
    _ read: inout FrameBatch.Content, _ pass: (inout TextBuffer) -> Bool
  ) -> Bool {
    let kept = read.kept
    for index in chosen {
      view.write(
        trees.span[index], of: read.frames.span[index], kept.bytes(of: index), to: &text)
      if text.count >= Self.textLimit, !pass(&text) { return false }
    }
    chosen.removeAll(keepingCapacity: true)
    return true
  }
}
