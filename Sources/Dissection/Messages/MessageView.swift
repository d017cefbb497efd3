import Fields
import Mail

/// A reader of messages: table, JSON, files.
public protocol MessageView: ~Copyable {
  /// Hands over what has gathered of the text, where that is worth it.
  typealias Flush = (inout TextBuffer) throws(OutputError) -> Void
  /// What it needs of each message.
  var options: MessageOptions { get }
  mutating func begin(to text: inout TextBuffer)
  /// `number`: its place among all messages of the captures, from 1.
  mutating func write(
    _ record: MessageRecord, number: Int, to text: inout TextBuffer, flush: Flush
  ) throws(OutputError)
  mutating func end(_ summary: CaptureSummary, to text: inout TextBuffer) throws(OutputError)
  /// Whether no message after those that were written is asked for.
  var isDone: Bool { get }
}

extension MessageView where Self: ~Copyable {
  public var isDone: Bool { false }
}

/// `messages`: the messages of captures to a view, and its text to an output.
public enum MessageRun {
  /// Shows every message of `source` that a display filter takes, in the order of their sessions' first frames. Where the capture is damaged, all before
  /// that place is shown, then it throws.
  public static func run(
    _ source: CaptureSource, _ options: SessionRunOptions, filter text: String? = nil,
    _ view: inout some MessageView & ~Copyable, to output: inout some ByteOutput & ~Copyable
  ) throws(RunError) {
    var filter: MessageFilter?
    if let text { filter = try MessageFilter(text) }
    var options = options
    let chosen = options.messages.digests.union(filter?.digests ?? [])
    options.messages = view.options
    options.messages.digests.formUnion(chosen)
    options.parsing.wantsDialect = false
    let sessions = try MailSessions(source, options)
    var text = TextBuffer(capacity: 1 << 17)
    var number = 0
    view.begin(to: &text)
    do throws(OutputError) {
      while !view.isDone, let record = sessions.next() {
        for index in record.session.messages.indices where !view.isDone {
          number += 1
          let message = record.message(index)
          guard filter?.takes(message, number: number) != false else { continue }
          try view.write(message, number: number, to: &text) {
            text throws(OutputError) in try text.empty(into: &output)
          }
          try text.empty(into: &output)
        }
      }
      if !view.isDone { try sessions.checkStore() }
      try view.end(sessions.summary, to: &text)
      try text.empty(into: &output, always: true)
    } catch {
      throw .output(error)
    }
    if !view.isDone { try sessions.finish() }
  }
}
