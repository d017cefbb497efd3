/// From the text of a display filter to its expression.
struct FilterParser {
  private let names: FieldNames
  private let tokens: [FilterToken]
  private var position = 0
  private var nesting = 0
  private(set) var fields: Set<FieldID> = []
  private(set) var fieldNames: Set<String> = []

  /// Parentheses, brackets and nots within each other.
  private static let nestingLimit = 200

  init(_ text: String, _ names: FieldNames) throws(FilterError) {
    self.names = names
    tokens = try FilterLexer.tokens(of: text)
  }

  mutating func parse() throws(FilterError) -> FilterExpression {
    guard next.kind != .end else { throw error("the filter is empty") }
    let expression = try parseOr()
    guard next.kind == .end else { throw unexpected() }
    return expression
  }

  // MARK: Logic

  private mutating func parseOr() throws(FilterError) -> FilterExpression {
    var left = try parseXor()
    while take(.or) { left = .or(left, try parseXor()) }
    return left
  }
  private mutating func parseXor() throws(FilterError) -> FilterExpression {
    var left = try parseAnd()
    while take(.xor) { left = .xor(left, try parseAnd()) }
    return left
  }
  private mutating func parseAnd() throws(FilterError) -> FilterExpression {
    var left = try parseNot()
    while take(.and) { left = .and(left, try parseNot()) }
    return left
  }
  private mutating func parseNot() throws(FilterError) -> FilterExpression {
    try descend()
    defer { nesting -= 1 }
    if take(.not) { return .not(try parseNot()) }
    if take(.openParenthesis) {
      let inner = try parseOr()
      try expect(.closeParenthesis)
      return inner
    }
    return try parseTest()
  }

  // MARK: Comparisons

  /// An operand with what its value is, or a constant that waits for its kind.
  private struct Side {
    var operand: FilterOperand?
    var literal: FilterLiteral?
    var kind = FilterKind.none
    /// The field that gives names of values, and limits.
    var field: Field?
    let column: Int
    let text: String
  }

  private mutating func parseTest() throws(FilterError) -> FilterExpression {
    var quantifier: FilterQuantifier?
    if take(.any) { quantifier = .any } else if take(.all) { quantifier = .all }
    var left = try parseOperand()
    guard let (relation, defaultQuantifier) = takeRelation() else {
      if take(.isIn) { return try parseSet(left, quantifier ?? .any) }
      guard quantifier == nil else { throw error("a comparison must follow any and all") }
      return try presence(of: left)
    }
    var right = try parseOperand()
    var result = try compare(left, relation, quantifier ?? defaultQuantifier, right)
    // a < b < c
    while let (relation, defaultQuantifier) = takeRelation() {
      left = right
      right = try parseOperand()
      result = .and(result, try compare(left, relation, quantifier ?? defaultQuantifier, right))
    }
    return result
  }

  private mutating func takeRelation() -> (FilterRelation, FilterQuantifier)? {
    guard case .symbol(let symbol) = next.kind else { return nil }
    let result: (FilterRelation, FilterQuantifier)
    switch symbol {
    case .equal: result = (.equal, .any)
    case .allEqual: result = (.equal, .all)
    case .notEqual: result = (.notEqual, .all)
    case .anyNotEqual, .oldNotEqual: result = (.notEqual, .any)
    case .less: result = (.less, .any)
    case .lessOrEqual: result = (.lessOrEqual, .any)
    case .greater: result = (.greater, .any)
    case .greaterOrEqual: result = (.greaterOrEqual, .any)
    case .contains: result = (.contains, .any)
    case .matches: result = (.matches, .any)
    default: return nil
    }
    position += 1
    return result
  }

  private func presence(of side: Side) throws(FilterError) -> FilterExpression {
    guard let operand = side.operand else { throw noField(side) }
    switch operand {
    case .field(let reference): return .present(reference)
    case .slice: return .nonempty(operand)
    case .calculate(.mask, _, _): return .nonzero(operand)
    case .call: throw FilterError(column: side.column, "the result of a function must be compared")
    case .constant, .calculate, .negated:
      throw FilterError(column: side.column, "the result must be compared")
    }
  }

