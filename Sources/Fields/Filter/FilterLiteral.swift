/// What a filter does with a field, by its type.
enum FilterKind: Equatable {
  /// It is there or not.
  case none
  case boolean, unsigned, signed, double
  case absoluteTime, relativeTime
  case string, bytes, proto, ether, ipv4, ipv6

  init(_ type: FieldType) {
    switch type {
    case .none: self = .none
    case .proto: self = .proto
    case .boolean: self = .boolean
    case .absoluteTime: self = .absoluteTime
    case .relativeTime: self = .relativeTime
    case .string: self = .string
    case .bytes: self = .bytes
    case .ether: self = .ether
    case .ipv4: self = .ipv4
    case .ipv6: self = .ipv6
    case .double: self = .double
    default: self = type.isSigned ? .signed : .unsigned
    }
  }

  var isInteger: Bool { self == .unsigned || self == .signed }
  var isBytes: Bool { self == .bytes || self == .proto || self == .ether }
  var canContain: Bool { self == .string || isBytes }
  var canMatch: Bool { self == .string || self == .bytes || self == .proto }
  var canBeSliced: Bool { canContain || self == .ipv4 || self == .ipv6 }
  var canCalculate: Bool {
    isInteger || self == .double || self == .relativeTime
  }
  var canMask: Bool { isInteger || self == .ipv4 || self == .ipv6 || isBytes }

  func compares(with other: FilterKind) -> Bool {
    self == other || isInteger && other.isInteger || isBytes && other.isBytes
  }

  var name: String {
    switch self {
    case .none: "a label"
    case .boolean: "a boolean"
    case .unsigned: "an unsigned integer"
    case .signed: "a signed integer"
    case .double: "a floating-point number"
    case .absoluteTime: "a date and time"
    case .relativeTime: "a duration"
    case .string: "a string"
    case .bytes: "bytes"
    case .proto: "a protocol"
    case .ether: "an Ethernet address"
    case .ipv4: "an IPv4 address"
    case .ipv6: "an IPv6 address"
    }
  }
}

/// A value that a filter compares: a constant, or one taken from a frame.
enum FilterValue: Equatable {
  case unsigned(UInt64)
  /// Times too, in nanoseconds.
  case signed(Int64)
  case double(Double)
  case ipv4(UInt32, mask: UInt32)
  case ipv6(high: UInt64, low: UInt64, maskHigh: UInt64, maskLow: UInt64)
  /// A MAC address.
  case ether(UInt64)
  /// A string's UTF-8 too.
  case bytes([UInt8])
}

/// A constant of a filter as it was written; its kind is that of what it is compared with.
struct FilterLiteral {
  let token: FilterToken

  private struct Refusal: Error {
    let message: String
    init(_ message: String) { self.message = message }
  }

  /// Reads the constant as `kind`; `field` gives the names of values and the size of integers.
  func value(as kind: FilterKind, of field: Field?) throws(FilterError) -> FilterValue {
    do throws(Refusal) {
      switch token.kind {
      case .word(let word): return try read(word, as: kind, of: field)
      case .string(let content): return try read(quoted: content, as: kind, of: field)
      case .character(let byte): return try read(byte, as: kind, of: field)
      default: throw Refusal("\"\(token.text)\" was unexpected here")
      }
    } catch {
      throw FilterError(column: token.column, error.message)
    }
  }

  /// Reads the constant as bytes: what a slice, and `contains` on an address, are compared with.
  func bytes(for kind: FilterKind) throws(FilterError) -> [UInt8] {
    guard case .bytes(let bytes) = try value(as: kind == .string ? .string : .bytes, of: nil) else {
      return []
    }
    return bytes
  }

  /// Two integers in one, worked out when the filter is read; nil where they are none, or the result does not fit.
  func folded(_ operation: FilterArithmetic, _ other: FilterLiteral) -> FilterLiteral? {
    guard case .word(let first) = token.kind, case .word(let second) = other.token.kind,
      let left = NumberText.signed(first), let right = NumberText.signed(second),
      let result = operation.result(left, right)
    else { return nil }
    return FilterLiteral(
      token: FilterToken(kind: .word(String(result)), column: token.column, text: token.text))
  }

