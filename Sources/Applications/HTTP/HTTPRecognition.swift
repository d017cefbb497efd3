import Fields

/// Knows HTTP/1 by its first line (RFC 9112 section 2.1).
public enum HTTPRecognition {
  private static let beginnings: [StaticString] = [
    "get ", "post ", "head ", "put ", "delete ", "options ", "connect ", "http/1.",
  ]

  public static func verdict(of prefix: Span<UInt8>, from side: Side?) -> FirstBytes {
    if HTTPPackets.recognises(prefix) { return .certain(nil) }
    let line = prefix.packetLine(at: 0)
    guard !line.isComplete(in: prefix), prefix.count < FirstBytes.limit else { return .foreign }
    let mayBecome = beginnings.contains { word in
      prefix.count >= word.utf8CodeUnitCount
        ? prefix.matches(word) : isBeginning(prefix, of: word)
    }
    return mayBecome ? .possible : .foreign
  }

  private static func isBeginning(_ prefix: Span<UInt8>, of word: StaticString) -> Bool {
    zip(prefix.indices, word.description.utf8).allSatisfy { index, byte in
      prefix[index].asciiLowercased == byte
    }
  }
}
