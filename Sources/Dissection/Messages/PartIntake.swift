import Fields
import Mail

/// A part of a message with what its bytes say.
public struct PartContent: Sendable {
  public var part: MessagePart
  /// Of the decoded bytes that came; nil where they are those of other parts (a multipart).
  public var digests: ContentDigests?
  /// The decoded bytes, where they are kept.
  public var bytes: StoredContent?
}

/// Takes the parts of one message as they come, decoded: works out their digests, and keeps the attachments where they
/// are wanted.
struct PartIntake: PartSink {
  private struct Running {
    let part: Int
    var digests: RunningDigests
    let bytes: StoredContent?
  }
  private let options: MessageOptions
  private let store: MessageStore
  private var running: [Running] = []
  private var finished: [Int: (digests: ContentDigests, bytes: StoredContent?)] = [:]

  init(_ options: MessageOptions, _ store: MessageStore) {
    (self.options, self.store) = (options, store)
  }

  mutating func begin(_ part: Int, _ what: MessagePart) {
    guard what.kind != .multipart else { return }
    let isKept = options.keepsAttachments && what.isAttachment
    running.append(
      Running(
        part: part, digests: RunningDigests(options.digests),
        bytes: isKept ? store.makeContent() : nil))
  }

  mutating func receive(_ decoded: Span<UInt8>, of part: Int) {
    guard let place = running.lastIndex(where: { $0.part == part }) else { return }
    running[place].digests.receive(decoded)
    running[place].bytes?.append(decoded)
  }

  mutating func end(_ part: Int) {
    guard let place = running.lastIndex(where: { $0.part == part }) else { return }
    var done = running.remove(at: place)
    finished[part] = (done.digests.finish(), done.bytes)
  }

  /// What is known of all parts, once the message is over.
  func contents(of parts: [MessagePart]) -> [PartContent] {
    parts.enumerated().map { index, part in
      PartContent(
        part: part, digests: finished[index]?.digests, bytes: finished[index]?.bytes)
    }
  }
}
