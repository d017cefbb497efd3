import Applications
import Fields
import Wire

/// The protocols above UDP that `Wire` does not know. Closed: a new one is a case here, and a line in each switch
/// below.
enum DatagramProtocol: CaseIterable {
  case dns, multicastDNS, linkLocalDNS, snmp, discovery

  /// The dispatch table.
  var ports: [UInt16] {
    switch self {
    case .dns: [53]
    case .multicastDNS: [5353]
    case .linkLocalDNS: [5355]
    case .snmp: [161, 162]
    case .discovery: [1900]
    }
  }
  static let ports = allCases.flatMap(\.ports)

  /// The lower port decides, or else the higher one.
  init?(_ datagram: Datagram) {
    let low = min(datagram.sourcePort, datagram.destinationPort)
    let high = max(datagram.sourcePort, datagram.destinationPort)
    for port in [low, high] {
      guard let known = Self.allCases.first(where: { $0.ports.contains(port) }) else { continue }
      self = known
      return
    }
    return nil
  }
}

/// What the datagram of a frame is in its conversation.
enum DatagramPart: Sendable {
  case dns(DNSFlavor, DNSMatch?)
  case snmp(SNMPTransactions.Request?)
  /// SSDP, which is HTTP, in a conversation of UDP.
  case discovery(stream: Int)
  case data
}
