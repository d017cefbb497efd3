import Fields

/// The options of mobility messages, each a type, a length and its value (RFC 6275 6.2).
struct MobilityOptions: ~Escapable {
  private let reader: ByteReader
  private let start: Int
  private let end: Int

  @_lifetime(copy reader)
  init(_ reader: borrowing ByteReader, from start: Int, to end: Int) {
    self.reader = copy reader
    (self.start, self.end) = (start, end)
  }

  func describe(into tree: inout FieldBuffer) throws(DecodeError) {
    let fields = MobilityOptionFields.fields
    var at = start
    while at < end {
      let type = try reader.uint8(at: at)
      guard type > 0 else {
        let pad = tree.add(fields.pad1, reader.bytes.part(at, at + 1), at: at)
        tree.relabel(pad, "MIPv6 Option - Pad1")
        at += 1
        continue
      }
      let option = fields.option(type)
      let name = option?.name ?? "Unknown (0x\(String(type, radix: 16)))"
      guard at + 2 <= end else {
        addEnd("\(name) (length byte past end of options)", at: at, into: &tree)
        return
      }
      let length = Int(try reader.uint8(at: at + 1))
      guard at + 2 + length <= end else {
        addEnd(
          "\(name) (option length = \(length) byte\(length == 1 ? "" : "s") says option goes past "
            + "end of options)", at: at, into: &tree)
        return
      }
      if let option {
        try describe(option, at: at, length, into: &tree)
      } else {
        try describeUnknown(type, name, at: at, length, into: &tree)
      }
      at += 2 + length
    }
  }

  /// The line that ends options which do not fit.
  private func addEnd(_ words: String, at offset: Int, into tree: inout FieldBuffer) {
    let item = tree.addText(words, at: offset, count: end - offset)
    tree.expert(
      MobilityOptionFields.fields.invalidLength, .warning, .proto, words, under: item)
  }

  private func describeUnknown(
    _ type: UInt8, _ name: String, at offset: Int, _ length: Int, into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let fields = MobilityOptionFields.fields
    let item = tree.addText(name, at: offset, count: length + 2)
    tree.open(item)
    tree.add(fields.type, type, at: offset, count: 1)
    tree.add(fields.length, UInt8(length), at: offset + 1, count: 1)
    tree.expert(
      fields.undecoded, .note, .undecoded, "IE data not dissected yet", under: item)
    tree.close(item)
  }

  private func describe(
    _ option: MobilityOptionFields.Option, at offset: Int, _ length: Int,
    into tree: inout FieldBuffer
  ) throws(DecodeError) {
    let fields = MobilityOptionFields.fields
    // What is read beyond the option's end is malformed.
    try reader.require(length + 2, at: offset)
    let value = reader.bytes.part(offset + 2, offset + 2 + length)
    let item = tree.add(option.field, reader.bytes.part(offset, offset + 2 + length), at: offset)
    tree.relabel(item, "MIPv6 Option - \(option.name)")
    tree.open(item)
    defer { tree.close(item) }
    let lengthItem = tree.add(fields.length, UInt8(length), at: offset + 1, count: 1)
    if let needed = option.needed,
      option.isLeast ? length < needed : length != needed
    {
      tree.expert(
        fields.invalidLength, .warning, .proto,
        "\(option.name) (with option length = \(length) byte\(length == 1 ? "" : "s"); should be "
          + "\(option.isLeast ? ">= " : "")\(needed))", under: lengthItem)
    }
    var at = 0
    for step in option.steps {
      at = try describe(step, value, at: at, base: offset + 2, item, into: &tree)
    }
  }

