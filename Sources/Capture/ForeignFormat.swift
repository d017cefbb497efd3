/// What a file is that is read here by nobody, known by its first bytes: its name, and the way out.
struct ForeignFormat {
  /// Bytes that are looked at.
  static let examinedLength = 4096

  /// With its article: `a Solaris snoop capture`.
  let name: String
  let remedy: String

  private init(_ name: String, _ remedy: String) { (self.name, self.remedy) = (name, remedy) }

  /// Nil where the bytes say nothing.
  init?(_ first: Span<UInt8>) {
    for signature in Self.signatures where first.begins(with: signature.bytes) {
      self.init(signature.name, signature.remedy)
      return
    }
    if let fragment = Self.pcapngInPieces(first) {
      self = fragment
    } else if first.isEventTrace {
      self.init(
        "a Windows event trace (ETL)", "convert it: etl2pcapng in.etl out.pcapng")
    } else if first.isERF {
      self.init("an Endace ERF capture", Self.editcap)
    } else if let text = Self.text(first) {
      self = text
    } else {
      return nil
    }
  }

  // MARK: Signatures

  private struct Signature {
    let bytes: [UInt8]
    let name: String
    var remedy = editcap

    init(_ text: String, _ name: String, _ remedy: String = editcap) {
      self.init(Array(text.utf8), name, remedy)
    }
    init(_ bytes: [UInt8], _ name: String, _ remedy: String = editcap) {
      (self.bytes, self.name, self.remedy) = (bytes, name, remedy)
    }
  }

  private static let editcap = "convert it: editcap -F pcap in out"
  private static let transferAgain = "transfer it again, as binary"

  private static let signatures = [
    Signature("snoop\0\0\0", "a Solaris snoop capture"),
    Signature("RTSS", "a Microsoft Network Monitor 1 capture"),
    Signature("GMBU", "a Microsoft Network Monitor 2 capture"),
    Signature("TRSNIFF data    \u{1a}", "a Sniffer (DOS) capture"),
    Signature("XCP\0", "a NetXRay or Sniffer (Windows) capture"),
    Signature("VL\0\0", "a NetXRay 1 capture"),
    Signature("iptrace 1.0", "an AIX iptrace capture"),
    Signature("iptrace 2.0", "an AIX iptrace capture"),
    Signature([0x01, 0x10, 0x4c, 0x00], "a Novell LANalyzer capture"),
    Signature([0x07, 0x10, 0x4c, 0x00], "a Novell LANalyzer capture"),
    Signature([0, 0, 2, 0, 0x12, 5, 0, 0x10], "a Tektronix K12 capture"),
    Signature("+---------+---------------+----------+", "a K12 text capture"),
    Signature("\u{7f}ver", "an OmniPeek capture"),
    Signature("ObserverPktBuffer", "an Observer capture"),
    Signature([0xaa, 0xaa, 0xaa, 0xaa], "an InfoVista 5View capture"),
    Signature("\u{5}VNF", "a Visual Networks capture"),
    Signature("TR\0d\0", "an HP-UX nettl trace"),
    Signature([0, 0, 0, 1, 0, 0, 0, 0, 0, 7, 0xd0, 0], "an HP-UX nettl trace"),
    Signature("EyeSDN", "an EyeSDN trace"),
    Signature("btsnoop\0", "a Bluetooth (btsnoop) capture"),
    Signature("PK\u{3}\u{4}", "a ZIP archive", "unpack it first: unzip in"),
    Signature("BZh", "compressed with bzip2", "decompress it first: bzip2 -d in"),
    Signature(
      [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0], "compressed with xz", "decompress it first: xz -d in"),
    Signature(
      [0x04, 0x22, 0x4d, 0x18], "compressed with LZ4", "decompress it first: lz4 -d in out"),
    Signature([0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c], "a 7z archive", "unpack it first: 7z x in"),
    // What becomes of the little-endian magic number of a pcap where its bytes are taken for UTF-8.
    Signature(
      [0xef, 0xbf, 0xbd, 0xc3, 0xb2, 0xef, 0xbf, 0xbd],
      "a pcap that was stored as text, which loses bytes", transferAgain),
  ]

  // MARK: pcapng

  /// A pcapng that has no section header at its beginning, or one that a transfer in text mode changed.
  private static func pcapngInPieces(_ first: Span<UInt8>) -> Self? {
    let changed: [[UInt8]] = [
      [0x0a, 0x0d, 0x0a], [0x0a, 0x0a], [0x0d, 0x0a, 0x0d, 0x0d, 0x0d, 0x0a],
      [0x0d, 0x0a, 0x0d, 0x0a],
    ]
    let hasOrder = (4..<16).contains { index in
      index + 4 <= first.count
        && [SectionHeader.byteOrderMagic, SectionHeader.byteOrderMagic.byteSwapped]
          .contains(first.uint32(at: index, swapped: false))
    }
    if hasOrder, changed.contains(where: { first.begins(with: $0) }) {
      return Self("a pcapng that was transferred as text, which changes bytes", transferAgain)
    }
    for swapped in [false, true] where first.count >= 12 {
      let type = first.uint32(at: 0, swapped: swapped)
      let length = Int(first.uint32(at: 4, swapped: swapped))
      guard BlockType.isRead(type), length >= 12, length.isMultiple(of: 4), length <= first.count,
        first.uint32(at: length - 4, swapped: swapped) == UInt32(length)
      else { continue }
      return Self(
        "a part of a pcapng, without the section header at its beginning",
        "join it with the part before: cat before in > out")
    }
    return nil
  }

