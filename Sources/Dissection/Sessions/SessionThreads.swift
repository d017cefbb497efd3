import Capture
import DequeModule
import Fields
import Synchronization
import Wire

/// Several threads at the frames of captures: each takes what is to be done next, more frames or a shard's part of a batch,
/// and so does whoever asks for the results.
///
/// One thread at a time reads frames, and one is at a shard, which takes the batches in their order. So what comes out is the
/// same for any number of threads.
struct SessionThreads: ~Copyable {
  /// A batch of which every shard has taken its part.
  struct Taken {
    let batch: SegmentBatch
    /// What became of conversations, by shard and then in the order of steps.
    var events: PerShard<[ShardEvent]> = .init(repeating: [])
    fileprivate var partsLeft = ShardNumber.count

    fileprivate init(_ batch: SegmentBatch) { self.batch = batch }
  }
  private let work: Work
  private let threads: [WorkThread]

  /// Begins threads, of which with the one that asks there are as many as jobs.
  init(_ source: CaptureSource, _ options: SessionRunOptions, wantsDigests: Bool) throws(RunError) {
    let work = Work(try SegmentWalk(source, options)) {
      SessionShard(options, wantsDigests: wantsDigests)
    }
    var threads: [WorkThread] = []
    for _ in 1..<options.jobs {
      guard let thread = WorkThread({ work.run() }) else {
        throw .usage("a thread for the sessions cannot be started; --jobs 1 needs none")
      }
      threads.append(thread)
    }
    (self.work, self.threads) = (work, threads)
  }

  deinit { work.stop() }

  /// The next batch, done with; works until there is one. Nil after the last one.
  func next() -> Taken? { work.next() }

  /// Gives back the storage of a batch.
  func giveBack(_ batch: consuming SegmentBatch) { work.giveBack(batch) }

  var segmentsOutside: Int { work.segmentsOutside }
}

extension SessionThreads {
  private final class Work: Sendable {
    /// Batches that are under way at the most.
    private static let limit = 8
    /// A thread reads on while the shards have fewer batches before them.
    private static let stock = 2

    private enum Task {
      case read
      case follow(SegmentBatch, shard: Int)
      case give(Taken)
      case stop
    }
    private struct Progress {
      /// The batches from the one numbered `first` on.
      var batches: Deque<Taken> = []
      var first = 0
      /// Of each shard the number of the batch that it takes next, and whether a thread is at it.
      var next: PerShard<Int> = .init(repeating: 0)
      var isBusy: PerShard<Bool> = .init(repeating: false)
      var isReading = false
      /// All frames were read.
      var isAtEnd = false
      var isStopped = false
      var spare: [SegmentBatch] = []

      /// The number of the next batch that is read.
      private var end: Int { first + batches.count }

      /// What a thread is to do now; nil where it must wait.
      mutating func takeTask() -> Task? {
        if isStopped { return .stop }
        // The shard that is farthest behind.
        var shard: Int?
        for index in next.indices where !isBusy[index] && next[index] < end {
          if shard.map({ next[index] < next[$0] }) ?? true { shard = index }
        }
        if !isReading, !isAtEnd, batches.count < Work.limit,
          shard.map({ end - next[$0] < Work.stock }) ?? true
        {
          isReading = true
          return .read
        }
        guard let shard else {
          return isAtEnd && next.indices.allSatisfy { next[$0] == end } ? .stop : nil
        }
        isBusy[shard] = true
        return .follow(batches[next[shard] - first].batch, shard: shard)
      }

      /// The same for the one that asks for what is done with.
      mutating func takeResult() -> Task? {
        if let first = batches.first, first.partsLeft == 0 {
          self.first += 1
          return .give(batches.removeFirst())
        }
        if isAtEnd, batches.isEmpty { return .stop }
        let task = takeTask()
        if case .stop? = task { return nil }
        return task
      }
    }
    private let walk: Mutex<SegmentWalk>
    private let shards: PerShard<Mutex<SessionShard>>
    private let progress = Monitor(Progress())

    init(_ walk: consuming sending SegmentWalk, _ newShard: () -> sending SessionShard) {
      self.walk = Mutex(walk)
      shards = PerShard { _ in Mutex(newShard()) }
    }

    func run() {
      while true {
        let task = progress.take { $0.takeTask() }
        guard perform(task) else { return }
      }
    }

    func next() -> Taken? {
      while true {
        switch progress.take({ $0.takeResult() }) {
        case .give(let taken): return taken
        case .stop: return nil
        case let task: _ = perform(task)
        }
      }
    }

    /// False where there is nothing to do any more.
    private func perform(_ task: Task) -> Bool {
      switch task {
      case .read:
        let spare = progress.take { $0.spare.popLast() ?? SegmentBatch() }
        let taken = Taken(walk.withLock { $0.next(in: spare) })
        progress.change {
          $0.batches.append(taken)
          ($0.isReading, $0.isAtEnd) = (false, taken.batch.ending != nil)
        }
      case .follow(let batch, let shard):
        let events = shards[shard].withLock { $0.take(batch, shard) }
        progress.change {
          let place = $0.next[shard] - $0.first
          $0.batches[place].events[shard] = events
          $0.batches[place].partsLeft -= 1
          $0.next[shard] += 1
          $0.isBusy[shard] = false
        }
      case .give, .stop: return false
      }
      return true
    }

    func giveBack(_ batch: SegmentBatch) {
      progress.change { $0.spare.append(batch) }
    }

    func stop() { progress.change { $0.isStopped = true } }

    var segmentsOutside: Int {
      shards.indices.reduce(0) { sum, index in
        sum + shards[index].withLock { $0.segmentsOutside }
      }
    }
  }
}
