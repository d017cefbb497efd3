import Capture
import Fields
import Wire

/// What `packets` may be told.
public struct PacketOptions: Sendable {
  public var resolvesNames = true
  public var validatesChecksums = true
  public var application = ApplicationOptions()

  public init() {}
}

/// The whole way of `packets`: capture → frame → layers → description → view.
public enum PacketRun {
  /// Shows every frame of `source`. Where the capture is damaged, all before that place is shown, then it throws.
  public static func run(
    _ source: CaptureSource, _ options: PacketOptions, _ view: consuming some PacketView,
    to output: inout some ByteOutput & ~Copyable
  ) throws(RunError) {
    var view = view
    var reading = try CaptureReading(source)
    var selection = try FrameSelection(source, reading.format)
    var dissector = Dissector()
    dissector.validatesChecksums = options.validatesChecksums
    dissector.resolvesNames = options.resolvesNames
    dissector.leavesStreams = true
    var streams = StreamDescription(options.application)
    var tree = FieldBuffer(wantsTree: view.wantsTree)
    var text = TextBuffer(capacity: 1 << 17)
    view.begin(to: &text)
    while !selection.isDone, let frame = reading.next() {
      guard let facts = try selection.take(frame) else { continue }
      dissector.dissect(frame.bytes, facts)
      tree.clear()
      dissector.describe(frame.bytes, facts, into: &tree)
      streams.describe(frame.bytes, facts, dissector, into: &tree)
      view.write(tree, of: facts, frame.bytes, to: &text)
      selection.lastDisplayedTime = facts.time
      try text.flush(to: &output)
    }
    view.end(to: &text)
    try text.flush(to: &output, always: true)
    try reading.finish()
  }
}
