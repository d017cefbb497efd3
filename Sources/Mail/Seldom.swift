/// A value that is mostly absent, kept apart so that it takes no room where it is: sessions wait by the million.
///
/// Changes happen in place: the value is never copied to be changed.
struct Seldom<Value: Sendable>: Sendable {
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