  private func compare(
    _ left: Side, _ relation: FilterRelation, _ quantifier: FilterQuantifier, _ right: Side
  ) throws(FilterError) -> FilterExpression {
    guard let operand = left.operand else {
      // A constant on the left is what a field on the right is compared with.
      guard let mirrored = relation.mirrored, right.operand != nil else {
        throw noField(left)
      }
      return try compare(right, mirrored, quantifier, left)
    }
    try check(left, relation)
    guard let literal = right.literal else {
      guard let other = right.operand else { throw noField(right) }
      guard left.kind.compares(with: right.kind) else {
        throw FilterError(
          column: right.column,
          "\(left.text) is \(left.kind.name), \(right.text) \(right.kind.name): they do not compare"
        )
      }
      if relation == .matches {
        throw FilterError(column: right.column, "matches needs a string in double quotes")
      }
      return .compare(operand, relation, quantifier, other)
    }
    let test = try self.test(left, relation, literal)
    if case .field(let reference) = operand { return .field(reference, quantifier, test) }
    return .test(operand, quantifier, test)
  }

  private func check(_ side: Side, _ relation: FilterRelation) throws(FilterError) {
    let fits =
      switch relation {
      case .contains: side.kind.canContain
      case .matches: side.kind.canMatch
      default: side.kind != .none
      }
    guard fits else {
      let verb =
        switch relation {
        case .contains: "contain anything"
        case .matches: "match anything"
        default: "be compared"
        }
      throw FilterError(column: side.column, "\(side.text) is \(side.kind.name) and cannot \(verb)")
    }
  }

  private func test(
    _ left: Side, _ relation: FilterRelation, _ literal: FilterLiteral
  ) throws(FilterError) -> FilterTest {
    switch relation {
    case .matches:
      guard case .string(let pattern) = literal.token.kind else {
        throw FilterError(
          column: literal.token.column, "matches needs a string in double quotes")
      }
      do { return .matches(try FilterPattern(pattern)) } catch {
        throw FilterError(
          column: literal.token.column, "\(literal.token.text) is no regular expression")
      }
    case .contains: return .contains(try literal.bytes(for: left.kind))
    default: return .compare(relation, try value(of: literal, like: left))
    }
  }

  /// The constant as the kind of `side`; where it is none, it may be a field misspelt.
  private func value(of literal: FilterLiteral, like side: Side) throws(FilterError) -> FilterValue
  {
    do throws(FilterError) { return try literal.value(as: side.kind, of: side.field) } catch {
      if case .word(let word) = literal.token.kind, word.looksLikeFieldName(in: names) {
        throw noField(word, error.column)
      }
      throw error
    }
  }

  private func noField(_ side: Side) -> FilterError {
    if case .word(let word)? = side.literal?.token.kind, word.looksLikeName {
      return noField(word, side.column)
    }
    return FilterError(column: side.column, "\(side.text) is no field; one side must be a field")
  }

  private func noField(_ name: String, _ column: Int) -> FilterError {
    FilterError(column: column, names.complaint(about: name))
  }

  private mutating func parseSet(
    _ side: Side, _ quantifier: FilterQuantifier
  ) throws(FilterError) -> FilterExpression {
    guard let operand = side.operand else { throw noField(side) }
    guard side.kind != .none else {
      throw FilterError(
        column: side.column, "\(side.text) is \(side.kind.name) and cannot be compared")
    }
    try expect(.openBrace)
    var members: [FilterMember] = []
    repeat {
      let low = try member(of: side)
      members.append(FilterMember(low: low, high: take(.dots) ? try member(of: side) : low))
      // Commas as in Wireshark 4, or blanks as in its elder versions.
      if !take(.comma), next.kind == .symbol(.closeBrace) { break }
    } while true
    try expect(.closeBrace)
    var ranges: [ClosedFilterRange] = []
    for member in members {
      guard case .constant(let low) = member.low, case .constant(let high) = member.high else {
        break
      }
      ranges.append(ClosedFilterRange(low: low, high: high))
    }
    guard ranges.count == members.count else { return .member(operand, quantifier, members) }
    if case .field(let reference) = operand { return .field(reference, quantifier, .isIn(ranges)) }
    return .test(operand, quantifier, .isIn(ranges))
  }

  private mutating func member(of side: Side) throws(FilterError) -> FilterOperand {
    let member = try parseOperand()
    if let literal = member.literal { return .constant(try value(of: literal, like: side)) }
    guard let operand = member.operand, side.kind.compares(with: member.kind) else {
      throw FilterError(
        column: member.column,
        "\(side.text) is \(side.kind.name), \(member.text) \(member.kind.name): they do not compare"
      )
    }
    return operand
  }

  // MARK: Operands

