import Fields
import Foundation
import TestSupport
import Testing

/// How much memory a run of the program takes.
@Suite struct MemoryTests {
  /// Sessions that wait for one that began before them are in no one's memory: many of them take no more than few.
  @Test(.timeLimit(.minutes(2))) func ofManySessionsThatWait() throws {
    let few = try Self.peak(of: Self.capture(sessions: 100))
    let many = try Self.peak(of: Self.capture(sessions: 1_200))
    // As records they would take 30 MiB more.
    #expect(many - few < 10 << 10, "\(few) KiB, then \(many) KiB")
  }

  /// One session stays open while others, each with 16 KB of text, come and go.
  private static func capture(sessions: Int) -> [UInt8] {
    var file = PcapBytes()
    var first = MadeConversation(clientPort: 20_000)
    first.open()
    first.say(.server, "220 mx\r\n")
    first.say(.client, "EHLO a\r\n")
    first.say(.server, "250 mx\r\n")
    file.append(first.frames, at: 0)
    let line = "250-" + String(repeating: "x", count: 74) + "\r\n"
    let reply = String(repeating: line, count: 200) + "250 mx\r\n"
    for number in 1...sessions {
      var made = MadeConversation(clientPort: UInt16(20_000 + number))
      made.open()
      made.say(.server, "220 mx\r\n")
      made.say(.client, "EHLO a\r\n")
      made.say(.server, reply)
      made.close(.client)
      file.append(made.frames, at: Int64(number) * 20_000_000)
    }
    return file.bytes
  }

  /// The most memory that `sessions` took for a capture, in KiB.
  private static func peak(of capture: [UInt8]) throws -> Int {
    let folder = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
    let path = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).pcap")
    try Data(capture).write(to: path)
    defer { try? FileManager.default.removeItem(at: path) }
    let process = Process()
    process.executableURL = folder.appending(path: "mailwire")
    process.arguments = ["sessions", "--jobs", "1", path.path]
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    var peak = 0
    while process.isRunning {
      let status = try? String(
        contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8)
      let line = status?.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
      if let size = line?.split(separator: " ").compactMap({ Int($0) }).first { peak = size }
      usleep(1_000)
    }
    #expect(process.terminationStatus == 0)
    return try #require(peak > 0 ? peak : nil)
  }
}

/// A pcap of raw IP packets.
private struct PcapBytes {
  private(set) var bytes: [UInt8] = []

  init() { for word: UInt32 in [0xa1b2_c3d4, 0x0004_0002, 0, 0, 262_144, 101] { append(word) } }

  private mutating func append(_ word: UInt32) {
    for shift: UInt32 in [0, 8, 16, 24] { bytes.append(UInt8(truncatingIfNeeded: word >> shift)) }
  }

  mutating func append(_ frames: [(bytes: [UInt8], time: Int64)], at start: Int64) {
    for frame in frames {
      let time = start + frame.time
      append(UInt32(time / 1_000_000_000))
      append(UInt32(time % 1_000_000_000 / 1000))
      append(UInt32(frame.bytes.count))
      append(UInt32(frame.bytes.count))
      bytes += frame.bytes
    }
  }
}