  private func read(
    _ word: String, as kind: FilterKind, of field: Field?
  ) throws(Refusal) -> FilterValue {
    switch kind {
    case .none: throw Refusal("a label has no value")
    case .boolean:
      if let number = NumberText.unsigned(word) { return .unsigned(number == 0 ? 0 : 1) }
      switch word.lowercased() {
      case "true": return .unsigned(1)
      case "false": return .unsigned(0)
      default: return try named(word, of: field, or: "\"\(word)\" is neither true nor false")
      }
    case .unsigned:
      if let number = NumberText.unsigned(word) {
        let limit = field.map(\.filterMaximum) ?? .max
        guard number <= limit else {
          throw Refusal("\"\(word)\" is too big for this field, at most \(limit)")
        }
        return .unsigned(number)
      }
      // As in Wireshark a negative number is a huge one here.
      if let number = NumberText.signed(word) { return .unsigned(UInt64(bitPattern: number)) }
      return try named(word, of: field, or: "\"\(word)\" is no number")
    case .signed:
      if let number = NumberText.signed(word) { return .signed(number) }
      return try named(word, of: field, or: "\"\(word)\" is no number")
    case .double:
      guard let number = Double(word) else { throw Refusal("\"\(word)\" is no number") }
      return .double(number)
    case .absoluteTime:
      guard let time = TimeText.absolute(word) else { throw Refusal(Self.noTime(word)) }
      return .signed(time)
    case .relativeTime:
      guard let time = TimeText.duration(word) else {
        throw Refusal("\"\(word)\" is no duration in seconds")
      }
      return .signed(time)
    case .string: return .bytes(Array(word.utf8))
    case .bytes, .proto:
      guard let bytes = BytesText.bytes(word) else {
        throw Refusal("\"\(word)\" is no string of bytes")
      }
      return .bytes(bytes)
    case .ether:
      guard let bytes = BytesText.bytes(word), bytes.count == 6 else {
        throw Refusal("\"\(word)\" is no Ethernet address")
      }
      return .ether(bytes.reduce(0) { $0 << 8 | UInt64($1) })
    case .ipv4:
      guard let (address, mask) = AddressText.ipv4WithPrefix(word) else {
        throw Refusal("\"\(word)\" is no IPv4 address")
      }
      return .ipv4(address, mask: mask)
    case .ipv6:
      guard let (address, mask) = AddressText.ipv6WithPrefix(word) else {
        throw Refusal("\"\(word)\" is no IPv6 address")
      }
      return .ipv6(high: address.high, low: address.low, maskHigh: mask.high, maskLow: mask.low)
    }
  }

  private func read(
    quoted content: [UInt8], as kind: FilterKind, of field: Field?
  ) throws(Refusal) -> FilterValue {
    let text = String(decoding: content, as: UTF8.self)
    switch kind {
    case .string, .bytes, .proto: return .bytes(content)
    case .absoluteTime:
      guard let time = TimeText.absolute(text) else { throw Refusal(Self.noTime(text)) }
      return .signed(time)
    case .boolean, .unsigned, .signed:
      return try named(text, of: field, or: "\(kind.name) cannot be a string (\"\(text)\")")
    case .double, .relativeTime, .ether, .ipv4, .ipv6, .none:
      throw Refusal("\(kind.name) cannot be a string (\"\(text)\"); write it without quotes")
    }
  }

  private func read(
    _ byte: UInt8, as kind: FilterKind, of field: Field?
  ) throws(Refusal) -> FilterValue {
    switch kind {
    case .unsigned: .unsigned(UInt64(byte))
    case .signed: .signed(Int64(byte))
    case .string, .bytes, .proto: .bytes([byte])
    default: throw Refusal("\(kind.name) cannot be a character")
    }
  }

  private static func noTime(_ text: String) -> String {
    "\"\(text)\" is no date and time such as \"2024-01-05 10:00:00\" or \"Jan 5, 2024 10:00:00.5\""
  }