  private mutating func parseOperand() throws(FilterError) -> Side {
    var left = try parseSum()
    while take(.bitAnd) { left = try calculate(left, .mask, try parseSum()) }
    return left
  }
  private mutating func parseSum() throws(FilterError) -> Side {
    var left = try parseProduct()
    while true {
      if take(.plus) {
        left = try calculate(left, .add, try parseProduct())
      } else if take(.minus) {
        left = try calculate(left, .subtract, try parseProduct())
      } else {
        return left
      }
    }
  }
  private mutating func parseProduct() throws(FilterError) -> Side {
    var left = try parseSigned()
    while true {
      if take(.times) {
        left = try calculate(left, .multiply, try parseSigned())
      } else if take(.over) {
        left = try calculate(left, .divide, try parseSigned())
      } else if take(.modulo) {
        left = try calculate(left, .modulo, try parseSigned())
      } else {
        return left
      }
    }
  }

  private mutating func parseSigned() throws(FilterError) -> Side {
    try descend()
    defer { nesting -= 1 }
    guard take(.minus) else { return try parsePostfix() }
    var side = try parseSigned()
    guard let operand = side.operand, side.kind.canCalculate else {
      throw FilterError(column: side.column, "\(side.text) has no negative")
    }
    side.operand = .negated(operand)
    return side
  }

  private func calculate(
    _ left: Side, _ operation: FilterArithmetic, _ right: Side
  ) throws(FilterError) -> Side {
    var result = left
    if let first = left.literal, let second = right.literal,
      let sum = first.folded(operation, second)
    {
      result.literal = sum
      return result
    }
    guard let first = left.operand else {
      guard right.operand != nil, operation != .subtract, operation != .divide, operation != .modulo
      else { throw noField(left) }
      return try calculate(right, operation, left)
    }
    let fits = operation == .mask ? left.kind.canMask : left.kind.canCalculate
    guard fits else {
      throw FilterError(
        column: left.column, "\(left.text) is \(left.kind.name): no \(operation.rawValue) for it")
    }
    let second: FilterOperand
    if let literal = right.literal {
      second = .constant(try literal.value(as: left.kind, of: nil))
    } else {
      guard let operand = right.operand, left.kind.compares(with: right.kind) else {
        throw FilterError(
          column: right.column,
          "\(left.text) is \(left.kind.name), \(right.text) \(right.kind.name): no \(operation.rawValue) for them"
        )
      }
      second = operand
    }
    result.operand = .calculate(operation, first, second)
    return result
  }

  private mutating func parsePostfix() throws(FilterError) -> Side {
    var side = try parsePrimary()
    if next.kind == .symbol(.layer) {
      position += 1
      guard case .field(var reference)? = side.operand else {
        throw error("# needs a field before it")
      }
      reference.layers = try parseLayers()
      side.operand = .field(reference)
    }
    while case .brackets(let text) = next.kind {
      guard let operand = side.operand else { throw noField(side) }
      guard side.kind.canBeSliced else {
        throw FilterError(column: side.column, "\(side.text) is \(side.kind.name) and has no parts")
      }
      guard let slices = FilterSlice.list(text) else {
        throw error("[\(text)] is no range of bytes")
      }
      position += 1
      side.operand = .slice(operand, slices)
      (side.kind, side.field) = (.bytes, nil)
    }
    return side
  }

  private mutating func parseLayers() throws(FilterError) -> [FilterSlice] {
    let token = next
    position += 1
    switch token.kind {
    case .word(let word):
      if let slices = FilterSlice.list(word), word.allSatisfy(\.isNumber) { return slices }
    case .brackets(let text):
      if let slices = FilterSlice.list(text) { return slices }
    default: break
    }
    throw FilterError(column: token.column, "# needs the number of a layer")
  }

  private mutating func parsePrimary() throws(FilterError) -> Side {
    let token = next
    switch token.kind {
    case .word(let word):
      position += 1
      if next.kind == .symbol(.openParenthesis) { return try parseCall(word, token) }
      // A colon before a word, or a dot, says what it is, as in Wireshark: a constant, or a field.
      if let field = names[word] ?? word.dropping(".").flatMap({ names[String($0)] }) {
        fields.insert(field.id)
        fieldNames.insert(field.name)
        let reference = FieldReference(field)
        if reference.protocolID != field.id { fields.insert(reference.protocolID) }
        return Side(
          operand: .field(reference), kind: reference.kind, field: field, column: token.column,
          text: token.text)
      }
      return Side(literal: FilterLiteral(token: token), column: token.column, text: token.text)
    case .string, .character:
      position += 1
      return Side(literal: FilterLiteral(token: token), column: token.column, text: token.text)
    case .symbol(.openBrace), .symbol(.openParenthesis):
      let isBrace = token.kind == .symbol(.openBrace)
      position += 1
      let inner = try parseOperand()
      try expect(isBrace ? .closeBrace : .closeParenthesis)
      return inner
    default: throw unexpected()
    }
  }

