/// A value that is there for few of many owners: it takes one word where there is none, and is changed in place.
///
/// It is inlinable because a generic type of another module is not specialised otherwise: every change would look up
/// metadata and copy by witness, for each segment.
public struct Boxed<Value: Sendable>: Sendable {
  @usableFromInline var storage: [Value] = []

  @inlinable public init() {}
  @inlinable public init(_ value: Value) { storage = [value] }

  @inlinable public var isEmpty: Bool { storage.isEmpty }

  @inlinable public var value: Value? {
    get { storage.first }
    set {
      if let newValue {
        if storage.isEmpty { storage.append(newValue) } else { storage[0] = newValue }
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

  /// Takes the value out.
  @inlinable public mutating func take() -> Value? { storage.popLast() }

  /// Changes the value in place, where there is one.
  @inlinable public mutating func change<Result>(_ body: (inout Value) -> Result) -> Result? {
    storage.isEmpty ? nil : body(&storage[0])
  }
}
