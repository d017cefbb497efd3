import Foundation
import Testing

@testable import Dissection

/// The messages of other projects' captures, against what those projects' tests expect of them (`../shared/captures`).
@Suite struct ReferenceMessageTests {
  struct Expected: Sendable, CustomTestStringConvertible {
    var capture: String
    var subjects: [String] = []
    /// Digests of decoded parts, of whichever kind.
    var digests: [String] = []
    var names: [String] = []
    var sizes: [Int] = []
    var testDescription: String { capture }
  }

  static let all = [
    Expected(capture: "arkime/smtp-data-521", subjects: ["Urgent Trip."]),
    Expected(capture: "arkime/smtp-moloch-bof", subjects: ["MIME test"]),
    Expected(capture: "arkime/smtp-subject-8859-b", subjects: ["test å é î ø ü"]),
    Expected(
      capture: "arkime/smtp-subject-encoded-empty",
      subjects: ["Can this 10 Second Trick Help Prevent YOUR Heart Attack?"]),
    Expected(
      capture: "arkime/smtp-subject-gb2312-b", subjects: ["test 测试"],
      digests: [
        "837ccb607e312b170fac7383d7ccfd61fa5072793f19a25e75fbacb56539b86b",
        "9f06243abcb89c70e0c331c61d871fa7",
      ]),
    Expected(
      capture: "arkime/smtp-subject-utf8-q",
      subjects: ["xxxxxx xxxxxx xx xxxxxxxxx xx-xxxxxxx（ANA）GGL_xxxxxxxxxxxxx_xxxxxx.zip"],
      digests: [
        "8d4b2e39ccf34cff2147c7b6896f4bd5ce0a209d0cd87ca75035b4c8243bf865",
        "5b153a606bea42005e1eedb5ddeabcf0",
      ]),
    // That project reads it with checksums ignored: 10,451 bytes, of a first copy with a bad checksum, whose lines are broken.
    // The copy that the receiver took gives this file, and the attachments within it are sound.
    Expected(
      capture: "suricata/smtp-bug-5981",
      digests: ["0235ec19e487390740b923cb74f210355c7b19864f73978262106650eff6ca24"],
      names: ["winmail.dat", "packet-tnef-name-string.patch.gz", "info-16.png"], sizes: [10355]),
    Expected(capture: "suricata/smtp-file-data-01", names: ["J.txt"]),
    Expected(
      capture: "suricata/smtp-rfc2231",
      names: [
        "smtptest-2021-02-25T13-54-22Z-aefb2fc1308d62f4b6c74769f69b13ddf80e995fd98ae442f3be499ea928c67f..zip"
      ]),
    Expected(
      capture: "zeek/smtp-rfc3030-bdat-multipart",
      digests: [
        "5cd7c323275d114627acbae92abc666d4335c8bb", "e9a752f145e10688ab485277a723ecbcfb5c8a63",
      ], names: ["zeek-logo.png"]),
    Expected(capture: "zeek/smtp", names: ["NEWS.txt"]),
  ]

  @Test(.enabled(if: Fixtures.reference != nil), arguments: all)
  func messages(_ expected: Expected) throws {
    let folder = try #require(Fixtures.reference).appending(path: "mail")
    let capture = try #require(
      ["pcap", "pcapng"].map { folder.appending(path: "\(expected.capture).\($0)") }
        .first { FileManager.default.fileExists(atPath: $0.path) })
    var options = SessionRunOptions()
    options.messages.digests = [.md5, .sha1]
    var (view, output) = (MessagesJSON(), MemoryOutput())
    try MessageRun.run(CaptureSource(paths: [capture.path]), options, &view, to: &output)
    let messages = try JSON(text: output.string)["messages"].array
    let subjects = messages.compactMap { $0["headers"]["subject"].string }
    let parts = messages.flatMap { $0["parts"].array }
    let digests = parts.flatMap { part in ["sha256", "sha1", "md5"].compactMap { part[$0].string } }
    for subject in expected.subjects { #expect(subjects.contains(subject), "\(subjects)") }
    for digest in expected.digests { #expect(digests.contains(digest)) }
    for name in expected.names { #expect(parts.contains { $0["filename"].string == name }) }
    for size in expected.sizes { #expect(parts.contains { $0["size"].int == size }) }
  }

  /// Every message of generated captures, also where segments are lost, sent again and out of order.
  @Test(.enabled(if: generator != nil), arguments: [("0", "0", "5"), ("0.02", "0.05", "6")])
  func generated(_ loss: String, _ reorder: String, _ seed: String) throws {
    let scratch = try MessageFolderTests.Scratch()
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [
      "python3", try #require(Self.generator).path, "-o", scratch.path("a.pcap"), "--truth-list",
      "--size", "2M", "--loss", loss, "--reorder", reorder, "--seed", seed,
    ]
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    try MessageFolderTests.extract([scratch.url.appending(path: "a.pcap")], to: scratch)
    let truth = try JSON(contentsOf: scratch.url.appending(path: "a.pcap.truth.json"))
    let expected = truth["list"].array.filter { $0["sha256"].exists }
    let files = try scratch.names(in: "out").filter { $0.hasSuffix(".eml") && $0.count == 8 }
    let digests = try files.map { MessageFolderTests.sha256(try scratch.bytes("out/\($0)")) }
    #expect(digests.count > 20)
    #expect(digests.sorted() == expected.compactMap { $0["sha256"].string }.sorted())
  }

  static let generator: URL? = {
    let file = Fixtures.root.deletingLastPathComponent().appending(path: "shared/bench/generate.py")
    return FileManager.default.fileExists(atPath: file.path) ? file : nil
  }()
}
