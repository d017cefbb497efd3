import Capture
import Fields
import Mail
import TLS
import Wire

/// What is spoken in one TCP conversation, with its dissector and what waits for more segments.
struct ApplicationConversation: Sendable {
  /// Closed: a protocol above TCP is a case here, and a line in each switch below.
  private enum Dialect: Sendable {
    case smtp(SMTPPackets)
    case pop(POPPackets)
    case imap(IMAPPackets)
    case http(HTTPPackets)
    case dns(DNSOverTCP)
    case tls(TLSPackets)
    case data
  }

  /// Nil until bytes came that say it.
  private var dialect: Dialect?
  /// The mail dialogue that agreed on TLS, for the case that TLS does not come.
  private var clear: Dialect?
  private var awaitsTLS = false
  /// The server has said its first words, and they were no greeting of a mail server.
  private var hasGreeted = false
  /// Where a proxy's tunnel leads.
  private var tunnel: (host: String, port: UInt16?)?
  private let layer: ApplicationLayer?
  let serverPort: UInt16
  private let recognises: Bool
  private var client = PDUReassembly()
  private var server = PDUReassembly()

  /// `layer` is what the ports say, or the user; `recognises`: where they say nothing, content may.
  init(_ layer: ApplicationLayer?, serverPort: UInt16, recognises: Bool) {
    self.layer = layer
    self.serverPort = serverPort
    self.recognises = recognises
    dialect = Self.dialect(of: layer, serverPort: serverPort)
  }

  private static func dialect(of layer: ApplicationLayer?, serverPort: UInt16) -> Dialect? {
    switch layer {
    case .smtp: .smtp(SMTPPackets())
    case .lmtp: .smtp(SMTPPackets(isLMTP: true))
    case .pop: .pop(POPPackets())
    case .imap: .imap(IMAPPackets())
    case .tls: .tls(TLSPackets(inside: TLSApplication.name(onPort: serverPort)))
    case .http: .http(HTTPPackets(decode: decodeContent))
    case .dns: .dns(DNSOverTCP())
    case .data: .data
    case nil: nil
    }
  }

  /// Neither a port nor bytes have told what is spoken.
  private var isUnknown: Bool {
    guard layer == nil else { return false }
    switch dialect {
    case .data, nil: return true
    default: return false
    }
  }

  /// Bytes that wait for more.
  var held: Int {
    client.held + server.held + dissectorHeld
  }

  /// Of that, what the dissector keeps.
  private var dissectorHeld: Int {
    switch dialect {
    case .smtp(let smtp): smtp.held
    case .pop(let pop): pop.held
    case .imap(let imap): imap.held
    case .tls(let tls): tls.held
    case .http, .dns, .data, nil: 0
    }
  }

  mutating func receive(
    _ payload: Span<UInt8>, _ segment: PDUSegment, limits: PDULimits, room: Int, tcp: FieldIndex,
    into tree: inout FieldBuffer
  ) {
    if isUnknown, !segment.isOutOfOrder, !segment.isRetransmission, let count = segment.wireCount,
      let wanting = CutPayload.protocolWanting(more: payload.count, of: count)
    {
      return CutPayload.describe(wanting, into: &tree)
    }
    // The dissector and the reassembly are parts of one value: the reassembly is taken out while it calls.
    var reassembly = segment.side == .client ? client : server
    if segment.side == .client { client = PDUReassembly() } else { server = PDUReassembly() }
    reassembly.receive(payload, segment, limits: limits, room: room, tcp: tcp, into: &tree) {
      bytes, facts, tree in
      describe(bytes, facts, into: &tree)
    }
    if segment.side == .client { client = reassembly } else { server = reassembly }
    switch dialect {
    case .tls(var tls) where tls.held > room:
      tls.forgetFragments()
      dialect = .tls(tls)
    case .smtp(var smtp) where smtp.held > room:
      smtp.forgetHeld()
      dialect = .smtp(smtp)
    case .smtp, .pop, .imap, .tls, .http, .dns, .data, nil: break
    }
  }

  /// Describes bytes that belong to no segment of the conversation.
  mutating func describe(
    quoted bytes: Span<UInt8>, _ facts: PDUFacts, into tree: inout FieldBuffer
  ) {
    _ = describe(bytes, facts, into: &tree)
  }

  private mutating func describe(
    _ bytes: Span<UInt8>, _ facts: PDUFacts, into tree: inout FieldBuffer
  ) -> PDUOutcome {
    if let tunnel {
      HTTPPackets.describeTunnel(host: tunnel.host, port: tunnel.port, bytes, into: &tree)
    }
    return describeContent(bytes, facts, into: &tree)
  }

