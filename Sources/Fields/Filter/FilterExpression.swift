/// A display filter in Wireshark's language (4.0), compiled: which frames it chooses is asked of their fields.
///
/// Beyond Wireshark 4.0 it takes constants on the left, `xor`, and blanks between the members of a set.
public struct DisplayFilter {
  let expression: FilterExpression
  /// The fields it reads.
  public let fields: Set<FieldID>
  /// The names of those that it names.
  public let fieldNames: Set<String>
  /// Whether it looks into the bytes of protocols: where these end, other layers say.
  public let readsProtocols: Bool

  /// Throws where the text is no filter, or compares what cannot be compared.
  public init(_ text: String, fields names: FieldNames) throws(FilterError) {
    var parser = try FilterParser(text, names)
    expression = try parser.parse()
    (fields, fieldNames) = (parser.fields, parser.fieldNames)
    readsProtocols = expression.readsProtocols
  }
}

/// What a filter asks of a frame.
indirect enum FilterExpression {
  case and(FilterExpression, FilterExpression)
  case or(FilterExpression, FilterExpression)
  case xor(FilterExpression, FilterExpression)
  case not(FilterExpression)
  /// A field is there.
  case present(FieldReference)
  /// A slice has bytes.
  case nonempty(FilterOperand)
  /// The operand has a value that is not zero.
  case nonzero(FilterOperand)
  /// A field against constants: nothing is allocated for it.
  case field(FieldReference, FilterQuantifier, FilterTest)
  /// The same for what is worked out from fields.
  case test(FilterOperand, FilterQuantifier, FilterTest)
  case compare(FilterOperand, FilterRelation, FilterQuantifier, FilterOperand)
  case member(FilterOperand, FilterQuantifier, [FilterMember])
}

extension FilterExpression {
  /// Whether more is asked of a protocol than whether it is there.
  fileprivate var readsProtocols: Bool {
    switch self {
    case .and(let left, let right), .or(let left, let right), .xor(let left, let right):
      left.readsProtocols || right.readsProtocols
    case .not(let inner): inner.readsProtocols
    case .present: false
    case .nonempty(let operand), .nonzero(let operand), .test(let operand, _, _):
      operand.readsProtocols
    case .field(let reference, _, _): reference.kind == .proto
    case .compare(let left, _, _, let right): left.readsProtocols || right.readsProtocols
    case .member(let operand, _, let members):
      operand.readsProtocols
        || members.contains { $0.low.readsProtocols || $0.high.readsProtocols }
    }
  }
}

/// A field, in all layers of its protocol or some.
struct FieldReference {
  let id: FieldID
  let kind: FilterKind
  /// `#2`: the occurrences of the protocol that count; nil for all.
  var layers: [FilterSlice]?
  let protocolID: FieldID

  init(_ field: Field) {
    id = field.id
    kind = FilterKind(field.type)
    let prefix = field.name.prefix { $0 != "." }
    protocolID = FieldID(String(prefix))
  }
}

/// Of several values, how many must pass; there must be one.
enum FilterQuantifier {
  case any
  case all
}

enum FilterRelation {
  case equal, notEqual, less, lessOrEqual, greater, greaterOrEqual
  case contains, matches

  /// For an order below, at, or above zero.
  func holds(_ order: Int) -> Bool {
    switch self {
    case .equal: order == 0
    case .notEqual: order != 0
    case .less: order < 0
    case .lessOrEqual: order <= 0
    case .greater: order > 0
    case .greaterOrEqual: order >= 0
    case .contains, .matches: false
    }
  }

  /// The relation with its sides changed.
  var mirrored: FilterRelation? {
    switch self {
    case .equal, .notEqual: self
    case .less: .greater
    case .lessOrEqual: .greaterOrEqual
    case .greater: .less
    case .greaterOrEqual: .lessOrEqual
    case .contains, .matches: nil
    }
  }
}

/// What one value is held against.
enum FilterTest {
  case compare(FilterRelation, FilterValue)
  case contains([UInt8])
  case matches(FilterPattern)
  case isIn([ClosedFilterRange])
}

/// A member of a set of constants; both ends are the same for a single value.
struct ClosedFilterRange {
  let low: FilterValue
  let high: FilterValue
}

/// A member of a set with fields in it.
struct FilterMember {
  let low: FilterOperand
  let high: FilterOperand
}

indirect enum FilterOperand {
  case field(FieldReference)
  case constant(FilterValue)
  case slice(FilterOperand, [FilterSlice])
  case call(FilterFunction, [FilterOperand])
  case calculate(FilterArithmetic, FilterOperand, FilterOperand)
  case negated(FilterOperand)
}

extension FilterOperand {
  fileprivate var readsProtocols: Bool {
    switch self {
    case .field(let reference): reference.kind == .proto
    case .constant: false
    case .slice(let inner, _), .negated(let inner): inner.readsProtocols
    case .call(_, let arguments): arguments.contains { $0.readsProtocols }
    case .calculate(_, let left, let right): left.readsProtocols || right.readsProtocols
    }
  }
}

/// Bytes `first` up to `last`, both counted; a negative number counts from the end.
struct FilterSlice {
  let first: Int
  /// nil for all that is left.
  let last: Int?

  /// The range in `count` bytes; nil where it does not lie within them.
  func range(in count: Int) -> Range<Int>? {
    let low = first < 0 ? count + first : first
    let high = last.map { $0 < 0 ? count + $0 : $0 } ?? count - 1
    guard low >= 0, low <= high, high < count else { return nil }
    return low..<high + 1
  }

  /// `[2]`, `[1-2]`, `[0:3]`, `[:4]`, `[4:]`, `[-2:]`, and several of them with commas.
  static func list(_ text: String) -> [FilterSlice]? {
    var slices: [FilterSlice] = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      guard let slice = FilterSlice(part.filter { $0 != " " }) else { return nil }
      slices.append(slice)
    }
    return slices
  }

  private init?(_ text: String) {
    if let colon = text.firstIndex(of: ":") {
      let (before, after) = (text[..<colon], text[text.index(after: colon)...])
      guard let start = before.isEmpty ? 0 : Int(before) else { return nil }
      first = start
      if after.isEmpty {
        last = nil
        return
      }
      guard let count = Int(after), count > 0 else { return nil }
      let (end, overflows) = start.addingReportingOverflow(count - 1)
      guard !overflows, start >= 0 || end < 0 else { return nil }
      last = end
      return
    }
    if let dash = text.dropFirst().firstIndex(of: "-") {
      guard let start = Int(text[..<dash]), let end = Int(text[text.index(after: dash)...]) else {
        return nil
      }
      (first, last) = (start, end)
      return
    }
    guard let only = Int(text) else { return nil }
    (first, last) = (only, only)
  }
}

enum FilterFunction: String, CaseIterable {
  case len, count, lower, upper, string, min, max, abs
}

enum FilterArithmetic: String {
  case add = "+"
  case subtract = "-"
  case multiply = "*"
  case divide = "/"
  case modulo = "%"
  case mask = "&"
}
