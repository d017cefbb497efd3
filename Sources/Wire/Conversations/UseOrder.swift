/// Slots in the order in which they were last used, as a list through an array: a slot's neighbours take 8 bytes, apart
/// from what else is known of it, so that moving one touches little memory.
struct UseOrder: Sendable {
  private struct Neighbours: Sendable {
    var newer = Int32.none
    var older = Int32.none
  }
  private var neighbours: [Neighbours] = []
  private(set) var newest = Int32.none
  private(set) var oldest = Int32.none

  /// The slot that was used next; none where it is the newest.
  func newer(than slot: Int32) -> Int32 { neighbours[Int(slot)].newer }

  /// Adds a slot, or one that was removed, as the newest.
  mutating func insert(_ slot: Int32) {
    while neighbours.count <= Int(slot) { neighbours.append(Neighbours()) }
    newest = Self.insert(slot, before: newest, &neighbours)
    if oldest == .none { oldest = slot }
  }

  mutating func remove(_ slot: Int32) {
    let own = Self.remove(slot, &neighbours)
    if own.newer == .none { newest = own.older }
    if own.older == .none { oldest = own.newer }
  }

  mutating func use(_ slot: Int32) {
    guard slot != newest else { return }
    let own = Self.remove(slot, &neighbours)
    if own.older == .none { oldest = own.newer }
    newest = Self.insert(slot, before: newest, &neighbours)
  }

  private static func insert(
    _ slot: Int32, before newest: Int32, _ neighbours: inout [Neighbours]
  ) -> Int32 {
    var all = neighbours.mutableSpan
    all[Int(slot)] = Neighbours(older: newest)
    if newest != .none { all[Int(newest)].newer = slot }
    return slot
  }

  private static func remove(_ slot: Int32, _ neighbours: inout [Neighbours]) -> Neighbours {
    var all = neighbours.mutableSpan
    let own = all[Int(slot)]
    if own.newer != .none { all[Int(own.newer)].older = own.older }
    if own.older != .none { all[Int(own.older)].newer = own.newer }
    return own
  }
}
