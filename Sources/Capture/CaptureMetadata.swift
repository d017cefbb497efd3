/// Session secrets that the capture carries (pcapng Decryption Secrets Block).
public struct DecryptionSecrets: Hashable, Sendable {
  /// `secrets_type` of an NSS key log (SSLKEYLOGFILE): "TLSK".
  public static let tlsKeyLog: UInt32 = 0x544C_534B

  public let type: UInt32
  public let bytes: [UInt8]

  public init(type: UInt32, bytes: [UInt8]) { (self.type, self.bytes) = (type, bytes) }
}

/// An address and its names (pcapng Name Resolution Block).
public struct ResolvedName: Hashable, Sendable {
  /// 4 bytes for IPv4, 16 for IPv6.
  public let address: [UInt8]
  public let names: [String]
}

/// Where and by what a section was captured (pcapng Section Header Block options).
public struct CaptureSection: Hashable, Sendable {
  public var hardware: String?
  public var os: String?
  public var application: String?
  public var comments: [String] = []
}

/// Counts of an interface since the capture began (pcapng Interface Statistics Block).
public struct InterfaceStatistics: Hashable, Sendable {
  /// Packets received by the interface, before filters.
  public var received: UInt64?
  /// Packets the interface lost for want of room.
  public var dropped: UInt64?
}

/// Everything beside the packets; grows while the file is read.
struct CaptureMetadata {
  /// More is counted in `dropped`, not kept.
  static let maximumKeptBytes = 64 << 20
  static let maximumInterfaces = 1 << 18

  var interfaces: [CaptureInterface] = []
  /// Of each interface, what every packet needs.
  var facts: [InterfaceFacts] = []
  var sections: [CaptureSection] = []
  var secrets: [DecryptionSecrets] = []
  var names: [ResolvedName] = []
  /// Sections so far, kept or not.
  private(set) var sectionCount = 0
  /// Sections, texts of interfaces, secrets and names not kept because of `maximumKeptBytes`.
  var dropped = 0
  private var keptBytes = 0

  mutating func add(_ interface: CaptureInterface, length: Int) {
    interfaces.append(keeps(length) ? interface : interface.withoutTexts)
    facts.append(InterfaceFacts(interface))
  }

  mutating func add(_ section: CaptureSection, length: Int) {
    sectionCount += 1
    if keeps(length + 2 * MemoryLayout<CaptureSection>.stride) { sections.append(section) }
  }

  mutating func add(_ name: ResolvedName) {
    let texts = name.names.reduce(0) { $0 + $1.utf8.count + 2 * MemoryLayout<String>.stride }
    let length = 2 * MemoryLayout<ResolvedName>.stride + 64 + name.address.count + texts
    if keeps(length) { names.append(name) }
  }

  /// Whether `count` more bytes may be kept.
  mutating func keeps(_ count: Int) -> Bool {
    guard keptBytes + count <= Self.maximumKeptBytes else {
      dropped += 1
      return false
    }
    keptBytes += count
    return true
  }
}
