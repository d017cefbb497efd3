import Glibc

/// Text that is built without intermediate strings: bytes that are kept from frame to frame.
///
/// It owns its bytes alone, by its type: writing makes room once, and copies. This file, and `LastingText`, work on
/// memory by pointers; whatever is written or lent is checked against the room, or the count, first.
@safe public struct TextBuffer: ~Copyable, @unchecked Sendable {
  /// `room` bytes, the first `used` of which are text.
  @usableFromInline var base: UnsafeMutablePointer<UInt8>
  @usableFromInline var room: Int
  @usableFromInline var used = 0
  /// The number of bytes.
  @inlinable public var count: Int { used }

  public init() { self.init(capacity: 64) }
  public init(capacity: Int) {
    room = max(capacity, 64)
    guard let first = unsafe malloc(room + Self.slack) else { fatalError("no memory") }
    unsafe base = first.assumingMemoryBound(to: UInt8.self)
  }

  deinit { unsafe free(base) }

  @inlinable public var isEmpty: Bool { count == 0 }
  public var string: String { string(TextRange(start: 0, count: count)) }
  public func string(_ range: TextRange) -> String {
    let part = span(range)
    return unsafe part.withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
  }
  /// A copy of all bytes.
  public var bytes: [UInt8] { span.copy }
  /// All bytes, in place.
  public var span: Span<UInt8> {
    @inlinable @_lifetime(borrow self) get {
      let span = unsafe Span(_unsafeStart: base, count: count)
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }
  /// The bytes of a stretch, in place; what of it is not there is left out.
  @inlinable @_lifetime(borrow self)
  public func span(_ range: TextRange) -> Span<UInt8> {
    span.part(Int(range.start), Int(range.start) + Int(range.count))
  }
  /// A copy of the bytes from a place on.
  func copy(from start: Int) -> [UInt8] { span.part(start, count).copy }
  /// The place of the first byte of the character that has the byte at `place`; not before `start`.
  func startOfCharacter(at place: Int, from start: Int) -> Int {
    let bytes = span
    var first = place
    while first > start, bytes[first] & 0xc0 == 0x80 { first -= 1 }
    return first
  }
  /// Where the text ends without the zeros at its end, and without a point before them; not before `start`.
  package func endWithoutZeros(from start: Int) -> Int {
    let bytes = span
    var end = count
    while end > start, bytes[end - 1] == UInt8(ascii: "0") { end -= 1 }
    if end > start, bytes[end - 1] == UInt8(ascii: ".") { end -= 1 }
    return end
  }

  @inlinable public mutating func clear() { used = 0 }
  public mutating func truncate(to count: Int) { used = min(used, max(0, count)) }

  /// Makes room for `more` bytes, and gives where they go.
  @inlinable @inline(__always)
  mutating func place(_ more: Int) -> UnsafeMutablePointer<UInt8> {
    if room &- count < more { grow(more) }
    return unsafe base + count
  }

  @usableFromInline @inline(never)
  mutating func grow(_ more: Int) {
    room = max(room * 2, count + more)
    // The system moves what is large without copying it.
    guard let larger = unsafe realloc(base, room + Self.slack) else { fatalError("no memory") }
    unsafe base = larger.assumingMemoryBound(to: UInt8.self)
  }

  /// Bytes after the room, so that short texts can be copied in one piece of this size, whatever their length.
  @usableFromInline static var slack: Int { 32 }

  /// Copies `length` bytes from a place after which there is slack.
  @inlinable @inline(__always)
  mutating func copy(_ source: UnsafePointer<UInt8>, _ length: Int) {
    let target = unsafe place(length)
    if length <= Self.slack {
      let piece = unsafe UnsafeRawPointer(source).loadUnaligned(as: SIMD32<UInt8>.self)
      unsafe UnsafeMutableRawPointer(target).storeBytes(of: piece, as: SIMD32<UInt8>.self)
    } else {
      unsafe target.update(from: source, count: length)
    }
    used &+= length
  }

  // MARK: Bytes and words

  @inlinable @inline(__always)
  public mutating func write(byte: UInt8) {
    unsafe place(1).pointee = byte
    used &+= 1
  }
  public mutating func write(repeating byte: UInt8, count more: Int) {
    guard more > 0 else { return }
    unsafe place(more).update(repeating: byte, count: more)
    used &+= more
  }
  /// Four blanks for each level.
  @inlinable
  public mutating func write(indentation levels: Int) { write(blanks: 4 &* levels) }
  /// Blanks; few of them are stored at once, over the end of the text.
  @inlinable @inline(__always)
  public mutating func write(blanks number: Int) {
    let length = Swift.max(0, number)
    unsafe Self.put(blanks: length, at: place(length))
    used &+= length
  }
  @inlinable @inline(__always)
  static func put(blanks length: Int, at target: UnsafeMutablePointer<UInt8>) {
    if length <= slack {
      unsafe UnsafeMutableRawPointer(target).storeBytes(
        of: SIMD32<UInt8>(repeating: 0x20), as: SIMD32<UInt8>.self)
    } else {
      unsafe target.update(repeating: 0x20, count: length)
    }
  }
  /// Words that are known when the program is built. It is always inlined: words of a known length are a store or two.
  @inlinable @inline(__always)
  public mutating func write(_ words: StaticString) {
    let length = words.utf8CodeUnitCount
    let target = unsafe place(length)
    words.withUTF8Buffer {
      if let start = $0.baseAddress { unsafe target.update(from: start, count: length) }
    }
    used &+= length
  }
  @_disfavoredOverload
  public mutating func write(_ text: String) {
    var text = text
    text.withUTF8 { bytes in
      guard let start = bytes.baseAddress else { return }
      unsafe place(bytes.count).update(from: start, count: bytes.count)
      used &+= bytes.count
    }
  }
  @inlinable
  public mutating func write(_ text: LastingText) { unsafe copy(text.start, text.count) }
  /// Begins a member of a JSON object on a line of its own: `,\n    "ip.src": `. What follows a name is kept after it.
  @inlinable
  public mutating func write(member name: LastingText, isFirst: Bool, blanks: Int) {
    if isFirst { write("\n") } else { write(",\n") }
    let indent = Swift.max(0, blanks)
    let length = name.count &+ 3
    let start = unsafe place(indent &+ 1 &+ length)
    unsafe Self.put(blanks: indent, at: start)
    unsafe start[indent] = UInt8(ascii: "\"")
    used &+= indent &+ 1
    unsafe copy(name.start, length)
  }
  /// Writes a text with the colon and the blank that are kept after it.
  @inlinable
  mutating func write(label text: LastingText) { unsafe copy(text.start, text.count &+ 2) }
  @inlinable public mutating func write(_ span: Span<UInt8>) {
    unsafe span.withUnsafeBufferPointer { bytes in
      guard let start = bytes.baseAddress else { return }
      unsafe place(bytes.count).update(from: start, count: bytes.count)
      used &+= bytes.count
    }
  }
  public mutating func write(_ slice: ArraySlice<UInt8>) { write(slice.span) }
  /// Copies another buffer.
  @inlinable
  public mutating func write(_ other: borrowing TextBuffer) {
    unsafe copy(UnsafePointer(other.base), other.used)
  }
  /// Copies a stretch of another buffer.
  @inlinable
  public mutating func write(_ range: TextRange, of other: borrowing TextBuffer) {
    let (start, length) = (Int(range.start), Int(range.count))
    guard start >= 0, length > 0, start &+ length <= other.used else { return }
    unsafe copy(UnsafePointer(other.base + start), length)
  }
  /// Puts copies of a byte in front of what is there from `start` on.
  public mutating func insert(repeating byte: UInt8, count more: Int, at start: Int) {
    guard more > 0, start >= 0, start <= count else { return }
    _ = unsafe place(more)
    let tail = unsafe base + start
    unsafe memmove(tail + more, tail, count - start)
    unsafe tail.update(repeating: byte, count: more)
    used += more
  }
  /// Puts words in front of what is there from `start` on.
  mutating func insert(_ words: StaticString, at start: Int) {
    let length = words.utf8CodeUnitCount
    insert(repeating: 0, count: length, at: start)
    guard start >= 0, start + length <= count else { return }
    words.withUTF8Buffer {
      if let from = $0.baseAddress {
        unsafe (base + start).update(from: from, count: length)
      }
    }
  }
  /// Appends a stretch of this buffer once more.
  mutating func repeatRange(_ range: TextRange) {
    let (start, length) = (Int(range.start), Int(range.count))
    guard start >= 0, length > 0, start + length <= count else { return }
    let target = unsafe place(length)
    unsafe target.update(from: base + start, count: length)
    used += length
  }

  // MARK: Numbers

  public mutating func write(decimal value: UInt64) {
    if value < 10 { return write(byte: UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: value)) }
    guard value < 100_000_000 else {
      let (high, low) = value.quotientAndRemainder(dividingBy: 100_000_000)
      write(decimal: high)
      return put(Self.digits(of: low), last: 8)
    }
    let digits = Self.digits(of: value)
    put(digits, last: 8 &- Self.first(of: digits))
  }
  /// The eight digits of a number below 100,000,000 as characters, the first one lowest.
  @inline(__always)
  private static func digits(of value: UInt64) -> UInt64 {
    // Halves of four digits, of two, of one: each time all parts are divided at once, by a multiplication.
    let high = value / 10_000
    let fours = high | (value &- high &* 10_000) << 32
    let hundreds = (fours &* 10_486) >> 20 & 0x0000_007f_0000_007f
    let twos = hundreds | (fours &- hundreds &* 100) << 16
    let tens = (twos &* 103) >> 10 & 0x000f_000f_000f_000f
    return 0x3030_3030_3030_3030 | tens | (twos &- tens &* 10) << 8
  }
  /// The place of the first digit that is no zero, or else of the last one.
  @inline(__always)
  private static func first(of digits: UInt64) -> Int {
    min(7, (digits ^ 0x3030_3030_3030_3030).trailingZeroBitCount / 8)
  }
  /// Writes the last `count` of eight characters; eight are stored, which is within the slack.
  @inline(__always)
  private mutating func put(_ characters: UInt64, last count: Int) {
    let text = characters >> UInt64(8 &* (8 &- count))
    unsafe UnsafeMutableRawPointer(place(count)).storeBytes(of: text.littleEndian, as: UInt64.self)
    used &+= count
  }
  /// Writes two digits.
  @inline(__always)
  private static func put(_ pair: UInt64, at target: UnsafeMutablePointer<UInt8>) {
    let start = unsafe pairs.utf8Start + Int(truncatingIfNeeded: pair &* 2)
    unsafe target[0] = start[0]
    unsafe target[1] = start[1]
  }
  private static let pairs: StaticString = """
    0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243444546474849\
    5051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899
    """
  /// Right-aligned in at least `width` columns.
  public mutating func write(decimal value: UInt64, paddedTo width: Int) {
    guard value < 100_000_000, width <= 8 else {
      let start = count
      write(decimal: value)
      return insert(repeating: UInt8(ascii: " "), count: width - (count - start), at: start)
    }
    let digits = Self.digits(of: value)
    let own = 8 &- Self.first(of: digits)
    // The zeros before the first digit are blanks: they differ by a bit.
    let zeros = (1 as UInt64) << UInt64(8 &* (8 &- own)) &- 1
    put(digits ^ (0x1010_1010_1010_1010 & zeros), last: max(own, width))
  }
  @inline(__always)
  public mutating func write(decimal value: Int) { write(decimal: Int64(value)) }
  @inline(__always)
  public mutating func write(decimal value: Int64) {
    if value < 0 { write(byte: UInt8(ascii: "-")) }
    write(decimal: value.magnitude)
  }
  /// Decimal with leading zeros up to `width` digits.
  public mutating func write(decimal value: UInt64, width: Int) {
    guard value < 100_000_000 else {
      let (high, low) = value.quotientAndRemainder(dividingBy: 100_000_000)
      write(decimal: high, width: width - 8)
      return put(Self.digits(of: low), last: 8)
    }
    write(repeating: UInt8(ascii: "0"), count: width - 8)
    let digits = Self.digits(of: value)
    put(digits, last: max(min(width, 8), 8 &- Self.first(of: digits)))
  }
  /// Hexadecimal in lower case with exactly `digits` digits, or more where the value needs them.
  public mutating func write(hex value: UInt64, digits: Int) {
    let length = max(digits, (64 - value.leadingZeroBitCount + 3) / 4)
    guard length > 0 else { return }
    let target = unsafe place(length)
    for index in 0..<length {
      let shift = UInt64(4 &* (length &- 1 &- index))
      unsafe target[index] = hexDigit(UInt8(truncatingIfNeeded: value >> shift) & 15)
    }
    used &+= length
  }
  public mutating func write(hexByte byte: UInt8) {
    unsafe UnsafeMutableRawPointer(place(2)).storeBytes(of: hexDigits(byte), as: UInt16.self)
    used &+= 2
  }
  /// Bytes in hexadecimal, with colons between them or not.
  public mutating func write(hex bytes: Span<UInt8>, colons: Bool) {
    write(hex: bytes, separator: colons ? UInt8(ascii: ":") : nil)
  }
  /// Bytes in hexadecimal, with a character between them, or none.
  package mutating func write(hex bytes: Span<UInt8>, separator: UInt8?) {
    guard !bytes.isEmpty else { return }
    let width = separator == nil ? 2 : 3
    // The last separator is written, and not counted. Both loops are ones that the compiler makes vectors of.
    var target = unsafe place(width * bytes.count)
    unsafe bytes.withUnsafeBufferPointer { source in
      if let separator {
        for index in 0..<source.count {
          let byte = unsafe source[index]
          unsafe target[0] = hexDigit(byte >> 4)
          unsafe target[1] = hexDigit(byte & 15)
          unsafe target[2] = separator
          unsafe target += 3
        }
      } else {
        for index in 0..<source.count {
          let byte = unsafe source[index]
          unsafe target[0] = hexDigit(byte >> 4)
          unsafe target[1] = hexDigit(byte & 15)
          unsafe target += 2
        }
      }
    }
    used += width * bytes.count - (separator == nil ? 0 : 1)
  }
  /// Bytes as ASCII, with a point for each that is not printable.
  package mutating func write(characters bytes: Span<UInt8>) {
    let target = unsafe place(bytes.count)
    for index in bytes.indices {
      let byte = unsafe bytes[unchecked: index]
      unsafe target[index] = byte &- 0x20 < 0x5f ? byte : UInt8(ascii: ".")
    }
    used &+= bytes.count
  }
  /// `.... ..1.` : the bits of `mask` in a container of `width` bits, nibble by nibble.
  public mutating func write(bits value: UInt64, mask: UInt64, of width: Int) {
    guard width > 0 else { return }
    let length = width + (width - 1) / 4
    var target = unsafe UnsafeMutableRawPointer(place(length))
    var bit = width & ~3
    let first = width & 3
    if first > 0 {
      // Four are stored, and the first of them begin the text; the blank comes over the next.
      let text = Self.nibble(value >> UInt64(bit), mask >> UInt64(bit)) << UInt32(8 &* (4 &- first))
      unsafe target.storeBytes(of: text.bigEndian, as: UInt32.self)
      unsafe target += first
    }
    while bit > 0 {
      if bit < width {
        unsafe target.storeBytes(of: UInt8(ascii: " "), as: UInt8.self)
        unsafe target += 1
      }
      bit &-= 4
      let text = Self.nibble(value >> UInt64(bit), mask >> UInt64(bit))
      unsafe target.storeBytes(of: text.bigEndian, as: UInt32.self)
      unsafe target += 4
    }
    used &+= length
  }
  /// The characters of four bits, the highest first in big-endian order.
  @inline(__always)
  private static func nibble(_ value: UInt64, _ mask: UInt64) -> UInt32 {
    /// Each bit in a byte of its own.
    func spread(_ bits: UInt64) -> UInt32 {
      (UInt32(truncatingIfNeeded: bits & 15) &* 0x0020_4081) & 0x0101_0101
    }
    let shown = spread(mask) &* 0xff
    return shown & (0x3030_3030 | spread(value)) | ~shown & 0x2e2e_2e2e
  }

