import TestSupport
import Testing

@testable import Mail

struct SASLCase: Sendable, CustomTestStringConvertible {
  enum Line: Sendable {
    case challenge(String)
    case response(String)
  }
  var mechanism: String
  var lines: [Line]
  var username: String?
  /// `name=value`, secrets with `!` before the name.
  var fields: [String]
  var isMalformed = false
  var testDescription: String { "\(mechanism) \(fields)" }
}

@Suite struct SASLTests {
  static let cases: [SASLCase] = [
    SASLCase(
      mechanism: "plain", lines: [.response(base64("\0alice\0secret"))], username: "alice",
      fields: ["username=alice", "!password=secret"]),
    SASLCase(
      mechanism: "PLAIN", lines: [.response(base64("admin\0alice\0secret"))], username: "alice",
      fields: ["authorization=admin", "username=alice", "!password=secret"]),
    SASLCase(
      mechanism: "PLAIN", lines: [.response("AHVzZXIA")], username: "user",
      fields: ["username=user", "!password="]),
    SASLCase(
      mechanism: "PLAIN", lines: [.response(base64("alice\0secret"))], username: "alice",
      fields: ["username=alice", "!password=secret"]),
    SASLCase(
      mechanism: "PLAIN", lines: [.response(base64("alice"))], username: nil,
      fields: ["!data=5 bytes"], isMalformed: true),
    SASLCase(
      mechanism: "LOGIN",
      lines: [
        .challenge("VXNlcm5hbWU6"), .response(base64("alice")), .challenge("UGFzc3dvcmQ6"),
        .response(base64("secret")),
      ], username: "alice",
      fields: ["prompt=Username:", "username=alice", "prompt=Password:", "!password=secret"]),
    SASLCase(
      mechanism: "CRAM-MD5",
      lines: [
        .challenge("PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+"),
        .response("dGltIGI5MTNhNjAyYzdlZGE3YTQ5NWI0ZTZlNzMzNGQzODkw"),
      ], username: "tim",
      fields: [
        "challenge=<1896.697170952@postoffice.reston.mci.net>", "username=tim",
        "!digest=b913a602c7eda7a495b4e6e7334d3890",
      ]),
    SASLCase(
      mechanism: "DIGEST-MD5",
      lines: [
        .challenge(
          base64("realm=\"elwood\\\".org\",nonce=\"OA6MG9\",qop=\"auth\",algorithm=md5-sess")),
        .response(base64("charset=utf-8,username=\"chris\",response=d388dad9,qop=auth")),
        .challenge(base64("rspauth=ea40f603")), .response(""),
      ], username: "chris",
      fields: [
        "realm=elwood\".org", "nonce=OA6MG9", "qop=auth", "algorithm=md5-sess", "charset=utf-8",
        "username=chris", "!response=d388dad9", "qop=auth", "!rspauth=ea40f603",
      ]),
    SASLCase(
      mechanism: "SCRAM-SHA-1",
      lines: [
        .response(base64("n,,n=us=2Cer,r=fyko")), .challenge(base64("r=fyko3rfc,s=QSXC,i=4096")),
        .response(base64("c=biws,r=fyko3rfc,p=v0X8")), .challenge(base64("v=rmF9")),
      ], username: "us,er",
      fields: [
        "channel-binding=n", "username=us,er", "nonce=fyko", "nonce=fyko3rfc", "salt=QSXC",
        "iterations=4096", "channel-data=biws", "nonce=fyko3rfc", "!proof=v0X8", "!verifier=rmF9",
      ]),
    SASLCase(
      mechanism: "XOAUTH2",
      lines: [
        .response(base64("user=a@b.org\u{1}auth=Bearer ya29\u{1}\u{1}")),
        .challenge(base64("{\"status\":\"401\"}")), .response(""),
      ], username: "a@b.org",
      fields: ["username=a@b.org", "!token=Bearer ya29", "error=status 401"]),
    SASLCase(
      mechanism: "OAUTHBEARER",
      lines: [
        .response(base64("n,a=u@x.com,\u{1}host=h\u{1}port=143\u{1}auth=Bearer vF9\u{1}\u{1}"))
      ], username: "u@x.com",
      fields: ["username=u@x.com", "host=h", "port=143", "!token=Bearer vF9"]),
    SASLCase(
      mechanism: "EXTERNAL", lines: [.response("=")], username: nil, fields: []),
    SASLCase(
      mechanism: "EXTERNAL", lines: [.response(base64("joe"))], username: "joe",
      fields: ["username=joe"]),
    SASLCase(
      mechanism: "ANONYMOUS", lines: [.response(base64("sirhc"))], username: nil,
      fields: ["trace=sirhc"]),
    SASLCase(
      mechanism: "GSSAPI", lines: [.response("YII=")], username: nil, fields: ["!data=2 bytes"]),
    // [MS-NLMP] 4.2.4, shortened: flags with UNICODE; the payloads lie one after the other.
    SASLCase(
      mechanism: "NTLM",
      lines: [
        .response(
          base64(
            ntlm(1, at: 12, flags: 0x8201, [(16, Array("DOM".utf8)), (24, Array("WS".utf8))], 32))),
        .challenge(
          base64(
            ntlm(
              2, at: 20, flags: 0x8201,
              [(12, utf16("Server")), (40, [2, 0, 4, 0, 0x44, 0, 0x4D, 0, 0, 0, 0, 0])], 48))),
        .response(
          base64(
            ntlm(
              3, at: 60, flags: 0x8201,
              [
                (12, [1, 2]), (20, [0xAB]), (28, utf16("Domain")), (36, utf16("User")),
                (44, utf16("COMPUTER")),
              ],
              64))),
      ], username: "User",
      fields: [
        "message=negotiate", "flags=0x00008201", "domain=DOM", "workstation=WS",
        "message=challenge", "target=Server", "flags=0x00008201", "challenge=0000000000000000",
        "domain=DM", "message=authenticate", "domain=Domain", "username=User",
        "workstation=COMPUTER", "!lm-response=0102", "!nt-response=ab", "flags=0x00008201",
      ]),
  ]

