import HeapModule

/// The conversations that may still become a session, by their numbers, which are in the order of their first frames.
struct OpenStreams {
  private var open: Set<Int> = []
  /// The same, to find the earliest; some may be closed by now.
  private var order: Heap<Int> = []
  /// The earliest; nil where there is none.
  private(set) var first: Int?

  /// A conversation begins that may become a session; it has the highest number so far.
  mutating func enter(_ stream: Int) {
    open.insert(stream)
    order.insert(stream)
    if first == nil { first = stream }
  }

  /// The conversation was no session, or it is over.
  mutating func leave(_ stream: Int) {
    open.remove(stream)
    if order.count > 2 * open.count + 1024 { order = Heap(open) }
    guard stream == first else { return }
    while let earliest = order.min, !open.contains(earliest) { order.removeMin() }
    first = order.min
  }
}