  /// Seconds with nine decimals: `-0.000001000`.
  public mutating func write(seconds nanoseconds: Int64, decimals: Int = 9) {
    if nanoseconds < 0 { write(byte: UInt8(ascii: "-")) }
    let magnitude = nanoseconds.magnitude
    write(decimal: magnitude / 1_000_000_000)
    write(fraction: magnitude % 1_000_000_000, decimals: decimals)
  }
  /// A point and so many digits of a second's nanoseconds.
  mutating func write(fraction nanoseconds: UInt64, decimals: Int) {
    guard decimals > 0 else { return }
    write(byte: UInt8(ascii: "."))
    switch decimals {
    case 9: write(decimal: nanoseconds, width: 9)
    case 6: write(decimal: nanoseconds / 1000, width: 6)
    default:
      var fraction = nanoseconds
      for _ in decimals..<9 { fraction /= 10 }
      write(decimal: fraction, width: decimals)
    }
  }
  /// `1 day, 30 minutes, 1 second`; `0 seconds`.
  package mutating func write(longSeconds seconds: UInt64, milliseconds: UInt64 = 0) {
    var isFirst = true
    func name(_ value: UInt64, _ unit: String) -> String { value == 1 ? unit : unit + "s" }
    let parts = [
      (seconds / 86_400, "day"), (seconds / 3600 % 24, "hour"), (seconds / 60 % 60, "minute"),
    ]
    for (value, unit) in parts where value > 0 {
      write("\(isFirst ? "" : ", ")\(value) \(name(value, unit))")
      isFirst = false
    }
    let rest = seconds % 60
    if milliseconds > 0 {
      write("\(isFirst ? "" : ", ")\(rest).")
      write(decimal: milliseconds, width: 3)
      write(" seconds")
    } else if rest > 0 || isFirst {
      write("\(isFirst ? "" : ", ")\(rest) \(name(rest, "second"))")
    }
  }

