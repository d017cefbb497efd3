import Foundation
import Testing

@testable import Dissection

/// Where captures for tests lie.
enum Fixtures {
  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
  static let folder = root.appending(path: "Fixtures")
  /// Captures of other projects; nil where they are not at hand.
  static let reference: URL? = {
    let folder = root.deletingLastPathComponent().appending(path: "shared/captures")
    return FileManager.default.fileExists(atPath: folder.path) ? folder : nil
  }()

  /// All captures below a folder, in a fixed order.
  static func captures(below folder: URL) -> [URL] {
    let all = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
    return (all?.compactMap { $0 as? URL } ?? [])
      .filter { ["pcap", "pcapng", "cap", "gz", "zst"].contains($0.pathExtension) }
      .sorted { $0.path < $1.path }
  }

  /// The TLS secrets that were logged while a capture was recorded; none where there is no such log.
  static func keys(beside capture: URL) throws -> TLSKeys {
    let log = capture.deletingPathExtension().appendingPathExtension("keys")
    guard FileManager.default.fileExists(atPath: log.path) else { return TLSKeys() }
    return try TLSKeys.open(keyLog: log.path, serverKeys: [], for: [capture.path])
  }

  /// The document of `sessions --format json`, secrets shown.
  static func sessions(
    of capture: URL, _ options: SessionRunOptions = SessionRunOptions()
  ) throws -> JSON {
    var view = SessionsJSON(showsSecrets: true, showsOffsets: true)
    return try JSON(text: text(of: capture, &view, options))
  }

  /// The first session of a capture without the frames that `isLost` chooses, with the bytes of each frame changed by
  /// `change`.
  static func firstSession(
    of capture: URL, _ options: SessionRunOptions, isLost: (Int) -> Bool,
    change: (Int, inout [UInt8]) -> Void
  ) throws -> SessionRecord? {
    var reading = try CaptureReading(CaptureSource(paths: [capture.path]))
    var pipeline = SessionPipeline(options, wantsDigests: true)
    while let frame = reading.next() {
      if isLost(frame.number) { continue }
      var bytes = frame.bytes.copy
      change(frame.number, &bytes)
      pipeline.receive(
        bytes.span,
        FrameFacts(
          number: frame.number, time: frame.timestamp, wireLength: bytes.count,
          linkType: frame.linkType))
    }
    pipeline.finish()
    return pipeline.next()
  }

  static func text(
    of capture: URL, _ view: inout some SessionView & ~Copyable,
    _ options: SessionRunOptions = SessionRunOptions()
  ) throws -> String {
    var output = MemoryOutput()
    do throws(RunError) {
      try SessionRun.run(CaptureSource(paths: [capture.path]), options, &view, to: &output)
    } catch {
      // A capture that is cut short gives what it has; all else is a failure of the test.
      guard error.exitStatus == 2 else { throw error }
    }
    return output.string
  }
}

/// A JSON document to look things up in.
struct JSON {
  let value: Any?

  init(value: Any?) { self.value = value is NSNull ? nil : value }
  init(text: String) throws {
    value = try JSONSerialization.jsonObject(with: Data(text.utf8))
  }
  init(contentsOf file: URL) throws {
    value = try JSONSerialization.jsonObject(with: Data(contentsOf: file))
  }

  subscript(key: String) -> JSON { JSON(value: (value as? [String: Any])?[key]) }
  var exists: Bool { value != nil }
  var array: [JSON] { (value as? [Any] ?? []).map(JSON.init(value:)) }
  var isArray: Bool { value is [Any] }
  var string: String? { value as? String }
  var int: Int? { value as? Int }
  var bool: Bool? { value as? Bool }
  var strings: [String] { array.compactMap(\.string) }
}
