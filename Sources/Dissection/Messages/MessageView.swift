import Fields
import HeapModule
import Mail

/// A reader of messages: table, JSON, files. It is given them as their sessions end, and what it writes of them is put in the
/// order of the sessions' first frames, as with `SessionView`.
public protocol MessageView: ~Copyable {
  /// What it needs of each message.
  var options: MessageOptions { get }
  mutating func begin(to text: inout TextBuffer)
  mutating func write(_ record: MessageRecord, to text: inout TextBuffer)
  mutating func end(_ summary: CaptureSummary, to text: inout TextBuffer)
  /// What has to wait for the message's number: its files. Asked for after `write`.
  mutating func files(of record: MessageRecord) -> MessageFiles?
  /// Takes the files in their turn. `number`: the message's among all of the captures, from 1.
  mutating func deliver(
    _ files: MessageFiles, number: Int, to output: inout some ByteOutput & ~Copyable
  ) throws(OutputError)
  /// All was taken.
  mutating func finish() throws(OutputError)
  /// Whether no message after those that were taken is asked for.
  var isDone: Bool { get }
}

extension MessageView where Self: ~Copyable {
  public mutating func begin(to text: inout TextBuffer) {}
  public mutating func write(_ record: MessageRecord, to text: inout TextBuffer) {}
  public mutating func end(_ summary: CaptureSummary, to text: inout TextBuffer) {}
  public mutating func files(of record: MessageRecord) -> MessageFiles? { nil }
  public mutating func deliver(
    _ files: MessageFiles, number: Int, to output: inout some ByteOutput & ~Copyable
  ) throws(OutputError) {}
  public mutating func finish() throws(OutputError) {}
  public var isDone: Bool { false }
}

/// `messages`: the messages of captures to a view, and its text to an output.
public enum MessageRun {
  /// Shows every message of `source` that a display filter takes, in the order of their sessions' first frames. Where the
  /// capture is damaged, all before that place is shown, then it throws.
  public static func run(
    _ source: CaptureSource, _ options: SessionRunOptions, filter text: String? = nil,
    _ view: inout some MessageView & ~Copyable, to output: inout some ByteOutput & ~Copyable
  ) throws(RunError) {
    var filter: MessageFilter?
    if let text { filter = try MessageFilter(text) }
    var options = options
    let chosen = options.messages.digests.union(filter?.digests ?? [])
    let keys = options.messages.keys
    options.messages = view.options
    options.messages.keys = keys
    options.messages.digests.formUnion(chosen)
    options.parsing.wantsDialect = false
    let sessions = try MailSessions(source, options)
    do throws(OutputError) {
      try show(sessions, &filter, &view, to: &output)
    } catch {
      throw .output(error)
    }
    if !view.isDone { try sessions.finish() }
  }

  private static func show(
    _ sessions: MailSessions, _ filter: inout MessageFilter?,
    _ view: inout some MessageView & ~Copyable, to output: inout some ByteOutput & ~Copyable
  ) throws(OutputError) {
    var writer = SessionWriter()
    var turns = MessageTurns()
    var text = TextBuffer()
    view.begin(to: &text)
    writer.begin(text.span)
    while !view.isDone, let record = sessions.next() {
      text.clear()
      var files: [(index: Int, files: MessageFiles)] = []
      for index in record.session.messages.indices where record.session.messages[index].whole == nil
      {
        let message = record.message(index)
        guard filter?.takes(message) != false else { continue }
        view.write(message, to: &text)
        if let waiting = view.files(of: message) { files.append((index, waiting)) }
      }
      let count = record.session.messages.count
      try writer.add(
        text.span, stream: record.stream, messages: count, before: sessions.firstOpen, to: &output)
      turns.add(files, stream: record.stream, messages: count)
      try turns.take(before: sessions.firstOpen, &view, to: &output)
    }
    if !view.isDone { try sessions.checkStore() }
    try turns.take(before: nil, &view, to: &output)
    text.clear()
    view.end(sessions.summary, to: &text)
    try writer.finish(text.span, to: &output)
    try view.finish()
  }
}

/// The files of messages, which wait for every conversation that began before their session's and may still become one.
private struct MessageTurns {
  private struct Turn: Comparable {
    let stream: Int
    let messages: Int
    let files: [(index: Int, files: MessageFiles)]

    static func == (left: Self, right: Self) -> Bool { left.stream == right.stream }
    static func < (left: Self, right: Self) -> Bool { left.stream < right.stream }
  }
  private var waiting: Heap<Turn> = []
  /// Messages of the sessions that had their turn.
  private var count = 0

  mutating func add(
    _ files: [(index: Int, files: MessageFiles)], stream: Int, messages: Int
  ) {
    if messages > 0 { waiting.insert(Turn(stream: stream, messages: messages, files: files)) }
  }

  /// Gives the view those of sessions that no conversation from `open` on can come before.
  mutating func take(
    before open: Int?, _ view: inout some MessageView & ~Copyable,
    to output: inout some ByteOutput & ~Copyable
  ) throws(OutputError) {
    while let first = waiting.min, first.stream < open ?? .max {
      waiting.removeMin()
      for (index, files) in first.files where !view.isDone {
        try view.deliver(files, number: count + index + 1, to: &output)
      }
      count += first.messages
    }
  }
}
