import Fields

extension Span<UInt8> {
  /// The line that begins at `start`, cut as receivers of mail do: LF ends it, with a CR before it or not.
  func mailLine(at start: Int) -> PacketLine {
    guard let feed = firstIndex(of: .lineFeed, from: start) else {
      return PacketLine(start: start, end: count, next: count)
    }
    let returned = feed > start && self[feed - 1] == .carriageReturn
    return PacketLine(start: start, end: returned ? feed - 1 : feed, next: feed + 1)
  }
}
