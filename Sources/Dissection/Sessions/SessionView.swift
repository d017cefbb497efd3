import Capture
import Fields

/// A reader of finished sessions: transcript, JSON, NDJSON, ladder. It is given them as they end; what it writes of them is
/// put in the order of their first frames, and has a `SessionPlace` for what that order decides.
public protocol SessionView: ~Copyable {
  /// True where message digests are shown, which cost a pass over every message, and the dialects of clients.
  var wantsDigests: Bool { get }
  mutating func begin(to text: inout TextBuffer)
  mutating func write(_ record: borrowing SessionRecord, to text: inout TextBuffer)
  mutating func end(_ summary: CaptureSummary, to text: inout TextBuffer)
}

/// What is known of the whole capture at its end.
public struct CaptureSummary: Sendable {
  public var files: [String] = []
  public var frames = 0
  public var firstTime: Int64?
  public var lastTime: Int64?
  /// What its interfaces' frames begin with, as libpcap numbers it.
  public var linkTypeNumbers: [UInt32] = []
  /// The same by libpcap's names.
  public var linkTypes: [String] { linkTypeNumbers.map(LinkTypeNumbers.words(for:)) }
  /// How many frames there are of each link type that is not decoded.
  public var undecoded: [String: Int] = [:]
  public var truncatedFrames = 0
  public var sessions = 0
  public var messages = 0
  public var findings = 0
  /// Sessions by protocol.
  public var protocols: [String: Int] = [:]
  public var conversations = 0
  /// Connections to mail ports that came to nothing, by their first frames.
  public var attempts: [Attempt] = []
  /// What a limit made us drop: its name and how often.
  public var dropped: [String: Int] = [:]

  public init() {}
}
