import Fields

/// `sessions`: the mail sessions of captures to a view, and its text to an output.
public enum SessionRun {
  /// Shows every mail session of `source`, in the order of their first frames. Where the capture is damaged, all before
  /// that place is shown, then it throws.
  public static func run(
    _ source: CaptureSource, _ options: SessionRunOptions,
    _ view: inout some SessionView & ~Copyable, to output: inout some ByteOutput & ~Copyable
  ) throws(RunError) {
    let sessions = try MailSessions(source, options, wantsDigests: view.wantsDigests)
    do throws(OutputError) {
      try show(sessions, &view, to: &output)
    } catch {
      throw .output(error)
    }
    try sessions.finish()
  }

  private static func show(
    _ sessions: MailSessions, _ view: inout some SessionView & ~Copyable,
    to output: inout some ByteOutput & ~Copyable
  ) throws(OutputError) {
    var writer = SessionWriter()
    var text = TextBuffer()
    view.begin(to: &text)
    writer.begin(text.span)
    for record in sessions {
      text.clear()
      view.write(record, to: &text)
      try writer.add(
        text.span, stream: record.stream, messages: record.session.messages.count,
        before: sessions.firstOpen, to: &output)
    }
    text.clear()
    view.end(sessions.summary, to: &text)
    try writer.finish(text.span, to: &output)
  }
}
