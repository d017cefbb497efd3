extension Inflater {
  /// What content of HTTP becomes at the most.
  private static let contentLimits = Limits(total: 16 << 20)

  /// Undoes `gzip` or `deflate` of HTTP (RFC 9110 section 8.4.1), whichever of gzip, zlib and bare DEFLATE it is: as
  /// much as the bytes hold, up to the end of the first member; nil where they hold nothing.
  public static func content(_ encoded: Span<UInt8>) -> [UInt8]? {
    content(encoded, .gzipOrZlib) ?? content(encoded, .none)
  }

  private static func content(_ encoded: Span<UInt8>, _ wrapping: Wrapping) -> [UInt8]? {
    guard let inflater = try? Inflater(limits: contentLimits, wrapping: wrapping) else {
      return nil
    }
    var content: [UInt8] = []
    do throws(Failure) {
      try inflater.inflate(encoded) { piece in
        for index in piece.indices { content.append(piece[index]) }
      }
    } catch {
      // What follows the end is no part of it.
      guard inflater.isAtEnd else { return nil }
    }
    return content.isEmpty ? nil : content
  }
}
