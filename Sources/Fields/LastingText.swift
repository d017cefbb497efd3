/// Text that is there as long as the program runs: that of declarations. What often follows it is kept after it.
@safe public struct LastingText: @unchecked Sendable {
  @usableFromInline let start: UnsafePointer<UInt8>
  public let count: Int

  /// `following`: no more than there is slack.
  init(_ text: String, following: StaticString = ": ") {
    let bytes = Array(text.utf8)
    count = bytes.count
    let copy = UnsafeMutablePointer<UInt8>.allocate(capacity: count + TextBuffer.slack)
    unsafe copy.update(repeating: 0, count: count + TextBuffer.slack)
    for index in bytes.indices { unsafe copy[index] = bytes[index] }
    let length = following.utf8CodeUnitCount
    following.withUTF8Buffer {
      for index in 0..<min(length, TextBuffer.slack) {
        unsafe copy[bytes.count + index] = $0[index]
      }
    }
    unsafe start = UnsafePointer(copy)
  }

  public var isEmpty: Bool { count == 0 }
  public var span: Span<UInt8> {
    @inlinable @_lifetime(immortal) get {
      let span = unsafe Span(_unsafeStart: start, count: count)
      return unsafe _overrideLifetime(span, copying: ())
    }
  }
}

/// A value that is there as long as the program runs, and is never changed: a copy of this is one word.
@usableFromInline @safe struct Lasting<Value: Sendable>: @unchecked Sendable {
  @usableFromInline let place: UnsafePointer<Value>

  init(_ value: Value) {
    let copy = UnsafeMutablePointer<Value>.allocate(capacity: 1)
    unsafe copy.initialize(to: value)
    unsafe place = UnsafePointer(copy)
  }

  @inlinable var value: Value {
    @inline(__always) unsafeAddress { unsafe place }
  }
}
