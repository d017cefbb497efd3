import Testing

@testable import Mail

@Suite struct FileTypeTests {
  private static func archive(_ names: [String]) -> [UInt8] {
    names.flatMap { name in
      FileSignatures.archive + Array(repeating: 0, count: 22) + [UInt8(name.utf8.count), 0, 0, 0]
        + Array(name.utf8)
    }
  }

  static let beginnings: [([UInt8], String?)] = [
    ([], nil), (Array("hello".utf8), nil), (Array("%PDF-1.7".utf8), "application/pdf"),
    (Array("\u{FEFF}\r\n<!DOCTYPE HTML>".utf8), "text/html"),
    (Array("<?xml version='1.0'?><a/>".utf8), "text/xml"),
    (Array("<?xml version='1.0'?><svg/>".utf8), "image/svg+xml"),
    (Array("{\\rtf1".utf8), "application/rtf"),
    (Array("MZ\u{1}".utf8), "application/vnd.microsoft.portable-executable"),
    ([0x7F, 0x45, 0x4C, 0x46], "application/x-elf"), ([0xFF, 0xD8, 0xFF, 0xE0], "image/jpeg"),
    (archive(["a.txt"]), "application/zip"),
    (archive(["META-INF/MANIFEST.MF"]), "application/java-archive"),
    (
      archive(["[Content_Types].xml", "_rels/.rels", "word/document.xml"]),
      "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    ),
    (archive(["word/a.txt"]), "application/zip"),
    (
      archive(["mimetype"]) + Array("application/vnd.oasis.opendocument.textPK".utf8),
      "application/vnd.oasis.opendocument.text"
    ),
    (Array("RIFF1234WEBP".utf8), "image/webp"), (Array("1234ftypheic".utf8), "image/heic"),
    (Array(repeating: 0, count: 257) + Array("ustar".utf8), "application/x-tar"),
    ([0x50, 0x4B], nil),
    (Array("junk\r\n%PDF-1.4".utf8), "application/pdf"),
  ]
  @Test(arguments: beginnings) func told(_ bytes: [UInt8], _ name: String?) {
    #expect(FileSignatures.type(of: bytes)?.name == name)
    var detector = TypeDetector()
    for byte in bytes { detector.receive([byte].span) }
    #expect(detector.type?.name == name)
  }

  /// Content type, file name, first bytes, and whether they contradict each other.
  static let parts: [(String, String?, String, Bool)] = [
    ("application/pdf", "a.pdf", "%PDF-1.4", false), ("application/pdf", "a.pdf", "MZ345678", true),
    ("application/octet-stream", "a.pdf", "MZ345678", true),
    ("application/octet-stream", "a.exe", "MZ345678", false),
    ("application/octet-stream", nil, "MZ345678", false),
    ("text/plain", "a.txt", "<html><body>", false),
    ("text/plain", nil, "%PDF-1.4", true), ("image/png", "a.png", "hello you", true),
    ("application/msword", "a.doc", "{\\rtf1 x", false),
    ("application/x-foo", "a.foo", "%PDF-1.4", false),
    ("application/pdf", "a.PDF.exe", "%PDF-1.4", true), ("text/html", "a.html", "hello you", false),
  ]
  @Test(arguments: parts) func contradictions(
    _ type: String, _ name: String?, _ head: String, _ isFound: Bool
  ) {
    var part = MessagePart(.leaf, path: "1", parent: nil, contentType: type, offset: 0)
    (part.filename, part.size) = (name, head.utf8.count)
    let found = FileSignatures.type(of: Array(head.utf8))
    #expect((TypeDetector.contradiction(of: part, found) != nil) == isFound)
  }

  /// Each name of a content type and each suffix is in one row of the table.
  @Test func table() {
    let types = FileTypeTable.rows.flatMap { $0.types.split(separator: " ") }
    let suffixes = FileTypeTable.rows.flatMap { $0.suffixes.split(separator: " ") }
    #expect(Set(types).count == types.count)
    #expect(Set(suffixes).count == suffixes.count)
  }
}
