extension DisplayFilter {
  /// True where the filter chooses the frame whose fields `tree` holds, and whose bytes are `frame`.
  public func matches(_ tree: borrowing FieldBuffer, _ frame: Span<UInt8>) -> Bool {
    tree.passes(expression, frame)
  }
}

/// How the fields of one frame answer a filter.
extension FieldBuffer {
  fileprivate borrowing func passes(_ expression: FilterExpression, _ frame: Span<UInt8>) -> Bool {
    switch expression {
    case .and(let left, let right): passes(left, frame) && passes(right, frame)
    case .or(let left, let right): passes(left, frame) || passes(right, frame)
    case .xor(let left, let right): passes(left, frame) != passes(right, frame)
    case .not(let inner): !passes(inner, frame)
    case .present(let reference): firstItem(of: reference) != nil
    case .nonempty(let operand): values(of: operand, frame).contains { !$0.bytes.isEmpty }
    case .nonzero(let operand): values(of: operand, frame).contains { $0.isNonzero }
    case .field(let reference, let quantifier, let test): passes(reference, quantifier, test, frame)
    case .test(let operand, let quantifier, let test):
      quantifier.holds(for: values(of: operand, frame)) { test.accepts($0) }
    case .compare(let left, let relation, let quantifier, let right):
      compares(values(of: left, frame), relation, quantifier, values(of: right, frame))
    case .member(let operand, let quantifier, let members):
      isMember(operand, quantifier, members, frame)
    }
  }

  private borrowing func firstItem(of reference: FieldReference) -> Int? {
    var cursor = FieldCursor(reference)
    return cursor.next(in: self)
  }

  private borrowing func passes(
    _ reference: FieldReference, _ quantifier: FilterQuantifier, _ test: FilterTest,
    _ frame: Span<UInt8>
  ) -> Bool {
    var cursor = FieldCursor(reference)
    var isThere = false
    while let index = cursor.next(in: self) {
      isThere = true
      let passed = accepts(test, index, frame)
      if quantifier == .any, passed { return true }
      if quantifier == .all, !passed { return false }
    }
    return quantifier == .all && isThere
  }

  /// Holds one item against a test; nothing is allocated but for regular expressions.
  private borrowing func accepts(_ test: FilterTest, _ index: Int, _ frame: Span<UInt8>) -> Bool {
    if let value = number(at: index) { return test.accepts(value) }
    if case .content(let range) = items[index].value {
      return test.accepts(text.span(range))
    }
    guard items[index].field.type == .proto else { return false }
    let source = Int(items[index].source)
    if source == 0 {
      return test.accepts(frame.extracting(bytes(at: index, test.range, of: frame.count)))
    }
    guard source <= sources.count else { return false }
    let other = sources[source - 1].bytes
    return test.accepts(other.span.extracting(bytes(at: index, test.range, of: other.count)))
  }

  /// The value of an item, where that is no string and no bytes.
  private borrowing func number(at index: Int) -> FilterValue? {
    switch items[index].value {
    case .unsigned(let value): .unsigned(value)
    case .signed(let value): .signed(value)
    case .time(let value): .signed(value.clampedNanoseconds)
    case .double(let value): .double(value)
    case .ether(let address): .ether(address)
    case .ipv4(let address): .ipv4(address, mask: .max)
    case .ipv6(let high, let low): .ipv6(high: high, low: low, maskHigh: .max, maskLow: .max)
    case .none, .content: nil
    }
  }

  /// Where the bytes of a protocol lie: its own alone, or with all that it carries.
  private borrowing func bytes(at index: Int, _ range: FilterTest.ByteRange, of count: Int)
    -> Range<Int>
  {
    let start = min(max(Int(items[index].start), 0), count)
    let own = start..<max(start, min(start + Int(items[index].length), count))
    guard range == .withPayload else { return own }
    var end = count
    for earlier in 0..<index where items[earlier].field.isTrailer {
      let position = Int(items[earlier].start)
      if items[earlier].source == items[index].source, position >= own.upperBound {
        end = min(end, position)
      }
    }
    return start..<max(own.upperBound, end)
  }

  // MARK: Values

  private borrowing func values(of operand: FilterOperand, _ frame: Span<UInt8>) -> [FilterValue] {
    switch operand {
    case .constant(let value): return [value]
    case .field(let reference):
      var values: [FilterValue] = []
      var cursor = FieldCursor(reference)
      while let index = cursor.next(in: self) {
        if let value = value(at: index, frame) { values.append(value) }
      }
      return values
    case .slice(let inner, let slices):
      return values(of: inner, frame).map { .bytes($0.bytes(in: slices)) }
    case .negated(let inner): return values(of: inner, frame).compactMap { $0.negated }
    case .calculate(let operation, let left, let right):
      let others = values(of: right, frame)
      return values(of: left, frame).flatMap { value in
        others.compactMap { value.calculated(operation, $0) }
      }
    case .call(let function, let arguments): return call(function, arguments, frame)
    }
  }

