import Fields

/// DNS on TCP: each message after its length (RFC 1035 section 4.2.2).
public struct DNSOverTCP: PDUDissector {
  private static let prefixLength = 2

  private var transactions = DNSTransactions()

  public init() {}

  public mutating func describe(
    _ bytes: Span<UInt8>, _ facts: PDUFacts, into tree: inout FieldBuffer
  ) -> PDUOutcome {
    let base = tree.base
    defer { tree.base = base }
    var offset = 0
    while offset < bytes.count {
      let available = bytes.count - offset - Self.prefixLength
      if available < 0, facts.canAskForMore {
        return .unfinished(from: offset, needs: .oneMoreSegment)
      }
      let length = available < 0 ? 0 : Int(bytes.uint16(at: offset))
      if length > available, facts.canAskForMore {
        return .unfinished(from: offset, needs: .bytes(length - available))
      }
      let start = offset + Self.prefixLength
      tree.addPDUSize(Self.prefixLength + length)
      describe(
        bytes.part(start, start + length), facts, at: base + start, length, isFirst: offset == 0,
        into: &tree)
      offset = start + length
    }
    return .described
  }

  private mutating func describe(
    _ own: Span<UInt8>, _ facts: PDUFacts, at start: Int, _ length: Int, isFirst: Bool,
    into tree: inout FieldBuffer
  ) {
    let message = DNSMessage(own, at: start, wireCount: length)
    let match = transactions.match(
      message, stream: facts.stream, frame: facts.frame, time: facts.time)
    tree.base = start
    let depth = tree.depth
    do throws(DecodeError) {
      try message.describe(
        match, at: facts.time, lengthPrefix: UInt16(clamping: length), isFirst: isFirst,
        into: &tree)
    } catch {
      tree.depth = depth
      tree.addEnd(of: error)
    }
  }
}
