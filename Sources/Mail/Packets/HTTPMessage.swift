import Fields

/// The head of an HTTP/1 message: where its parts lie, and what they say of its body.
struct HTTPMessage {
  struct Header {
    let line: PacketLine
    /// In lower case.
    let name: String
    let value: Range<Int>
  }
  /// A chunk of a body (RFC 9112 section 7.1).
  struct Chunk {
    let size: Int
    /// Where its data begins.
    let data: Int

    /// Nil where there is no size line.
    init?(_ bytes: Span<UInt8>, at offset: Int) {
      let line = bytes.packetLine(at: offset)
      guard line.isTerminated else { return nil }
      var size = 0, index = offset
      while index < line.end, let digit = HTTPMessage.hexadecimal(bytes[index]) {
        guard size < 1 << 40 else { return nil }
        size = size << 4 | digit
        index += 1
      }
      guard index > offset else { return nil }
      (self.size, data) = (size, line.next)
    }
  }
  enum Body {
    case ends(at: Int)
    case lacks(Int)
    case isChunkedOn
    case endsWithConnection
  }

  let first: PacketLine
  let isRequest: Bool
  let status: Int
  let method: String
  let uri: String
  private(set) var headers: [Header] = []
  /// The empty line behind the headers.
  let blank: PacketLine?
  let bodyStart: Int
  private(set) var isChunked = false
  /// The body is compressed.
  private(set) var isEncoded = false
  private(set) var contentType = ""
  private(set) var contentParameters = ""
  private var length: Int?
  private var host: String?
  private var keepsAlive = false

  /// Nil where the bytes at `offset` do not begin with a whole head.
  init?(_ bytes: Span<UInt8>, at offset: Int) {
    let rest = bytes.part(offset, bytes.count)
    guard Self.mayBegin(rest) else { return nil }
    first = bytes.packetLine(at: offset)
    guard first.isTerminated else { return nil }
    isRequest = !rest.matches("http/")
    let token = bytes.token(at: offset, before: first.end)
    let second = bytes.token(at: token.next, before: first.end)
    method = isRequest ? bytes.part(offset, token.end).string : ""
    uri = isRequest ? bytes.part(token.next, second.end).string : ""
    status = isRequest ? 0 : Self.number(in: bytes.part(token.next, token.next + 3)) ?? 0
    var position = first.next
    var found: PacketLine?
    var headers: [Header] = []
    while position < bytes.count {
      let line = bytes.packetLine(at: position)
      guard line.isTerminated else { return nil }
      position = line.next
      if line.count == 0 {
        found = line
        break
      }
      headers.append(Self.header(bytes, line))
    }
    guard let found else { return nil }
    blank = found
    bodyStart = found.next
    self.headers = headers
    for header in headers { note(header, bytes) }
  }

  private static func header(_ bytes: Span<UInt8>, _ line: PacketLine) -> Header {
    guard
      let colon = bytes.firstIndex(of: UInt8(ascii: ":"), from: line.start, before: line.end)
    else {
      return Header(line: line, name: "", value: line.end..<line.end)
    }
    var from = colon + 1, until = line.end
    while from < until, bytes[from].isLinearSpace { from += 1 }
    while until > from, bytes[until - 1].isLinearSpace { until -= 1 }
    return Header(
      line: line, name: bytes.part(line.start, colon).string.lowercased(), value: from..<until)
  }

  private mutating func note(_ header: Header, _ bytes: Span<UInt8>) {
    let value = bytes.part(header.value.lowerBound, header.value.upperBound)
    switch header.name {
    case "content-length": length = Self.number(in: value)
    case "transfer-encoding": isChunked = value.matches("chunked")
    case "content-encoding": isEncoded = !value.isEmpty && !value.matches("identity")
    case "connection": keepsAlive = value.matches("keep-alive")
    case "host": host = value.string
    case "content-type":
      let semicolon = value.firstIndex(of: UInt8(ascii: ";"), from: 0, before: value.count)
      let end = semicolon ?? value.count
      contentType = value.part(0, end).string.lowercased()
      while contentType.hasSuffix(" ") { contentType.removeLast() }
      var from = min(end + 1, value.count)
      while from < value.count, value[from].isLinearSpace { from += 1 }
      contentParameters = value.part(from, value.count).string
    default: break
    }
  }