  private borrowing func value(at index: Int, _ frame: Span<UInt8>) -> FilterValue? {
    if let value = number(at: index) { return value }
    if case .content(let range) = items[index].value {
      return .bytes(text.span(range).copy)
    }
    guard items[index].field.type == .proto else { return nil }
    let source = Int(items[index].source)
    if source > 0 {
      guard source <= sources.count else { return nil }
      let bytes = sources[source - 1].bytes
      return .bytes(Array(bytes[self.bytes(at: index, .own, of: bytes.count)]))
    }
    var copy: [UInt8] = []
    for position in bytes(at: index, .own, of: frame.count) { copy.append(frame[position]) }
    return .bytes(copy)
  }

  private borrowing func call(
    _ function: FilterFunction, _ arguments: [FilterOperand], _ frame: Span<UInt8>
  ) -> [FilterValue] {
    if case .field(let reference)? = arguments.first {
      switch function {
      case .count: return count(of: reference)
      case .len: return lengths(of: reference)
      default: break
      }
    }
    let values = arguments.flatMap { self.values(of: $0, frame) }
    switch function {
    case .count: return values.isEmpty ? [] : [.unsigned(UInt64(values.count))]
    case .len: return values.map { .unsigned(UInt64($0.bytes.count)) }
    case .lower: return values.map { .bytes($0.bytes.map { isUpper($0) ? $0 | 0x20 : $0 }) }
    case .upper: return values.map { .bytes($0.bytes.map { isUpper($0 ^ 0x20) ? $0 ^ 0x20 : $0 }) }
    case .string: return values.map { .bytes($0.shown) }
    case .abs: return values.compactMap { $0.magnitude }
    case .min: return values.min { $0.order(to: $1) < 0 }.map { [$0] } ?? []
    case .max: return values.max { $0.order(to: $1) < 0 }.map { [$0] } ?? []
    }
  }

  private borrowing func count(of reference: FieldReference) -> [FilterValue] {
    var cursor = FieldCursor(reference)
    var count: UInt64 = 0
    while cursor.next(in: self) != nil { count += 1 }
    return count == 0 ? [] : [.unsigned(count)]
  }

  /// Lengths in bytes: of strings and bytes as they are, of all else by their type.
  private borrowing func lengths(of reference: FieldReference) -> [FilterValue] {
    var lengths: [FilterValue] = []
    var cursor = FieldCursor(reference)
    while let index = cursor.next(in: self) {
      let length =
        switch items[index].value {
        case .content(let range): Int(range.count)
        case .ether: 6
        case .ipv4: 4
        case .ipv6: 16
        case .none: Int(items[index].length)
        default: items[index].field.type.bits / 8
        }
      lengths.append(.unsigned(UInt64(clamping: length)))
    }
    return lengths
  }

  private borrowing func compares(
    _ left: [FilterValue], _ relation: FilterRelation, _ quantifier: FilterQuantifier,
    _ right: [FilterValue]
  ) -> Bool {
    if right.isEmpty { return false }
    return quantifier.holds(for: left) { value in
      quantifier.holds(for: right) { other in
        relation == .contains
          ? value.bytes.span.contains(other.bytes) : relation.holds(value.order(to: other))
      }
    }
  }

  private borrowing func isMember(
    _ operand: FilterOperand, _ quantifier: FilterQuantifier, _ members: [FilterMember],
    _ frame: Span<UInt8>
  ) -> Bool {
    let ranges = members.flatMap { member in
      let highs = values(of: member.high, frame)
      return values(of: member.low, frame).flatMap { low in
        highs.map { ClosedFilterRange(low: low, high: $0) }
      }
    }
    let test = FilterTest.isIn(ranges)
    return quantifier.holds(for: values(of: operand, frame)) { test.accepts($0) }
  }
}

/// Goes through the items of a field.
private struct FieldCursor {
  private let reference: FieldReference
  private var position = 0
  /// Occurrences of the field's protocol so far; counted only where layers are asked for.
  private var layer = 0

  init(_ reference: FieldReference) { self.reference = reference }

