/// One SASL exchange (RFC 4422), in whichever protocol: fed with what server and client say, it names the parts.
///
/// Messages come as they are on the wire, in base64. A message that does not follow its mechanism makes the
/// exchange `isMalformed`; nothing else depends on it.
struct SASLExchange: Sendable {
  /// In upper case; `•••` where what was sent in place of a name may be a response.
  let mechanism: String
  private(set) var username: String?
  /// The fields of both sides, in order, as far as they are kept.
  private(set) var fields: [SASLField] = []
  private(set) var isMalformed = false
  private(set) var hasBadBase64 = false
  private(set) var isCancelled = false
  private(set) var responses = 0
  private var scheme: SASLScheme
  /// What the server asked for last, in words.
  private var prompt: String?
  /// The last error that the server explained.
  private(set) var explanation: String?
  /// More than this no exchange has that means well.
  private static let fieldLimit = 10_000

  init(mechanism: String) {
    self.mechanism =
      SASLScheme.isName(mechanism) ? mechanism.uppercasedASCII : SecretMask.mark
    scheme = SASLScheme(self.mechanism)
  }

  /// The password goes over the wire as it is.
  var revealsPassword: Bool {
    switch scheme {
    case .plain, .login, .bearer: true
    default: false
    }
  }

  /// Known to be broken: offline guessing, no channel binding (RFC 6331, RFC 8314).
  var isWeak: Bool {
    switch scheme {
    case .cramMD5, .digestMD5, .ntlm: true
    default: false
    }
  }

  /// What the server sent after `334` or `+`.
  @discardableResult
  mutating func challenge(_ text: String) -> [SASLField] {
    // Servers that have nothing to say sometimes say it in words: `334 go ahead`.
    guard !text.isEmpty, let bytes = Base64.decode(text.utf8) else { return [] }
    return add(scheme.challenge(bytes))
  }

  /// Whether a text can only be a challenge: a message of NTLM, or what LOGIN asks for.
  func isChallenge(_ text: String) -> Bool {
    guard text.utf8.count >= 8, let bytes = Base64.decode(text.utf8) else { return false }
    switch scheme {
    case .ntlm: return NTLMMessage(bytes) != nil
    case .login:
      let prompt = String(decoding: bytes, as: UTF8.self)
      return prompt.hasPrefix(ignoringCase: "user") || prompt.hasPrefix(ignoringCase: "pass")
    default: return false
    }
  }

  /// What a challenge says where it is an error, in words: the servers of XOAUTH2 and OAUTHBEARER explain a refusal.
  func error(in challenge: String) -> [SASLField] {
    guard !challenge.isEmpty, let bytes = Base64.decode(challenge.utf8) else { return [] }
    return scheme.challenge(bytes).filter { $0.name == "error" }
  }

  /// Whether a line is a command that a client gives in place of a response.
  static func isCommand(_ line: String) -> Bool {
    if ["QUIT", "LOGOUT", "NOOP", "RSET"].contains(line.uppercasedASCII) { return true }
    // No response has a blank or a colon in it.
    return ["MAIL FROM:", "RCPT TO:", "EHLO ", "HELO ", "LHLO "].contains {
      line.hasPrefix(ignoringCase: $0)
    }
  }

  /// A line of the client, or its initial response (`=` is an empty one).
  @discardableResult
  mutating func respond(_ text: String, initial: Bool = false) -> [SASLField] {
    if !initial, Self.isCommand(text) { return [] }
    if text == "*", !initial {
      isCancelled = true
      return []
    }
    guard let bytes = text == "=" ? [] : Base64.decode(text.utf8) else {
      hasBadBase64 = true
      responses += 1
      return add([SASLField("text", text, isSecret: true)])
    }
    defer { responses += 1 }
    let asksForPassword = scheme == .login && prompt?.hasPrefix(ignoringCase: "pass") == true
    let number = asksForPassword ? max(1, responses) : responses
    guard let found = scheme.response(bytes, number: number) else {
      isMalformed = true
      return bytes.isEmpty ? [] : add([SASLField("data", "\(bytes.count) bytes", isSecret: true)])
    }
    return add(found)
  }

  private mutating func add(_ found: [SASLField]) -> [SASLField] {
    if fields.count < Self.fieldLimit { fields += found }
    for field in found {
      switch field.name {
      case "username": if username == nil, !field.value.isEmpty { username = field.value }
      case "prompt": prompt = field.value
      case "error": explanation = field.value
      default: break
      }
    }
    return found
  }
}

/// The mechanisms whose messages are understood.
enum SASLScheme: Sendable {
  case plain
  case login
  case cramMD5
  case digestMD5
  case scram
  /// XOAUTH2 and OAUTHBEARER: the token is as good as a password.
  case bearer
  case ntlm
  case external
  case anonymous
  case gssapi
  case other

