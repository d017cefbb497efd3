import Capture
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

  /// Lends the next frame; nil at the end.
  @_lifetime(&self)
  mutating func next() -> Frame? {
    do throws(CaptureError) { return try capture.next() } catch {
      failure = error
      return nil
    }
  }

  /// Throws what ended the capture early.
  func finish() throws(RunError) {
    if let failure { throw .capture(failure) }
  }
}

/// Which frames a run takes, and what is known of each beside its bytes.
struct FrameSelection: ~Copyable {
  private var filter: CaptureFilter?
  private var remaining: Int
  private let isNG: Bool
  private var firstTime: Int64?
  private var previousTime: Int64?
  /// The interface of the last frame.
  private var metInterface: Int?
  private(set) var summary = CaptureSummary()
  /// The time of the last frame that was shown: the run sets it.
  var lastDisplayedTime: Int64?

  init(_ source: CaptureSource, _ format: CaptureFormat) throws(RunError) {
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
    summary.files = source.paths
  }

  var isDone: Bool { remaining == 0 }

  /// Writes the facts of a frame that passes the capture filter; false for others. Once for each frame.
  mutating func take(_ frame: borrowing Frame, _ facts: inout FrameFacts) throws(RunError) -> Bool {
    do throws(CaptureError) {
      if filter != nil, try filter?.matches(frame) != true { return false }
    } catch {
      throw .capture(error)
    }
    remaining -= 1
    let time = frame.timestamp
    (facts.number, facts.time, facts.hasTime) = (frame.number, time, frame.hasTimestamp)
    (facts.wireLength, facts.linkType) = (frame.originalLength, frame.linkType)
    facts.firstTime = firstTime ?? time
    facts.previousTime = previousTime ?? time
    facts.previousDisplayedTime = lastDisplayedTime ?? time
    (firstTime, previousTime) = (facts.firstTime, time)
    (facts.fileOffset, facts.isByteSwapped) = (frame.fileOffset, frame.isByteSwapped)
    if metInterface != frame.interface { meetInterface(of: frame, &facts) }
    if isNG {
      let notes = frame.notes
      facts.notes = notes.map(FrameFacts.Notes.init)
      facts.fcsLength = frame.fcsLength(notes)
    }
    count(facts, captured: frame.bytes.count)
    return true
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
    let name = LinkTypeNumbers.name(of: interface.linkType) ?? String(interface.linkType)
    if !summary.linkTypes.contains(name) { summary.linkTypes.append(name) }
  }

  private mutating func count(_ facts: borrowing FrameFacts, captured: Int) {
    summary.frames += 1
    if captured < facts.wireLength { summary.truncatedFrames += 1 }
    guard facts.hasTime else { return }
    summary.firstTime = min(summary.firstTime ?? facts.time, facts.time)
    summary.lastTime = max(summary.lastTime ?? facts.time, facts.time)
  }

  /// Digits behind the point of a clock with so many units a second.
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
    (identifier, queue) = (notes.identifier, notes.queue)
    verdicts = notes.verdicts.map { FrameFacts.Verdict(kind: $0.kind, value: $0.value) }
  }
}