  // MARK: Addresses

  /// `00:1b:21:3c:9d:f8`
  public mutating func write(ether address: UInt64) {
    let target = unsafe place(18)
    for octet in 0..<6 {
      let byte = UInt8(truncatingIfNeeded: address >> UInt64(40 &- 8 &* octet))
      unsafe UnsafeMutableRawPointer(target + 3 &* octet).storeBytes(
        of: hexDigits(byte), as: UInt16.self)
      unsafe target[3 &* octet &+ 2] = UInt8(ascii: ":")
    }
    used &+= 17
  }
  /// `192.0.2.1`
  public mutating func write(ipv4 address: UInt32) {
    let start = unsafe place(16)
    var target = unsafe start
    for octet in 0..<4 {
      let byte = UInt64(truncatingIfNeeded: address >> UInt32(24 &- 8 &* octet) & 255)
      if byte >= 100 {
        let hundreds: UInt8 = byte >= 200 ? 2 : 1
        unsafe target.pointee = UInt8(ascii: "0") &+ hundreds
        unsafe Self.put(byte &- 100 &* UInt64(hundreds), at: target + 1)
        unsafe target += 3
      } else if byte >= 10 {
        unsafe Self.put(byte, at: target)
        unsafe target += 2
      } else {
        unsafe target.pointee = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: byte)
        unsafe target += 1
      }
      unsafe target.pointee = UInt8(ascii: ".")
      unsafe target += 1
    }
    used += unsafe (target - start) - 1
  }
  /// RFC 5952: the longest run of zero groups as `::`, IPv4-mapped and -compatible addresses with dots.
  public mutating func write(ipv6High high: UInt64, low: UInt64) {
    func group(_ index: Int) -> UInt64 {
      (index < 4 ? high >> UInt64(48 - 16 * index) : low >> UInt64(112 - 16 * index)) & 0xffff
    }
    var best = (start: -1, count: 1), run = (start: -1, count: 0)
    for index in 0..<8 {
      if group(index) == 0 {
        run = run.count == 0 ? (index, 1) : (run.start, run.count + 1)
        if run.count > best.count { best = run }
      } else {
        run = (-1, 0)
      }
    }
    let mapped = best.start == 0 && (best.count == 6 || best.count == 5 && group(5) == 0xffff)
    let groups = mapped ? 6 : 8
    var index = 0
    while index < groups {
      if index == best.start {
        write("::")
        index += best.count
        continue
      }
      if index > 0, index != best.start + best.count { write(byte: UInt8(ascii: ":")) }
      write(hex: group(index), digits: 1)
      index += 1
    }
    if mapped {
      if best.count == 5 { write(byte: UInt8(ascii: ":")) }
      write(ipv4: UInt32(truncatingIfNeeded: low))
    }
  }
  /// An address of IPv4 or IPv6.
  package mutating func write(_ address: FieldValue) {
    switch address {
    case .ipv4(let address): write(ipv4: address)
    case .ipv6(let high, let low): write(ipv6High: high, low: low)
    default: break
    }
  }
}

