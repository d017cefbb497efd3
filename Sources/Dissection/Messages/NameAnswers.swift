import Applications
import Fields
import Mail
import Wire

extension DNSAnswers {
  /// What a DNS server says in a datagram.
  init?(of datagram: Datagram, _ payload: Span<UInt8>) {
    guard datagram.sourcePort == Self.port else { return nil }
    self.init(payload)
  }
}

/// What a DNS server answered about a name that a message has.
public struct NameAnswer: Sendable, Hashable {
  public let answers: DNSAnswers
  public let frame: Int
}

/// What DNS servers answered in the capture to the questions that mail servers ask about messages.
struct KnownNames {
  private struct Key: Hashable {
    let name: String
    let kind: DNSAnswers.Kind
  }
  /// Bytes of names and records that are kept.
  private static let limit = 8 << 20
  private static let cost = 200
  private var answers: [Key: NameAnswer] = [:]
  private var held = 0
  /// The keys of signers: those that were given, and those of the answers.
  private(set) var keys: DKIMKeys
  /// Answers that there was no room for.
  private(set) var dropped = 0

  init(_ keys: DKIMKeys) { self.keys = keys }

  mutating func add(_ found: DNSAnswers, frame: Int) {
    let key = Key(name: found.name, kind: found.kind)
    let size = found.records.reduce(Self.cost + found.name.utf8.count) { $0 + $1.content.count }
    let old = answers[key]
    // The last answer counts, unless it says that nothing is there any more.
    if let old, !old.answers.records.isEmpty, found.records.isEmpty { return }
    guard old != nil || held + size <= Self.limit else { return dropped += 1 }
    if old == nil { held += size }
    answers[key] = NameAnswer(answers: found, frame: frame)
    guard found.kind == .text, found.name.contains("._domainkey.") else { return }
    for record in found.records {
      if let key = DKIMKey(record.content) { keys.add(key, as: found.name) }
    }
  }

  private func answer(_ name: String, _ kind: DNSAnswers.Kind) -> NameAnswer? {
    answers[Key(name: name.lowercased(), kind: kind)]
  }

  /// The answers that are about a message: the keys of its signatures, the policy of its author's domain, who may send
  /// for the domain of its envelope, where its recipients' mail goes.
  func about(
    _ message: Message, _ signatures: [DKIMSignature], author: String?
  ) -> [NameAnswer] {
    if answers.isEmpty { return [] }
    var found: [NameAnswer] = []
    func add(_ answer: NameAnswer?) {
      if let answer, !found.contains(answer) { found.append(answer) }
    }
    for signature in signatures { add(answer(DKIMKeys.name(of: signature), .text)) }
    var domain = author.flatMap(Self.domain)
    while let name = domain, name.utf8.contains(UInt8(ascii: ".")) {
      if let policy = answer("_dmarc.\(name)", .text) {
        add(policy)
        if !policy.answers.records.isEmpty { break }
      }
      domain = name.firstIndex(of: ".").map { String(name[name.index(after: $0)...]) }
    }
    if let envelope = message.envelope {
      if let sender = Self.domain(envelope.sender), let answer = answer(sender, .text) {
        if answer.answers.records.contains(where: { $0.content.starts(with: "v=spf1".utf8) }) {
          add(answer)
        }
      }
      for recipient in envelope.recipients.prefix(Self.recipientLimit) {
        add(Self.domain(recipient.address).flatMap { answer($0, .mailExchanger) })
      }
    }
    return found
  }

  private static let recipientLimit = 100

  private static func domain(_ address: String) -> String? {
    guard let at = address.lastIndex(of: "@") else { return nil }
    let domain = address[address.index(after: at)...].prefix { $0 != ">" }
    return domain.isEmpty ? nil : domain.lowercased()
  }
}

extension SessionRecord {
  /// Takes what is known of the names of its messages by the end of the session.
  mutating func join(_ names: borrowing KnownNames) {
    for index in contents.indices {
      contents[index]?.join(names, session.messages[index])
      contents[index]?.readTrace()
    }
  }
}