  var fullURI: String? {
    guard isRequest, method != "CONNECT" else { return nil }
    if uri.contains("://") { return uri }
    return host.map { "http://\($0)\(uri)" }
  }

  /// How far the body goes. `method` is that of the request that a response answers.
  func body(in bytes: Span<UInt8>, answering method: String) -> Body {
    let hasNone =
      !isRequest
      && (status / 100 == 1 || status == 204 || status == 304 || method == "HEAD"
        || method == "CONNECT" && status / 100 == 2)
    if hasNone { return .ends(at: bodyStart) }
    if isChunked {
      var offset = bodyStart
      while let chunk = Chunk(bytes, at: offset) {
        if chunk.size > 0 {
          offset = chunk.data + chunk.size + 2
          if offset > bytes.count { return .isChunkedOn }
          continue
        }
        // Trailers, up to an empty line.
        var position = chunk.data
        while position < bytes.count {
          let line = bytes.packetLine(at: position)
          guard line.isTerminated else { return .isChunkedOn }
          position = line.next
          if line.count == 0 { return .ends(at: position) }
        }
        return .isChunkedOn
      }
      return offset < bytes.count && bytes.packetLine(at: offset).isTerminated
        ? .ends(at: bytes.count) : .isChunkedOn
    }
    if let length {
      let (end, overflow) = bodyStart.addingReportingOverflow(length)
      if overflow { return .lacks(.max) }
      return end <= bytes.count ? .ends(at: end) : .lacks(end - bytes.count)
    }
    if isRequest { return .ends(at: bodyStart) }
    return contentType.isEmpty || keepsAlive ? .ends(at: bytes.count) : .endsWithConnection
  }

  /// Whether the bytes can be the start of a message.
  static func mayBegin(_ bytes: Span<UInt8>) -> Bool {
    if bytes.matches("http/") { return true }
    if bytes.count < 5, bytes.isEmpty { return false }
    let line = bytes.packetLine(at: 0)
    let method = bytes.token(at: 0, before: line.end)
    guard method.end > 0, method.end < line.end,
      httpMethods.contains(bytes.part(0, method.end).string)
    else { return false }
    return true
  }

  static func number(in bytes: Span<UInt8>) -> Int? {
    guard !bytes.isEmpty, bytes.count < 18 else { return nil }
    var number = 0
    for index in bytes.indices {
      guard bytes[index].isASCIIDigit else { return nil }
      number = number * 10 + Int(bytes[index] - 0x30)
    }
    return number
  }

  static func hexadecimal(_ byte: UInt8) -> Int? {
    switch byte {
    case 0x30...0x39: Int(byte) - 0x30
    case 0x41...0x46: Int(byte) - 0x37
    case 0x61...0x66: Int(byte) - 0x57
    default: nil
    }
  }

  /// Decodes base64; what is not in its alphabet is passed over.
  static func base64(_ bytes: Span<UInt8>) -> [UInt8] {
    var result: [UInt8] = []
    var buffer: UInt32 = 0, bits: UInt32 = 0
    for index in bytes.indices {
      let digit: UInt32
      switch bytes[index] {
      case 0x41...0x5a: digit = UInt32(bytes[index]) - 0x41
      case 0x61...0x7a: digit = UInt32(bytes[index]) - 0x47
      case 0x30...0x39: digit = UInt32(bytes[index]) + 4
      case UInt8(ascii: "+"): digit = 62
      case UInt8(ascii: "/"): digit = 63
      default: continue
      }
      buffer = buffer << 6 | digit
      bits += 6
      if bits >= 8 {
        bits -= 8
        result.append(UInt8(truncatingIfNeeded: buffer >> bits))
        buffer &= (1 << bits) - 1
      }
    }
    return result
  }
}

