import CIconv
import Glibc
import Synchronization

/// One of the C library's converters to UTF-8. This file is the only one of Mail with `unsafe`.
///
/// The name comes from the table of charsets, never from a message.
@safe final class Converter {
  enum Stop {
    /// All was taken.
    case end
    /// What comes next is nothing in this charset.
    case invalid
    /// The bytes end within a character.
    case incomplete
  }

  private let descriptor: iconv_t

  /// Fails where the C library has no such converter.
  init?(_ name: String) {
    guard let descriptor = unsafe Self.open(name) else { return nil }
    unsafe self.descriptor = descriptor
    Self.keepLoaded(name)
  }

  deinit { unsafe iconv_close(descriptor) }

  private static func open(_ name: String) -> iconv_t? {
    let descriptor = unsafe iconv_open("UTF-8", name)
    return unsafe descriptor == iconv_t(bitPattern: -1) ? nil : descriptor
  }

  private static let loaded = Mutex<Set<String>>([])

  /// Holds a descriptor of each converter for good: the C library unloads a converter with its last descriptor, and to
  /// load it again takes a hundred times as long as to open it.
  private static func keepLoaded(_ name: String) {
    loaded.withLock {
      if $0.insert(name).inserted { _ = unsafe open(name) }
    }
  }

  /// Converts `bytes` from `index`, which moves after what was taken.
  func convert(_ bytes: Span<UInt8>, from index: inout Int, into text: inout [UInt8]) -> Stop {
    unsafe bytes.extracting(droppingFirst: index).withUnsafeBytes { input in
      var source = unsafe UnsafeMutableRawPointer(mutating: input.baseAddress)?
        .assumingMemoryBound(to: CChar.self)
      var left = input.count
      while true {
        let status = unsafe step(&source, &left, into: &text)
        if status == E2BIG { continue }
        index = bytes.count - left
        return status == 0 ? .end : status == EINVAL ? .incomplete : .invalid
      }
    }
  }

  /// Writes what the converter holds back of the text so far, and begins anew.
  func finish(into text: inout [UInt8]) {
    var nothing: UnsafeMutablePointer<CChar>?
    var none = 0
    while unsafe step(&nothing, &none, into: &text) == E2BIG {}
  }

  /// One call of `iconv`; returns 0, or why it stopped.
  private func step(
    _ source: inout UnsafeMutablePointer<CChar>?, _ left: inout Int, into text: inout [UInt8]
  ) -> Int32 {
    unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 1024) { buffer in
      var target = buffer.baseAddress
      var room = buffer.count
      let result =
        unsafe source == nil
        ? iconv(descriptor, nil, nil, &target, &room)
        : iconv(descriptor, &source, &left, &target, &room)
      let status = result == -1 ? errno : 0
      for place in 0..<(buffer.count - room) {
        text.append(UInt8(bitPattern: unsafe buffer[place]))
      }
      return status
    }
  }
}
