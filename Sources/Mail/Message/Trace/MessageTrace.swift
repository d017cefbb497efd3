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

  /// `fields` are all fields of the header in order.
  public init(_ fields: [MIMEContent.Field]) {
    for (place, field) in fields.enumerated() {
      take(field.name, field.raw ?? field.value, at: place)
    }
    finish()
  }

  private enum Name: String, FieldName {
    case received
    case signature = "dkim-signature"
    case arcSignature = "arc-message-signature"
    case seal = "arc-seal"
    case results = "authentication-results"
    case arcResults = "arc-authentication-results"
    case receivedSPF = "received-spf"
  }

  private mutating func take(_ name: String, _ text: String, at place: Int) {
    guard let known = Name(name.utf8.span) else { return }
    let value = text.utf8
    switch known {
    case .received: if hasRoom(hops.count) { hops.append(ReceivedHop(value)) }
    case .signature:
      if hasRoom(signatures.count) { signatures.append(DKIMSignature(.dkim, at: place, value)) }
    case .arcSignature:
      if hasRoom(signatures.count) { signatures.append(DKIMSignature(.arc, at: place, value)) }
    case .seal: if hasRoom(seals.count) { seals.append(Seal(TagList(value))) }
    case .results, .arcResults:
      if hasRoom(results.count) { results.append(AuthenticationResults(name, value)) }
    case .receivedSPF:
      if hasRoom(results.count) { results.append(AuthenticationResults(receivedSPF: value)) }
    }
  }

  private mutating func finish() {
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