@inline(__always) private func hexDigit(_ value: UInt8) -> UInt8 {
  value < 10 ? UInt8(ascii: "0") &+ value : UInt8(ascii: "a") &- 10 &+ value
}

/// The two digits of a byte, as they lie in memory.
@inline(__always) private func hexDigits(_ byte: UInt8) -> UInt16 {
  let digits = UInt16(byte >> 4) | UInt16(byte & 15) << 8
  // Digits above nine are letters.
  let letters = (digits &+ 0x0606) >> 4 & 0x0101
  return (digits &+ 0x3030 &+ letters &* 39).littleEndian
}

extension Span<UInt8> {
  private static var ones: UInt64 { 0x0101_0101_0101_0101 }
  private static var tops: UInt64 { 0x8080_8080_8080_8080 }

  /// The first byte from `start` on that is no printable ASCII, or in JSON needs an escape; `count` where there is none.
  package func endOfPlain(from start: Int, inJSON: Bool = false) -> Int {
    unsafe withUnsafeBufferPointer { bytes in
      guard let base = bytes.baseAddress else { return 0 }
      let first = Swift.max(0, start)
      var index = first
      // Mostly there is none: four words are looked at together, and one by one where there is.
      while index &+ 32 <= bytes.count {
        let odd = unsafe Self.odd(
          UnsafeRawPointer(base + index).loadUnaligned(as: SIMD4<UInt64>.self), inJSON)
        if (odd[0] | odd[1] | odd[2] | odd[3]) & Self.tops != 0 { break }
        index &+= 32
      }
      while index < bytes.count {
        // The last word begins among bytes that were looked at.
        let place = Swift.min(index, bytes.count &- 8)
        if place < first { break }
        let word = unsafe UnsafeRawPointer(base + place).loadUnaligned(as: UInt64.self)
        let odd = Self.odd(SIMD4(repeating: word), inJSON)[0] & Self.tops
        // Bytes above an odd one may seem odd by its borrow, those below never.
        if odd != 0 { return place &+ odd.trailingZeroBitCount / 8 }
        index = place &+ 8
      }
      while index < bytes.count {
        let byte = unsafe bytes[index]
        if byte < 0x20 || byte >= 0x7f { break }
        if inJSON, byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { break }
        index &+= 1
      }
      return Swift.min(index, bytes.count)
    }
  }

