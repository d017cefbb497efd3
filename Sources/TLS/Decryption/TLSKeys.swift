import Crypto
import CryptoExtras
import Fields
import Synchronization

/// All that is known of the secrets of a run's connections: shared by them.
public final class TLSKeys: Sendable {
  private struct State {
    var log = KeyLog()
    var rsaKeys: [RSAKey] = []
    /// Master secrets of sessions that may be resumed, by session ID and by ticket.
    var resumable: [[UInt8]: [UInt8]] = [:]
  }
  /// Master secrets that are kept for sessions that resume another.
  private static let mostResumable = 1 << 16

  private let state = Mutex(State())
  /// Gives what the key log has grown by.
  private let more: (@Sendable () -> [UInt8])?
  /// Whether the key log may still grow: a secret that is missing may come.
  public let mayGrow: Bool

  /// `more` gives what the key log has grown by since it was asked last.
  public init(
    rsaKeys: [RSAKey] = [], mayGrow: Bool = false, more: (@Sendable () -> [UInt8])? = nil
  ) {
    self.more = more
    self.mayGrow = mayGrow
    state.withLock { $0.rsaKeys = rsaKeys }
    readMore()
  }

  /// Whether there is nothing to decrypt with, and there was never meant to be.
  public var isEmpty: Bool {
    more == nil && state.withLock { $0.log.isEmpty && $0.rsaKeys.isEmpty }
  }

  /// Takes a key log, or what there is of it.
  public func add(keyLog bytes: Span<UInt8>) {
    state.withLock {
      $0.log.read(bytes)
      $0.log.finish()
    }
  }

  /// Reads what was added to the key log; false where that is nothing.
  @discardableResult
  func readMore() -> Bool {
    var hasGrown = false
    while let new = more?(), !new.isEmpty {
      hasGrown = true
      state.withLock { $0.log.read(new.span) }
    }
    return hasGrown
  }

  /// A secret of a handshake.
  func secret(_ label: KeyLog.Label, _ random: [UInt8]) -> [UInt8]? {
    find { $0.log.secrets[KeyLog.Name(label: label, random: random)] }
  }

  /// What a key log has of a client random.
  func lines(of random: [UInt8]) -> String { state.withLock { $0.log.lines(of: random) } }

  private func find(_ body: (borrowing State) -> [UInt8]?) -> [UInt8]? {
    state.withLock { body($0) }
  }

  /// What the client chose and sent encrypted.
  func premaster(_ encrypted: [UInt8]) -> [UInt8]? {
    if let logged = find({ $0.log.premasters[Array(encrypted.prefix(8))] }) { return logged }
    return state.withLock { $0.rsaKeys }.lazy.compactMap { $0.premaster(encrypted) }.first
  }

  /// Whether a secret may have to be derived from what the client chose.
  var opensPremasters: Bool {
    state.withLock { !$0.rsaKeys.isEmpty || !$0.log.premasters.isEmpty }
  }

  /// The master secret of the session that a session ID or a ticket names.
  func master(ofSession name: [UInt8]) -> [UInt8]? {
    find { $0.log.sessions[name] ?? $0.resumable[name] }
  }

  func keep(_ master: [UInt8], ofSession name: [UInt8]) {
    state.withLock {
      if $0.resumable.count >= Self.mostResumable { $0.resumable = [:] }
      $0.resumable[name] = master
    }
  }
}

/// The private RSA key of a server.
public struct RSAKey: Sendable {
  /// As PEM; nil where it is DER.
  private let text: String?
  private let bytes: [UInt8]

  /// Nil where the bytes are no RSA key in PEM or DER, PKCS#1 or PKCS#8, of 1024 bits or more.
  public init?(_ file: [UInt8]) {
    bytes = file
    text = file.starts(with: [0x30]) ? nil : String(decoding: file, as: UTF8.self)
    guard key != nil else { return nil }
  }

  private var key: _RSA.Encryption.PrivateKey? {
    if let text { return try? .init(unsafePEMRepresentation: text) }
    return try? .init(unsafeDERRepresentation: bytes)
  }

  /// What was encrypted with it, where it is a premaster secret (RFC 5246 7.4.7.1).
  func premaster(_ encrypted: [UInt8]) -> [UInt8]? {
    guard let key, encrypted.count == key.keySizeInBits / 8,
      let secret = try? key.decrypt(encrypted, padding: ._WEAK_AND_INSECURE_PKCS_V1_5),
      secret.count == 48, secret.first == 3
    else { return nil }
    return Array(secret)
  }
}
