import Applications
import Fields
import TestSupport
import Testing

/// What becomes of one segment of a response.
private struct ResponseCase: CustomTestStringConvertible {
  var testDescription: String
  var response: String
  /// Lines that the tree must have.
  var has: [String] = []
  /// Nil where all is described at once.
  var needs: PDUNeed?
}

@Suite struct HTTPPacketTests {
  private static func wire(
    _ request: String = "GET /a?b=c HTTP/1.1\r\nHost: h\r\n\r\n", decode: ContentDecoder? = nil,
    port: UInt16 = 80
  ) -> DescribedConversation<HTTPPackets> {
    var wire = DescribedConversation(HTTPPackets(decode: decode), serverPort: port)
    _ = wire.say(.client, request)
    return wire
  }

  @Test func request() {
    var wire = DescribedConversation(HTTPPackets(), serverPort: 80)
    let shown = wire.say(
      .client,
      "GET /a?b=c&d HTTP/1.1\r\nHost: h\r\nCookie: x=y; z\r\nAuthorization: Basic dTpw\r\n\r\n")
    #expect(shown.name == "HTTP")
    #expect(shown.info == "GET /a?b=c&d HTTP/1.1 ")
    #expect(
      shown.tree == """
        Hypertext Transfer Protocol
          GET /a?b=c&d HTTP/1.1\\r\\n
            [Expert Info (Chat/Sequence): GET /a?b=c&d HTTP/1.1\\r\\n]
              [GET /a?b=c&d HTTP/1.1\\r\\n]
              [Severity level: Chat]
              [Group: Sequence]
            Request Method: GET
            Request URI: /a?b=c&d
              Request URI Path: /a
              Request URI Query: b=c&d
                Request URI Query Parameter: b=c
                Request URI Query Parameter: d
            Request Version: HTTP/1.1
          Host: h\\r\\n
          Cookie: x=y; z\\r\\n
            Cookie pair: x=y
            Cookie pair: z
          Authorization: Basic dTpw\\r\\n
            Credentials: u:p
          \\r\\n
          [Full request URI: http://h/a?b=c&d]
          [HTTP request 1/1]

        """)
  }

  private static let responses = [
    ResponseCase(
      testDescription: "length",
      response: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi",
      has: [
        "    [Content length: 2]", "  [HTTP response 1/1]",
        "  [Time since request: 0.001000000 seconds]", "  [Request in frame: 1]",
        "  [Request URI: http://h/a?b=c]", "  File Data: 2 bytes", "  Data (2 bytes)",
      ]),
    ResponseCase(
      testDescription: "body to come",
      response: "HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\nhi", needs: .bytes(10)),
    ResponseCase(
      testDescription: "header to come", response: "HTTP/1.1 200 OK\r\nA: b\r\n",
      needs: .oneMoreSegment),
    ResponseCase(
      testDescription: "no length", response: "HTTP/1.1 200 OK\r\n\r\nhi", needs: .untilClose),
    ResponseCase(
      testDescription: "no length that can be read",
      response: "HTTP/1.1 200 OK\r\nContent-Length: 5x\r\n\r\nhi", needs: .untilClose),
    ResponseCase(
      testDescription: "no body",
      response: "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n",
      has: ["    [Status Code Description: Not Modified]"]),
    ResponseCase(
      testDescription: "chunks and trailer",
      response: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: text/plain\r\n\r\n"
        + "3;x=y\r\nabc\r\n0\r\nT: r\r\n\r\n",
      has: [
        "  HTTP chunked response", "    Data chunk (3 octets)", "      Chunk size: 3 octets",
        "      Chunk data: 616263", "      Chunk boundary: 0d0a", "    End of chunked encoding",
        "      Chunk size: 0 octets", "    trailer-part: T: r\\r\\n", "    \\r\\n",
        "  File Data: 3 bytes", "Line-based text data: text/plain (1 lines)", "  abc",
      ]),
    ResponseCase(
      testDescription: "chunks to come",
      response: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab",
      needs: .oneMoreSegment),
    ResponseCase(
      testDescription: "length beside coding",
      response: "HTTP/1.1 200 OK\r\nTransfer-Encoding: x, chunked\r\nContent-Length: 0\r\n\r\n",
      has: [
        "    [Expert Info (Warning/Undecoded): "
          + "Unknown transfer coding name in Transfer-Encoding header]",
        "    [Expert Info (Warning/Malformed): "
          + "The Content-Length and Transfer-Encoding header must not be set together]",
      ]),
    ResponseCase(
      testDescription: "name that is no token",
      response: "HTTP/1.1 204 x\r\nA b: c\r\n\r\n",
      has: ["    [Expert Info (Warning/Protocol): Illegal characters found in header name]"]),
    ResponseCase(
      testDescription: "line that is no field",
      response: "HTTP/1.1 204 x\r\nno field\r\n\r\n", has: ["  Data (12 bytes)"]),
    ResponseCase(
      testDescription: "unknown type",
      response: "HTTP/1.1 200 OK\r\nContent-Type: foo/bar ;p=q\r\nContent-Length: 1\r\n\r\nx",
      has: ["Media Type", "  Media type: foo/bar; p=q (1 byte)"]),
    ResponseCase(
      testDescription: "encoded, and no decoder",
      response: "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx",
      has: [
        "  Content-encoded entity body (gzip): 1 bytes",
        "    [Expert Info (Warning/Undecoded): Decompression failed]", "    Data (1 byte)",
      ]),
    ResponseCase(
      testDescription: "line end in front",
      response: "\r\nHTTP/1.1 204 x\r\n\r\n",
      has: ["  Leading CRLF previous message in the stream may have extra CRLF"]),
  ]

  @Test(arguments: responses) private func response(_ test: ResponseCase) {
    var wire = Self.wire()
    let shown = wire.say(.server, test.response)
    if let needs = test.needs {
      #expect(shown.outcome == .unfinished(from: 0, needs: needs))
      #expect(shown.tree.isEmpty)
    } else {
      #expect(shown.outcome == .described)
    }
    let lines = shown.tree.split(separator: "\n").map(String.init)
    for line in test.has { #expect(lines.contains(line), "\(line) in\n\(shown.tree)") }
  }

  @Test func bodyUntilTheEnd() {
    var wire = Self.wire()
    #expect(wire.say(.server, "HTTP/1.0 200 OK\r\n\r\na", isLast: true).outcome == .described)
  }

  @Test func decodedBody() {
    var wire = Self.wire(decode: { _ in Array("plain".utf8) })
    let shown = wire.say(
      .server,
      "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: x-gzip\r\n"
        + "Content-Length: 3\r\n\r\nxyz")
    #expect(shown.tree.contains("  Content-encoded entity body (x-gzip): 3 bytes -> 5 bytes\n"))
    #expect(shown.tree.hasSuffix("Line-based text data: text/html (1 lines)\n  plain\n"))
    #expect(shown.info == "HTTP/1.1 200 OK  (text/html)")
  }

  @Test func responseToHEADHasNoBody() {
    var wire = Self.wire("HEAD / HTTP/1.1\r\n\r\n")
    let shown = wire.say(.server, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
    #expect(shown.outcome == .described)
  }

  /// A response belongs to the last request without one.
  @Test func pairs() {
    var wire = Self.wire()
    _ = wire.say(.client, "GET /2 HTTP/1.1\r\n\r\n")
    let first = wire.say(.server, "HTTP/1.1 204 a\r\n\r\n")
    #expect(first.tree.contains("  [HTTP response 2/2]\n"))
    #expect(first.tree.contains("  [Request in frame: 2]\n"))
    let second = wire.say(.server, "HTTP/1.1 204 b\r\n\r\n")
    #expect(second.tree.contains("  [HTTP response 3/3]\n"))
    #expect(!second.tree.contains("Request in frame"))
    #expect(second.tree.contains("  [Prev response in frame: 3]\n"))
  }

  @Test func continuations() {
    var wire = DescribedConversation(HTTPPackets(), serverPort: 80)
    // Nothing is said of what comes before the first message.
    #expect(wire.say(.client, "hello\r\n").tree.isEmpty)
    #expect(wire.say(.client, [0, 1, 2]).tree.isEmpty)
    #expect(wire.say(.client, "hel").outcome == .unfinished(from: 0, needs: .line))
    _ = wire.say(.client, "lo\r\n")
    _ = wire.say(.client, "GET / HTTP/1.1\r\n\r\n")
    let text = wire.say(.client, "hello\r\n")
    #expect(text.info == "Continuation")
    #expect(text.tree.contains("  File Data: 7 bytes\n  Data (7 bytes)\n"))
    let binary = wire.say(.client, [0, 1, 2])
    #expect(binary.tree.hasPrefix("Hypertext Transfer Protocol\n  Data (3 bytes)\n"))
    let cut = wire.say(.client, "A: b\r\nfoo")
    #expect(cut.tree.contains("[Malformed Packet: HTTP]\n"))
  }

  @Test func cutShort() {
    var wire = Self.wire()
    let shown = wire.say(
      .server, "HTTP/1.1 200 OK\r\nServ", canAskForMore: false, isCutShort: true)
    #expect(shown.tree.hasSuffix("[Packet size limited during capture: HTTP truncated]\n"))
    #expect(shown.info == "HTTP/1.1 200 OK [Packet size limited during capture]")
  }

  @Test func doubtful() {
    var wire = Self.wire()
    let shown = wire.say(.server, "HTTP/1.1 200 OK\r\nServ", canAskForMore: false)
    #expect(
      shown.tree.contains("[BoundError Unreassembled Packet [incorrect TCP checksum]: HTTP]\n"))
  }

  @Test func tunnel() {
    var wire = Self.wire("CONNECT mx.example:25 HTTP/1.1\r\n\r\n")
    _ = wire.say(.server, "HTTP/1.1 200 OK\r\n\r\n")
    #expect(wire.dissector.successor == .tunnel(host: "mx.example", port: 25))
    #expect(wire.say(.client, "EHLO a\r\n").outcome == .foreign)
    var nowhere = Self.wire("CONNECT mx.example HTTP/1.1\r\n\r\n")
    _ = nowhere.say(.server, "HTTP/1.1 200 OK\r\n\r\n")
    #expect(nowhere.say(.client, "EHLO a\r\n").tree.isEmpty)
  }

  @Test func switchedProtocol() {
    var wire = Self.wire()
    _ = wire.say(.server, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n")
    #expect(wire.dissector.successor == .upgrade)
  }

  @Test func settingsOfHTTP2() {
    var wire = DescribedConversation(HTTPPackets(), serverPort: 80)
    let shown = wire.say(.client, "GET / HTTP/1.1\r\nHTTP2-Settings: AAQAAP__AAcAAAAB\r\n\r\n")
    #expect(
      shown.tree.contains(
        """
          HTTP2-Settings: AAQAAP__AAcAAAAB\\r\\n
            Settings - Initial Windows size : 65535
              Settings Identifier: Initial Windows size (4)
              Initial Windows Size: 65535
            Settings - Unknown (7) : 1
              Settings Identifier: Unknown (7)
              Unknown Settings: 1

        """))
  }

  @Test func clearOnThePortOfTLS() {
    var wire = DescribedConversation(HTTPPackets(), serverPort: 443)
    let shown = wire.say(.client, "GET / HTTP/1.1\r\n\r\n")
    #expect(shown.tree.contains("  [Expert Info (Warning/Security): Unencrypted HTTP protocol"))
  }

  @Test(arguments: [
    ("GET / HTTP/1.1\r\n", true), ("HTTP/1.0 200 OK\r\n", true), ("get / http/1.0\n", true),
    ("GET /\r\n", false), ("GET / HTTP/2.0\r\n", false), ("HTTP/1.1\r\n", false),
    ("GET / HTTP/1.1", false), ("GET / HTTP/1.1\r", false),
  ]) func recognition(_ line: String, _ isHTTP: Bool) {
    #expect(HTTPPackets.recognises(Array(line.utf8).span) == isHTTP)
  }

  @Test func discovery() {
    var wire = DescribedConversation(HTTPPackets(isDiscovery: true), serverPort: 1900)
    let shown = wire.say(
      .client, "NOTIFY * HTTP/1.1\r\nHOST: h:1900\r\nNTS: x\r\n\r\n", canAskForMore: false)
    #expect(shown.name == "SSDP")
    #expect(shown.info == "NOTIFY * HTTP/1.1 ")
    #expect(shown.tree.hasPrefix("Simple Service Discovery Protocol\n"))
    #expect(shown.tree.hasSuffix("  \\r\\n\n  [Full request URI: http://h:1900*]\n"))
    #expect(wire.say(.client, "junk", canAskForMore: false).info == "Continuation")
    let cut = wire.say(.client, "M-SEARCH * HTTP/1.1\r\nfoo", canAskForMore: false)
    #expect(cut.tree.contains("[Malformed Packet: SSDP]\n"))
  }

  /// What is cut anywhere is described in the end as the whole is.
  @Test func everySplit() {
    let request = "GET / HTTP/1.1\r\nHost: h\r\n\r\n"
    let response =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
    var whole = Self.wire(request)
    let expected = whole.say(.server, response)
    let bytes = Array(response.utf8)
    for cut in 1..<bytes.count {
      var wire = Self.wire(request)
      let first = wire.say(.server, Array(bytes[..<cut]))
      let need: PDUNeed = cut < "HTTP/1.1 200 OK\r\n".utf8.count ? .line : .oneMoreSegment
      #expect(first.outcome == .unfinished(from: 0, needs: need), "cut at \(cut)")
      let shown = wire.say(.server, Array(bytes[cut...]))
      #expect(
        shown.tree.replacing("0.002000000", with: "0.001000000") == expected.tree, "cut at \(cut)")
    }
  }
}
