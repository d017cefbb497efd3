import Fields

/// What a DNS response says of the names that mail servers ask for: text (SPF, DKIM, DMARC) and mail exchangers.
public struct DNSAnswers: Sendable, Hashable {
  public enum Kind: UInt16, Sendable {
    case mailExchanger = 15
    case text = 16
  }

  public struct Record: Sendable, Hashable {
    public let kind: Kind
    /// A text put together of its strings; the preference and the name of a mail exchanger.
    public let content: [UInt8]
  }

  /// What was asked for, in lower case, without a dot at the end.
  public let name: String
  public let kind: Kind
  /// 0 where the name is there, 3 where it is not (RFC 1035 section 4.1.1).
  public let responseCode: UInt8
  /// Those of the kind that was asked for, whatever aliases led to them.
  public private(set) var records: [Record] = []

  private static let recordLimit = 64
  /// Where DNS servers are asked.
  public static let port: UInt16 = 53

  /// Reads a message of DNS; nil where it is no response to such a question, or cannot be read up to its answers.
  public init?(_ bytes: Span<UInt8>) {
    let reader = ByteReader(bytes, of: "DNS", wireCount: bytes.count)
    do throws(DecodeError) {
      let flags = try reader.uint16(at: 2)
      guard flags & 0x8000 != 0, flags >> 11 & 15 == 0, try reader.uint16(at: 4) == 1 else {
        return nil
      }
      let question = try DomainName(in: bytes, at: 12, base: 0, reader)
      var offset = 12 + question.length
      guard let kind = Kind(rawValue: try reader.uint16(at: offset)) else { return nil }
      self.kind = kind
      name = question.text.lowercased()
      responseCode = UInt8(flags & 15)
      offset += 4
      for _ in 0..<(try reader.uint16(at: 6)) where records.count < Self.recordLimit {
        let owner = try DomainName(in: bytes, at: offset, base: 0, reader)
        offset += owner.length
        let type = try reader.uint16(at: offset)
        let length = Int(try reader.uint16(at: offset + 8))
        offset += 10
        let data = try reader.part(at: offset, length)
        if type == kind.rawValue, let content = try Self.content(kind, data, at: offset, reader) {
          records.append(Record(kind: kind, content: content))
        }
        offset += length
      }
    } catch {
      return nil
    }
  }

  private static func content(
    _ kind: Kind, _ data: Span<UInt8>, at start: Int, _ reader: borrowing ByteReader
  ) throws(DecodeError) -> [UInt8]? {
    switch kind {
    case .text:
      var result: [UInt8] = []
      var offset = 0
      while offset < data.count {
        let end = offset + 1 + Int(data[offset])
        guard end <= data.count else { return nil }
        for index in (offset + 1)..<end { result.append(data[index]) }
        offset = end
      }
      return result
    case .mailExchanger:
      guard data.count > 2 else { return nil }
      let exchanger = try DomainName(in: reader.bytes, at: start + 2, base: 0, reader)
      return Array("\(data.uint16(at: 0)) \(exchanger.text)".utf8)
    }
  }
}