  mutating func next(in tree: borrowing FieldBuffer) -> Int? {
    while position < tree.items.count {
      let index = position
      position += 1
      let id = tree.items[index].field.id
      if let layers = reference.layers {
        if id == reference.protocolID, tree.items[index].field.type == .proto { layer += 1 }
        if id == reference.id, layers.contains(where: { $0.includes(layer) }) { return index }
      } else if id == reference.id {
        return index
      }
    }
    return nil
  }
}

extension FilterSlice {
  /// For `#[1-2]`: layers count from 1.
  fileprivate func includes(_ layer: Int) -> Bool { layer >= first && layer <= last ?? .max }
}

extension FilterQuantifier {
  fileprivate func holds(for values: [FilterValue], _ test: (FilterValue) -> Bool) -> Bool {
    switch self {
    case .any: values.contains(where: test)
    case .all: !values.isEmpty && values.allSatisfy(test)
    }
  }
}

extension Field {
  /// Bytes after the payload of the layers above.
  fileprivate var isTrailer: Bool {
    id == .padding || id == .trailer || id == .frameCheck
  }
}

extension FieldID {
  fileprivate static let padding = Self("eth.padding")
  fileprivate static let trailer = Self("eth.trailer")
  fileprivate static let frameCheck = Self("eth.fcs")
}

extension FilterTest {
  /// Which of a protocol's bytes a test looks at: Wireshark searches its payload too.
  enum ByteRange {
    case own
    case withPayload
  }
  fileprivate var range: ByteRange {
    switch self {
    case .contains, .matches: .withPayload
    case .compare, .isIn: .own
    }
  }

  fileprivate func accepts(_ bytes: Span<UInt8>) -> Bool {
    switch self {
    case .compare(let relation, .bytes(let constant)): relation.holds(bytes.order(to: constant))
    case .compare: false
    case .contains(let part): bytes.contains(part)
    case .matches(let pattern): pattern.matches(bytes)
    case .isIn(let ranges):
      ranges.contains { range in
        guard case .bytes(let low) = range.low, case .bytes(let high) = range.high else {
          return false
        }
        return bytes.order(to: low) >= 0 && bytes.order(to: high) <= 0
      }
    }
  }

  fileprivate func accepts(_ value: FilterValue) -> Bool {
    switch self {
    case .compare(let relation, let constant): relation.holds(value.order(to: constant))
    case .contains, .matches: accepts(value.bytes.span)
    case .isIn(let ranges):
      ranges.contains { value.order(to: $0.low) >= 0 && value.order(to: $0.high) <= 0 }
    }
  }
}

extension Span<UInt8> {
  /// Byte by byte; of two that are equal as far as they go, the longer is the greater.
  fileprivate func order(to other: [UInt8]) -> Int {
    for index in 0..<Swift.min(count, other.count) where self[index] != other[index] {
      return self[index] < other[index] ? -1 : 1
    }
    return count - other.count
  }

  fileprivate func contains(_ part: [UInt8]) -> Bool {
    guard let first = part.first, part.count <= count else { return part.isEmpty }
    for start in 0...count - part.count where self[start] == first {
      var length = 1
      while length < part.count, self[start + length] == part[length] { length += 1 }
      if length == part.count { return true }
    }
    return false
  }
}

extension FilterValue {
  /// Below, at or above zero as the value is less than, equal to or greater than `other`.
  ///
  /// An address that is a network means all of its addresses.
  fileprivate func order(to other: FilterValue) -> Int {
    switch (self, other) {
    case (.unsigned(let left), .unsigned(let right)), (.ether(let left), .ether(let right)):
      sign(left, right)
    case (.signed(let left), .signed(let right)): sign(left, right)
    case (.unsigned(let left), .signed(let right)):
      right < 0 ? 1 : sign(left, UInt64(right))
    case (.signed(let left), .unsigned(let right)):
      left < 0 ? -1 : sign(UInt64(left), right)
    case (.double(let left), .double(let right)): sign(left, right)
    case (.ipv4(let left, let mask), .ipv4(let right, let otherMask)):
      sign(left & mask & otherMask, right & mask & otherMask)
    case (
      .ipv6(let high, let low, let maskHigh, let maskLow),
      .ipv6(let otherHigh, let otherLow, let otherMaskHigh, let otherMaskLow)
    ):
      ipv6Order(
        (high & maskHigh & otherMaskHigh, low & maskLow & otherMaskLow),
        (otherHigh & maskHigh & otherMaskHigh, otherLow & maskLow & otherMaskLow))
    default: bytes.span.order(to: other.bytes)
    }
  }

  fileprivate var isNonzero: Bool {
    switch self {
    case .unsigned(let value): value != 0
    case .signed(let value): value != 0
    case .double(let value): value != 0
    default: bytes.contains { $0 != 0 }
    }
  }