  init(_ mechanism: String) {
    self =
      switch mechanism {
      case "PLAIN": .plain
      case "LOGIN": .login
      case "CRAM-MD5": .cramMD5
      case "DIGEST-MD5": .digestMD5
      case "XOAUTH2", "OAUTHBEARER": .bearer
      case "NTLM", "GSS-SPNEGO": .ntlm
      case "EXTERNAL": .external
      case "ANONYMOUS": .anonymous
      case "GSSAPI": .gssapi
      default: mechanism.hasPrefix("SCRAM-") ? .scram : .other
      }
  }

  /// Names without a scheme of their own.
  private static let others: Set<String> = [
    "KERBEROS_V4", "KERBEROS_V5", "GS2-KRB5", "GS2-KRB5-PLUS", "OTP", "SKEY", "SECURID", "XOAUTH",
  ]

  static func isKnown(_ name: some StringProtocol) -> Bool {
    let name = name.uppercasedASCII
    return SASLScheme(name) != .other || others.contains(name)
  }

  /// Whether a word may name a mechanism (RFC 4422 section 3.1): one that mixes letters of both cases, or small ones and
  /// digits, may be the response that should have come after the name.
  static func isName(_ word: some StringProtocol) -> Bool {
    let bytes = Array(word.utf8)
    guard (1...20).contains(bytes.count), bytes.allSatisfy(\.isOfMechanism) else { return false }
    if isKnown(word) { return true }
    let hasLower = bytes.contains { $0 != $0.uppercasedASCII }
    let hasUpper = bytes.dropFirst().contains { $0 != $0.lowercasedASCII }
    return !hasLower || !hasUpper && !bytes.contains(where: \.isASCIIDigit)
  }

  func challenge(_ bytes: [UInt8]) -> [SASLField] {
    guard !bytes.isEmpty else { return [] }
    let text = String(decoding: bytes, as: UTF8.self)
    switch self {
    case .plain, .external, .anonymous: return []
    case .login: return [SASLField("prompt", text)]
    case .cramMD5: return [SASLField("challenge", text)]
    case .digestMD5: return Self.pairs(text).map { SASLField($0, $1, isSecret: $0 == "rspauth") }
    case .scram: return Self.scramServer(text)
    case .bearer: return [SASLField("error", BearerError.words(of: text))]
    case .ntlm: return NTLMMessage(bytes)?.fields ?? []
    case .gssapi, .other: return [SASLField("token", "\(bytes.count) bytes")]
    }
  }

  /// nil where the bytes are no message of this mechanism. `number` counts the client's messages from 0.
  func response(_ bytes: [UInt8], number: Int) -> [SASLField]? {
    let text = String(decoding: bytes, as: UTF8.self)
    switch self {
    case .plain: return bytes.isEmpty && number == 0 ? [] : Self.plain(bytes)
    case .login:
      return switch number {
      case 0: [SASLField("username", text)]
      case 1: [SASLField("password", text, isSecret: true)]
      default: nil
      }
    case .cramMD5:
      guard let blank = text.lastIndex(of: " ") else { return nil }
      return [
        SASLField("username", String(text[..<blank])),
        SASLField("digest", String(text[text.index(after: blank)...]), isSecret: true),
      ]
    case .digestMD5:
      let pairs = Self.pairs(text)
      guard !pairs.isEmpty || bytes.isEmpty else { return nil }
      return pairs.map { SASLField($0, $1, isSecret: $0 == "response") }
    case .scram: return Self.scramClient(text)
    case .bearer: return Self.bearer(bytes)
    case .ntlm:
      if bytes.isEmpty { return [] }
      return NTLMMessage(bytes)?.fields
    case .external: return bytes.isEmpty ? [] : [SASLField("username", text)]
    case .anonymous: return bytes.isEmpty ? [] : [SASLField("trace", text)]
    case .gssapi, .other:
      return bytes.isEmpty ? [] : [SASLField("data", "\(bytes.count) bytes", isSecret: true)]
    }
  }

  /// RFC 4616: authorization identity, NUL, user, NUL, password; the first NUL is sometimes left out.
  private static func plain(_ bytes: [UInt8]) -> [SASLField]? {
    let parts = bytes.split(separator: 0, maxSplits: 2, omittingEmptySubsequences: false)
      .map { String(decoding: $0, as: UTF8.self) }
    switch parts.count {
    case 3:
      var fields = [
        SASLField("username", parts[1]), SASLField("password", parts[2], isSecret: true),
      ]
      if !parts[0].isEmpty { fields.insert(SASLField("authorization", parts[0]), at: 0) }
      return fields
    case 2:
      return [SASLField("username", parts[0]), SASLField("password", parts[1], isSecret: true)]
    default: return nil
    }
  }

