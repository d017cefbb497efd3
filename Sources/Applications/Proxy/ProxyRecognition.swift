import Fields

/// Knows the header of a proxy by its first bytes.
public enum ProxyRecognition {
  public static func verdict(of prefix: Span<UInt8>, from side: Side?) -> FirstBytes {
    guard side != .server else { return .foreign }
    var isPossible = false
    for unit in [ProxyUnit.headerLine, .binaryHeader] {
      switch unit.extent(of: prefix) {
      case .complete, .unfinished(.some): return .certain(.client)
      case .unfinished: isPossible = true
      case .foreign: break
      }
    }
    return isPossible ? .possible : .foreign
  }
}

/// Knows SOCKS by the first message of its client, which waits for the proxy's answer after it.
public enum SOCKSRecognition {
  public static func verdict(of prefix: Span<UInt8>, from side: Side?) -> FirstBytes {
    guard side != .server else { return .foreign }
    for unit in [ProxyUnit.socks4Request, .greeting] {
      switch unit.extent(of: prefix) {
      case .complete(let count) where count == prefix.count && hasUsualMethods(prefix):
        return .certain(.client)
      case .unfinished: return .possible
      case .complete, .foreign: break
      }
    }
    return .foreign
  }

  /// Two bytes of any protocol look like a greeting: the methods that are in use tell.
  private static func hasUsualMethods(_ bytes: Span<UInt8>) -> Bool {
    bytes[0] == 4 || (2..<bytes.count).allSatisfy { bytes[$0] < 10 || bytes[$0] >= 0x80 }
  }
}
