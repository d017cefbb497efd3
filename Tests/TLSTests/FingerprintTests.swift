import Testing

@testable import TLS

@Suite struct FingerprintTests {
  /// The digest of a known JA3 string, and GREASE that is left out.
  @Test func digests() {
    #expect(Fingerprint.digest(of: "") == "d41d8cd98f00b204e9800998ecf8427e")
    var fingerprint = Fingerprint()
    fingerprint.version = 769
    for suite in [47, 0x0a0a, 5] { fingerprint.add(cipherSuite: suite) }
    for type in [0, 0xfafa, 10] { fingerprint.add(extensionType: type) }
    fingerprint.add(group: 23)
    fingerprint.add(pointFormat: 0)
    #expect(fingerprint.clientString == "769,47-5,0-10,23,0")
    #expect(fingerprint.serverString == "769,47-5,0-10")
  }
}