  private mutating func describeContent(
    _ bytes: Span<UInt8>, _ facts: PDUFacts, into tree: inout FieldBuffer
  ) -> PDUOutcome {
    var facts = facts
    if let port = tunnel?.port {
      if facts.side == .client { facts.destinationPort = port } else { facts.sourcePort = port }
    }
    if awaitsTLS { changeToTLS(bytes, facts) }
    if dialect == nil { recognise(bytes, facts) }
    let outcome: PDUOutcome
    // Taken out, so that what it holds of a message is changed in place rather than copied.
    var spoken: Dialect?
    swap(&spoken, &dialect)
    switch consume spoken {
    case .smtp(var smtp):
      outcome = smtp.describe(bytes, facts, into: &tree)
      awaitsTLS = smtp.hasStartedTLS
      dialect = .smtp(smtp)
    case .pop(var pop):
      outcome = pop.describe(bytes, facts, into: &tree)
      awaitsTLS = pop.hasStartedTLS
      dialect = .pop(pop)
    case .imap(var imap):
      outcome = imap.describe(bytes, facts, into: &tree)
      awaitsTLS = imap.hasStartedTLS
      dialect = .imap(imap)
    case .tls(var tls):
      outcome = tls.describe(bytes, facts, into: &tree)
      dialect = .tls(tls)
      if outcome == .foreign, HTTPPackets.recognises(bytes) {
        dialect = .http(HTTPPackets(decode: Self.decodeContent))
        return describeContent(bytes, facts, into: &tree)
      }
    case .http(var http):
      outcome = http.describe(bytes, facts, into: &tree)
      dialect = .http(http)
      if outcome == .foreign, let successor = http.successor {
        change(to: successor)
        return describe(bytes, facts, into: &tree)
      }
    case .dns(var dns):
      outcome = dns.describe(bytes, facts, into: &tree)
      dialect = .dns(dns)
    case .data:
      outcome = .foreign
      dialect = .data
    case nil: outcome = .foreign
    }
    guard outcome == .foreign else { return outcome }
    DataDescription.describe(bytes, into: &tree)
    return .described
  }

  /// What HTTP was a way to: a proxy's tunnel carries what the port there says, or what can be recognised.
  private mutating func change(to successor: HTTPPackets.Successor) {
    guard case .tunnel(let host, let port) = successor else {
      dialect = .data
      return
    }
    tunnel = (host, port)
    switch ApplicationLayer(port: port ?? 0) {
    case .http: dialect = .data
    case let layer: dialect = Self.dialect(of: layer, serverPort: port ?? 0)
    }
  }

  private static let decodeContent: ContentDecoder = { Inflater.content($0) }

  /// TLS was agreed on: its first record makes the change; other bytes go on with the dialogue in clear.
  private mutating func changeToTLS(_ bytes: Span<UInt8>, _ facts: PDUFacts) {
    awaitsTLS = false
    guard !TLSPackets.recognises(bytes) else {
      let inside: ApplicationLayer? =
        switch dialect {
        case .smtp: .smtp
        case .pop: .pop
        case .imap: .imap
        case .http, .dns, .tls, .data, nil: nil
        }
      dialect = .tls(TLSPackets(inside: inside?.nameInsideTLS))
      return
    }
    switch dialect {
    case .smtp(var smtp):
      smtp.continuesInClear()
      dialect = .smtp(smtp)
    case .pop(var pop):
      pop.continuesInClear()
      dialect = .pop(pop)
    case .imap(var imap):
      imap.continuesInClear()
      dialect = .imap(imap)
    case .http, .dns, .tls, .data, nil: break
    }
  }

  /// No port says what this is: TLS and the greetings of mail servers can be known by their first bytes.
  private mutating func recognise(_ bytes: Span<UInt8>, _ facts: PDUFacts) {
    if bytes.count >= 5, TLSPackets.recognises(bytes), bytes[0] == 22 || bytes[0] == 23 {
      dialect = .tls(TLSPackets(inside: TLSApplication.name(onPort: serverPort)))
      return
    }
    if HTTPPackets.recognises(bytes) {
      dialect = .http(HTTPPackets(decode: Self.decodeContent))
      return
    }
    guard recognises, !hasGreeted, facts.side == .server else { return }
    hasGreeted = true
    switch GreetingRecognition.layer(of: bytes) {
    case .smtp: dialect = .smtp(SMTPPackets())
    case .lmtp: dialect = .smtp(SMTPPackets(isLMTP: true))
    case .pop: dialect = .pop(POPPackets())
    case .imap: dialect = .imap(IMAPPackets())
    case .http, .dns, .tls, .data, nil: break
    }
  }
}

/// Mail servers speak first, and say what they are.
enum GreetingRecognition {
  static func layer(of bytes: Span<UInt8>) -> ApplicationLayer? {
    guard bytes.count >= 4 else { return nil }
    var line = ""
    for index in bytes.indices.prefix(512) {
      if bytes[index] == 0x0d || bytes[index] == 0x0a { break }
      line.unicodeScalars.append(Unicode.Scalar(bytes[index]))
    }
    let words = line.uppercased()
    if words.hasPrefix("220 ") || words.hasPrefix("220-") {
      if words.contains("LMTP") { return .lmtp }
      return words.contains("SMTP") || words.contains("MAIL") ? .smtp : nil
    }
    if words.hasPrefix("+OK ") {
      return words.contains("POP") || words.contains("DOVECOT") || words.contains("<") ? .pop : nil
    }
    if words.hasPrefix("* OK ") || words.hasPrefix("* PREAUTH ") {
      return words.contains("IMAP") ? .imap : nil
    }
    return nil
  }
}
