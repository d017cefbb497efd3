/// What is spoken inside TLS, as Wireshark names it.
public enum TLSApplication {
  /// By the port of the server.
  public static func name(onPort port: UInt16) -> String? {
    switch port {
    case 324: "RPKI-Router Protocol"
    case 443: "Hypertext Transfer Protocol"
    case 465: "Simple Mail Transfer Protocol"
    case 636: "Lightweight Directory Access Protocol"
    case 802: "Modbus/TCP"
    case 853: "Domain Name System"
    case 993: "Internet Message Access Protocol"
    case 995: "Post Office Protocol"
    case 1300: "Q.931"
    case 2221: "EtherNet/IP (Industrial Protocol)"
    case 2443: "Skinny Client Control Protocol"
    case 3249...3252: "Intel Omni-Path FE Header - Omni-Path Fabric Executive Header"
    case 3389: "TPKT - ISO on TCP - RFC1006"
    case 3496: "DoIP (ISO13400) Protocol"
    case 5061: "Session Initiation Protocol"
    case 5671: "Advanced Message Queuing Protocol"
    case 5684: "Constrained Application Protocol"
    case 5868: "Diameter Protocol"
    case 8883: "MQ Telemetry Transport Protocol"
    case 11207: "Couchbase Protocol"
    case 19999: "Distributed Network Protocol 3.0"
    case 27017: "Mongo Wire Protocol"
    default: nil
    }
  }

  /// By an ALPN identifier (RFC 7301).
  static func name(ofProtocol identifier: String) -> String? {
    switch identifier {
    case "http/1.0", "http/1.1": "Hypertext Transfer Protocol"
    case "h2", "h2-14", "h2-15", "h2-16": "HyperText Transfer Protocol 2"
    case "dot": "Domain Name System"
    default: nil
    }
  }
}
