import Testing

@testable import Fields

@Suite struct DomainNameTests {
  @Test(arguments: [
    ([1, 97, 0], "a", 0, 0), ([2, 97, 98, 0], "ab", 2, 1), ([3, 97, 46, 98, 0], "a.b", 3, 2),
    ([0], "<Root>", 6, 1), ([1, 97, 0x42], "<Unknown extended label>", 24, 1),
  ]) func names(_ bytes: [UInt8], _ text: String, _ length: Int, _ labels: Int) throws {
    let reader = ByteReader(bytes.span, of: "DNS", wireCount: bytes.count)
    let name = try DomainName(in: bytes.span, at: 0, base: 0, reader)
    #expect(name.text == text)
    #expect(name.counts == (length, labels))
  }

  @Test func longNames() throws {
    for count in [127, 128] {
      let bytes = (0..<2 * count).map { $0 % 2 == 0 ? 1 : 120 as UInt8 } + [0]
      let reader = ByteReader(bytes.span, of: "DNS", wireCount: bytes.count)
      let name = try DomainName(in: bytes.span, at: 0, base: 0, reader)
      #expect((name.text == "<Name too long>") == (count == 128))
      #expect(name.length == bytes.count)
    }
  }
}