  /// In network order.
  fileprivate var bytes: [UInt8] {
    func octets(_ value: UInt64, _ count: Int) -> [UInt8] {
      (0..<count).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * (count - 1 - $0))) }
    }
    return switch self {
    case .unsigned(let value): octets(value, 8)
    case .signed(let value): octets(UInt64(bitPattern: value), 8)
    case .double(let value): octets(value.bitPattern, 8)
    case .ether(let address): octets(address, 6)
    case .ipv4(let address, _): octets(UInt64(address), 4)
    case .ipv6(let high, let low, _, _): octets(high, 8) + octets(low, 8)
    case .bytes(let bytes): bytes
    }
  }

  fileprivate func bytes(in slices: [FilterSlice]) -> [UInt8] {
    let whole = bytes
    return slices.flatMap { slice in slice.range(in: whole.count).map { Array(whole[$0]) } ?? [] }
  }

  /// The text of `string()`.
  fileprivate var shown: [UInt8] {
    var text = TextBuffer()
    switch self {
    case .unsigned(let value): text.write(decimal: value)
    case .signed(let value): text.write(decimal: value)
    case .double(let value): text.write("\(value)")
    case .ether(let address): text.write(ether: address)
    case .ipv4(let address, _): text.write(ipv4: address)
    case .ipv6(let high, let low, _, _): text.write(ipv6High: high, low: low)
    case .bytes(let bytes): return bytes
    }
    return text.bytes
  }

  fileprivate var negated: FilterValue? {
    switch self {
    case .unsigned(let value): Int64(exactly: value).map { .signed(-$0) }
    case .signed(let value): value == .min ? nil : .signed(-value)
    case .double(let value): .double(-value)
    default: nil
    }
  }

  fileprivate var magnitude: FilterValue? {
    switch self {
    case .signed(let value): value < 0 ? negated : self
    case .double(let value): .double(value.magnitude)
    default: self
    }
  }

  /// nil where the result does not fit, or nothing can be divided.
  fileprivate func calculated(_ operation: FilterArithmetic, _ other: FilterValue) -> FilterValue? {
    switch (self, other) {
    case (.unsigned(let left), .unsigned(let right)):
      operation.result(left, right).map { .unsigned($0) }
    case (.signed(let left), .signed(let right)):
      operation.result(left, right).map { .signed($0) }
    case (.unsigned(let left), .signed(let right)):
      Int64(exactly: left).flatMap { operation.result($0, right) }.map { .signed($0) }
    case (.signed(let left), .unsigned(let right)):
      Int64(exactly: right).flatMap { operation.result(left, $0) }.map { .signed($0) }
    case (.double(let left), .double(let right)):
      switch operation {
      case .add: .double(left + right)
      case .subtract: .double(left - right)
      case .multiply: .double(left * right)
      case .divide: .double(left / right)
      case .modulo: .double(left.truncatingRemainder(dividingBy: right))
      case .mask: nil
      }
    case (.ipv4(let left, _), .ipv4(let right, _)) where operation == .mask:
      .ipv4(left & right, mask: .max)
    case (.ipv6(let high, let low, _, _), .ipv6(let otherHigh, let otherLow, _, _))
    where operation == .mask:
      .ipv6(high: high & otherHigh, low: low & otherLow, maskHigh: .max, maskLow: .max)
    default: operation == .mask ? .bytes(zip(bytes, other.bytes).map { $0 & $1 }) : nil
    }
  }
}

private func isUpper(_ byte: UInt8) -> Bool {
  byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z")
}

private func sign<Value: Comparable>(_ left: Value, _ right: Value) -> Int {
  left < right ? -1 : left == right ? 0 : 1
}

private func ipv6Order(_ left: (UInt64, UInt64), _ right: (UInt64, UInt64)) -> Int {
  left < right ? -1 : left == right ? 0 : 1
}

extension FilterArithmetic {
  /// nil where the result does not fit, or nothing can be divided.
  func result<Value: FixedWidthInteger>(_ left: Value, _ right: Value) -> Value? {
    let result =
      switch self {
      case .add: left.addingReportingOverflow(right)
      case .subtract: left.subtractingReportingOverflow(right)
      case .multiply: left.multipliedReportingOverflow(by: right)
      case .divide: left.dividedReportingOverflow(by: right)
      case .modulo: left.remainderReportingOverflow(dividingBy: right)
      case .mask: (partialValue: left & right, overflow: false)
      }
    return result.overflow ? nil : result.partialValue
  }
}
