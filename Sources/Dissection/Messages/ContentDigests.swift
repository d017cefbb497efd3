import Crypto
import Fields

/// The digests that are worked out beside SHA-256, for lists that have others.
public struct DigestChoice: OptionSet, Sendable {
  public let rawValue: UInt8
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  public static let md5 = Self(rawValue: 1)
  public static let sha1 = Self(rawValue: 2)
}

/// Digests of a message or a part, in hexadecimal.
public struct ContentDigests: Sendable, Hashable {
  public var sha256: String
  /// nil where they were not asked for.
  public var md5: String?
  public var sha1: String?
}

/// Works out digests as bytes come.
struct RunningDigests {
  /// Bytes gather up to here before they are hashed: small runs are cheap to copy and dear to hash.
  private static let batch = 1 << 12

  private var sha256 = SHA256()
  private var md5: Insecure.MD5?
  private var sha1: Insecure.SHA1?
  private var gathered: [UInt8] = []

  init(_ choice: DigestChoice) {
    if choice.contains(.md5) { md5 = Insecure.MD5() }
    if choice.contains(.sha1) { sha1 = Insecure.SHA1() }
  }

  mutating func receive(_ bytes: Span<UInt8>) {
    if gathered.capacity == 0 { gathered.reserveCapacity(Self.batch + 2048) }
    gathered.append(bytes)
    if gathered.count >= Self.batch { hash() }
  }

  mutating func finish() -> ContentDigests {
    hash()
    gathered = []
    return ContentDigests(
      sha256: Self.text(sha256.finalize()), md5: md5.map { Self.text($0.finalize()) },
      sha1: sha1.map { Self.text($0.finalize()) })
  }

  private mutating func hash() {
    sha256.update(data: gathered)
    md5?.update(data: gathered)
    sha1?.update(data: gathered)
    gathered.removeAll(keepingCapacity: true)
  }

  private static func text(_ digest: some Sequence<UInt8>) -> String {
    var text = TextBuffer()
    for byte in digest { text.write(hexByte: byte) }
    return text.string
  }
}
