import Crypto
import Dissection
import Foundation
import TestSupport
import Testing

/// What the program prints of each fixture, against what it printed when `Fixtures/make/golden.sh` ran.
@Suite struct GoldenTests {
  /// What is kept of a capture.
  enum View: String, CaseIterable {
    case list, tree, json, transcript
    case sessions = "sessions.json"
    /// Of a few captures only.
    case ladder
  }

  /// What a run printed, and how it ended.
  struct Run: Equatable {
    var text: [UInt8] = []
    var ending = Ending()
  }

  struct Ending: Equatable {
    var status: Int32 = 0
    var error = ""
  }

  /// A file of a foreign format is none.
  static let captures = ["recorded", "crafted", "degraded", "cases"].flatMap {
    Fixtures.captures(below: Fixtures.folder.appending(path: $0))
  }.filter { $0.lastPathComponent.contains(".pcap") }.map {
    String($0.path.dropFirst(Fixtures.root.path.count + 1))
  }

  @Test(arguments: captures) func printsTheSame(_ capture: String) throws {
    let name = Self.name(of: capture)
    for view in View.allCases where view != .ladder || Golden.all.has(name, .ladder) {
      let run = try Self.run(view, capture)
      #expect(run.ending == Golden.all.ending(name, view), "\(name).\(view.rawValue)")
      if let difference = Golden.all.difference(of: run.text, from: name, view) {
        Issue.record("\(name).\(view.rawValue) is another text than before:\n\(difference)")
      }
    }
  }

  @Test func everyGoldenHasItsCapture() {
    let names = Set(Self.captures.map(Self.name))
    #expect(names.count == Self.captures.count)
    #expect(names == Golden.all.names)
  }

  /// The name without its extensions.
  static func name(of capture: String) -> String {
    let file = capture.split(separator: "/").last ?? ""
    return String(file.prefix { $0 != "." })
  }

  /// As the command line does it, from the root of the package.
  private static func run(_ view: View, _ capture: String) throws -> Run {
    let root = Fixtures.root.path + "/"
    let source = CaptureSource(paths: [root + capture])
    var (run, output) = (Run(), MemoryOutput())
    do throws(RunError) {
      switch view {
      case .list: try PacketRun.run(source, PacketOptions(), PacketList(), to: &output)
      case .tree: try PacketRun.run(source, PacketOptions(), PacketTree(), to: &output)
      case .json: try PacketRun.run(source, PacketOptions(), PacketJSON(), to: &output)
      case .transcript: try show(Transcript(), of: source, to: &output)
      case .sessions: try show(SessionsJSON(), of: source, to: &output)
      case .ladder: try show(Ladder(), of: source, to: &output)
      }
    } catch {
      run.ending.status = error.exitStatus
      run.ending.error = "mailwire: \(error.message ?? "")".replacing(root, with: "")
    }
    // Only this view names its files.
    run.text =
      view == .sessions
      ? Array(output.string.replacing(root, with: "").utf8) : output.bytes
    return run
  }

  private static func show(
    _ view: consuming some SessionView & ~Copyable, of source: CaptureSource,
    to output: inout MemoryOutput
  ) throws(RunError) {
    var view = view
    try SessionRun.run(source, SessionRunOptions(), &view, to: &output)
  }
}

/// What `Fixtures/make/golden.sh` made.
private struct Golden {
  static let all = Golden()

  private struct Key: Hashable {
    var name: String
    var view: String
  }
  private var digests: [Key: String] = [:]
  private var endings: [Key: GoldenTests.Ending] = [:]
  private var texts: Set<Key> = []

  private static let folder = Fixtures.folder.appending(path: "golden")

  private init() {
    let files = try? FileManager.default.contentsOfDirectory(atPath: Self.folder.path)
    for file in files ?? [] where !file.hasSuffix(".tsv") {
      let parts = file.split(separator: ".", maxSplits: 1).map(String.init)
      texts.insert(Key(name: parts[0], view: parts[1]))
    }
    for (key, columns) in Self.rows(of: "digests.tsv") {
      digests[key] = "\(columns[0]) bytes, SHA-256 \(columns[1])"
    }
    for (key, columns) in Self.rows(of: "endings.tsv") {
      endings[key] = .init(status: Int32(columns[0]) ?? 0, error: columns[1])
    }
  }

  private static func rows(of file: String) -> [(Key, [String])] {
    let text = try? String(contentsOf: folder.appending(path: file), encoding: .utf8)
    return (text ?? "").split(separator: "\n").map { line in
      let columns = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
      return (Key(name: columns[0], view: columns[1]), Array(columns.dropFirst(2)))
    }
  }

  var names: Set<String> { Set(texts.map(\.name) + digests.keys.map(\.name)) }

  func has(_ name: String, _ view: GoldenTests.View) -> Bool {
    let key = Key(name: name, view: view.rawValue)
    return texts.contains(key) || digests[key] != nil
  }

  func ending(_ name: String, _ view: GoldenTests.View) -> GoldenTests.Ending {
    endings[Key(name: name, view: view.rawValue)] ?? .init()
  }

  /// How `text` differs from what is kept; nil where it does not.
  func difference(of text: [UInt8], from name: String, _ view: GoldenTests.View) -> String? {
    let key = Key(name: name, view: view.rawValue)
    guard let digest = digests[key] else {
      let file = Self.folder.appending(path: "\(name).\(view.rawValue)")
      let expected = (try? Data(contentsOf: file)).map(Array.init)
      return TextDifference.first(expected: expected ?? [], actual: text)
    }
    let hash = SHA256.hash(data: text).map {
      ($0 < 16 ? "0" : "") + String($0, radix: 16)
    }
    let actual = "\(text.count) bytes, SHA-256 \(hash.joined())"
    guard actual != digest else { return nil }
    return """
      expected \(digest)
      actual   \(actual)
      To see what changed, with a program built before and one built after:
      Fixtures/make/golden.sh BEFORE /tmp/before; Fixtures/make/golden.sh AFTER /tmp/after
      diff /tmp/before/\(name).\(view.rawValue) /tmp/after
      """
  }
}