  @Test(arguments: cases) func names(_ test: SASLCase) {
    var exchange = SASLExchange(mechanism: test.mechanism)
    for line in test.lines {
      switch line {
      case .challenge(let text): exchange.challenge(text)
      case .response(let text): exchange.respond(text)
      }
    }
    #expect(exchange.username == test.username)
    #expect(
      exchange.fields.map { "\($0.isSecret ? "!" : "")\($0.name)=\($0.value)" } == test.fields)
    #expect(exchange.isMalformed == test.isMalformed)
  }

  /// A payload that points outside its message must not be followed.
  @Test func hostileNTLM() {
    let message = Self.ntlm(3, at: 60, flags: 1, [(36, Self.utf16("User"))], 64)
    for index in message.indices {
      for value: UInt8 in [0, 1, 0x7F, 0xFF] {
        var copy = message
        copy[index] = value
        _ = NTLMMessage(copy)
        _ = NTLMMessage(Array(copy.prefix(index)))
      }
    }
  }

  @Test func base64IsTolerant() {
    #expect(Base64.decode("YQ".utf8) == [0x61])
    #expect(Base64.decode("YQ==".utf8) == [0x61])
    #expect(Base64.decode(" Y Q = =".utf8) == [0x61])
    #expect(Base64.decode("Y".utf8) == nil)
    #expect(Base64.decode("Y!".utf8) == nil)
    #expect(Base64.decode("".utf8) == [])
  }

  /// In all that is masked, the secret must be covered.
  @Test func secretsAreMarked() throws {
    let session = Dialogue(
      .smtp, SMTPSessionTests.hello + "C: AUTH  PLAIN \(Self.base64("\0a\0b"))\nS: 235 ok\n"
    ).run().session
    let command = try #require(session.exchanges.last?.command)
    let secret = try #require(command.secret)
    #expect(Array(command.text.utf8)[secret].elementsEqual(Self.base64("\0a\0b").utf8))
    #expect(session.authentications.first?.outcome == .accepted)
  }

  static func base64(_ text: String) -> String { base64(Array(text.utf8)) }

  static func base64(_ bytes: [UInt8]) -> String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
    var result = ""
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let group = bytes[start..<min(start + 3, bytes.count)]
      var bits = group.reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
      bits <<= UInt32(8 * (3 - group.count))
      for index in 0..<4 {
        result.append(
          index <= group.count ? alphabet[Int(bits >> UInt32(18 - 6 * index)) & 63] : "=")
      }
    }
    return result
  }

  static func utf16(_ text: String) -> [UInt8] {
    text.utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
  }

  /// An NTLM message whose payloads follow a header of `length` bytes.
  static func ntlm(
    _ kind: UInt8, at flagOffset: Int, flags: UInt32, _ payloads: [(Int, [UInt8])], _ length: Int
  ) -> [UInt8] {
    var bytes = Array("NTLMSSP\0".utf8) + [kind, 0, 0, 0]
    bytes += [UInt8](repeating: 0, count: length - bytes.count)
    for index in 0..<4 {
      bytes[flagOffset + index] = UInt8(truncatingIfNeeded: flags >> UInt32(8 * index))
    }
    for (offset, payload) in payloads {
      bytes[offset] = UInt8(payload.count)
      bytes[offset + 2] = UInt8(payload.count)
      bytes[offset + 4] = UInt8(bytes.count)
      bytes += payload
    }
    return bytes
  }
}
