import Fields

/// The secrets of an NSS key log (`SSLKEYLOGFILE`), line by line as they come.
public struct KeyLog: Sendable {
  /// What a secret is of one handshake.
  enum Label: String, Sendable, CaseIterable {
    /// The master secret, up to TLS 1.2.
    case master = "CLIENT_RANDOM"
    case clientEarlyTraffic = "CLIENT_EARLY_TRAFFIC_SECRET"
    case clientHandshakeTraffic = "CLIENT_HANDSHAKE_TRAFFIC_SECRET"
    case serverHandshakeTraffic = "SERVER_HANDSHAKE_TRAFFIC_SECRET"
    case clientTraffic = "CLIENT_TRAFFIC_SECRET_0"
    case serverTraffic = "SERVER_TRAFFIC_SECRET_0"
  }
  /// The name of a secret: what it is of the handshake with this client random, or session ID.
  struct Name: Sendable, Hashable {
    var label: Label
    var random: [UInt8]
  }
  /// No line of a secret is longer; one that is, is left out.
  static let mostLineBytes = 1024
  /// Secrets that are kept; what is beyond is counted.
  public static let mostSecrets = 1 << 20

  private(set) var secrets: [Name: [UInt8]] = [:]
  /// What the client sent encrypted with the server's RSA key, by the first bytes of that.
  private(set) var premasters: [[UInt8]: [UInt8]] = [:]
  /// Master secrets by session ID.
  private(set) var sessions: [[UInt8]: [UInt8]] = [:]
  /// Secrets that were too much to keep.
  public private(set) var dropped = 0
  private var line: [UInt8] = []
  private var isTooLong = false

  public init() {}

  public var count: Int { secrets.count + premasters.count + sessions.count }
  var isEmpty: Bool { count == 0 }

  /// Takes the next bytes; a line may go over several.
  public mutating func read(_ bytes: Span<UInt8>) {
    for index in bytes.indices {
      let byte = bytes[index]
      if byte == 0x0a || byte == 0x0d {
        finish()
      } else if line.count < Self.mostLineBytes {
        line.append(byte)
      } else {
        isTooLong = true
      }
    }
  }

  /// The last line may have no end.
  public mutating func finish() {
    defer { (line, isTooLong) = ([], false) }
    guard !line.isEmpty, !isTooLong, line[0] != UInt8(ascii: "#") else { return }
    let words = line.split(separator: 0x20)
    guard words.count >= 3 else { return }
    guard count < Self.mostSecrets else { return dropped += 1 }
    if let label = Label(rawValue: String(decoding: words[0], as: UTF8.self)) {
      guard words.count == 3, let random = Self.bytes(of: words[1]), random.count == 32,
        let secret = Self.bytes(of: words[2]), secret.count == 48 || secret.count == 32
      else { return }
      secrets[Name(label: label, random: random)] = secret
    } else if words[0].elementsEqual("RSA".utf8) {
      readRSA(words)
    }
  }

  /// `RSA <first 8 bytes of what is encrypted> <premaster secret>`, or `RSA Session-ID:<> Master-Key:<>` of OpenSSL.
  private mutating func readRSA(_ words: [ArraySlice<UInt8>]) {
    if let id = Self.value(of: words[1], after: "Session-ID:"),
      let secret = Self.value(of: words[2], after: "Master-Key:"), !id.isEmpty, secret.count == 48
    {
      sessions[id] = secret
    } else if let start = Self.bytes(of: words[1]), start.count == 8,
      let secret = Self.bytes(of: words[2]), secret.count == 48
    {
      premasters[start] = secret
    }
  }

  private static func value(of word: ArraySlice<UInt8>, after prefix: String) -> [UInt8]? {
    word.starts(with: prefix.utf8) ? bytes(of: word.dropFirst(prefix.utf8.count)) : nil
  }

  /// What hexadecimal digits stand for.
  private static func bytes(of digits: ArraySlice<UInt8>) -> [UInt8]? {
    guard digits.count.isMultiple(of: 2) else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(digits.count / 2)
    var high: UInt8?
    for digit in digits {
      let value: UInt8
      switch digit {
      case 0x30...0x39: value = digit - 0x30
      case 0x41...0x46: value = digit - 0x37
      case 0x61...0x66: value = digit - 0x57
      default: return nil
      }
      if let known = high {
        bytes.append(known << 4 | value)
        high = nil
      } else {
        high = value
      }
    }
    return bytes
  }
}

extension KeyLog {
  /// The lines of the secrets of a client random, as a log of its own.
  func lines(of random: [UInt8]) -> String {
    Label.allCases.reduce(into: "") { text, label in
      guard let secret = secrets[Name(label: label, random: random)] else { return }
      text += Self.line(label, random, secret)
    }
  }

  static func line(_ label: Label, _ random: [UInt8], _ secret: [UInt8]) -> String {
    var text = TextBuffer()
    text.write(label.rawValue)
    text.write(" ")
    text.write(hex: random.span, colons: false)
    text.write(" ")
    text.write(hex: secret.span, colons: false)
    text.write("\n")
    return text.string
  }
}
