/// A line of a frame as Wireshark cuts it: CR LF, LF or CR ends it.
package struct PacketLine: Sendable {
  package let start: Int
  /// After the last byte before the line's end.
  package let end: Int
  /// Where the next line begins.
  package let next: Int

  package init(start: Int, end: Int, next: Int) {
    (self.start, self.end, self.next) = (start, end, next)
  }

  package var count: Int { end - start }
  package var isTerminated: Bool { next > end }

  package func moved(by offset: Int) -> PacketLine {
    PacketLine(start: start + offset, end: end + offset, next: next + offset)
  }

  /// Terminated for certain: a CR that is the last byte may have its LF still to come.
  package func isComplete(in bytes: Span<UInt8>) -> Bool {
    isTerminated && (next < bytes.count || bytes[next - 1] != 0x0d)
  }
}

extension Span<UInt8> {
  /// The line that begins at `start`; what is not terminated ends with the bytes. Those before `seen` do not end it.
  package func packetLine(at start: Int, seen: Int = 0) -> PacketLine {
    let end = endOfLine(from: Swift.max(start, seen))
    var next = end
    if next < count {
      next += self[next] == 0x0d && next + 1 < count && self[next + 1] == 0x0a ? 2 : 1
    }
    return PacketLine(start: start, end: end, next: next)
  }

  @_lifetime(copy self)
  package func part(_ range: Range<Int>) -> Span<UInt8> { part(range.lowerBound, range.upperBound) }

  /// Compares byte by byte.
  package func begins(with text: StaticString) -> Bool {
    guard count >= text.utf8CodeUnitCount else { return false }
    var index = 0
    for byte in text.description.utf8 {
      if self[index] != byte { return false }
      index += 1
    }
    return true
  }

  /// Where the token that begins at `start` ends, and where the next one begins.
  package func token(at start: Int, before end: Int) -> (end: Int, next: Int) {
    var stop = start
    while stop < end, self[stop] != 0x20, self[stop] != 0x0d, self[stop] != 0x0a { stop += 1 }
    var next = stop
    while next < end, self[next] == 0x20 { next += 1 }
    return (stop, next)
  }

  /// Compares without regard to case; `lowercased` is ASCII in lower case.
  package func matches(_ lowercased: StaticString, at start: Int = 0) -> Bool {
    let length = lowercased.utf8CodeUnitCount
    guard start >= 0, count - start >= length else { return false }
    var index = start
    for byte in lowercased.description.utf8 {
      if self[index].asciiLowercased != byte { return false }
      index += 1
    }
    return true
  }

  package var string: String {
    String(decoding: copy, as: UTF8.self)
  }
}

extension UInt8 {
  package var asciiLowercased: UInt8 { self >= 0x41 && self <= 0x5a ? self | 0x20 : self }
  package var isLinearSpace: Bool { self == 0x20 || self == 0x09 }
  package var isWhiteSpace: Bool { isLinearSpace || self == 0x0d || self == 0x0a }
}

extension Columns {
  /// The most that a cell holds.
  package static let infoLimit = 4095

  /// Writes after what is in Info, as far as there is room.
  package mutating func appendInfo(_ writing: (inout TextBuffer) -> Void) {
    writing(&info)
    if info.count > Self.infoLimit {
      info.cut(from: 0, limit: Self.infoLimit)
    }
  }
}