  /// The highest bit is set in each byte that is odd; other bits mean nothing.
  @inline(__always)
  private static func odd(_ words: SIMD4<UInt64>, _ inJSON: Bool) -> SIMD4<UInt64> {
    var odd = (words &- ones &* 0x20) & ~words | (words &+ ones) | words
    if inJSON {
      let (quotes, slashes) = (words ^ ones &* 0x22, words ^ ones &* 0x5c)
      odd |= (quotes &- ones) & ~quotes | (slashes &- ones) & ~slashes
    }
    return odd
  }

  /// Where `byte` is first from `start` on, before `end`; nil where it is not.
  package func firstIndex(of byte: UInt8, from start: Int, before end: Int) -> Int? {
    let (low, high) = (Swift.max(0, start), Swift.min(end, count))
    guard low < high else { return nil }
    return unsafe withUnsafeBufferPointer { bytes in
      guard let base = bytes.baseAddress,
        let found = unsafe memchr(base + low, Int32(byte), high - low)
      else { return nil }
      return unsafe UnsafeRawPointer(found) - UnsafeRawPointer(base)
    }
  }

  /// Where LF or CR is first from `start` on; `count` where neither is.
  package func endOfLine(from start: Int) -> Int {
    if start >= count { return start }
    return unsafe withUnsafeBufferPointer { bytes in
      guard let base = bytes.baseAddress else { return 0 }
      var index = Swift.max(0, start)
      while index &+ 8 <= bytes.count {
        let word = unsafe UnsafeRawPointer(base + index).loadUnaligned(as: UInt64.self)
        let feed = word ^ Self.ones &* 0x0a
        let carriage = word ^ Self.ones &* 0x0d
        let found =
          ((feed &- Self.ones) & ~feed | (carriage &- Self.ones) & ~carriage) & Self.tops
        if found != 0 { return index &+ found.trailingZeroBitCount / 8 }
        index &+= 8
      }
      while index < bytes.count, unsafe bytes[index] != 0x0a && bytes[index] != 0x0d {
        index &+= 1
      }
      return Swift.min(index, bytes.count)
    }
  }

  /// The bytes as an array: for what outlives the frame.
  public var copy: [UInt8] {
    unsafe withUnsafeBufferPointer { unsafe Array($0) }
  }
}

extension [UInt8] {
  package mutating func append(_ bytes: Span<UInt8>) {
    unsafe bytes.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
  }
}
