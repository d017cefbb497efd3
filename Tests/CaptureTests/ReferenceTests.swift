import CPcap
import Glibc
import Testing

@testable import Capture

/// Held against libpcap, frame by frame, on every reference capture that it opens.
@Suite struct ReferenceTests {
  /// The folder of reference captures beside the repository, or beside the folder it is in.
  static let captures: [String] = {
    var folder = #filePath
    while let slash = folder.lastIndex(of: "/") {
      folder = String(folder[..<slash])
      let found = files(below: folder + "/shared/captures")
      if !found.isEmpty { return found.sorted() }
    }
    return []
  }()

  static func files(below folder: String) -> [String] {
    guard let directory = unsafe opendir(folder) else { return [] }
    defer { unsafe closedir(directory) }
    var paths: [String] = []
    while let entry = unsafe readdir(directory) {
      let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name.hasPrefix(".") { continue }
      let path = folder + "/" + name
      let isCapture = name.hasSuffix("pcap") || name.hasSuffix("pcapng") || name.hasSuffix("cap")
      if isCapture { paths.append(path) }
      if unsafe entry.pointee.d_type == UInt8(DT_DIR) { paths += files(below: path) }
    }
    return paths
  }

  /// What libpcap reads: its frames, and whether it ended with an error; nil where it refuses.
  static func libpcap(_ path: String) -> (frames: [Seen], failed: Bool, snapLength: Int)? {
    var message = [CChar](repeating: 0, count: Int(PCAP_ERRBUF_SIZE))
    guard
      let handle = unsafe pcap_open_offline_with_tstamp_precision(
        path, UInt32(PCAP_TSTAMP_PRECISION_NANO), &message)
    else { return nil }
    defer { unsafe pcap_close(handle) }
    let linkType = unsafe UInt32(pcap_datalink(handle))
    var frames: [Seen] = []
    while true {
      var header: UnsafeMutablePointer<pcap_pkthdr>?
      var data: UnsafePointer<UInt8>?
      let status = unsafe pcap_next_ex(handle, &header, &data)
      guard status == 1, let header = unsafe header?.pointee else {
        return unsafe (frames, status != PCAP_ERROR_BREAK, Int(pcap_snapshot(handle)))
      }
      let bytes = unsafe Array(UnsafeBufferPointer(start: data, count: Int(header.caplen)))
      let seconds = Int64(UInt32(truncatingIfNeeded: header.ts.tv_sec))  // it takes them for signed
      frames.append(
        Seen(
          seconds * 1_000_000_000 + Int64(header.ts.tv_usec), bytes, original: Int(header.len),
          linkType: linkType))
    }
  }

  @Test(.enabled(if: !captures.isEmpty, "no folder shared/captures beside the repository"))
  func agreesWithLibpcap() throws {
    var compared = 0
    for path in Self.captures {
      guard let reference = Self.libpcap(path) else { continue }
      compared += 1
      let ours = readAll(path)
      // libpcap cuts frames to the snapshot length; comments and interfaces it does not tell.
      let frames = ours.frames.map {
        Seen(
          $0.timestamp, Array($0.bytes.prefix(reference.snapLength)), original: $0.originalLength,
          linkType: $0.linkType)
      }
      #expect(Array(frames.prefix(reference.frames.count)) == reference.frames, "\(path)")
      if !reference.failed {
        #expect(frames.count == reference.frames.count, "\(path)")
        #expect(ours.error == nil, "\(path)")
      }
    }
    print("compared with libpcap: \(compared) of \(Self.captures.count) captures")
    #expect(compared > 0)
  }

  @Test func linkTypesAreLibpcaps() throws {
    for link in 0...300 as ClosedRange<UInt32> {
      let file = try TemporaryFile(CaptureBuilder.pcap(link: link).bytes)
      guard let handle = unsafe pcap_open_offline(file.path, nil) else { continue }
      defer { unsafe pcap_close(handle) }
      let dlt = unsafe UInt32(pcap_datalink(handle))
      #expect(LinkTypeNumbers.dlt(ofFile: link) == dlt)
      #expect(LinkTypeNumbers.dlt(ofFile: LinkTypeNumbers.file(ofDLT: dlt)) == dlt)
    }
  }
}
