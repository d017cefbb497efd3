import Capture
import TLS

extension TLSKeys {
  /// A private key is a few kilobytes long; of a longer file no more is read.
  private static let mostKeyBytes = 1 << 20

  /// Opens a key log and the private RSA keys of servers. `captures` are those that they are for: while one of them is a
  /// pipe, the key log may grow.
  public static func open(
    keyLog: String?, serverKeys: [String], for captures: [String]
  ) throws(RunError) -> TLSKeys {
    var keys: [RSAKey] = []
    for path in serverKeys {
      guard let key = RSAKey(try file(path).readMore(limit: mostKeyBytes)) else {
        throw .usage("--tls-key \(path): is no RSA key of 1024 bits or more in PEM or DER")
      }
      keys.append(key)
    }
    guard let keyLog else { return TLSKeys(rsaKeys: keys) }
    let log = try file(keyLog)
    let mayGrow = captures.contains { !GrowingFile.isRegular($0) }
    return TLSKeys(rsaKeys: keys, mayGrow: mayGrow) { log.readMore() }
  }

  private static func file(_ path: String) throws(RunError) -> GrowingFile {
    do throws(CaptureError) { return try GrowingFile(path: path) } catch { throw .capture(error) }
  }
}

extension DKIMKeys {
  private static let mostKeyBytes = 1 << 20

  /// Reads the files that `--dkim-key` names.
  public init(files: [String]) throws(RunError) {
    self.init()
    for path in files {
      let bytes: [UInt8]
      do throws(CaptureError) {
        bytes = try GrowingFile(path: path).readMore(limit: Self.mostKeyBytes)
      } catch {
        throw .capture(error)
      }
      guard add(String(decoding: bytes, as: UTF8.self)) else {
        throw .usage(
          "--dkim-key \(path): is no public key in PEM, and no line of a zone file with one")
      }
    }
  }
}