  /// Returns where the next part begins.
  private func describe(
    _ step: MobilityOptionFields.Step, _ value: Span<UInt8>, at start: Int, base: Int,
    _ item: FieldIndex, into tree: inout FieldBuffer
  ) throws(DecodeError) -> Int {
    func number(_ count: Int) throws(DecodeError) -> UInt64 {
      guard start + count <= value.count else { throw reader.malformed }
      return (0..<count).reduce(0) { $0 << 8 | UInt64(value[start + $1]) }
    }
    let at = base + start
    switch step {
    case .skip(let count): return start + count
    case .number(let field, let suffix):
      let count = field.type.bits / 8
      let read = try number(count)
      let part = tree.add(field, read, at: at, count: count)
      switch suffix {
      case .none: break
      case .quarters: tree.note(part, " (\(read * 4) seconds)")
      case .named:
        if case .names(let name) = field.meaning {
          tree.note(item, ": \(name(read) ?? "<unknown>")")
        }
      case .namedApart:
        if case .names(let name) = field.meaning {
          tree.note(item, ": \(name(read) ?? "<unknown>") ")
        }
      case .shown: tree.note(item, ": \(read)")
      }
      return start + count
    case .bits(let count, let parts):
      let read = try number(count)
      for field in parts { tree.add(field, bitsOf: read, at: at, count: count) }
      return start + count
    case .ipv4(let field, let shown):
      let address = UInt32(truncatingIfNeeded: try number(4))
      tree.add(field, .ipv4(address), at: at, count: 4)
      if shown == .behindColon {
        tree.note(item) {
          $0.write(": ")
          $0.write(ipv4: address)
        }
      }
      return start + 4
    case .ipv6(let field, let shown):
      _ = try number(16)
      let address = value.ipv6Address(at: start)
      tree.add(field, .ipv6(high: address.high, low: address.low), at: at, count: 16)
      if shown == .behindColon {
        tree.note(item) {
          $0.write(": ")
          $0.write(ipv6: address)
        }
      }
      return start + 16
    case .again(let field):
      guard start >= 17, start <= value.count else { throw reader.malformed }
      let address = value.ipv6Address(at: start - 16)
      let prefix = tree.add(field, at: at - 17, count: 17, .generated) {
        $0.write(ipv6: address)
      }
      tree.note(prefix, "/\(value[start - 17])")
      return start
    case .time(let field, let clock):
      let (whole, nanoseconds): (UInt64, UInt64)
      let stamp = try number(8)
      switch clock {
      case .nanoseconds: (whole, nanoseconds) = (stamp >> 32, stamp & 0xffff_ffff)
      case .fractions:
        (whole, nanoseconds) = (stamp >> 16, (stamp & 0xffff) * 1_000_000_000 / 65_536)
      }
      let (seconds, isBeyond) = Int64(whole).multipliedReportingOverflow(by: 1_000_000_000)
      let time = isBeyond ? .max : seconds &+ Int64(nanoseconds)
      tree.add(field, .time(time), at: at, count: 8)
      if clock == .fractions {
        tree.note(item) {
          $0.write(": ")
          $0.write(absolute: time)
        }
      }
      return start + 8
    case .left(let count, let step):
      guard value.count - start == count else { return start }
      return try describe(step, value, at: start, base: base, item, into: &tree)
    case .first(let mask, is: let wanted, let step):
      guard value.count > 0, value[0] & mask == wanted else { return start }
      return try describe(step, value, at: start, base: base, item, into: &tree)
    case .delegated(let short, let long):
      guard start > 0, start <= value.count else { throw reader.malformed }
      switch value.count - start {
      case 4:
        _ = try describe(
          .ipv4(short, .behindColon), value, at: start, base: base, item, into: &tree)
      case 16:
        _ = try describe(.ipv6(long, .behindColon), value, at: start, base: base, item, into: &tree)
      default:
        let invalid = MobilityOptionFields.fields.invalidLength
        let wrong = tree.add(invalid, .none, at: at, count: 0)
        tree.expert(invalid, .warning, .proto, "Invalid length for option", under: wrong)
        return start
      }
      tree.note(item, "/\(value[start - 1])")
      return value.count
    case .requests(let type, let length, let data):
      var next = start
      while next < value.count {
        guard next + 2 <= value.count else { throw reader.malformed }
        tree.add(type, value[next], at: base + next, count: 1)
        let count = Int(value[next + 1])
        tree.add(length, UInt8(count), at: base + next + 1, count: 1)
        guard next + 2 + count <= value.count else { throw reader.malformed }
        if count > 0 {
          tree.add(data, value.part(next + 2, next + 2 + count), at: base + next + 2)
        }
        next += 2 + count
      }
      return next
    case .prefix(let length, let field):
      let bits = try number(1)
      tree.add(length, bits, at: at, count: 1)
      guard start + 17 <= value.count else { throw reader.malformed }
      let address = value.ipv6Address(at: start + 1)
      tree.add(field, .ipv6(high: address.high, low: address.low), at: at + 1, count: 16)
      tree.note(item) {
        $0.write(": ")
        $0.write(ipv6: address)
        $0.write("/\(bits)")
      }
      return start + 17
    case .rest(let field, let less):
      // One byte less than nothing is all there is.
      let left = value.count - start
      let count = left - less == -1 ? left : left - less
      guard count >= 0 else { throw reader.malformed }
      tree.add(field, value.part(start, start + count), at: at)
      return value.count
    case .text(let field):
      if start + 1 < value.count {
        let text = value.part(start, value.count)
        tree.add(field, text, at: at)
        tree.note(item) {
          $0.write(": ")
          $0.write(printable: text)
        }
      }
      return value.count
    case .labels(let field):
      guard start < value.count else { return start }
      var (labels, next) = ([UInt8](), Int(value[start]) + 1)
      for index in start + 1..<value.count {
        if index - start == next {
          next += Int(value[index]) + 1
          labels.append(UInt8(ascii: "."))
        } else {
          labels.append(value[index])
        }
      }
      tree.add(field, labels.span, at: at)
      tree.note(item) {
        $0.write(": ")
        $0.write(printable: labels.span)
      }
      return value.count
    case .some(let field, let less):
      if start < value.count - less {
        tree.add(field, value.part(start, value.count - less), at: at)
      }
      return value.count
    }
  }
}