private let httpMethods: Set<String> = [
  "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PATCH", "PROPFIND",
  "PROPPATCH", "MKCOL", "COPY", "MOVE", "LOCK", "UNLOCK", "SEARCH", "REPORT", "SUBSCRIBE",
  "UNSUBSCRIBE", "NOTIFY", "M-SEARCH",
]

/// The meaning of a status code, as Wireshark has it.
func httpStatusName(_ code: Int) -> String? {
  switch code {
  case 100: "Continue"
  case 101: "Switching Protocols"
  case 102: "Processing"
  case 200: "OK"
  case 201: "Created"
  case 202: "Accepted"
  case 203: "Non-authoritative Information"
  case 204: "No Content"
  case 205: "Reset Content"
  case 206: "Partial Content"
  case 207: "Multi-Status"
  case 226: "IM Used"
  case 300: "Multiple Choices"
  case 301: "Moved Permanently"
  case 302: "Found"
  case 303: "See Other"
  case 304: "Not Modified"
  case 305: "Use Proxy"
  case 307: "Temporary Redirect"
  case 308: "Permanent Redirect"
  case 400: "Bad Request"
  case 401: "Unauthorized"
  case 402: "Payment Required"
  case 403: "Forbidden"
  case 404: "Not Found"
  case 405: "Method Not Allowed"
  case 406: "Not Acceptable"
  case 407: "Proxy Authentication Required"
  case 408: "Request Time-out"
  case 409: "Conflict"
  case 410: "Gone"
  case 411: "Length Required"
  case 412: "Precondition Failed"
  case 413: "Request Entity Too Large"
  case 414: "Request-URI Too Long"
  case 415: "Unsupported Media Type"
  case 416: "Requested Range Not Satisfiable"
  case 417: "Expectation Failed"
  case 421: "Misdirected Request"
  case 422: "Unprocessable Entity"
  case 423: "Locked"
  case 424: "Failed Dependency"
  case 426: "Upgrade Required"
  case 428: "Precondition Required"
  case 429: "Too Many Requests"
  case 431: "Request Header Fields Too Large"
  case 500: "Internal Server Error"
  case 501: "Not Implemented"
  case 502: "Bad Gateway"
  case 503: "Service Unavailable"
  case 504: "Gateway Time-out"
  case 505: "HTTP Version not supported"
  case 507: "Insufficient Storage"
  case 511: "Network Authentication Required"
  default: nil
  }
}

