import Fields

/// The first line of a message: a request line or a status line (RFC 9112 sections 3 and 4).
struct HTTPFirstLine {
  enum Kind: Sendable {
    case request
    /// A request of UPnP that announces something, or asks for it.
    case notification
    case response
  }

  let line: PacketLine
  let kind: Kind
  /// After the method, or the version of a response.
  let firstEnd: Int
  /// The target of a request, or the status code of a response.
  let second: Range<Int>
  /// The version of a request, or the reason phrase of a response.
  let third: Range<Int>
  private(set) var status: Int?

  /// Nil where the line is neither.
  init?(_ bytes: Span<UInt8>, _ line: PacketLine) {
    self.line = line
    let whole = bytes.part(line.start, line.end)
    let token = bytes.token(at: line.start, before: line.end)
    if whole.begins(with: "HTTP/") || whole.begins(with: "ICY") {
      kind = .response
      firstEnd = token.end
      let code = bytes.token(at: token.next, before: line.end)
      second = token.next..<code.end
      third = code.next..<line.end
      if second.count >= 3 {
        status = Self.number(in: bytes.part(second.lowerBound, second.lowerBound + 3))
      }
      return
    }
    let method = bytes.part(line.start, token.end).string
    guard Self.methods.contains(method) else { return nil }
    kind = Self.notifications.contains(method) ? .notification : .request
    firstEnd = token.end
    let start = min(token.end + 1, line.end)
    let target = bytes.token(at: start, before: line.end)
    second = start..<target.end
    third = target.next..<line.end
  }

  private static func number(in bytes: Span<UInt8>) -> Int {
    var number = 0
    for index in bytes.indices {
      guard bytes[index].isASCIIDigit else { break }
      number = number * 10 + Int(bytes[index] - 0x30)
    }
    return number
  }

  private static let notifications: Set<String> = ["NOTIFY", "SUBSCRIBE", "UNSUBSCRIBE"]

  /// What Wireshark takes for methods: RFC 9110, WebDAV, Exchange, UPnP, and tunnels of Microsoft's.
  private static let methods: Set<String> = [
    "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PATCH", "PROPFIND",
    "PROPPATCH", "MKCOL", "COPY", "MOVE", "LOCK", "UNLOCK", "SEARCH", "REPORT", "LABEL", "MERGE",
    "UPDATE", "CHECKIN", "CHECKOUT", "UNCHECKOUT", "MKACTIVITY", "MKWORKSPACE",
    "BASELINE-CONTROL", "VERSION-CONTROL", "POLL", "BCOPY", "BDELETE", "BMOVE", "BPROPFIND",
    "BPROPPATCH", "SUBSCRIBE", "UNSUBSCRIBE", "NOTIFY", "M-SEARCH", "RPC_CONNECT", "RPC_IN_DATA",
    "RPC_OUT_DATA", "CCM_POST", "SSTP_DUPLEX_POST",
  ]
}

/// A header field (RFC 9112 section 5).
struct HTTPHeader {
  let line: PacketLine
  /// In lower case.
  let name: String
  let value: Range<Int>
  /// Whether the name is a token, as it must be.
  let hasGoodName: Bool

  /// Nil for a line without a colon.
  init?(_ bytes: Span<UInt8>, _ line: PacketLine) {
    guard
      let colon = bytes.firstIndex(of: UInt8(ascii: ":"), from: line.start, before: line.end)
    else { return nil }
    var start = colon + 1
    while start < line.end, bytes[start].isLinearSpace { start += 1 }
    let own = bytes.part(line.start, colon)
    self.line = line
    name = own.string.lowercased()
    value = start..<line.end
    hasGoodName = !own.isEmpty && own.indices.allSatisfy { own[$0].isHTTPToken }
  }

  /// A Content-Length as C reads it: white space around it and a sign are passed over, anything else is no number.
  static func length(_ value: Span<UInt8>) -> UInt64? {
    var index = 0
    if index < value.count, value[index] == UInt8(ascii: "+") { index += 1 }
    guard index < value.count, value[index].isASCIIDigit else { return nil }
    var number: UInt64 = 0
    while index < value.count, value[index].isASCIIDigit {
      let (tens, overflow) = number.multipliedReportingOverflow(by: 10)
      let (sum, carry) = tens.addingReportingOverflow(UInt64(value[index] - 0x30))
      guard !overflow, !carry else { return nil }
      number = sum
      index += 1
    }
    while index < value.count, value[index].isLinearSpace { index += 1 }
    return index == value.count ? number : nil
  }

