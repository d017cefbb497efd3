import Crypto
import Wire

extension MultipathHashes {
  static let crypto = MultipathHashes(
    sha1: { Array(Insecure.SHA1.hash(data: $0)) }, sha256: { Array(SHA256.hash(data: $0)) })
}
