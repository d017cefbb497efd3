import Capture
import Fields
import Mail
import Wire

/// What `sessions` may be told.
public struct SessionRunOptions: Sendable {
  public var parsing = SessionOptions()
  /// Bytes of finished sessions that may wait for one that began before them.
  public var queueLimit = 64 << 20
  public var validatesChecksums = true

  public init() {}
}

/// The whole way of `sessions`: capture → frame → layers → conversation → stream → mail session → view.
public enum SessionRun {
  /// Shows every mail session of `source`, in the order of their first frames.
  public static func run(
    _ source: CaptureSource, _ options: SessionRunOptions,
    _ view: inout some SessionView & ~Copyable, to output: inout some ByteOutput & ~Copyable
  ) throws(RunError) {
    var reading = try CaptureReading(source)
    var selection = try FrameSelection(source, reading.format)
    var dissector = Dissector()
    var dialogues = DialogueTable(
      wantsDigests: view.wantsDigests, queueLimit: options.queueLimit, options: options.parsing)
    var printer = SessionPrinter()
    printer.begin(&view)
    while !selection.isDone, let frame = reading.next() {
      guard let facts = try selection.take(frame) else { continue }
      dissector.dissect(frame.bytes, facts)
      try printer.show(&dialogues, &view, to: &output)
    }
    try printer.show(&dialogues, &view, to: &output)
    try printer.end(selection.summary, &view, to: &output)
    try reading.finish()
  }
}

/// Hands finished sessions to the view, and its text to the output; counts what it showed.
private struct SessionPrinter {
  private var text = TextBuffer(capacity: 1 << 17)
  private var summary = CaptureSummary()

  mutating func begin(_ view: inout some SessionView & ~Copyable) { view.begin(to: &text) }

  mutating func show(
    _ dialogues: inout DialogueTable, _ view: inout some SessionView & ~Copyable,
    to output: inout some ByteOutput & ~Copyable
  ) throws(RunError) {
    while let record = dialogues.next() {
      summary.sessions += 1
      summary.messages += record.session.messages.count
      summary.findings += record.session.findings.count
      summary.protocols[record.session.mailProtocol.rawValue, default: 0] += 1
      for (name, count) in record.session.dropped { summary.dropped[name, default: 0] += count }
      do throws(OutputError) { try view.write(record, to: &text) } catch { throw .output(error) }
      try text.flush(to: &output)
    }
  }

  mutating func end(
    _ capture: CaptureSummary, _ view: inout some SessionView & ~Copyable,
    to output: inout some ByteOutput & ~Copyable
  ) throws(RunError) {
    var whole = capture
    whole.sessions = summary.sessions
    whole.messages = summary.messages
    whole.findings = summary.findings
    whole.protocols = summary.protocols
    whole.dropped.merge(summary.dropped) { $0 + $1 }
    do throws(OutputError) { try view.end(whole, to: &text) } catch { throw .output(error) }
    try text.flush(to: &output, always: true)
  }
}
