import Applications
import Capture
import Fields
import Mail
import TLS
import Wire

/// A protocol above TCP. THE SEAM above: a new protocol is a folder of its own and a row here.
///
/// Everything that is asked of a protocol is asked of its row: the ports and the values of `-d`, how it is known by its
/// first bytes, what reads its sessions, what describes its packets, which fields it has.
public struct ApplicationProtocol: Sendable {
  /// Shared by all that name it: a row is moved as a word.
  private final class Row: Sendable {
    let name: String
    let aliases: [String]
    let ports: [ClosedRange<UInt16>]
    let otherPorts: [ClosedRange<UInt16>]
    let tlsPorts: [ClosedRange<UInt16>]
    let variantOf: String?
    let isHeuristic: Bool
    let verdict: @Sendable (Span<UInt8>, Side?) -> FirstBytes
    let mail: MailProtocol?
    let tree: (@Sendable (UInt16) -> any PDUDissector)?
    let nameInsideTLS: String?
    let fields: [any FieldSet.Type]

    init(
      _ name: String, _ aliases: [String], _ ports: [ClosedRange<UInt16>],
      _ otherPorts: [ClosedRange<UInt16>], _ tlsPorts: [ClosedRange<UInt16>],
      _ variantOf: String?, _ isHeuristic: Bool,
      _ verdict: @escaping @Sendable (Span<UInt8>, Side?) -> FirstBytes, _ mail: MailProtocol?,
      _ nameInsideTLS: String?, _ fields: [any FieldSet.Type],
      _ tree: (@Sendable (UInt16) -> any PDUDissector)?
    ) {
      (self.name, self.aliases, self.ports) = (name, aliases, ports)
      (self.otherPorts, self.tlsPorts, self.variantOf) = (otherPorts, tlsPorts, variantOf)
      (self.isHeuristic, self.verdict, self.mail) = (isHeuristic, verdict, mail)
      (self.nameInsideTLS, self.fields, self.tree) = (nameInsideTLS, fields, tree)
    }
  }
  private let row: Row

  /// As Wireshark's filters and `-d` name it.
  public var name: String { row.name }
  /// Other names that `-d` takes.
  var aliases: [String] { row.aliases }
  /// Ports that tshark knows it by.
  var ports: [ClosedRange<UInt16>] { row.ports }
  /// Ports that it is often found on, though tshark does not look there.
  var otherPorts: [ClosedRange<UInt16>] { row.otherPorts }
  /// Ports on which it is spoken inside TLS from the first byte on.
  var tlsPorts: [ClosedRange<UInt16>] { row.tlsPorts }
  /// The protocol whose first bytes may be this one's as well: the port tells then.
  var variantOf: String? { row.variantOf }
  /// What tshark too knows by its first bytes, on any port.
  var isHeuristic: Bool { row.isHeuristic }
  /// What the first bytes of one side say; `Side` is what is known of who sent them.
  var verdict: @Sendable (Span<UInt8>, Side?) -> FirstBytes { row.verdict }
  /// Who reads its sessions; nil for what is no mail.
  var mail: MailProtocol? { row.mail }
  /// Who describes its packets on the server's port; nil where there is nothing to describe.
  var tree: (@Sendable (UInt16) -> any PDUDissector)? { row.tree }
  /// As Wireshark names what TLS carries after the dialogue has agreed on it.
  var nameInsideTLS: String? { row.nameInsideTLS }
  var fields: [any FieldSet.Type] { row.fields }

  init(
    _ name: String, aliases: [String] = [], ports: [ClosedRange<UInt16>] = [],
    otherPorts: [ClosedRange<UInt16>] = [], tlsPorts: [ClosedRange<UInt16>] = [],
    variantOf: String? = nil, isHeuristic: Bool = false,
    verdict: @escaping @Sendable (Span<UInt8>, Side?) -> FirstBytes = { _, _ in .foreign },
    mail: MailProtocol? = nil, nameInsideTLS: String? = nil,
    fields: [any FieldSet.Type] = [], tree: (@Sendable (UInt16) -> any PDUDissector)? = nil
  ) {
    row = Row(
      name, aliases, ports, otherPorts, tlsPorts, variantOf, isHeuristic, verdict, mail,
      nameInsideTLS, fields, tree)
  }

  /// In the order in which first bytes are compared.
  public static let all = [
    smtp, lmtp, pop, imap, manageSieve, tls, http, proxy, socks, dns, data,
  ]

