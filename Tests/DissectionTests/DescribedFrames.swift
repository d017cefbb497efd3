import Fields
import Wire

@testable import Dissection

/// Frames that are dissected and described one by one, as `packets --jobs 1` does it.
struct DescribedFrames: ~Copyable {
  private var dissection: FrameDissection
  private var description: FrameDescription
  private var frame = DissectedFrame()
  private(set) var tree: FieldBuffer

  init(_ options: PacketOptions = PacketOptions(), wantsTree: Bool = true) {
    dissection = FrameDissection(options)
    description = FrameDescription(options, wantsTree: wantsTree)
    tree = description.form.newTree()
  }

  /// Describes the next frame: its description is in `tree`.
  mutating func describe(_ bytes: Span<UInt8>, _ facts: FrameFacts) {
    frame.facts = facts
    dissection.dissect(bytes, into: &frame)
    description.describe(frame, bytes, into: &tree)
  }
}
