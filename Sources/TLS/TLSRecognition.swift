import Fields

/// Knows TLS by its first record (RFC 8446 section 5.1): of a handshake, or of application data where the start was not
/// captured.
public enum TLSRecognition {
  public static func verdict(of prefix: Span<UInt8>, from side: Side?) -> FirstBytes {
    guard prefix.count > 0, prefix[0] == 22 || prefix[0] == 23 else { return .foreign }
    if prefix.count >= 2, prefix[1] != 3 { return .foreign }
    if prefix.count >= 3, prefix[2] > 4 { return .foreign }
    // A record is 2^14 bytes long and what encryption adds.
    if prefix.count >= 4, prefix[3] > 0x48 { return .foreign }
    guard prefix.count >= 3 else { return .possible }
    guard prefix.count >= 6, prefix[0] == 22 else { return .certain(nil) }
    switch prefix[5] {
    case 1: return .certain(.client)
    case 2: return .certain(.server)
    default: return .certain(nil)
    }
  }
}
