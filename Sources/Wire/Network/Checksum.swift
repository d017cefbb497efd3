import Fields

/// The Internet checksum (RFC 1071): a ones' complement sum of 16-bit words, gathered piece by piece.
///
/// Every piece but the last must have an even length.
public struct Checksum: Sendable {
  /// Words are added in little-endian order, which saves swapping: the sum comes out swapped, and only that.
  private var sum: UInt64 = 0

  public init() {}

  /// Starts with the pseudo-header of TCP, UDP or ICMPv6 over the addresses (RFC 9293 3.1, RFC 8200 8.1).
  public init(pseudoHeader addresses: NetworkAddresses, protocol number: UInt8, length: Int) {
    add(word: addresses.source.high)
    add(word: addresses.source.low)
    add(word: addresses.destination.high)
    add(word: addresses.destination.low)
    add(word: UInt64(number))
    add(word: UInt64(truncatingIfNeeded: length))
  }

  /// Adds a number of up to 64 bits in network order.
  public mutating func add(word: UInt64) {
    let swapped = word.byteSwapped
    sum &+= swapped & 0xffff_ffff &+ swapped >> 32
  }

  public mutating func add(_ bytes: Span<UInt8>) {
    var index = 0
    // A carry out of 64 bits counts as one, like every carry of this sum.
    var (first, second, carries) = (UInt64(0), UInt64(0), UInt64(0))
    while bytes.count &- index >= 64 {
      let block = bytes.extracting(index..<index &+ 64)
      first.add(block.word(at: 0), &carries)
      second.add(block.word(at: 8), &carries)
      first.add(block.word(at: 16), &carries)
      second.add(block.word(at: 24), &carries)
      first.add(block.word(at: 32), &carries)
      second.add(block.word(at: 40), &carries)
      first.add(block.word(at: 48), &carries)
      second.add(block.word(at: 56), &carries)
      index &+= 64
    }
    while bytes.count &- index >= 8 {
      first.add(bytes.extracting(index..<index &+ 8).word(at: 0), &carries)
      index &+= 8
    }
    if index > 0 {
      sum &+= first & 0xffff_ffff &+ first >> 32
      sum &+= second & 0xffff_ffff &+ second >> 32
      sum &+= carries
    }
    while bytes.count &- index >= 2 {
      sum &+= UInt64(bytes[index]) | UInt64(bytes[index &+ 1]) << 8
      index &+= 2
    }
    if index < bytes.count { sum &+= UInt64(bytes[index]) }
  }

  /// Adds what was summed apart: an even number of bytes must have come before.
  public mutating func add(_ other: Checksum) { sum &+= other.sum }

  /// The sum in network order: 0xffff over a header whose checksum is right.
  public var folded: UInt16 {
    var rest = sum
    while rest > 0xffff { rest = rest & 0xffff &+ rest >> 16 }
    return UInt16(rest).byteSwapped
  }

  /// What must be in a checksum field holding `found`, when this sum was taken over it too.
  ///
  /// A sum of all zero bits cannot come out of ones' complement addition, so 0xffff is both zeros.
  public func expected(insteadOf found: UInt16) -> UInt16 {
    if folded == 0xffff { return found }
    var rest = UInt32(~found) &+ UInt32(folded)
    rest = rest & 0xffff &+ rest >> 16
    return ~UInt16(truncatingIfNeeded: rest)
  }
}

extension Span<UInt8> {
  @inline(__always) fileprivate func word(at offset: Int) -> UInt64 {
    let low =
      UInt64(self[offset]) | UInt64(self[offset &+ 1]) << 8 | UInt64(self[offset &+ 2]) << 16
      | UInt64(self[offset &+ 3]) << 24
    let high =
      UInt64(self[offset &+ 4]) | UInt64(self[offset &+ 5]) << 8 | UInt64(self[offset &+ 6]) << 16
      | UInt64(self[offset &+ 7]) << 24
    return low | high << 32
  }
}

extension UInt64 {
  @inline(__always) fileprivate mutating func add(_ word: UInt64, _ carries: inout UInt64) {
    let (sum, overflow) = addingReportingOverflow(word)
    self = sum
    carries &+= overflow ? 1 : 0
  }
}

extension Checksum {
  /// What became of checking a sum, as Wireshark numbers it.
  enum Status: UInt8 {
    case bad
    case good
    case unverified
    case notPresent
    case illegal
  }

  static func statusName(_ number: UInt64) -> String? {
    switch Status(rawValue: UInt8(clamping: number)) {
    case .bad: "Bad"
    case .good: "Good"
    case .unverified: "Unverified"
    case .notPresent: "Not present"
    case .illegal: "Illegal"
    case nil: nil
    }
  }
}
