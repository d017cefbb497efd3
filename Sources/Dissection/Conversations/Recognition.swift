import Applications
import Fields

/// Finds out what is spoken in one conversation: the one place that decides it, for every command.
struct ProtocolRecognition: Sendable {
  /// What is spoken, and by whom.
  struct Decision: Sendable {
    var spoken: ApplicationProtocol
    /// What TLS or a proxy carries, where `spoken` is one of these and the ports say it.
    var inside: ApplicationProtocol?
    /// The port that counts as the server's: the one that says what is spoken, where one does.
    var serverPort: UInt16
    /// The first bytes show that client and server are the other way round than TCP says.
    var isSwapped = false
    /// The user said it, or a port did: not the bytes.
    var isByPort = false
  }

  let clientPort: UInt16
  let serverPort: UInt16
  /// Where a proxy was asked to lead.
  private let tunnelPort: UInt16?
  private let policy: RecognitionPolicy
  private let told: (ApplicationProtocol, UInt16)?
  /// Whether the handshake was captured, so that it is sure who is the client.
  private let knowsSides: Bool
  private var client: [UInt8] = []
  private var server: [UInt8] = []

  init(
    clientPort: UInt16, serverPort: UInt16, tunnelPort: UInt16? = nil, knowsSides: Bool,
    _ options: RecognitionOptions
  ) {
    (self.clientPort, self.serverPort, self.knowsSides) = (clientPort, serverPort, knowsSides)
    self.tunnelPort = tunnelPort
    policy = options.policy
    told =
      [min(clientPort, serverPort), max(clientPort, serverPort)].lazy
      .compactMap { port in options.decodeAs.ports[port].map { ($0, port) } }.first
  }

  /// Whether bytes of only one side were seen.
  var isOneSided: Bool { client.isEmpty || server.isEmpty }
  var isFull: Bool { client.count + server.count >= FirstBytes.limit }

  /// Whether the user or a port says what is spoken.
  var isKnownByPort: Bool { told != nil || byPort != nil }

  /// Takes the next bytes of a side, as TCP has the sides: the first of them as they are, without a copy.
  mutating func see(_ bytes: [UInt8], from side: Side) {
    let known = side == .client ? client.count : server.count
    if known == 0, bytes.count <= FirstBytes.limit {
      if side == .client { client = bytes } else { server = bytes }
    } else {
      let shown = bytes.span.extracting(first: min(bytes.count, max(0, FirstBytes.limit - known)))
      if side == .client { client.append(shown) } else { server.append(shown) }
    }
  }

  /// What is spoken, as far as it is known. `isLast`: nothing more will come to decide by; then nil is none that is known.
  /// `mayBeProxy`: the header of a proxy is assumed where its first bytes may be there.
  func decide(isLast: Bool, mayBeProxy: Bool = false) -> Decision? {
    switch proxyVerdict {
    case .certain: return carrier(.proxy)
    case .possible where mayBeProxy: return carrier(.proxy)
    case .possible, .foreign: break
    }
    if let (row, port) = told { return decision(row, isByPort: true, port: port) }
    let port = byPort
    if policy == .ports, let port { return port }
    var isPossible = false
    for (prefix, side) in [(server, Side.server), (client, .client)] where !prefix.isEmpty {
      switch Self.verdict(prefix.span, from: knowsSides ? side : nil, policy) {
      case .certain(var spoken, let speaker):
        if let other = port?.spoken, other.variantOf == spoken.name { spoken = other }
        let isSwapped = !knowsSides && speaker.map { $0 != side } ?? false
        var found = decision(spoken, isByPort: false)
        found.isSwapped = isSwapped
        return found
      case .possible: isPossible = true
      case .foreign where port == nil: return decision(.data, isByPort: false)
      case .foreign: break
      }
    }
    if let port, isLast || !isPossible { return port }
    return nil
  }

  /// Whether the first bytes may be those of a proxy's header.
  var mayBeProxy: Bool { proxyVerdict != .foreign }

  private var proxyVerdict: FirstBytes {
    guard policy == .bytes, server.isEmpty, !client.isEmpty else { return .foreign }
    return ProxyRecognition.verdict(of: client.span, from: .client)
  }

  /// A proxy, and what the user or a port says of what it carries.
  private func carrier(_ row: ApplicationProtocol) -> Decision {
    var found = decision(row, isByPort: false)
    found.inside = told?.0 ?? byPort?.spoken
    return found
  }

  enum Verdict {
    case certain(ApplicationProtocol, Side?)
    case possible
    case foreign
  }

  /// What the first bytes of one side say, asked of each protocol in turn.
  static func verdict(
    _ prefix: Span<UInt8>, from side: Side?, _ policy: RecognitionPolicy
  ) -> Verdict {
    if prefix.isEmpty { return .possible }
    var isPossible = false
    for row in ApplicationProtocol.all where policy == .bytes || row.isHeuristic {
      switch row.verdict(prefix, side) {
      case .certain(let speaker): return .certain(row, speaker)
      case .possible: isPossible = true
      case .foreign: break
      }
    }
    return isPossible ? .possible : .foreign
  }

  /// What the ports say; the lower one is asked first, as tshark does.
  private var byPort: Decision? {
    if let tunnelPort, let row = ApplicationProtocol.at(tunnelPort, policy) {
      return decision(row, isByPort: true, port: serverPort)
    }
    for port in [min(clientPort, serverPort), max(clientPort, serverPort)] {
      if let row = ApplicationProtocol.at(port, policy) {
        return decision(row, isByPort: true, port: port)
      }
    }
    return nil
  }

  private func decision(
    _ spoken: ApplicationProtocol, isByPort: Bool, port: UInt16? = nil
  ) -> Decision {
    var inside: ApplicationProtocol?
    if spoken == .tls {
      inside =
        tunnelPort.flatMap { ApplicationProtocol.insideTLS(on: $0) }
        ?? ApplicationProtocol.insideTLS(on: serverPort)
        ?? ApplicationProtocol.insideTLS(on: clientPort)
        // Mail in clear is expected there: TLS was begun too early, or on the wrong port.
        ?? ApplicationProtocol.at(tunnelPort ?? serverPort, policy).flatMap {
          $0.mail == nil ? nil : $0
        }
    }
    return Decision(
      spoken: spoken, inside: inside, serverPort: port ?? serverPort, isByPort: isByPort)
  }
}

/// How conversations are recognised.
public struct RecognitionOptions: Sendable {
  public var policy = RecognitionPolicy.bytes
  public var decodeAs = DecodeAs()

  public init() {}
}