  /// Looks a name up among those of the field's values.
  private func named(
    _ name: String, of field: Field?, or message: String
  ) throws(Refusal) -> FilterValue {
    guard let field else { throw Refusal(message) }
    let wanted = name.lowercased()
    switch field.meaning {
    case .words(let yes, let no):
      if yes.lowercased() == wanted { return .unsigned(1) }
      if no.lowercased() == wanted { return .unsigned(0) }
    case .names(let nameOf):
      if let number = Self.number(named: wanted, below: field.filterMaximum, nameOf) {
        return FilterKind(field.type) == .signed
          ? .signed(Int64(bitPattern: number)) : .unsigned(number)
      }
    case .plain, .unit: throw Refusal(message)
    }
    throw Refusal("\"\(name)\" is not among the values of \(field.name)")
  }

  /// Tables of names are functions: asks for every number that tables are known to hold.
  private static func number(
    named wanted: String, below limit: UInt64, _ nameOf: @Sendable (UInt64) -> String?
  ) -> UInt64? {
    for number in 0...min(limit, 0xffff) where nameOf(number)?.lowercased() == wanted {
      return number
    }
    guard limit > 0xffff else { return nil }
    // Wireshark's expert numbers, for one, have their bits at the top.
    for top in 1...UInt64(0xffff) where nameOf(top << 16)?.lowercased() == wanted {
      return top << 16
    }
    return nil
  }
}

extension Field {
  /// The largest value that a filter may name.
  var filterMaximum: UInt64 {
    let bits = type.bits
    return bits >= 64 ? .max : 1 << UInt64(bits) - 1
  }
}

/// Numbers as filters write them: decimal, `0x1f`, `017`, `0b101`.
enum NumberText {
  static func unsigned(_ text: String) -> UInt64? {
    if let rest = text.dropping("0x") ?? text.dropping("0X") { return digits(rest, 16) }
    if let rest = text.dropping("0b") ?? text.dropping("0B") { return digits(rest, 2) }
    if text.utf8.count > 1, text.utf8.first == UInt8(ascii: "0") {
      return digits(text.dropFirst(), 8)
    }
    return digits(text[...], 10)
  }

  static func signed(_ text: String) -> Int64? {
    if let rest = text.dropping("-") {
      guard let magnitude = unsigned(String(rest)), magnitude <= UInt64(Int64.max) else {
        return nil
      }
      return -Int64(magnitude)
    }
    return unsigned(text).flatMap { Int64(exactly: $0) }
  }

  /// No sign, unlike `UInt64.init`.
  private static func digits(_ text: Substring, _ radix: Int) -> UInt64? {
    text.utf8.first.map { $0 != UInt8(ascii: "+") } == true ? UInt64(text, radix: radix) : nil
  }
}

/// Bytes as filters write them: `00:1b:21`, `00-1b`, `001b.2133`, `0d0a`, `0x0d`, `d`.
enum BytesText {
  static func bytes(_ text: String) -> [UInt8]? {
    let digits = text.dropping("0x") ?? text[...]
    var groups: [Substring.UnicodeScalarView.SubSequence] = []
    if digits.unicodeScalars.contains(where: { ":-.".unicodeScalars.contains($0) }) {
      groups = digits.unicodeScalars.split(omittingEmptySubsequences: true) {
        ":-.".unicodeScalars.contains($0)
      }
    } else {
      groups = [digits.unicodeScalars[...]]
    }
    var bytes: [UInt8] = []
    for group in groups {
      let values = group.compactMap(\.hexDigit).map { UInt8($0) }
      guard values.count == group.count, !values.isEmpty else { return nil }
      if values.count == 1 {
        bytes.append(values[0])
        continue
      }
      guard values.count.isMultiple(of: 2) else { return nil }
      for index in stride(from: 0, to: values.count, by: 2) {
        bytes.append(values[index] << 4 | values[index + 1])
      }
    }
    return bytes.isEmpty ? nil : bytes
  }
}

