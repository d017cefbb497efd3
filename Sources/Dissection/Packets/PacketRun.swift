import Capture
import Fields
import Synchronization
import Wire

/// The options of `packets`.
public struct PacketOptions: Sendable {
  public var resolvesNames = true
  public var validatesChecksums = true
  public var application = ApplicationOptions()
  /// In Wireshark's language: only frames that match are shown and written.
  public var displayFilter: String?
  /// Takes every frame of each TCP conversation in which the display filter chooses one.
  public var takesWholeSessions = false
  /// Where the frames that are taken are written as a capture.
  public var savePath: String?
  /// Which TLS secrets are written with them.
  public var savedSecrets = SavedSecrets.brought

  public enum SavedSecrets: Sendable {
    /// Those that the captures bring.
    case brought
    /// Those that were used to decrypt what is written, wherever they are from.
    case used
    case none
  }
  /// Which copy counts where bytes come again with other values: false the first, true the last.
  public var lastCopyWins = false
  /// Threads that may be at work: with two or more, frames are read, described and written by several. What comes out is
  /// the same.
  public var jobs = 1
  /// Known after a first pass, where the last copy counts.
  var copies: CopyChoice?

  public init() {}
}

/// The whole way of `packets`: capture → frame → layers → description → choice → view.
public enum PacketRun {
  /// Shows the chosen frames of `source`. Where the capture is damaged, all before that place is shown, then it throws.
  public static func run(
    _ source: CaptureSource, _ options: PacketOptions, _ view: consuming some PacketView,
    to output: inout some ByteOutput & ~Copyable
  ) throws(RunError) {
    var options = options
    if options.lastCopyWins { options.copies = try CopyChoice(source, options) }
    var choice = try FrameChoice(options)
    if options.takesWholeSessions { try choice.findSessions(source, options) }
    let reading = try CaptureReading(source)
    let selection = try FrameSelection(source, reading.format, movesOrigin: true)
    let saving = try CaptureSaving(options, source, reading.format)
    var view = view
    let (showsTree, shown, showsSources) = (view.wantsTree, view.fields, view.showsSources)
    let frames = ChosenFrames(
      options, choice, wantsTree: choice.needsTree || showsTree, parts: choice.parts(shown: shown),
      showsSources: showsSources, keepsHidden: choice.needsTree || view.readsHidden)
    /// What was written of the frames, on its way to the output.
    var text = TextBuffer(capacity: 1 << 17)
    view.begin(to: &text)
    // A frame is written to a capture as it was read: that is for the thread that reads. And where few fields are shown of
    // the frames that a filter takes, all but the walk depends on the frames before: there is nothing to share.
    let isShort = shown != nil && !frames.describesAhead
    if options.jobs == 1 || options.savePath != nil || isShort {
      try run(reading, selection, saving, options, frames, &view, &text, to: &output)
      return
    }
    let walk = PacketWalk(
      reading, selection, options, batchLimit: frames.form.wantsTree ? 32 : 128)
    try run(PacketThreads(walk, frames, view, jobs: options.jobs), &view, &text, to: &output)
  }

  /// All on one thread.
  private static func run(
    _ reading: consuming CaptureReading, _ selection: consuming FrameSelection,
    _ saving: consuming CaptureSaving, _ options: PacketOptions, _ frames: consuming ChosenFrames,
    _ view: inout some PacketView, _ text: inout TextBuffer,
    to output: inout some ByteOutput & ~Copyable
  ) throws(RunError) {
    var reading = reading
    var selection = selection
    var saving = saving
    var frames = frames
    var dissection = FrameDissection(options)
    var frame = DissectedFrame()
    var tree = frames.form.newTree()
    while !selection.isDone, !saving.hasFailed, let read = reading.next() {
      guard selection.take(read, &frame.facts) else { continue }
      dissection.dissect(read.bytes, into: &frame)
      guard frames.take(&frame, read.bytes, &tree) else { continue }
      saving.write(read, secrets: frames.secrets)
      view.write(tree, of: frame, read.bytes, to: &text)
      try text.flush(to: &output)
    }
    view.end(to: &text)
    try text.flush(to: &output, always: true)
    try saving.finish()
    try selection.finish(reading.failure)
  }

  /// With all of it on other threads, but the output.
  private static func run(
    _ threads: consuming PacketThreads, _ view: inout some PacketView, _ text: inout TextBuffer,
    to output: inout some ByteOutput & ~Copyable
  ) throws(RunError) {
    var threads = threads
    var ending: Result<Void, RunError>?
    while ending == nil {
      ending = try threads.take { written throws(RunError) in
        if !written.isEmpty { view.hasWritten = true }
        // A long text goes out as it is, short ones together.
        if text.isEmpty { try written.flush(to: &output) }
        text.write(written.span)
        try text.flush(to: &output)
      }
    }
    view.end(to: &text)
    try text.flush(to: &output, always: true)
    try ending?.get()
  }
}

extension PacketView {
  /// Lends the facts from where they are: they are large.
  mutating func write(
    _ tree: borrowing FieldBuffer, of frame: borrowing DissectedFrame, _ bytes: Span<UInt8>,
    to text: inout TextBuffer
  ) {
    write(tree, of: frame.facts, bytes, to: &text)
  }
}
