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
    let opened = try Self.open(source.paths)
    var compiled: CaptureFilter?
    if let expression = source.captureFilter { compiled = try Self.compile(expression) }
    capture = opened
    filter = compiled
    remaining = source.frameLimit ?? .max
    summary.files = source.paths
  }

  private static func open(_ paths: [String]) throws(RunError) -> CaptureMerge {
    do throws(CaptureError) { return try CaptureMerge(paths: paths) } catch {
      throw .capture(error)
    }
  }
  private static func compile(_ expression: String) throws(RunError) -> CaptureFilter {
    do throws(CaptureError) { return try CaptureFilter(expression: expression) } catch {
      throw .capture(error)
    }
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
    let previous = facts
    let isFirst = summary.frames == 0
    var facts = Self.facts(of: capture.frame, isNG: capture.format == .pcapng)
    let number = capture.frame.interface
    let captured = capture.frame.bytes.count
    facts.firstTime = isFirst ? facts.time : previous.firstTime
    facts.previousTime = isFirst ? facts.time : previous.time
    facts.previousDisplayedTime = previousDisplayedTime ?? facts.time
    note(interface: number)
    facts.timeDecimals = decimals[number]
    if capture.format == .pcapng { facts.interface = interfaces[number] }
    self.facts = facts
    summary.frames += 1
    if captured < facts.wireLength { summary.truncatedFrames += 1 }
    if facts.hasTime {
      summary.firstTime = min(summary.firstTime ?? facts.time, facts.time)
      summary.lastTime = max(summary.lastTime ?? facts.time, facts.time)
    }
    return facts
  }

  private static func facts(of frame: borrowing Frame, isNG: Bool) -> FrameFacts {
    var facts = FrameFacts(
      number: frame.number, time: frame.timestamp, wireLength: frame.originalLength,
      linkType: frame.linkType)
    facts.hasTime = frame.hasTimestamp
    facts.fileOffset = frame.fileOffset
    facts.isByteSwapped = frame.isByteSwapped
    facts.fcsLength = frame.fcsLength
    if isNG { facts.comments = frame.comments }
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