  // MARK: Text

  private static func text(_ first: Span<UInt8>) -> Self? {
    guard let text = first.plainText else { return nil }
    let beginning = text.drop { $0.isWhitespace || $0 == "\u{feff}" }
    let line = beginning.prefix { !$0.isNewline }
    let word = beginning.prefix(15).lowercased()
    if word.hasPrefix("<!doctype html") || word.hasPrefix("<html") {
      return Self("an HTML page", "it is what a server answered in place of a capture")
    }
    if word.hasPrefix("<") { return Self("XML", recordBinary) }
    if word.hasPrefix("{") || word.hasPrefix("[") { return Self("JSON", recordBinary) }
    if isHexDump(line) {
      return Self(
        "a hex dump", "convert it: text2pcap in out (xxd -r in out where the dump is of a capture)")
    }
    if base64Beginnings.contains(where: { beginning.hasPrefix($0) }) {
      return Self("a capture in base64", "decode it first: base64 -d in > out")
    }
    if ["CLIENT_", "SERVER_", "# SSL/TLS secrets"].contains(where: { beginning.hasPrefix($0) }) {
      return Self("a TLS key log", "name the capture that it belongs to")
    }
    return Self("text", recordBinary)
  }

  private static let recordBinary = "record with tcpdump -w or dumpcap"

  /// Of pcap in both byte orders and with nanoseconds, of pcapng, and of gzip.
  private static let base64Beginnings = ["1MOyoQ", "obLD1A", "TTyyoQ", "obI8TQ", "Cg0NCg", "H4sI"]

  /// An offset of nothing, then bytes or words in hexadecimal: `0000  45 00`, `0x0000:  4500 003c`.
  private static func isHexDump(_ line: Substring) -> Bool {
    let words = line.split(separator: " ", omittingEmptySubsequences: true)
    guard words.count >= 3 else { return false }
    var offset = words[0]
    if offset.hasPrefix("0x") { offset = offset.dropFirst(2) }
    if offset.hasSuffix(":") { offset = offset.dropLast() }
    return (3...16).contains(offset.utf8.count) && offset.allSatisfy { $0 == "0" }
      && words[1...2].allSatisfy { [2, 4].contains($0.utf8.count) && $0.allSatisfy(\.isHexDigit) }
  }
}

extension Span<UInt8> {
  fileprivate func begins(with bytes: [UInt8]) -> Bool {
    count >= bytes.count && bytes.indices.allSatisfy { self[$0] == bytes[$0] }
  }

  /// The header of a trace buffer, and that of the event which describes the trace (Windows, evntrace.h).
  fileprivate var isEventTrace: Bool {
    let headerLength = 72
    guard count >= headerLength + 4 else { return false }
    let bufferSize = UInt32(littleEndian: uint32(at: 0, swapped: false))
    return bufferSize.isMultiple(of: 1024) && (1024...16 << 20).contains(bufferSize)
      && self[headerLength] == 2 && self[headerLength + 1] == 0
      && (1...2).contains(self[headerLength + 2]) && self[headerLength + 3] == 0xc0
  }

  /// Two records that are as long as they say, or one that is all, with times that can be (Endace Extensible Record
  /// Format). The format has no magic number.
  fileprivate var isERF: Bool {
    let headerLength = 16
    let metadata: UInt8 = 27  // has no time of its own
    let day: Int64 = 86_400
    var (offset, records) = (0, 0)
    var earlier: Int64?
    while records < 2, offset + headerLength <= count {
      let seconds = Int64(UInt32(littleEndian: uint32(at: offset + 4, swapped: false)))
      let type = self[offset + 8] & 0x7f
      let length = Int(self[offset + 10]) << 8 | Int(self[offset + 11])
      let wireLength = Int(self[offset + 14]) << 8 | Int(self[offset + 15])
      let firstTime: Int64 = 631_152_000  // 1990
      guard (1...48).contains(type), length > headerLength, wireLength > 0 else { return false }
      if type != metadata {
        guard seconds >= firstTime, abs(seconds - (earlier ?? seconds)) <= day else { return false }
        earlier = seconds
      }
      (offset, records) = (offset + length, records + 1)
    }
    return records == 2 || records == 1 && offset == count
  }

  /// The bytes as text, where all of them are.
  fileprivate var plainText: String? {
    // A character may be cut where the examined bytes end.
    for cut in 0..<4 where cut < count {
      var bytes: [UInt8] = []
      for index in 0..<count - cut { bytes.append(self[index]) }
      guard
        bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7f || (0x08...0x0d).contains($0) || $0 == 0x1b })
      else { return nil }
      if let text = String(validating: bytes, as: UTF8.self) { return text }
    }
    return nil
  }
}
