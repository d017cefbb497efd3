import Testing
import Wire

@testable import Dissection

@Suite struct HashTests {
  /// The first bytes of the digests of `abc` (FIPS 180-4, examples).
  @Test func digests() {
    #expect(MultipathHashes.crypto.sha1(Array("abc".utf8)).prefix(4) == [0xa9, 0x99, 0x3e, 0x36])
    #expect(MultipathHashes.crypto.sha256(Array("abc".utf8)).prefix(4) == [0xba, 0x78, 0x16, 0xbf])
  }
}
