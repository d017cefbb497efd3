/// What is known of a TCP segment once its conversation was found: plain values, valid after the frame is gone.
///
/// It is small, since every segment is one; what only descriptions ask for is in `SegmentHistory`.
public struct Segment: Sendable {
  public let frame: Int
  /// Nanoseconds since 1970-01-01 UTC.
  public let time: Int64
  /// The conversation's number, from 0, as `tcp.stream`.
  public let stream: Int
  public let header: SegmentHeader
  /// What relative numbers count from, for this direction and for the way back.
  public let base: SequenceNumber
  public let peerBase: SequenceNumber
  private let place: Int32
  /// Which of the frame's layers it is.
  private let layerNumber: UInt16
  /// Which of handshake, data and close were seen before this segment.
  public let completeness: Completeness
  public let sender: Peer
  public let isFromClient: Bool
  /// The first segment of its conversation.
  public let isFirst: Bool
  /// Stands in the packet that an ICMP error quotes: nothing to follow.
  public var isQuoted = false
  /// From the client's SYN to the first segment that acknowledges and is no SYN, where that was seen.
  public let handshakeTime: Int64?
  public var checksum = ChecksumState.unverified
  /// The ones' complement sum over the payload, where the checksum was compared: two copies of a segment with other bytes
  /// mostly have other sums.
  var payloadSum: UInt16 = 0
  /// What the sequence analysis found; empty where it is off.
  public var analysis: SegmentAnalysis.Flags = []

  init(
    _ header: SegmentHeader, layer: Int, frame: Int, time: Int64, slot: Int32, stream: Int,
    sender: Peer, isFromClient: Bool, isFirst: Bool, completeness: Completeness,
    base: SequenceNumber, peerBase: SequenceNumber, handshakeTime: Int64?
  ) {
    (self.header, self.frame, self.time) = (header, frame, time)
    (layerNumber, place, self.stream) = (UInt16(truncatingIfNeeded: layer), slot, stream)
    (self.sender, self.isFromClient, self.isFirst) = (sender, isFromClient, isFirst)
    (self.completeness, self.handshakeTime) = (completeness, handshakeTime)
    (self.base, self.peerBase) = (base, peerBase)
  }

  /// Whether it is one of the three that begin a connection, or repeats one of them: no more is to be remembered of it than
  /// that it came. `hasSyn`: the SYN of its side was captured, by now.
  public func isHandshake(_ payload: Span<UInt8>, hasSyn: Bool, otherHasSyn: Bool) -> Bool {
    guard !isQuoted, payload.isEmpty, header.payloadLength == 0, header.headerLength >= 20,
      header.flags.isDisjoint(with: [.fin, .reset])
    else { return false }
    if header.flags.isSyn { return true }
    guard otherHasSyn, header.acknowledgment == peerBase + 1 else { return false }
    return header.flags.isSynAck
      || header.flags.isPlain && hasSyn && header.sequence == base + 1
  }

  /// Where the conversation's state is; a slot is used again after the conversation has ended.
  public var slot: Int { Int(place) }
  public var layer: Int { Int(layerNumber) }
  public var relativeSequence: UInt32 { header.sequence.rawValue &- base.rawValue }
  public var relativeAcknowledgment: UInt32 { header.acknowledgment.rawValue &- peerBase.rawValue }
  /// Relative number of the byte after this segment; SYN and FIN count as one.
  public var relativeNext: UInt32 {
    relativeSequence &+ UInt32(truncatingIfNeeded: header.payloadLength ?? 0)
      &+ (header.flags.isDisjoint(with: [.syn, .fin]) ? 0 : 1)
  }
}

/// What the conversation of a segment was before it, for descriptions.
struct SegmentHistory: Sendable {
  /// Times of the conversation's first segment and of the one before this one.
  var firstTime: Int64 = 0
  var previousTime: Int64 = 0
  /// From the client's SYN to the first segment that acknowledges, as it was known before this one.
  var handshakeTime: Int64?
  /// How the sender's window is scaled, and that of the other side.
  var windowScale = WindowScale.unknown
  var peerWindowScale = WindowScale.unknown
  /// This segment opens a conversation between ports that an earlier one used.
  var reusesPorts = false
  /// A SYN whose number was known before.
  var repeatsSyn = false
  /// With FIN: the other side has closed before.
  var peerHasClosed = false
  /// Which subtypes of Multipath TCP's option the connection that it names has seen before this segment, as bits.
  var multipathOperations: UInt16?
  /// What the segment's own options acknowledge.
  var options = OptionFacts()
  /// What the sequence analysis found.
  var analysis = SegmentAnalysis.Result()
}

