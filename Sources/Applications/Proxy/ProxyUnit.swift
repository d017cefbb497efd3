import Fields

/// What one side says in one piece before the dialogue: a header, a request, a reply.
enum ProxyUnit: Sendable {
  // Of the client.
  case headerLine, binaryHeader, socks4Request, greeting, credentials, request, connect
  // Of the proxy.
  case socks4Reply, method, status, reply, response

  /// How far a unit reaches from the first of some bytes.
  enum Extent: Sendable {
    case foreign
    /// More bytes must come; nil where it is not sure that it is this unit.
    case unfinished(Rest?)
    case complete(Int)
  }

  /// What belongs to a unit of which bytes were never captured.
  enum Rest: Sendable {
    /// At least so many bytes from its first one on.
    case upTo(Int)
    /// A binary header, whose length was not reached with the first bytes, so many of them.
    case header(Int)
    /// All up to the last zero: texts that end with one.
    case zeros
    /// All that is there: the length is missing.
    case piece
    /// All up to the end of the line.
    case line
    /// All up to an empty line.
    case head
  }

  func extent(of bytes: Span<UInt8>) -> Extent {
    switch self {
    case .headerLine: ProxyHeader.extentOfLine(bytes)
    case .binaryHeader: ProxyHeader.extentOfBinary(bytes)
    case .socks4Request: SOCKS.extentOfRequest4(bytes)
    case .greeting: SOCKS.extentOfGreeting(bytes)
    case .credentials: SOCKS.extentOfCredentials(bytes)
    case .request: SOCKS.extentOfAddressed(bytes, isRequest: true)
    case .connect: HTTPTunnel.extent(of: bytes, word: "CONNECT ")
    case .socks4Reply: SOCKS.extentOfReply4(bytes)
    case .method: SOCKS.extentOfMethod(bytes)
    case .status: SOCKS.extentOfStatus(bytes)
    case .reply: SOCKS.extentOfAddressed(bytes, isRequest: false)
    case .response: HTTPTunnel.extent(of: bytes, word: "HTTP/1.")
    }
  }
}

/// The heads of `CONNECT` and of its answer (RFC 9112), as far as what they carry needs them.
enum HTTPTunnel {
  /// A longer head is none of a proxy.
  static let longestHead = 8192

  static func extent(of bytes: Span<UInt8>, word: StaticString) -> ProxyUnit.Extent {
    guard bytes.begins(likeStartOf: word) else { return .foreign }
    // No word of a mail protocol begins like either.
    guard bytes.count >= word.utf8CodeUnitCount else {
      return .unfinished(bytes.count > 4 ? .head : nil)
    }
    if let end = endOfHead(bytes, from: 0) { return .complete(end) }
    return bytes.count < longestHead ? .unfinished(.head) : .foreign
  }

  /// After the empty line that ends a head.
  static func endOfHead(_ bytes: Span<UInt8>, from start: Int) -> Int? {
    let limit = min(bytes.count, start + longestHead)
    var index = start
    while let feed = bytes.firstIndex(of: 0x0a, from: index, before: limit) {
      if bytes[feed + 1, or: 0] == 0x0a { return feed + 2 }
      if bytes[feed + 1, or: 0] == 0x0d, bytes[feed + 2, or: 0] == 0x0a { return feed + 3 }
      index = feed + 1
    }
    return nil
  }

  static func target(of head: Span<UInt8>) -> Proxy.Endpoint {
    let line = head.packetLine(at: 0)
    let start = "CONNECT ".utf8.count
    return Proxy.Endpoint(
      authority: head.part(start, head.token(at: start, before: line.end).end).string)
  }

  /// The status code and what follows it: `407 Proxy Authentication Required`.
  static func status(of head: Span<UInt8>) -> (code: Int, words: String) {
    let line = head.packetLine(at: 0)
    let words = head.part(head.token(at: 0, before: line.end).next, line.end).string
    return (Int(words.prefix { $0 != " " }) ?? 0, words)
  }
}