/// IP addresses as text writes them.
package enum AddressText {
  package static func ipv4(_ text: String) -> UInt32? {
    let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard parts.count == 4 else { return nil }
    var address: UInt32 = 0
    for part in parts {
      guard part.count <= 3, part.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }),
        let octet = UInt8(String(decoding: part, as: UTF8.self))
      else { return nil }
      address = address << 8 | UInt32(octet)
    }
    return address
  }

  static func ipv4WithPrefix(_ text: String) -> (UInt32, mask: UInt32)? {
    guard let (address, bits) = cut(text, limit: 32), let value = ipv4(address) else { return nil }
    return (value, bits == 0 ? 0 : .max << UInt32(32 - bits))
  }

  package static func ipv6(_ text: String) -> (high: UInt64, low: UInt64)? {
    var groups: [UInt16] = []
    var gap: Int?
    var rest = text[...]
    if let after = text.dropping("::") {
      gap = 0
      rest = after
    }
    while !rest.isEmpty {
      let part = rest.prefix { $0 != ":" }
      if part.contains("."), part.endIndex == rest.endIndex, let address = ipv4(String(part)) {
        groups += [UInt16(address >> 16), UInt16(truncatingIfNeeded: address)]
        rest = ""
        break
      }
      guard !part.isEmpty, part.utf8.count <= 4,
        part.unicodeScalars.allSatisfy({ $0.hexDigit != nil }),
        let group = UInt16(part, radix: 16)
      else { return nil }
      groups.append(group)
      rest = rest.dropFirst(part.count)
      if rest.hasPrefix("::") {
        guard gap == nil else { return nil }
        gap = groups.count
        rest = rest.dropFirst(2)
      } else if rest.hasPrefix(":") {
        rest = rest.dropFirst()
        if rest.isEmpty { return nil }
      }
    }
    guard gap == nil ? groups.count == 8 : groups.count < 8 else { return nil }
    if let gap { groups.insert(contentsOf: repeatElement(0, count: 8 - groups.count), at: gap) }
    func word(_ part: ArraySlice<UInt16>) -> UInt64 { part.reduce(0) { $0 << 16 | UInt64($1) } }
    return (word(groups[..<4]), word(groups[4...]))
  }

  static func ipv6WithPrefix(
    _ text: String
  ) -> ((high: UInt64, low: UInt64), mask: (high: UInt64, low: UInt64))? {
    guard let (address, bits) = cut(text, limit: 128), let value = ipv6(address) else { return nil }
    let high: UInt64 = bits == 0 ? 0 : bits >= 64 ? .max : .max << UInt64(64 - bits)
    let low: UInt64 = bits <= 64 ? 0 : .max << UInt64(128 - bits)
    return (value, (high, low))
  }

  private static func cut(_ text: String, limit: Int) -> (String, bits: Int)? {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count <= 2, let address = parts.first else { return nil }
    guard parts.count == 2 else { return (String(address), limit) }
    guard let bits = Int(parts[1]), (0...limit).contains(bits) else { return nil }
    return (String(address), bits)
  }
}