/// The header of a segment as values.
public struct SegmentHeader: Sendable {
  public let sequence: SequenceNumber
  public let acknowledgment: SequenceNumber
  private let length: UInt32
  public let sourcePort: UInt16
  public let destinationPort: UInt16
  public let flags: TCPFlags
  public let window: UInt16
  private let ownLength: UInt8
  private let hasLength: Bool

  init(
    sourcePort: UInt16, destinationPort: UInt16, sequence: SequenceNumber,
    acknowledgment: SequenceNumber, flags: TCPFlags, window: UInt16, headerLength: Int,
    payloadLength: Int?
  ) {
    (self.sourcePort, self.destinationPort) = (sourcePort, destinationPort)
    (self.sequence, self.acknowledgment) = (sequence, acknowledgment)
    (self.flags, self.window) = (flags, window)
    ownLength = UInt8(truncatingIfNeeded: headerLength)
    length = UInt32(clamping: payloadLength ?? 0)
    hasLength = payloadLength != nil
  }

  /// As the data offset says; may be less than 20, or more than there is.
  public var headerLength: Int { Int(ownLength) }
  /// Bytes of payload on the wire; nil where the header does not fit in the segment.
  public var payloadLength: Int? { hasLength ? Int(length) : nil }
}

/// How a checksum compares with the bytes.
public enum ChecksumState: Hashable, Sendable {
  case good
  case bad(expected: UInt16)
  /// Validation is off, or bytes are missing.
  case unverified

  public var isBad: Bool { if case .bad = self { true } else { false } }
}

/// Which parts of a conversation were seen, as `tcp.completeness`.
public struct Completeness: OptionSet, Hashable, Sendable {
  public let rawValue: UInt8
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  public static let syn = Self(rawValue: 1)
  public static let synAck = Self(rawValue: 2)
  public static let acknowledgment = Self(rawValue: 4)
  public static let data = Self(rawValue: 8)
  public static let fin = Self(rawValue: 16)
  public static let reset = Self(rawValue: 32)
  static let handshake: Self = [.syn, .synAck, .acknowledgment]

  /// Counts a segment. The first one of a conversation counts only where it is a SYN, and a SYN only there, as in
  /// Wireshark; one that uses the ports of an earlier conversation again is not first in that sense.
  mutating func see(_ header: SegmentHeader, isFirst: Bool) {
    let flags = header.flags
    let hasData = header.payloadLength ?? 0 > 0
    if isFirst {
      guard flags.isSyn else { return }
      insert(hasData ? [.syn, .data] : .syn)
      return
    }
    if flags.isSynAck {
      insert(.synAck)
    } else if flags.contains(.acknowledgment) {
      insert(hasData ? .data : .acknowledgment)
    }
    if flags.isSuperset(of: [.fin, .acknowledgment]) { insert(.fin) }
    if flags.contains(.reset) { insert(.reset) }
  }

  var name: String {
    if isSuperset(of: .handshake), !isDisjoint(with: [.fin, .reset]) {
      return contains(.data) ? "Complete, WITH_DATA" : "Complete, NO_DATA"
    }
    switch self {
    case .syn: return "Incomplete, SYN_SENT"
    case [.syn, .synAck]: return "Incomplete, CLIENT_ESTABLISHED"
    case .handshake: return "Incomplete, ESTABLISHED"
    case [.handshake, .data]: return "Incomplete, DATA"
    default: return "Incomplete"
    }
  }
}

/// How a sender's window field is to be read (RFC 7323 2.2).
public enum WindowScale: Hashable, Sendable {
  /// The handshake was not seen.
  case unknown
  /// One side did not offer the option.
  case unused
  case shift(UInt8)

  public var shift: Int {
    if case .shift(let count) = self { Int(count) } else { 0 }
  }
}