/// The fields of HTTP, as Wireshark names them.
public struct HTTPFields: FieldSet {
  let http = Field("http", "Hypertext Transfer Protocol", .proto)
  let chat = Field("http.chat", "Formatted text", .none)
  let method = Field("http.request.method", "Request Method", .string)
  let uri = Field("http.request.uri", "Request URI", .string)
  let path = Field("http.request.uri.path", "Request URI Path", .string)
  let query = Field("http.request.uri.query", "Request URI Query", .string)
  let parameter = Field(
    "http.request.uri.query.parameter", "Request URI Query Parameter", .string)
  let requestVersion = Field("http.request.version", "Request Version", .string)
  let responseVersion = Field("http.response.version", "Response Version", .string)
  let statusCode = Field("http.response.code", "Status Code", .uint16)
  let statusDescription = Field("http.response.code.desc", "Status Code Description", .string)
  let phrase = Field("http.response.phrase", "Response Phrase", .string)
  let requestLine = Field("http.request.line", "Request line", .string)
  let responseLine = Field("http.response.line", "Response line", .string)
  let fullURI = Field("http.request.full_uri", "Full request URI", .string)
  let isRequest = Field("http.request", "Request", .boolean)
  let isResponse = Field("http.response", "Response", .boolean)
  let requestNumber = Field("http.request_number", "Request number", .uint32)
  let responseNumber = Field("http.response_number", "Response number", .uint32)
  let time = Field("http.time", "Time since request", .relativeTime)
  let requestIn = Field("http.request_in", "Request in frame", .frameNumber)
  let previousRequest = Field("http.prev_request_in", "Prev request in frame", .frameNumber)
  let previousResponse = Field("http.prev_response_in", "Prev response in frame", .frameNumber)
  let responseFor = Field("http.response_for.uri", "Request URI", .string)
  let fileData = Field("http.file_data", "File Data", .string)
  let chunkSize = Field("http.chunk_size", "Chunk size", .uint32)
  let chunkData = Field("http.chunk_data", "Chunk data", .bytes)
  let chunkBoundary = Field("http.chunk_boundary", "Chunk boundary", .bytes)
  let contentLength = Field("http.content_length", "Content length", .uint64)
  let credentials = Field("http.authbasic", "Credentials", .string)
  let cookiePair = Field("http.cookie_pair", "Cookie pair", .string)
  let accept = Field("http.accept", "Accept", .string)
  let acceptEncoding = Field("http.accept_encoding", "Accept Encoding", .string)
  let acceptLanguage = Field("http.accept_language", "Accept-Language", .string)
  let authorization = Field("http.authorization", "Authorization", .string)
  let cacheControl = Field("http.cache_control", "Cache-Control", .string)
  let connection = Field("http.connection", "Connection", .string)
  let contentEncoding = Field("http.content_encoding", "Content-Encoding", .string)
  let contentLengthHeader = Field("http.content_length_header", "Content-Length", .string)
  let contentType = Field("http.content_type", "Content-Type", .string)
  let cookie = Field("http.cookie", "Cookie", .string)
  let date = Field("http.date", "Date", .string)
  let host = Field("http.host", "Host", .string)
  let settings = Field("http.http2_settings", "HTTP2-Settings", .string)
  let lastModified = Field("http.last_modified", "Last-Modified", .string)
  let location = Field("http.location", "Location", .string)
  let proxyAuthenticate = Field("http.proxy_authenticate", "Proxy-Authenticate", .string)
  let proxyAuthorization = Field("http.proxy_authorization", "Proxy-Authorization", .string)
  let referer = Field("http.referer", "Referer", .string)
  let socketAccept = Field("http.sec_websocket_accept", "Sec-WebSocket-Accept", .string)
  let socketExtensions = Field(
    "http.sec_websocket_extensions", "Sec-WebSocket-Extensions", .string)
  let socketKey = Field("http.sec_websocket_key", "Sec-WebSocket-Key", .string)
  let socketProtocol = Field("http.sec_websocket_protocol", "Sec-WebSocket-Protocol", .string)
  let socketVersion = Field("http.sec_websocket_version", "Sec-WebSocket-Version", .string)
  let server = Field("http.server", "Server", .string)
  let setCookie = Field("http.set_cookie", "Set-Cookie", .string)
  let transferEncoding = Field("http.transfer_encoding", "Transfer-Encoding", .string)
  let upgrade = Field("http.upgrade", "Upgrade", .string)
  let userAgent = Field("http.user_agent", "User-Agent", .string)
  let authenticate = Field("http.www_authenticate", "WWW-Authenticate", .string)
  let forwardedFor = Field("http.x_forwarded_for", "X-Forwarded-For", .string)

  public init() {}
  static let fields = Self()

  /// The field of a header, whose name is in lower case.
  func header(_ name: String) -> Field? {
    switch name {
    case "accept": accept
    case "accept-encoding": acceptEncoding
    case "accept-language": acceptLanguage
    case "authorization": authorization
    case "cache-control": cacheControl
    case "connection": connection
    case "content-encoding": contentEncoding
    case "content-length": contentLengthHeader
    case "content-type": contentType
    case "cookie": cookie
    case "date": date
    case "host": host
    case "http2-settings": settings
    case "last-modified": lastModified
    case "location": location
    case "proxy-authenticate": proxyAuthenticate
    case "proxy-authorization": proxyAuthorization
    case "referer": referer
    case "sec-websocket-accept": socketAccept
    case "sec-websocket-extensions": socketExtensions
    case "sec-websocket-key": socketKey
    case "sec-websocket-protocol": socketProtocol
    case "sec-websocket-version": socketVersion
    case "server": server
    case "set-cookie": setCookie
    case "transfer-encoding": transferEncoding
    case "upgrade": upgrade
    case "user-agent": userAgent
    case "www-authenticate": authenticate
    case "x-forwarded-for": forwardedFor
    default: nil
    }
  }
}