  /// RFC 2831 section 7.1: `name=value` and `name="quoted \" value"`, with commas between.
  static func pairs(_ text: String) -> [(String, String)] {
    var pairs: [(String, String)] = []
    let bytes = Array(text.utf8)
    var at = 0
    while at < bytes.count, pairs.count < 100 {
      while at < bytes.count, bytes[at].isBlank || bytes[at] == UInt8(ascii: ",") { at += 1 }
      let start = at
      while at < bytes.count, bytes[at] != UInt8(ascii: "=") { at += 1 }
      guard at < bytes.count, at > start else { break }
      let name = String(decoding: bytes[start..<at], as: UTF8.self).trimmingBlanks
      at += 1
      var value: [UInt8] = []
      if at < bytes.count, bytes[at] == UInt8(ascii: "\"") {
        at += 1
        while at < bytes.count, bytes[at] != UInt8(ascii: "\"") {
          if bytes[at] == UInt8(ascii: "\\"), at + 1 < bytes.count { at += 1 }
          value.append(bytes[at])
          at += 1
        }
        at += 1
      } else {
        while at < bytes.count, bytes[at] != UInt8(ascii: ",") {
          value.append(bytes[at])
          at += 1
        }
      }
      pairs.append((name, String(decoding: value, as: UTF8.self)))
    }
    return pairs
  }

  /// RFC 5802 section 7, `client-first-message` and `client-final-message`.
  private static func scramClient(_ text: String) -> [SASLField]? {
    var fields: [SASLField] = []
    for (index, part) in text.split(separator: ",", omittingEmptySubsequences: false).enumerated() {
      let value = String(part.dropFirst(2))
      switch part.prefix(2) {
      case "n", "y": if index == 0 { fields.append(SASLField("channel-binding", String(part))) }
      case "p=":
        // `p=tls-unique` heads the first message, the proof ends the last.
        fields.append(
          index == 0
            ? SASLField("channel-binding", value) : SASLField("proof", value, isSecret: true))
      case "a=": fields.append(SASLField("authorization", unescape(value)))
      case "n=": fields.append(SASLField("username", unescape(value)))
      case "r=": fields.append(SASLField("nonce", value))
      case "c=": fields.append(SASLField("channel-data", value))
      case "": break
      default: fields.append(SASLField("extension", String(part)))
      }
    }
    let understood = fields.contains { ["username", "nonce", "proof"].contains($0.name) }
    return understood || text.isEmpty ? fields : nil
  }

  private static func scramServer(_ text: String) -> [SASLField] {
    text.split(atByte: UInt8(ascii: ",")).map { part in
      let value = String(part.dropFirst(2))
      return switch part.prefix(2) {
      case "r=": SASLField("nonce", value)
      case "s=": SASLField("salt", value)
      case "i=": SASLField("iterations", value)
      case "v=": SASLField("verifier", value, isSecret: true)
      case "e=": SASLField("error", value)
      default: SASLField("extension", String(part))
      }
    }
  }

  private static func unescape(_ name: String) -> String {
    var bytes = Array(name.utf8)[...]
    var result: [UInt8] = []
    while let byte = bytes.popFirst() {
      if byte == UInt8(ascii: "="), bytes.starts(with: "2C".utf8) {
        result.append(UInt8(ascii: ","))
        bytes = bytes.dropFirst(2)
      } else if byte == UInt8(ascii: "="), bytes.starts(with: "3D".utf8) {
        result.append(UInt8(ascii: "="))
        bytes = bytes.dropFirst(2)
      } else {
        result.append(byte)
      }
    }
    return String(decoding: result, as: UTF8.self)
  }

  /// RFC 7628 and XOAUTH2: key=value pairs with 0x01 between; OAUTHBEARER has a GS2 header with `a=user`.
  private static func bearer(_ bytes: [UInt8]) -> [SASLField]? {
    var fields: [SASLField] = []
    for (index, run) in bytes.split(separator: 0x01).enumerated() {
      let part = String(decoding: run, as: UTF8.self)
      if index == 0, part.hasPrefix("n,") || part.hasPrefix("y,") || part.hasPrefix("p=") {
        for item in part.split(atByte: UInt8(ascii: ",")) where item.hasPrefix("a=") {
          fields.append(SASLField("username", unescape(String(item.dropFirst(2)))))
        }
        continue
      }
      guard let equals = part.firstIndex(of: "=") else { continue }
      let name = String(part[..<equals])
      let value = String(part[part.index(after: equals)...])
      switch name {
      case "user": fields.append(SASLField("username", value))
      case "auth": fields.append(SASLField("token", value, isSecret: true))
      default: fields.append(SASLField(name, value))
      }
    }
    // A client answers an error with one 0x01.
    return fields.isEmpty && bytes.contains(where: { $0 != 0x01 }) ? nil : fields
  }
}

extension UInt8 {
  fileprivate var isOfMechanism: Bool {
    isASCIILetter || isASCIIDigit || self == UInt8(ascii: "-") || self == UInt8(ascii: "_")
  }
}
