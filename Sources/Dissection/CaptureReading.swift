import Capture
import Fields
import Wire

/// The frames of all files of a run, in order of time. Where a file is cut short, the frames before that place come,
/// and `failure` says so at the end.
struct CaptureReading: ~Copyable {
  private var capture: CaptureMerge
  private(set) var failure: CaptureError?
  let format: CaptureFormat

  init(_ source: CaptureSource) throws(RunError) {
    let opened = try Self.open(source.paths)
    format = opened.format
    capture = opened
  }

  private static func open(_ paths: [String]) throws(RunError) -> CaptureMerge {
    do throws(CaptureError) { return try CaptureMerge(paths: paths) } catch {
      throw .capture(error)
    }
  }

  /// Keeps frames of these files for another thread, which may give back the pages that they are in.
  func keptFrames(givesBack: Bool) -> KeptFrames {
    KeptFrames(of: capture.mappings, givesBack: givesBack)
  }

  /// Lends the next frame; nil at the end.
  @_lifetime(&self)
  mutating func next() -> Frame? {
    do throws(CaptureError) { return try capture.next() } catch {
      failure = error
      return nil
    }
  }
}

/// Which frames a run takes, and what is known of each beside its bytes.
struct FrameSelection: ~Copyable {
  private var filter: CaptureFilter?
  private var remaining: Int
  /// Why the capture filter cannot judge a frame: the run ends there.
  private var failure: CaptureError?
  private let isNG: Bool
  /// For a run that describes frames, and says moments by `arrival` alone: times may be counted from another origin than
  /// 1970, and what is only described is among the facts.
  private let movesOrigin: Bool
  private var firstArrival: TimeValue?
  private var previousArrival: TimeValue?
  /// The interface of the last frame, and its link type where that is not decoded.
  private var metInterface: Int?
  private var undecodedLinkType: String?
  private(set) var summary = CaptureSummary()
  /// Secrets of each file that were taken.
  private var secretsTaken: [Int: Int] = [:]

  init(
    _ source: CaptureSource, _ format: CaptureFormat, movesOrigin: Bool = false
  ) throws(RunError) {
    var compiled: CaptureFilter?
    do throws(CaptureError) {
      if let expression = source.captureFilter {
        compiled = try CaptureFilter(expression: expression)
      }
    } catch {
      throw .capture(error)
    }
    filter = compiled
    remaining = source.frameLimit ?? .max
    isNG = format == .pcapng
    self.movesOrigin = movesOrigin
    summary.files = source.paths
  }

  var isDone: Bool { remaining == 0 }

  /// Writes the facts of a frame that passes the capture filter; false for others. Once for each frame. Which frame was
  /// shown before it, it does not know.
  mutating func take(_ frame: borrowing Frame, _ facts: inout FrameFacts) -> Bool {
    do throws(CaptureError) {
      if filter != nil, try filter?.matches(frame) != true { return false }
    } catch {
      (failure, remaining) = (error, 0)
      return false
    }
    remaining -= 1
    let moment = TimeValue(seconds: frame.time.seconds, nanoseconds: frame.time.nanoseconds)
    if firstArrival == nil, movesOrigin { facts.origin = Self.origin(for: moment) }
    (facts.number, facts.arrival, facts.hasTime) = (frame.number, moment, frame.hasTimestamp)
    (facts.wireLength, facts.linkType) = (frame.originalLength, frame.linkType)
    if movesOrigin {
      facts.firstArrival = firstArrival ?? moment
      facts.previousArrival = previousArrival ?? moment
      facts.previousDisplayedArrival = moment
      (firstArrival, previousArrival) = (facts.firstArrival, moment)
    }
    (facts.fileOffset, facts.isByteSwapped) = (frame.fileOffset, frame.isByteSwapped)
    if metInterface != frame.interface { meetInterface(of: frame, &facts) }
    if isNG, movesOrigin {
      let notes = frame.notes
      facts.notes = notes.map(FrameFacts.Notes.init)
      if !frame.secrets.isEmpty {
        if facts.notes == nil { facts.notes = FrameFacts.Notes() }
        facts.notes?.secrets = newSecrets(of: frame)
      }
      facts.fcsLength = frame.fcsLength(notes)
    }
    summary.frames += 1
    if frame.bytes.count < facts.wireLength { summary.truncatedFrames += 1 }
    if undecodedLinkType != nil { countUndecoded() }
    if facts.hasTime { count(facts.time) }
    return true
  }

