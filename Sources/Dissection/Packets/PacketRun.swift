import Capture
import Fields
import Wire

/// What `packets` may be told.
public struct PacketOptions: Sendable {
  public var resolvesNames = true
  public var validatesChecksums = true

  public init() {}
}

/// The whole way of `packets`: capture → frame → layers → description → view.
public enum PacketRun {
  /// Shows every frame of `source`. What was read before an error is shown before it is thrown.
  public static func run(
    _ source: CaptureSource, _ options: PacketOptions, _ view: consuming some PacketView,
    to output: inout some ByteOutput & ~Copyable
  ) throws(RunError) {
    var view = view
    var capture = try CaptureReading(source)
    var dissector = Dissector()
    dissector.validatesChecksums = options.validatesChecksums
    var tree = FieldBuffer(wantsTree: view.wantsTree)
    var text = TextBuffer(capacity: 1 << 17)
    var clock = FrameClock()
    view.begin(to: &text)
    var failure: CaptureError?
    do throws(CaptureError) {
      while let frame = try capture.next() {
        let facts = clock.facts(of: frame, in: capture)
        dissector.dissect(frame.bytes, facts)
        tree.clear()
        dissector.describe(frame.bytes, facts, into: &tree)
        view.write(tree, of: facts, frame.bytes, to: &text)
        try text.flush(to: &output)
      }
    } catch {
      failure = error
    }
    view.end(to: &text)
  }
}
