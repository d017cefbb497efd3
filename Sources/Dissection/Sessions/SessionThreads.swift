import Capture
import DequeModule
import Fields
import Synchronization
import TLS
import Wire

/// Several threads at the frames of captures: each takes what is to be done next, more frames or a shard's part of a batch,
/// and so does whoever asks for the results.
///
/// One thread at a time reads frames, and one is at a shard, which takes the batches in their order. Where there are keys of
/// TLS, what one conversation tells of them may be what another one needs: one thread is at all shards then, and takes the
/// steps in their order. So what comes out is the same for any number of threads.
struct SessionThreads: ~Copyable {
  private let work: Work
  private let threads: [WorkThread]

  /// Begins threads, of which with the one that asks there are as many as jobs.
  init(_ source: CaptureSource, _ options: SessionRunOptions, wantsDigests: Bool) throws(RunError) {
    let work = Work(try SegmentWalk(source, options, readsAnswers: wantsDigests), options.keys) {
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
  func next() -> SharedBatch? { work.next() }

  /// Gives back the storage of a batch.
  func giveBack(_ batch: consuming SegmentBatch) { work.giveBack(batch) }

  var segmentsOutside: Int { work.segmentsOutside }
}

/// A batch of which the shards take their parts.
struct SharedBatch: Sendable {
  var batch: SegmentBatch
  /// What became of conversations.
  fileprivate(set) var events = ShardEvents()
  fileprivate var partsLeft = ShardNumber.count
}

extension SessionThreads {
  private enum Task {
    case read
    case follow(SegmentBatch, shard: Int)
    case followInOrder(SegmentBatch)
    case give(SharedBatch)
    case stop
  }

  /// What was done, and what is to be done next.
  private struct Progress: Sendable {
    /// Batches that are under way at the most.
    private static let limit = 8
    /// A thread reads on while the shards have fewer batches before them.
    private static let stock = 2

    /// The batches from the one numbered `first` on.
    private var batches: Deque<SharedBatch> = []
    private var first = 0
    /// Of each shard the number of the batch that it takes next, and whether a thread is at it.
    private var next: PerShard<Int> = .init(repeating: 0)
    private var isBusy: PerShard<Bool> = .init(repeating: false)
    private var isReading = false
    /// All frames were read.
    private var isAtEnd = false
    private let keys: TLSKeys
    /// All shards take their parts together, step by step.
    private var isInOrder: Bool
    var isStopped = false
    var spare: [SegmentBatch] = []

    init(_ keys: TLSKeys) {
      self.keys = keys
      isInOrder = !keys.isEmpty
    }

    /// The number of the next batch that is read.
    private var end: Int { first + batches.count }

    /// What a thread is to do now; nil where it must wait.
    mutating func takeTask() -> Task? {
      if isStopped { return .stop }
      let shard = readyShard
      if !isReading, !isAtEnd, batches.count < Self.limit,
        shard.map({ end - next[$0] < Self.stock }) ?? true
      {
        isReading = true
        return .read
      }
      guard let shard else {
        return isAtEnd && next.indices.allSatisfy { next[$0] == end } ? .stop : nil
      }
      takeSecrets(of: next[shard] - first)
      let batch = batches[next[shard] - first].batch
      guard isInOrder else {
        isBusy[shard] = true
        return .follow(batch, shard: shard)
      }
      isBusy = .init(repeating: true)
      return .followInOrder(batch)
    }

    /// The same for the one that asks for what is done with.
    mutating func takeResult() -> Task? {
      if let batch = batches.first, batch.partsLeft == 0 {
        first += 1
        return .give(batches.removeFirst())
      }
      if isAtEnd, batches.isEmpty { return .stop }
      let task = takeTask()
      if case .stop? = task { return nil }
      return task
    }

    /// The shard that has taken the fewest batches of those that may take their parts.
    private var readyShard: Int? {
      if isInOrder { return isBusy[0] || next[0] == end ? nil : 0 }
      var shard: Int?
      var least = end
      for index in next.indices { least = min(least, next[index]) }
      for index in next.indices where !isBusy[index] && next[index] < end {
        // What a batch brings of secrets is not for what came before it.
        if next[index] > least, !batches[next[index] - first].batch.secrets.isEmpty { continue }
        if shard.map({ next[index] < next[$0] }) ?? true { shard = index }
      }
      return shard
    }

    /// Takes the secrets that a batch brings, before which all was followed.
    private mutating func takeSecrets(of place: Int) {
      for secrets in batches[place].batch.secrets {
        keys.add(keyLog: secrets.span)
        isInOrder = true
      }
      batches[place].batch.secrets = []
    }

    mutating func add(_ batch: SegmentBatch) {
      batches.append(SharedBatch(batch: batch))
      (isReading, isAtEnd) = (false, batch.ending != nil)
    }

    /// A shard has taken its part of the next batch.
    mutating func add(_ events: [ShardEvent], of shard: Int) {
      let place = next[shard] - first
      batches[place].events.set(events, of: shard)
      batches[place].partsLeft -= 1
      next[shard] += 1
      isBusy[shard] = false
    }
  }

  private final class Work: Sendable {
    private let walk: Mutex<SegmentWalk>
    private let shards: PerShard<Mutex<SessionShard>>
    private let progress: Monitor<Progress>

    init(
      _ walk: consuming sending SegmentWalk, _ keys: TLSKeys,
      _ newShard: () -> sending SessionShard
    ) {
      self.walk = Mutex(walk)
      shards = PerShard { _ in Mutex(newShard()) }
      progress = Monitor(Progress(keys))
    }

    func run() {
      while perform(progress.take { $0.takeTask() }) {}
    }

    func next() -> SharedBatch? {
      while true {
        switch progress.take({ $0.takeResult() }) {
        case .give(let batch): return batch
        case .stop: return nil
        case let task: _ = perform(task)
        }
      }
    }

    /// False where there is nothing to do any more.
    private func perform(_ task: Task) -> Bool {
      switch task {
      case .read:
        let spare = progress.take { Optional($0.spare.popLast()) }
        let batch = walk.withLock { $0.next(in: spare) }
        progress.change { $0.add(batch) }
      case .follow(let batch, let shard):
        let events = shards[shard].withLock { $0.take(batch, shard) }
        progress.change { $0.add(events, of: shard) }
      case .followInOrder(let batch): followInOrder(batch)
      case .give, .stop: return false
      }
      return true
    }

    private func followInOrder(_ batch: SegmentBatch) {
      var readings = PerShard<PartReading> { PartReading($0) }
      while true {
        var next: (shard: Int, step: Int)?
        for shard in readings.indices {
          if let step = readings[shard].next(in: batch), step < next?.step ?? .max {
            next = (shard, step)
          }
        }
        guard let next else { break }
        shards[next.shard].withLock { $0.takeStep(of: batch, &readings[next.shard]) }
      }
      progress.change {
        for shard in readings.indices { $0.add(readings[shard].result, of: shard) }
      }
    }

    func giveBack(_ batch: SegmentBatch) {
      batch.giveBackPages()
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
