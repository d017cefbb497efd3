/// A value that is mostly absent, kept in a box of its own so that it takes no room where it is: sessions wait by the
/// million.
///
/// Changes happen in place: the value is never copied to be changed.
struct Boxed<Value: Sendable>: Sendable {
  private var storage: [Value] = []

  init() {}

  var value: Value? {
    get { storage.first }
    set {
      if let newValue {
        if storage.isEmpty { storage = [newValue] } else { storage[0] = newValue }
      } else {
        storage = []
      }
    }
    _modify {
      var taken = storage.popLast()
      defer {
        if let taken { storage.append(taken) } else { storage = [] }
      }
      yield &taken
    }
  }
}
