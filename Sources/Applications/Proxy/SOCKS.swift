import Fields

/// The messages of SOCKS 4, 4a and 5 (RFC 1928, RFC 1929): how long they are and what they say.
enum SOCKS {
  /// A user or a host name of SOCKS 4 that is longer is none.
  private static let longestName = 255

  // MARK: Lengths

  /// Version, command, port, address, the user's name and a zero; for an address 0.0.0.x a host name and a zero.
  static func extentOfRequest4(_ bytes: Span<UInt8>) -> ProxyUnit.Extent {
    guard bytes[0, or: 4] == 4, bytes[1, or: 1] == 1 else { return .foreign }
    guard bytes.count > 8 else { return .unfinished(bytes.count > 1 ? .zeros : nil) }
    var end = 8
    for _ in 0..<(hasName4(bytes) ? 2 : 1) {
      let limit = min(bytes.count, end + longestName + 1)
      guard let zero = bytes.firstIndex(of: 0, from: end, before: limit) else {
        return limit < end + longestName + 1 ? .unfinished(.zeros) : .foreign
      }
      end = zero + 1
    }
    return .complete(end)
  }

  /// SOCKS 4a: the address says that a name follows.
  static func hasName4(_ bytes: Span<UInt8>) -> Bool {
    let address = bytes.uint32(at: 4)
    return address > 0 && address < 256
  }

  static func extentOfReply4(_ bytes: Span<UInt8>) -> ProxyUnit.Extent {
    guard bytes[0, or: 0] == 0, (90...93).contains(bytes[1, or: 90]) else { return .foreign }
    return exactly(8, bytes)
  }

  /// Version, how many methods, the methods.
  static func extentOfGreeting(_ bytes: Span<UInt8>) -> ProxyUnit.Extent {
    guard bytes[0, or: 5] == 5, bytes[1, or: 1] > 0, !looksAddressed(bytes) else {
      return .foreign
    }
    return bytes.count < 2 ? .unfinished(nil) : exactly(2 + Int(bytes[1]), bytes)
  }

  static func extentOfMethod(_ bytes: Span<UInt8>) -> ProxyUnit.Extent {
    guard bytes[0, or: 5] == 5, !looksAddressed(bytes) else { return .foreign }
    return exactly(2, bytes)
  }

  /// Where the message before was not captured, only what comes next tells a request from a greeting.
  private static func looksAddressed(_ bytes: Span<UInt8>) -> Bool {
    bytes.count > 3 && bytes[2] == 0 && [1, 3, 4].contains(bytes[3])
      && bytes[0] == 5 && bytes[1] <= 8
  }

  /// Version 1, the user's name and the password, each with its length before it.
  static func extentOfCredentials(_ bytes: Span<UInt8>) -> ProxyUnit.Extent {
    guard bytes[0, or: 1] == 1, bytes[1, or: 1] > 0 else { return .foreign }
    guard bytes.count > 1 else { return .unfinished(nil) }
    let name = 3 + Int(bytes[1])
    guard bytes.count >= name else { return .unfinished(.upTo(name)) }
    return exactly(name + Int(bytes[name - 1]), bytes)
  }

  static func extentOfStatus(_ bytes: Span<UInt8>) -> ProxyUnit.Extent {
    bytes[0, or: 1] == 1 ? exactly(2, bytes) : .foreign
  }

  /// A request or a reply: version, command or result, a zero, an address and a port.
  static func extentOfAddressed(_ bytes: Span<UInt8>, isRequest: Bool) -> ProxyUnit.Extent {
    guard bytes[0, or: 5] == 5, bytes[2, or: 0] == 0, !isRequest || bytes[1, or: 1] == 1 else {
      return .foreign
    }
    guard bytes.count > 4 else { return .unfinished(bytes.count > 1 ? .upTo(7) : nil) }
    guard let length = addressLength(bytes, at: 3) else { return .foreign }
    return exactly(6 + length, bytes)
  }

  /// How long the address is whose type lies at `offset`, without the type; nil for an unknown type.
  static func addressLength(_ bytes: Span<UInt8>, at offset: Int) -> Int? {
    switch bytes[offset, or: 0] {
    case 1: 4
    case 3: 1 + Int(bytes[offset + 1, or: 0])
    case 4: 16
    default: nil
    }
  }

  private static func exactly(_ count: Int, _ bytes: Span<UInt8>) -> ProxyUnit.Extent {
    bytes.count < count
      ? .unfinished(bytes.count > 1 ? .upTo(count) : nil) : .complete(count)
  }

  // MARK: Meanings

  /// Where a whole request of SOCKS 4 leads.
  static func target4(_ bytes: Span<UInt8>) -> Proxy.Endpoint {
    let port = bytes.uint16(at: 2)
    guard hasName4(bytes) else { return .init(ipv4: bytes.uint32(at: 4), port: port) }
    let user = bytes.part(8, bytes.count).untilZero.count
    return .init(address: bytes.part(9 + user, bytes.count).untilZero.string, port: port)
  }

  /// Where a whole request of SOCKS 5 leads.
  static func target(_ bytes: Span<UInt8>) -> Proxy.Endpoint? {
    guard let length = addressLength(bytes, at: 3), bytes.count >= 6 + length else { return nil }
    let port = bytes.uint16(at: 4 + length)
    return switch bytes[3] {
    case 1: .init(ipv4: bytes.uint32(at: 4), port: port)
    case 4: .init(ipv6: bytes.uint64(at: 4), bytes.uint64(at: 12), port: port)
    default: .init(address: bytes.part(5, 4 + length).string, port: port)
    }
  }

  static func methodName(_ method: UInt64) -> String {
    switch method {
    case 0: "No authentication"
    case 1: "GSSAPI"
    case 2: "Username/Password"
    case 3: "Chap"
    case 0xff: "no acceptable method"
    default: "Unknown"
    }
  }

  static func commandName(_ command: UInt64) -> String? {
    switch command {
    case 1: "Connect"
    case 2: "Bind"
    case 3: "UdpAssociate"
    case 0x80: "Ping"
    case 0x81: "Traceroute"
    default: nil
    }
  }

  static func result4Name(_ result: UInt64) -> String? {
    switch result {
    case 90: "Granted"
    case 91: "Rejected or Failed"
    case 92: "Rejected because SOCKS server cannot connect to identd on the client"
    case 93: "Rejected because the client program and identd report different user-ids"
    default: nil
    }
  }

  static func resultName(_ result: UInt64) -> String? {
    word(
      result,
      [
        "Succeeded", "General SOCKS server failure", "Connection not allowed by ruleset",
        "Network unreachable", "Host unreachable", "Connection refused", "TTL expired",
        "Command not supported", "Address type not supported",
      ])
  }

  static func addressTypeName(_ type: UInt64) -> String? {
    word(type, ["", "IPv4", "", "Domain Name", "IPv6"])
  }
}
