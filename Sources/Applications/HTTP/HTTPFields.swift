import Fields

/// The fields of HTTP, as Wireshark names them.
public struct HTTPFields: FieldSet {
  let http = Field("http", "Hypertext Transfer Protocol", .proto)
  let ssdp = Field("ssdp", "Simple Service Discovery Protocol", .proto)
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
  let unknownHeader = Field("http.unknown_header", "Unknown header", .string)
  let fullURI = Field("http.request.full_uri", "Full request URI", .string)
  let isRequest = Field("http.request", "Request", .boolean)
  let isNotification = Field("http.notification", "Notification", .boolean)
  let isResponse = Field("http.response", "Response", .boolean)
  let requestNumber = Field("http.request_number", "Request number", .uint32)
  let responseNumber = Field("http.response_number", "Response number", .uint32)
  let time = Field("http.time", "Time since request", .relativeTime)
  let requestIn = Field("http.request_in", "Request in frame", .frameNumber)
  let previousRequest = Field("http.prev_request_in", "Prev request in frame", .frameNumber)
  let previousResponse = Field("http.prev_response_in", "Prev response in frame", .frameNumber)
  let responseFor = Field("http.response_for.uri", "Request URI", .string)
  let fileData = Field("http.file_data", "File Data", .string)
  let trailerPart = Field("http.chunked_trailer_part", "trailer-part", .string)
  let chunkSize = Field("http.chunk_size", "Chunk size", .uint32)
  let chunkData = Field("http.chunk_data", "Chunk data", .bytes)
  let chunkBoundary = Field("http.chunk_boundary", "Chunk boundary", .bytes)
  let contentLength = Field("http.content_length", "Content length", .uint64)
  let proxyHost = Field("http.proxy_connect_host", "Proxy-Connect-Hostname", .string)
  let proxyPort = Field("http.proxy_connect_port", "Proxy-Connect-Port", .uint16)
  let lengthAndCoding = Field(
    "http.te_and_length",
    "The Content-Length and Transfer-Encoding header must not be set together", .none)
  let unknownCoding = Field(
    "http.te_unknown", "Unknown transfer coding name in Transfer-Encoding header", .none)
  let encryptedPort = Field(
    "http.tls_port",
    "Unencrypted HTTP protocol detected over encrypted port, "
      + "could indicate a dangerous misconfiguration.", .none)
  let leadingLineEnd = Field(
    "http.leading_crlf", "Leading CRLF previous message in the stream may have extra CRLF", .none)
  let badName = Field(
    "http.bad_header_name", "Illegal characters found in header name", .none)
  let otherContent = Field(
    "http.subdissector_failed", "HTTP body subdissector failed, trying heuristic subdissector",
    .none)
  let decodingFailed = Field("http.decompression_failed", "Decompression failed", .none)
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
