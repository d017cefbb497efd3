/// The fields that a filter or a column may name.
public struct FieldNames: Sendable {
  private let find: @Sendable (String) -> Field?
  private let all: @Sendable () -> [String: Field]

  public init(_ fields: some Sequence<Field>) {
    let byName = Self.byName(fields)
    find = { byName[$0] }
    all = { byName }
  }

  /// Of many fields, most of which nobody asks for: `fields` gives those that may have a name, in the order of
  /// declaration; all for nil.
  public init(among fields: @escaping @Sendable (_ name: String?) -> [Field]) {
    find = { name in Self.byName(fields(name).lazy.filter { $0.name == name })[name] }
    all = { Self.byName(fields(nil)) }
  }

  /// Where a name is declared more than once, the declaration with words for its values counts.
  private static func byName(_ fields: some Sequence<Field>) -> [String: Field] {
    var byName: [String: Field] = [:]
    for field in fields where !field.name.isEmpty {
      if let known = byName[field.name], !known.hasPlainMeaning { continue }
      byName[field.name] = field
    }
    return byName
  }

  public subscript(name: String) -> Field? { find(name) }

  /// The name that differs least from `name`; nil where none is near.
  public func nearest(to name: String) -> String? {
    let wanted = Array(name.lowercased().utf8)
    var best: (name: String, distance: Int)?
    for candidate in all().keys {
      let limit = best?.distance ?? max(2, wanted.count / 3)
      let distance = editDistance(wanted, Array(candidate.lowercased().utf8), limit: limit)
      guard distance <= limit else { continue }
      if let best, (distance, candidate) >= (best.distance, best.name) { continue }
      best = (candidate, distance)
    }
    return best?.name
  }

  /// What to say of a name that nobody declared.
  public func complaint(about name: String) -> String {
    let hint = nearest(to: name).map { "; did you mean \($0)?" } ?? ""
    return "\"\(name)\" is no field or protocol\(hint)"
  }
}

extension Field {
  fileprivate var hasPlainMeaning: Bool {
    if case .plain = meaning { return true }
    return false
  }
}

/// Insertions, removals, replacements and swaps of neighbours from one word to the other; more than `limit` is any
/// number above it.
private func editDistance(_ first: [UInt8], _ second: [UInt8], limit: Int) -> Int {
  guard abs(first.count - second.count) <= limit else { return limit + 1 }
  var beforeLast: [Int] = []
  var last = Array(0...second.count)
  for (row, byte) in first.enumerated() {
    var current = [row + 1]
    for (column, other) in second.enumerated() {
      var cost = min(
        last[column] + (byte == other ? 0 : 1), last[column + 1] + 1, current[column] + 1)
      if row > 0, column > 0, byte == second[column - 1], first[row - 1] == other {
        cost = min(cost, beforeLast[column - 1] + 1)
      }
      current.append(cost)
    }
    if current.allSatisfy({ $0 > limit }) { return limit + 1 }
    (beforeLast, last) = (last, current)
  }
  return last[second.count]
}
