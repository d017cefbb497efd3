import Glibc

/// Hands values from one thread to another in their order. Who sends waits while as many wait as may, who receives while
/// there is none.
@safe public final class Channel<Element: Sendable>: @unchecked Sendable {
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let change = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private let limit: Int
  // These are touched by whoever holds the mutex.
  private var waiting: [Element] = []
  private var isClosed = false

  public init(limit: Int) {
    self.limit = limit
    unsafe pthread_mutex_init(mutex, nil)
    unsafe pthread_cond_init(change, nil)
  }

  deinit {
    unsafe pthread_cond_destroy(change)
    unsafe pthread_mutex_destroy(mutex)
    unsafe change.deallocate()
    unsafe mutex.deallocate()
  }

  /// False where the channel was closed.
  public func send(_ element: Element) -> Bool {
    unsafe pthread_mutex_lock(mutex)
    defer { unsafe pthread_mutex_unlock(mutex) }
    while waiting.count >= limit, !isClosed { unsafe pthread_cond_wait(change, mutex) }
    guard !isClosed else { return false }
    waiting.append(element)
    unsafe pthread_cond_signal(change)
    return true
  }

  /// Nil where the channel was closed and all was received.
  public func receive() -> Element? {
    unsafe pthread_mutex_lock(mutex)
    defer { unsafe pthread_mutex_unlock(mutex) }
    while waiting.isEmpty, !isClosed { unsafe pthread_cond_wait(change, mutex) }
    guard !waiting.isEmpty else { return nil }
    let element = waiting.removeFirst()
    unsafe pthread_cond_signal(change)
    return element
  }

  /// What waits, if anything does.
  public func receiveNow() -> Element? {
    unsafe pthread_mutex_lock(mutex)
    defer { unsafe pthread_mutex_unlock(mutex) }
    return waiting.popLast()
  }

  /// Nothing more is sent, or nobody receives any more.
  public func close() {
    unsafe pthread_mutex_lock(mutex)
    isClosed = true
    unsafe pthread_cond_broadcast(change)
    unsafe pthread_mutex_unlock(mutex)
  }
}

/// A thread that does one thing and ends; whoever holds it waits for that when it lets go.
@safe public final class WorkThread: Sendable {
  private final class Work: Sendable {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }
  private let identifier: pthread_t

  /// Begins at once; nil where the system has no thread to give.
  public init?(_ body: @escaping @Sendable () -> Void) {
    let work = unsafe Unmanaged.passRetained(Work(body))
    var identifier = pthread_t()
    let status = unsafe pthread_create(
      &identifier, nil,
      { argument in
        if let argument = unsafe argument {
          unsafe Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().body()
        }
        return nil
      }, work.toOpaque())
    guard status == 0 else {
      unsafe work.release()
      return nil
    }
    self.identifier = identifier
  }

  deinit { pthread_join(identifier, nil) }
}