  static let smtp = Self(
    "smtp", ports: [25...25, 587...587], otherPorts: [2525...2525], tlsPorts: [465...465],
    verdict: SMTPRecognition.verdict, mail: .smtp,
    nameInsideTLS: "Simple Mail Transfer Protocol",
    fields: [SMTPFields.self, MessageFields.self, MultipartFields.self]
  ) { _ in SMTPPackets() }
  static let lmtp = Self(
    "lmtp", ports: [24...24], variantOf: "smtp", verdict: SMTPRecognition.verdictOfLMTP,
    mail: .lmtp,
    nameInsideTLS: "Simple Mail Transfer Protocol"
  ) { _ in SMTPPackets(isLMTP: true) }
  static let pop = Self(
    "pop", aliases: ["pop3"], ports: [110...110], tlsPorts: [995...995],
    verdict: POP3Recognition.verdict, mail: .pop3, nameInsideTLS: "Post Office Protocol",
    fields: [POPFields.self]
  ) { _ in POPPackets() }
  static let imap = Self(
    "imap", ports: [143...143], tlsPorts: [993...993], verdict: IMAPRecognition.verdict,
    mail: .imap, nameInsideTLS: "Internet Message Access Protocol", fields: [IMAPFields.self]
  ) { _ in IMAPPackets() }
  static let manageSieve = Self(
    "managesieve", otherPorts: [4190...4190], verdict: ManageSieveRecognition.verdict,
    mail: .manageSieve, nameInsideTLS: "ManageSieve Protocol", fields: [ManageSieveFields.self]
  ) { _ in ManageSievePackets() }
  static let tls = Self(
    "tls",
    ports: [
      324...324, 443...443, 465...465, 636...636, 802...802, 853...853, 993...993, 995...995,
      1300...1300, 2221...2221, 2443...2443, 3249...3252, 3496...3496, 5061...5061, 5671...5671,
      5684...5684, 5868...5868, 8883...8883, 11207...11207, 19999...19999, 27017...27017,
    ],
    isHeuristic: true, verdict: TLSRecognition.verdict,
    fields: [
      TLSFields.self, HandshakeFields.self, ExtensionFields.self, CertificateFields.self,
      StatusFields.self, QualifiedFields.self,
    ]
  ) { port in TLSPackets(inside: TLSApplication.name(onPort: port)) }
  static let http = Self(
    "http",
    ports: [
      80...80, 631...631, 1900...1900, 2710...2710, 2869...2869, 3128...3128, 3132...3132,
      3689...3689, 5985...5985, 8080...8080, 8088...8088, 11371...11371,
    ],
    isHeuristic: true,
    verdict: HTTPRecognition.verdict
  ) { _ in HTTPPackets(decode: { Inflater.content($0) }) }
  /// The header that a proxy sends before the client's first byte.
  static let proxy = Self(
    "proxy", isHeuristic: true, verdict: ProxyRecognition.verdict
  ) { _ in ProxyPackets() }
  static let socks = Self(
    "socks", ports: [1080...1080], verdict: SOCKSRecognition.verdict
  ) { _ in SOCKSPackets() }
  static let dns = Self("dns", ports: [53...53, 5353...5353], tree: { _ in DNSOverTCP() })
  /// Bytes of no known protocol.
  static let data = Self("data")

  /// What `-d` calls by this name.
  static func named(_ name: String) -> Self? {
    let name = name.lowercased()
    return all.first { $0.name == name || $0.aliases.contains(name) }
  }

  func isAt(_ port: UInt16, _ policy: RecognitionPolicy) -> Bool {
    ports.contains { $0.contains(port) }
      || policy == .bytes && otherPorts.contains { $0.contains(port) }
  }

  /// The protocol that a port stands for.
  static func at(_ port: UInt16, _ policy: RecognitionPolicy) -> Self? {
    all.first { $0.isAt(port, policy) }
  }

  /// The protocol that is spoken inside TLS on a port.
  static func insideTLS(on port: UInt16) -> Self? {
    all.first { $0.tlsPorts.contains { $0.contains(port) } }
  }
}

extension ApplicationProtocol: Equatable {
  public static func == (left: Self, right: Self) -> Bool { left.name == right.name }
}

/// What decides which protocol a conversation speaks.
public enum RecognitionPolicy: Sendable {
  /// The first bytes of either side, and the ports where they say nothing.
  case bytes
  /// The ports; elsewhere only what tshark knows by its bytes too.
  case ports
}

/// What the user says of ports (`-d`).
public struct DecodeAs: Sendable {
  /// Of TCP.
  public var ports: [UInt16: ApplicationProtocol] = [:]
  /// Of UDP.
  public var tunnels: [UInt16: DatagramTunnel] = [:]

  public init() {}

  /// Takes what tshark's `-d` takes of TCP and UDP: `tcp.port==2525,smtp`, `tcp.port==2525-2530,smtp`,
  /// `udp.port==8472,vxlan`.
  public mutating func add(_ rule: String) throws(RunError) {
    let parts = rule.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 2 else { throw Self.malformed(rule) }
    if let range = parts[0].dropping("tcp.port==") {
      guard let row = ApplicationProtocol.named(parts[1]) else {
        throw Self.unknown(parts[1], rule, ApplicationProtocol.all.map(\.name))
      }
      for port in try Self.ports(range, rule) { ports[port] = row }
    } else if let range = parts[0].dropping("udp.port==") {
      guard let tunnel = DatagramTunnel(rawValue: parts[1].lowercased()) else {
        throw Self.unknown(parts[1], rule, DatagramTunnel.allCases.map(\.rawValue))
      }
      for port in try Self.ports(range, rule) { tunnels[port] = tunnel }
    } else {
      throw Self.malformed(rule)
    }
  }

  /// `2525`, or `2525-2530`.
  private static func ports(
    _ range: Substring, _ rule: String
  ) throws(RunError) -> ClosedRange<UInt16> {
    let ends = range.split(separator: "-", omittingEmptySubsequences: false).map { UInt16($0) }
    guard (1...2).contains(ends.count), let low = ends[0], let high = ends[ends.count - 1],
      low <= high
    else {
      throw .usage("-d \(rule): a port is a number from 0 to 65535")
    }
    return low...high
  }

  private static func malformed(_ rule: String) -> RunError {
    .usage("-d \(rule): it takes rules such as tcp.port==2525,smtp and udp.port==8472,vxlan")
  }

  private static func unknown(_ name: String, _ rule: String, _ known: [String]) -> RunError {
    .usage(
      "-d \(rule): there is no protocol \(name); there are \(known.joined(separator: ", "))")
  }
}

extension String {
  /// What follows a prefix; nil without it.
  fileprivate func dropping(_ prefix: String) -> Substring? {
    hasPrefix(prefix) ? dropFirst(prefix.count) : nil
  }
}