  /// Decodes base64 in groups of four; what is not in its alphabet is passed over, an unfinished group dropped.
  static func base64(_ bytes: Span<UInt8>) -> [UInt8] {
    var result: [UInt8] = []
    var group: UInt32 = 0
    var digits = 0, padding = 0
    for index in bytes.indices {
      let digit: UInt8
      switch bytes[index] {
      case 0x41...0x5a: digit = bytes[index] - 0x41
      case 0x61...0x7a: digit = bytes[index] - 0x47
      case 0x30...0x39: digit = bytes[index] + 4
      case UInt8(ascii: "+"): digit = 62
      case UInt8(ascii: "/"): digit = 63
      case UInt8(ascii: "="):
        digit = 0
        padding += 1
      default: continue
      }
      group = group << 6 | UInt32(digit)
      digits += 1
      guard digits == 4 else { continue }
      let three = [UInt8(group >> 16 & 0xff), UInt8(group >> 8 & 0xff), UInt8(group & 0xff)]
      result += three.prefix(max(1, 3 - padding))
      (group, digits, padding) = (0, 0, 0)
    }
    return result
  }
}

/// What the header fields of a message say of its body.
struct HTTPEntity {
  enum Coding: Sendable {
    case none
    /// One that is undone, or that Wireshark does not know.
    case passed
    /// One that Wireshark knows and does not undo.
    case opaque
  }

  var length: UInt64?
  var hasCoding = false
  var isChunked = false
  var coding = Coding.none
  var encoding: String?
  /// In lower case, without its parameters.
  var type: String?
  var parameters = ""
  var host: String?
  var upgrades = false

  /// Takes note of a header field; gives false where it names a transfer coding that is not known.
  mutating func note(_ header: HTTPHeader, _ bytes: Span<UInt8>) -> Bool {
    let value = bytes.part(header.value)
    switch header.name {
    case "content-length": length = HTTPHeader.length(value) ?? length
    case "transfer-encoding": return noteCoding(value)
    case "content-encoding": encoding = value.string
    case "host": host = value.string
    case "upgrade": upgrades = !value.isEmpty
    case "content-type":
      let end =
        value.indices.first { value[$0] == UInt8(ascii: ";") || value[$0].isWhiteSpace }
        ?? value.count
      type = value.part(0, end).string.lowercased()
      var from = end
      while from < value.count, value[from] == UInt8(ascii: ";") || value[from].isWhiteSpace {
        from += 1
      }
      parameters = value.part(from, value.count).string
    default: break
    }
    return true
  }

  private mutating func noteCoding(_ value: Span<UInt8>) -> Bool {
    hasCoding = true
    coding = .none
    var isKnown = true
    var start = 0
    while start < value.count {
      let comma = value.firstIndex(of: UInt8(ascii: ","), from: start, before: value.count)
      let part = value.part(start, comma ?? value.count)
      start = (comma ?? value.count) + 1
      let name = part.string.filter { $0 != " " && $0 != "\t" }
      if name.hasPrefix("chunked") { isChunked = true }
      switch name {
      case "chunked", "": break
      case "identity": if coding == .none { coding = .passed }
      case "gzip", "x-gzip", "deflate", "x-deflate", "compress", "x-compress": coding = .opaque
      default:
        isKnown = false
        if coding == .none { coding = .passed }
      }
    }
    return isKnown
  }
}

extension UInt8 {
  /// A character of a token (RFC 9110 section 5.6.2), and the backslash, which Wireshark takes too.
  fileprivate var isHTTPToken: Bool {
    switch self {
    case 0x30...0x39, 0x41...0x5a, 0x5e...0x7a, 0x23...0x27: true
    case UInt8(ascii: "!"), UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "-"),
      UInt8(ascii: "."), UInt8(ascii: "\\"), UInt8(ascii: "|"), UInt8(ascii: "~"):
      true
    default: false
    }
  }
}
