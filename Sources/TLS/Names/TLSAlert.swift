/// The alerts of TLS (RFC 8446 section 6).
public enum TLSAlert {
  /// `Handshake Failure`, as Wireshark names them.
  public static func name(_ description: UInt8) -> String {
    TLSNames.alert(UInt64(description)) ?? "alert \(description)"
  }
}
