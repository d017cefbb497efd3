import Capture
import Wire

/// The frames of a run: those of all files in order of time, as far as capture filter and limit let them pass.
struct CaptureReading: ~Copyable {
  private var capture: CaptureMerge
  private var filter: CaptureFilter?
  private var remaining: Int
  private var interfaces: [FrameFacts.Interface] = []
  private var decimals: [Int] = []
  private var facts = FrameFacts(number: 0, time: 0, wireLength: 0, linkType: 0)

  /// What a view says of the capture at the end.
  private(set) var summary = CaptureSummary()
  /// The time of the last frame that was shown: the run sets it.
  var previousDisplayedTime: Int64?
  /// Set where the capture is cut short or damaged: all before that place was given.
  private(set) var failure: CaptureError?

  init(_ source: CaptureSource) throws(RunError) {
    do throws(CaptureError) {
      capture = try CaptureMerge(paths: source.paths)
      filter = try source.captureFilter.map { (expression) throws(CaptureError) in
        try CaptureFilter(expression: expression)
      }
    } catch {
      throw .capture(error)
    }
    remaining = source.frameLimit ?? .max
    summary.files = source.paths
  }

  /// Moves on to the next frame that passes; false at the end, which may be an early one (`failure`).
  mutating func advance() -> Bool {
    guard remaining > 0 else { return false }
    do throws(CaptureError) {
      while try capture.advance() {
        if filter != nil, try !passesFilter() { continue }
        remaining -= 1
        return true
      }
    } catch {
      failure = error
    }
    return false
  }

  private mutating func passesFilter() throws(CaptureError) -> Bool {
    try filter?.matches(capture.frame) ?? true
  }

  /// The bytes of the frame.
  var bytes: Span<UInt8> {
    @_lifetime(borrow self) get { capture.frame.bytes }
  }

  /// The facts of the frame; once for each frame.
  mutating func takeFacts() -> FrameFacts {
    let frame = capture.frame
    let previous = facts
    let (time, hasTime) = (frame.timestamp, frame.hasTimestamp)
    let isFirst = summary.frames == 0
    facts = FrameFacts(
      number: frame.number, time: time, wireLength: frame.originalLength, linkType: frame.linkType)
    facts.hasTime = hasTime
    facts.firstTime = isFirst ? time : previous.firstTime
    facts.previousTime = isFirst ? time : previous.time
    facts.previousDisplayedTime = previousDisplayedTime ?? time
    facts.fileOffset = frame.fileOffset
    facts.isByteSwapped = frame.isByteSwapped
    facts.fcsLength = frame.fcsLength
    let (number, captured, wire) = (frame.interface, frame.bytes.count, frame.originalLength)
    if capture.format == .pcapng { facts.comments = frame.comments }
    note(interface: number)
    facts.timeDecimals = decimals[number]
    if capture.format == .pcapng { facts.interface = interfaces[number] }
    summary.frames += 1
    if captured < wire { summary.truncatedFrames += 1 }
    if hasTime {
      summary.firstTime = min(summary.firstTime ?? time, time)
      summary.lastTime = max(summary.lastTime ?? time, time)
    }
    return facts
  }

  private mutating func note(interface number: Int) {
    while interfaces.count <= number {
      let interface = capture.interfaces[interfaces.count]
      interfaces.append(
        FrameFacts.Interface(
          index: interfaces.count, name: interface.name, description: interface.description,
          section: interface.section))
      var (digits, units) = (0, UInt64(1))
      while units < interface.timestampResolution, digits < 9 { (digits, units) = (digits + 1, units * 10) }
      decimals.append(digits)
      let name = LinkType.name(of: interface.linkType) ?? String(interface.linkType)
      if !summary.linkTypes.contains(name) { summary.linkTypes.append(name) }
    }
  }
}