  private mutating func parseCall(_ name: String, _ token: FilterToken) throws(FilterError) -> Side
  {
    guard let function = FilterFunction(rawValue: name) else {
      let known = FilterFunction.allCases.map(\.rawValue).joined(separator: ", ")
      throw FilterError(column: token.column, "there is no function \(name); there are \(known)")
    }
    try expect(.openParenthesis)
    var arguments = [try parseOperand()]
    while take(.comma) { arguments.append(try parseOperand()) }
    try expect(.closeParenthesis)
    guard let first = arguments.first(where: { $0.operand != nil }) else {
      throw noField(arguments[0])
    }
    let takesMany = function == .min || function == .max
    guard takesMany || arguments.count == 1 else {
      throw FilterError(column: arguments[1].column, "\(name)() takes one argument")
    }
    guard function.takes(first.kind) else {
      throw FilterError(column: first.column, "\(name)() takes no \(first.kind.bareName)")
    }
    var operands: [FilterOperand] = []
    for argument in arguments {
      if let literal = argument.literal {
        operands.append(.constant(try literal.value(as: first.kind, of: first.field)))
      } else if let operand = argument.operand {
        guard argument.kind.compares(with: first.kind) else {
          throw FilterError(column: argument.column, "the arguments of \(name)() differ in type")
        }
        operands.append(operand)
      }
    }
    return Side(
      operand: .call(function, operands), kind: function.result(first.kind),
      field: function == .min || function == .max ? first.field : nil, column: token.column,
      text: "\(name)()")
  }

  // MARK: Tokens

  private var next: FilterToken { tokens[min(position, tokens.count - 1)] }

  private mutating func take(_ symbol: FilterToken.Symbol) -> Bool {
    guard next.kind == .symbol(symbol) else { return false }
    position += 1
    return true
  }
  private mutating func expect(_ symbol: FilterToken.Symbol) throws(FilterError) {
    if take(symbol) { return }
    if next.kind == .end { throw error("the filter ends where \"\(symbol.rawValue)\" is missing") }
    throw error("\"\(next.text)\" was unexpected here; \"\(symbol.rawValue)\" is missing")
  }
  private mutating func descend() throws(FilterError) {
    nesting += 1
    if nesting > Self.nestingLimit { throw error("the filter is nested too deeply") }
  }
  private func unexpected() -> FilterError {
    next.kind == .end
      ? error("the filter ends too early") : error("\"\(next.text)\" was unexpected here")
  }
  private func error(_ message: String) -> FilterError { FilterError(column: next.column, message) }
}

extension String {
  /// A letter first, then letters, digits, `_`, `.` and `-`.
  fileprivate var looksLikeName: Bool {
    guard let first = unicodeScalars.first, first.properties.isAlphabetic || first == "_" else {
      return false
    }
    return unicodeScalars.allSatisfy {
      $0.properties.isAlphabetic || ("0"..."9").contains($0) || $0 == "_" || $0 == "." || $0 == "-"
    }
  }

  /// A name with a dot whose first part is a known protocol: no constant looks like that but a misspelt field.
  fileprivate func looksLikeFieldName(in names: FieldNames) -> Bool {
    guard looksLikeName, let dot = firstIndex(of: ".") else { return false }
    return names[String(self[..<dot])] != nil
  }
}

extension FilterFunction {
  func takes(_ kind: FilterKind) -> Bool {
    switch self {
    case .len, .count: true
    case .lower, .upper: kind == .string
    case .string: kind.isInteger || kind == .ether || kind == .ipv4 || kind == .ipv6
    case .min, .max: kind.canCalculate || kind == .absoluteTime
    case .abs: kind.canCalculate
    }
  }

  func result(_ kind: FilterKind) -> FilterKind {
    switch self {
    case .len, .count: .unsigned
    case .lower, .upper, .string: .string
    case .min, .max, .abs: kind
    }
  }
}

extension FilterKind {
  fileprivate var bareName: String {
    name.drop { $0 != " " }.isEmpty ? name : String(name.drop { $0 != " " }.dropFirst())
  }
}
