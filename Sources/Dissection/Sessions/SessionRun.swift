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
    var text = TextBuffer(capacity: 1 << 17)
    view.begin(to: &text)
    for record in sessions {
      do throws(OutputError) { try view.write(record, to: &text) } catch { throw .output(error) }
      try text.flush(to: &output)
    }
    do throws(OutputError) {
      try view.end(sessions.summary, to: &text)
    } catch {
      throw .output(error)
    }
    try text.flush(to: &output, always: true)
    try sessions.finish()
  }
}
