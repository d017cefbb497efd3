import Fields

/// What a proxy and its client say of a connection before the dialogue that the connection carries.
public struct Proxy: Sendable, Hashable {
  public enum Kind: String, Sendable, CaseIterable {
    /// A line of text before the client's first byte (PROXY protocol, section 2.1).
    case headerLine = "proxy-v1"
    /// A binary header in the same place (PROXY protocol, section 2.2).
    case binaryHeader = "proxy-v2"
    case socks4
    /// RFC 1928.
    case socks5
    /// RFC 9110 section 9.3.6.
    case httpConnect = "http-connect"

    /// The client asks, and the proxy answers: all but the headers, which a proxy sends by itself.
    var isTunnel: Bool { self != .headerLine && self != .binaryHeader }
  }

  public struct Endpoint: Sendable, Hashable {
    /// An address, a name, or the path of a UNIX socket.
    public var address: String
    public var port: UInt16?
  }

  public var kind: Kind
  /// Who is connected to the proxy, where a header says it.
  public internal(set) var client: Endpoint?
  /// Where the connection leads beyond the proxy, or where the client had connected to.
  public internal(set) var server: Endpoint?
  /// Why the proxy refused, in its words or the standard's.
  public internal(set) var refusal: String?

  init(_ kind: Kind, client: Endpoint? = nil, server: Endpoint? = nil) {
    (self.kind, self.client, self.server) = (kind, client, server)
  }
}

extension Proxy.Endpoint {
  init(ipv4 address: UInt32, port: UInt16) {
    var text = TextBuffer()
    text.write(ipv4: address)
    self.init(address: text.string, port: port)
  }
  init(ipv6 high: UInt64, _ low: UInt64, port: UInt16) {
    var text = TextBuffer()
    text.write(ipv6High: high, low: low)
    self.init(address: text.string, port: port)
  }
  /// `mx.example.org:25`, `[2001:db8::1]:25`
  init(authority: String) {
    let text = authority.utf8
    guard let colon = text.lastIndex(of: UInt8(ascii: ":")),
      let port = UInt16(authority[text.index(after: colon)...])
    else {
      self.init(address: authority)
      return
    }
    var host = authority[..<colon]
    if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
    self.init(address: String(host), port: port)
  }
}
