import Capture
import Fields
import Wire

/// Which frames are shown and written: all, those a display filter chooses, or the conversations of these.
struct FrameChoice {
  private let filter: DisplayFilter?
  /// Known after a first pass; nil where frames are chosen one by one.
  private var sessions: Sessions?

  private struct Sessions: Sendable {
    var streams: Set<Int> = []
    /// Chosen frames that belong to no TCP conversation.
    var frames: Set<Int> = []
  }

  init(_ options: PacketOptions) throws(RunError) {
    guard let text = options.displayFilter else {
      filter = nil
      return
    }
    do throws(FilterError) { filter = try DisplayFilter(text, fields: FieldCatalogue.names) } catch
    {
      throw .filter(error)
    }
  }

  /// Whether every frame is chosen.
  var takesAll: Bool { filter == nil && sessions == nil }
  /// Whether a frame can be judged by its fields alone.
  var needsTree: Bool { filter != nil && sessions == nil }
  /// The parts of a frame that are read, by the choice itself and by a view of these fields.
  func parts(shown fields: Set<String>?) -> FieldParts {
    guard let fields else { return .all }
    guard needsTree, let filter else { return FieldCatalogue.parts(of: fields) }
    return filter.readsProtocols
      ? .all : FieldCatalogue.parts(of: fields.union(filter.fieldNames))
  }

  /// Reads the capture once to find the conversations with chosen frames.
  mutating func findSessions(_ source: CaptureSource, _ options: PacketOptions) throws(RunError) {
    guard filter != nil else { return }
    guard !source.paths.contains("-") else {
      throw .usage("--whole-sessions reads the capture twice: it cannot be standard input")
    }
    var found = Sessions()
    var reading = try CaptureReading(source)
    var selection = try FrameSelection(source, reading.format, movesOrigin: true)
    var dissection = FrameDissection(options)
    var frames = ChosenFrames(options, self, wantsTree: true, parts: parts(shown: []))
    var frame = DissectedFrame()
    var tree = frames.form.newTree()
    while !selection.isDone, let read = reading.next() {
      guard selection.take(read, &frame.facts) else { continue }
      dissection.dissect(read.bytes, into: &frame)
      guard frames.take(&frame, read.bytes, &tree) else { continue }
      if let stream = frame.stream {
        found.streams.insert(stream)
      } else {
        found.frames.insert(frame.facts.number)
      }
    }
    // What ended the pass early ends the second one too, which says so.
    sessions = found
  }

  func takes(
    _ frame: borrowing DissectedFrame, _ bytes: Span<UInt8>, _ tree: borrowing FieldBuffer
  ) -> Bool {
    if let sessions {
      if let stream = frame.stream { return sessions.streams.contains(stream) }
      return sessions.frames.contains(frame.facts.number)
    }
    return filter?.matches(tree, bytes) ?? true
  }
}

/// Writes the frames that are taken as a capture, where that is wanted.
struct CaptureSaving: ~Copyable {
  private var writer: CaptureWriter?
  private var failure: CaptureError?
  /// Secrets of each file that were written.
  private var secretsWritten: [Int: Int] = [:]
  private let secrets: PacketOptions.SavedSecrets

  init(
    _ options: PacketOptions, _ source: CaptureSource, _ input: CaptureFormat
  ) throws(RunError) {
    secrets = options.savedSecrets
    guard let path = options.savePath else { return }
    if path != "-", source.paths.contains(path) {
      throw .usage("\(path) is read: it cannot be written too")
    }
    let format = CaptureWriter.format(path: path, input: input)
    if secrets == .used, format != .pcapng {
      throw .usage("\(path): only a .pcapng has a place for secrets")
    }
    do throws(CaptureError) {
      writer = try CaptureWriter(path: path, format: format)
    } catch {
      throw .capture(error)
    }
  }

  /// Whether a frame could not be written: the run ends there.
  var hasFailed: Bool { failure != nil }

  /// `used`: a key log with secrets that the frame is the first to need.
  mutating func write(_ frame: borrowing Frame, secrets used: String) {
    guard writer != nil else { return }
    do throws(CaptureError) {
      switch secrets {
      case .brought: try writeSecrets(of: frame)
      case .used where !used.isEmpty:
        try writer?.write(
          DecryptionSecrets(type: DecryptionSecrets.tlsKeyLog, bytes: Array(used.utf8)))
      case .used, .none: break
      }
      try writer?.write(frame)
    } catch {
      failure = error
    }
  }

  private mutating func writeSecrets(of frame: borrowing Frame) throws(CaptureError) {
    let known = secretsWritten[frame.file] ?? 0
    guard frame.secrets.count > known else { return }
    for index in known..<frame.secrets.count { try writer?.write(frame.secrets[index]) }
    secretsWritten[frame.file] = frame.secrets.count
  }

  consuming func finish() throws(RunError) {
    if let failure { throw .capture(failure) }
    guard let writer else { return }
    do throws(CaptureError) { try writer.finish() } catch { throw .capture(error) }
  }
}

/// Shows nothing: for frames that are only written to a capture.
public struct NoPacketView: PacketView {
  public let wantsTree = false
  public let fields: Set<String>? = []

  public init() {}

  public mutating func write(
    _ tree: borrowing FieldBuffer, of frame: borrowing FrameFacts, _ bytes: Span<UInt8>,
    to text: inout TextBuffer
  ) {}
}