  /// The key logs that came before a frame which was taken; each is given once.
  mutating func newSecrets(of frame: borrowing Frame) -> [[UInt8]] {
    if frame.secrets.isEmpty { return [] }
    let taken = secretsTaken[frame.file] ?? 0
    guard taken < frame.secrets.count else { return [] }
    secretsTaken[frame.file] = frame.secrets.count
    var logs: [[UInt8]] = []
    for index in taken..<frame.secrets.count
    where frame.secrets[index].type == DecryptionSecrets.tlsKeyLog {
      logs.append(frame.secrets[index].bytes)
    }
    return logs
  }

  /// Throws what ended the run early, or else says what of the capture was not read; `damage` is where it ended.
  func finish(_ damage: CaptureError?) throws(RunError) {
    if let failure = failure ?? (summary.undecoded.isEmpty ? damage : nil) {
      throw .capture(failure)
    }
    guard !summary.undecoded.isEmpty else { return }
    throw .undecoded(Undecoded(files: summary.files, linkTypes: summary.undecoded), damage)
  }

  /// What is the same for all frames of an interface.
  private mutating func meetInterface(of frame: borrowing Frame, _ facts: inout FrameFacts) {
    let interface = frame.capturedOn
    metInterface = frame.interface
    facts.timeDecimals = Self.decimals(of: interface.timestampResolution)
    (facts.section, facts.fcsLength) = (frame.section, frame.fcsLength(nil))
    if isNG {
      facts.interface = FrameFacts.Interface(
        id: summary.files.count == 1 ? interface.number : frame.interface, name: interface.name,
        description: interface.description)
    }
    let linkType = interface.linkType
    if !summary.linkTypeNumbers.contains(linkType) { summary.linkTypeNumbers.append(linkType) }
    undecodedLinkType = facts.isLinkTypeDecoded ? nil : LinkTypeNumbers.words(for: linkType)
  }

  private mutating func countUndecoded() {
    if let undecodedLinkType { summary.undecoded[undecodedLinkType, default: 0] += 1 }
  }

  private mutating func count(_ time: Int64) {
    summary.firstTime = min(summary.firstTime ?? time, time)
    summary.lastTime = max(summary.lastTime ?? time, time)
  }

  /// The second that a capture's times count from: 1970 but where its first frame lies beyond what is counted from there.
  private static func origin(for first: TimeValue) -> Int64 {
    let nanoseconds = first.clampedNanoseconds
    if nanoseconds >= 0, nanoseconds < .max { return 0 }
    // Frames may have earlier times than the first: half of the range is before it.
    let (origin, overflow) = first.seconds.subtractingReportingOverflow(.max / 2_000_000_000)
    return overflow ? .min : origin
  }

  /// Digits after the point of a clock with so many units a second.
  private static func decimals(of unitsPerSecond: UInt64) -> Int {
    var (digits, units) = (0, UInt64(1))
    while units <= unitsPerSecond / 10, digits < 9 { (digits, units) = (digits + 1, units * 10) }
    return digits
  }
}

extension FrameFacts.Notes {
  init(_ notes: PacketNotes) {
    self.init()
    (comments, flags, dropCount) = (notes.comments, notes.flags, notes.dropCount)
    (identifier, queue, dropped) = (notes.identifier, notes.queue, notes.dropped)
    verdicts = notes.verdicts.map { FrameFacts.Verdict(kind: $0.kind, value: $0.value) }
  }
}
