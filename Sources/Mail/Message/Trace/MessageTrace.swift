/// What the servers that a message went through wrote into its header.
public struct MessageTrace: Sendable, Hashable {
  /// A seal of ARC (RFC 8617 section 4.1.3).
  public struct Seal: Sendable, Hashable {
    public var instance: Int?
    public var domain: String
    public var selector: String
    /// What the server made of the seals before its own: `none`, `pass`, `fail`.
    public var chain: String
  }

  /// From the first to the last.
  public private(set) var hops: [ReceivedHop] = []
  public private(set) var signatures: [DKIMSignature] = []
  public private(set) var seals: [Seal] = []
  public private(set) var results: [AuthenticationResults] = []
  /// Fields beyond those that are read.
  public private(set) var dropped = 0
  private static let fieldLimit = 100

  public var isEmpty: Bool {
    hops.isEmpty && signatures.isEmpty && seals.isEmpty && results.isEmpty
  }

  public init() {}

  /// `fields` are all fields of the header in order: their names, and their values as sent.
  public init(_ fields: some Sequence<(name: String, value: String)>) {
    for (place, field) in fields.enumerated() {
      let value = field.value.utf8
      switch field.name.lowercased() {
      case "received": if hasRoom(hops.count) { hops.append(ReceivedHop(value)) }
      case "dkim-signature":
        if hasRoom(signatures.count) { signatures.append(DKIMSignature(.dkim, at: place, value)) }
      case "arc-message-signature":
        if hasRoom(signatures.count) { signatures.append(DKIMSignature(.arc, at: place, value)) }
      case "arc-seal": if hasRoom(seals.count) { seals.append(Seal(TagList(value))) }
      case "authentication-results", "arc-authentication-results":
        if hasRoom(results.count) { results.append(AuthenticationResults(field.name, value)) }
      case "received-spf":
        if hasRoom(results.count) { results.append(AuthenticationResults(receivedSPF: value)) }
      default: break
      }
    }
    hops.reverse()
    for index in hops.indices.dropFirst() {
      guard let time = hops[index].date?.seconds, let before = hops[index - 1].date?.seconds
      else { continue }
      hops[index].delay = time - before
    }
  }

  private mutating func hasRoom(_ count: Int) -> Bool {
    if count < Self.fieldLimit { return true }
    dropped += 1
    return false
  }
}

extension MessageTrace.Seal {
  init(_ tags: TagList) {
    self.init(
      instance: tags.compact("i").flatMap { Decimal.parse($0.utf8) },
      domain: tags.compact("d") ?? "", selector: tags.compact("s") ?? "",
      chain: tags.compact("cv")?.lowercased() ?? "")
  }
}
