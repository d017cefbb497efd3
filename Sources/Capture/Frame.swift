/// A captured frame, lent until the next one is read.
public struct Frame: ~Escapable {
  /// Counted from 1 in the order of delivery.
  public let number: Int
  /// Nanoseconds since 1970-01-01 UTC, or the nearest that 64 bits hold; 0 where `hasTimestamp` is false.
  public let timestamp: Int64
  /// The bytes that were captured.
  public let bytes: Span<UInt8>
  /// Where `bytes` begins in the (decompressed) file.
  public let fileOffset: Int
  private let optionBytes: Span<UInt8>
  /// Secrets of the frame's file that are before the frame in it.
  public let secrets: Span<DecryptionSecrets>
  /// Those of the frame's file, so that the one of the frame is read in place.
  private let fileInterfaces: Span<CaptureInterface>
  // Numbers of 32 bits: a frame is moved a few times, and small values are moved in registers.
  private let wireLength: UInt32
  private let placeInFile: UInt32
  private let placeInAll: UInt32
  private let fileNumber: UInt32
  /// What the frame begins with: a DLT value, as libpcap's `pcap_datalink` says it.
  public let linkType: UInt32
  /// False only for pcapng Simple Packet Blocks, which carry no time.
  public let hasTimestamp: Bool
  /// True where the file was written in the other byte order than this machine's.
  public let isByteSwapped: Bool
  private let beyond: (seconds: Int64, nanoseconds: Int32)?

  @_lifetime(copy bytes, copy options, copy interfaces, copy secrets)
  init(
    _ packet: PacketRecord, number: Int, file: Int, interface: Int, isByteSwapped: Bool,
    linkType: UInt32,
    bytes: Span<UInt8>, options: Span<UInt8>, interfaces: Span<CaptureInterface>,
    secrets: Span<DecryptionSecrets>
  ) {
    self.number = number
    self.timestamp = packet.timestamp
    self.beyond = packet.beyond
    self.hasTimestamp = packet.hasTimestamp
    self.wireLength = UInt32(clamping: packet.originalLength)
    self.bytes = bytes
    self.fileOffset = packet.fileOffset
    self.placeInAll = UInt32(truncatingIfNeeded: interface)
    self.fileNumber = UInt32(truncatingIfNeeded: file)
    self.isByteSwapped = isByteSwapped
    self.linkType = linkType
    self.optionBytes = options
    self.fileInterfaces = interfaces
    self.placeInFile = UInt32(truncatingIfNeeded: packet.interface)
    self.secrets = secrets
  }

  /// The same as `timestamp` for any time that a file can say; the nanoseconds go forward from the second.
  public var time: (seconds: Int64, nanoseconds: Int32) {
    beyond ?? timestamp.secondsAndNanoseconds
  }
  /// Bytes the frame had on the wire.
  public var originalLength: Int { Int(wireLength) }
  /// Index in `interfaces`; 0 for pcap.
  public var interface: Int { Int(placeInAll) }
  /// Which of the files of a merged capture holds the frame, counted from 0.
  public var file: Int { Int(fileNumber) }
  /// What the frame was captured on: name, time resolution, snap length and so on.
  public var capturedOn: CaptureInterface { fileInterfaces[Int(placeInFile)] }
  /// Section of a pcapng file, counted from 1; 1 for pcap.
  public var section: Int { fileInterfaces[Int(placeInFile)].section }

  /// What a pcapng says of the packet; nil where it says nothing. Made anew by every call.
  public var notes: PacketNotes? {
    optionBytes.isEmpty ? nil : PacketNotes(optionBytes, swapped: isByteSwapped)
  }

  /// Bytes of frame check sequence at the end of the frame, where the file says so; `notes` are the frame's.
  public func fcsLength(_ notes: PacketNotes?) -> Int? {
    if let flags = notes?.flags, case let length = Int(flags >> 5 & 0xF), length != 0 {
      return length
    }
    return fileInterfaces[Int(placeInFile)].fcsLength
  }
}

/// What a reader found out about a frame.
struct PacketRecord {
  var timestamp: Int64 = 0
  /// The time where nanoseconds in 64 bits do not hold it.
  var beyond: (seconds: Int64, nanoseconds: Int32)?
  var hasTimestamp = true
  var originalLength = 0
  var fileOffset = 0
  /// Indices into the source's window.
  var bytes = 0..<0
  var options = 0..<0
  var interface = 0
}

extension Int64 {
  private static let billion: Int64 = 1_000_000_000

  /// Of so many nanoseconds since 1970; those after the second are not negative.
  fileprivate var secondsAndNanoseconds: (seconds: Int64, nanoseconds: Int32) {
    let (seconds, rest) = quotientAndRemainder(dividingBy: Self.billion)
    let isBefore = rest < 0
    return (
      seconds - (isBefore ? 1 : 0),
      Int32(truncatingIfNeeded: rest + (isBefore ? Self.billion : 0))
    )
  }
}
