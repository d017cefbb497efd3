/// Text that is built without intermediate strings: bytes that are kept from frame to frame.
public struct TextBuffer: Sendable {
  public private(set) var bytes: [UInt8] = []

  public init() {}
  public init(capacity: Int) { bytes.reserveCapacity(capacity) }

  public var count: Int { bytes.count }
  public var isEmpty: Bool { bytes.isEmpty }
  public var string: String { String(decoding: bytes, as: UTF8.self) }
  public func string(_ range: TextRange) -> String {
    String(decoding: bytes[range.range], as: UTF8.self)
  }

  public mutating func clear() { bytes.removeAll(keepingCapacity: true) }
  public mutating func truncate(to count: Int) { bytes.removeLast(max(0, bytes.count - count)) }

  public mutating func write(_ text: String) { bytes.append(contentsOf: text.utf8) }
  public mutating func write(byte: UInt8) { bytes.append(byte) }
  public mutating func write(repeating byte: UInt8, count: Int) {
    bytes.append(contentsOf: repeatElement(byte, count: max(0, count)))
  }
  /// Puts copies of a byte in front of what is from `place` on.
  public mutating func insert(repeating byte: UInt8, count: Int, at place: Int) {
    guard count > 0 else { return }
    bytes.insert(contentsOf: repeatElement(byte, count: count), at: place)
  }
  public mutating func write(_ span: Span<UInt8>) {
    for index in span.indices { bytes.append(span[index]) }
  }
  public mutating func write(_ slice: ArraySlice<UInt8>) { bytes.append(contentsOf: slice) }
  /// Appends a stretch of this buffer once more.
  mutating func repeatRange(_ range: TextRange) {
    bytes.append(contentsOf: Array(bytes[range.range]))
  }
  /// Copies a stretch of another buffer.
  public mutating func write(_ range: TextRange, of other: borrowing TextBuffer) {
    bytes.append(contentsOf: other.bytes[range.range])
  }

  public mutating func write(decimal value: UInt64) {
    if value < 10 {
      bytes.append(UInt8(ascii: "0") + UInt8(value))
      return
    }
    var digits: [20 of UInt8] = .init(repeating: 0)
    var (first, rest) = (20, value)
    while rest > 0 {
      first -= 1
      digits[first] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
      rest /= 10
    }
    for index in first..<20 { bytes.append(digits[index]) }
  }
  public mutating func write(decimal value: Int) { write(decimal: Int64(value)) }
  public mutating func write(decimal value: Int64) {
    if value < 0 { bytes.append(UInt8(ascii: "-")) }
    write(decimal: value.magnitude)
  }
  /// Decimal with leading zeros up to `width` digits.
  public mutating func write(decimal value: UInt64, width: Int) {
    var limit: UInt64 = 10
    for digits in 1..<max(2, width) {
      if value < limit { write(repeating: UInt8(ascii: "0"), count: width - digits); break }
      limit = limit.multipliedReportingOverflow(by: 10).partialValue
    }
    write(decimal: value)
  }
  /// Hexadecimal in lower case with exactly `digits` digits, or more where the value needs them.
  public mutating func write(hex value: UInt64, digits: Int) {
    let needed = max(digits, (64 - value.leadingZeroBitCount + 3) / 4)
    for digit in stride(from: needed - 1, through: 0, by: -1) {
      bytes.append(hexDigit(UInt8(truncatingIfNeeded: value >> UInt64(4 * digit)) & 15))
    }
  }
  public mutating func write(hexByte byte: UInt8) {
    bytes.append(hexDigit(byte >> 4))
    bytes.append(hexDigit(byte & 15))
  }

  /// `00:1b:21:3c:9d:f8`
  public mutating func write(ether address: UInt64) {
    for octet in 0..<6 {
      if octet > 0 { bytes.append(UInt8(ascii: ":")) }
      write(hexByte: UInt8(truncatingIfNeeded: address >> UInt64(40 - 8 * octet)))
    }
  }
  /// `192.0.2.1`
  public mutating func write(ipv4 address: UInt32) {
    for octet in 0..<4 {
      if octet > 0 { bytes.append(UInt8(ascii: ".")) }
      write(decimal: UInt64(address >> UInt32(24 - 8 * octet) & 255))
    }
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
      if index > 0, index != best.start + best.count { bytes.append(UInt8(ascii: ":")) }
      write(hex: group(index), digits: 1)
      index += 1
    }
    if mapped {
      if best.count == 5 { bytes.append(UInt8(ascii: ":")) }
      write(ipv4: UInt32(truncatingIfNeeded: low))
    }
  }
  /// Seconds with nine decimals: `-0.000001000`.
  public mutating func write(seconds nanoseconds: Int64, decimals: Int = 9) {
    if nanoseconds < 0 { bytes.append(UInt8(ascii: "-")) }
    let magnitude = nanoseconds.magnitude
    write(decimal: magnitude / 1_000_000_000)
    guard decimals > 0 else { return }
    bytes.append(UInt8(ascii: "."))
    var fraction = magnitude % 1_000_000_000
    for _ in decimals..<9 { fraction /= 10 }
    write(decimal: fraction, width: decimals)
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
  value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") - 10 + value
}
