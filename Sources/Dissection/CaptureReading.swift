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
  private var last: FrameFacts?
  private var notedInterfaces = 0
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

  /// The facts of a frame that passes the capture filter; nil for others. Once for each frame.
  mutating func take(_ frame: borrowing Frame) throws(RunError) -> FrameFacts? {
    do throws(CaptureError) {
      if filter != nil, try filter?.matches(frame) != true { return nil }
    } catch {
      throw .capture(error)
    }
    remaining -= 1
    var facts = FrameFacts(
      number: frame.number, time: frame.timestamp, wireLength: frame.originalLength,
      linkType: frame.linkType)
    facts.hasTime = frame.hasTimestamp
    facts.firstTime = last?.firstTime ?? facts.time
    facts.previousTime = last?.time ?? facts.time
    facts.previousDisplayedTime = lastDisplayedTime ?? facts.time
    facts.fileOffset = frame.fileOffset
    facts.isByteSwapped = frame.isByteSwapped
    if isNG { addInterface(of: frame, to: &facts) } else { facts.fcsLength = last?.fcsLength }
    if last == nil || isNG || facts.linkType != last?.linkType {
      let interface = frame.capturedOn
      facts.timeDecimals = Self.decimals(of: interface.timestampResolution)
      facts.fcsLength = frame.fcsLength
      let name = LinkType.name(of: facts.linkType) ?? String(facts.linkType)
      if !summary.linkTypes.contains(name) { summary.linkTypes.append(name) }
    } else {
      facts.timeDecimals = last?.timeDecimals ?? 6
    }
    count(facts, captured: frame.bytes.count)
    last = facts
    return facts
  }

  private func addInterface(of frame: borrowing Frame, to facts: inout FrameFacts) {
    let interface = frame.capturedOn
    facts.interface = FrameFacts.Interface(
      id: frame.interface, name: interface.name, description: interface.description)
    facts.section = frame.section
    facts.comments = frame.comments
  }

  private mutating func count(_ facts: FrameFacts, captured: Int) {
    summary.frames += 1
    if captured < facts.wireLength { summary.truncatedFrames += 1 }
    guard facts.hasTime else { return }
    summary.firstTime = min(summary.firstTime ?? facts.time, facts.time)
    summary.lastTime = max(summary.lastTime ?? facts.time, facts.time)
  }

  /// Digits behind the point of a clock with so many units a second.
  private static func decimals(of unitsPerSecond: UInt64) -> Int {
    var (digits, units) = (0, UInt64(1))
    while units < unitsPerSecond, digits < 9 { (digits, units) = (digits + 1, units * 10) }
    return digits
  }
}