/// Times as filters write them.
enum TimeText {
  /// `1.5`, `-0.25`, `1.5s`, in nanoseconds.
  static func duration(_ text: String) -> Int64? {
    let isNegative = text.hasPrefix("-")
    var rest = isNegative ? text.dropFirst() : text[...]
    if rest.hasSuffix("s") { rest = rest.dropLast() }
    let parts = rest.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    guard let whole = parts.first, let fraction = nanoseconds(parts.count > 1 ? parts[1] : "0"),
      !whole.isEmpty || parts.count > 1, whole.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }),
      let seconds = whole.isEmpty ? 0 : Int64(whole), seconds < Int64.max / 1_000_000_001
    else { return nil }
    let time = seconds * 1_000_000_000 + fraction
    return isNegative ? -time : time
  }

  /// Nanoseconds since 1970 of `2024-01-05 10:00:00.5`, `2024-01-05T10:00:00Z`, `2024-01-05` or
  /// `Jan  5, 2024 10:00:00.5`, in UTC unless it names another offset.
  static func absolute(_ text: String) -> Int64? {
    var parts = text.split(whereSeparator: { $0 == " " || $0 == "T" || $0 == "t" || $0 == "," })[
      ...]
    guard let first = parts.popFirst() else { return nil }
    var (year, month, day): (Int, Int, Int)
    let date = first.split(separator: "-", omittingEmptySubsequences: false)
    if date.count == 3, let numbers = numbers(date) {
      (year, month, day) = (numbers[0], numbers[1], numbers[2])
    } else {
      // A month's name may hold a T of its own: "Oct" is cut into "Oc".
      guard let index = CalendarTime.monthNames.firstIndex(where: { text.hasPrefix($0) }) else {
        return nil
      }
      parts = text.dropFirst(3).split(whereSeparator: { $0 == " " || $0 == "," })[...]
      guard let dayText = parts.popFirst(), let yearText = parts.popFirst(),
        let numbers = numbers([dayText, yearText])
      else { return nil }
      (year, month, day) = (numbers[1], index + 1, numbers[0])
    }
    guard (1...12).contains(month), (1...31).contains(day), (1600...2200).contains(year) else {
      return nil
    }
    guard let clock = parts.popFirst() else { return time(year, month, day, 0, 0) }
    guard let (seconds, fraction) = timeOfDay(clock) else { return nil }
    if let zone = parts.popFirst(), zone != "UTC", zone != "Z" { return nil }
    return parts.isEmpty ? time(year, month, day, seconds, fraction) : nil
  }

  private static func timeOfDay(_ text: Substring) -> (seconds: Int, nanoseconds: Int64)? {
    var clock = text
    var shift = 0
    if clock.hasSuffix("Z") { clock = clock.dropLast() }
    if let sign = clock.lastIndex(where: { $0 == "+" || $0 == "-" }) {
      let zone = clock[clock.index(after: sign)...].filter { $0 != ":" }
      guard zone.count == 4, let number = numbers([zone[...]])?.first else { return nil }
      shift = (number / 100 * 60 + number % 100) * (clock[sign] == "-" ? -60 : 60)
      clock = clock[..<sign]
    }
    let halves = clock.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    guard let fraction = nanoseconds(halves.count > 1 ? halves[1] : "0"),
      let numbers = numbers(halves[0].split(separator: ":", omittingEmptySubsequences: false)),
      (2...3).contains(numbers.count), numbers[0] < 24, numbers[1] < 60,
      numbers.count == 2 || numbers[2] < 61
    else { return nil }
    let seconds = numbers[0] * 3600 + numbers[1] * 60 + (numbers.count == 3 ? numbers[2] : 0)
    return (seconds - shift, fraction)
  }

  private static func numbers(_ parts: [Substring]) -> [Int]? {
    let numbers = parts.compactMap { part in
      part.utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 } && part.utf8.count < 6 ? Int(part) : nil
    }
    return numbers.count == parts.count ? numbers : nil
  }

  /// Decimals of a second, any number of them; those below a nanosecond are dropped.
  private static func nanoseconds(_ decimals: Substring) -> Int64? {
    guard decimals.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else { return nil }
    var value: Int64 = 0
    var count = 0
    for digit in decimals.utf8.prefix(9) {
      value = value * 10 + Int64(digit - 0x30)
      count += 1
    }
    for _ in count..<9 { value *= 10 }
    return value
  }

  private static func time(_ year: Int, _ month: Int, _ day: Int, _ seconds: Int, _ fraction: Int64)
    -> Int64
  {
    // Days since 1970-01-01, counted in eras of 400 years that begin on 1 March.
    let shifted = month <= 2 ? year - 1 : year
    let era = shifted / 400
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    let days = era * 146_097 + dayOfEra - 719_468
    return Int64(days * 86_400 + seconds) * 1_000_000_000 + fraction
  }
}

extension String {
  func dropping(_ prefix: String) -> Substring? {
    hasPrefix(prefix) && utf8.count > prefix.utf8.count || self == prefix
      ? dropFirst(prefix.count) : nil
  }
}
