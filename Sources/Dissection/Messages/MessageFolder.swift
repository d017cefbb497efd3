import Capture
import Fields
import Mail

/// Writes each message to a file of a folder (`0001.eml`), its attachments beside it, and an index of all.
///
/// The folder must be new or empty: nothing in it is replaced. The index gets its name at the end, so that a folder without
/// one is known to be unfinished.
public struct MessageFolder: MessageView {
  public let options: MessageOptions
  private let folder: OutputFolder
  private let path: String
  private let showsEnvelope: Bool
  private var index = MessagesJSON()
  /// The text of this view goes to it.
  public let indexOutput: FolderIndex

  /// `showsEnvelope`: the envelope comes in front of each message, as header fields.
  public init(path: String, showsEnvelope: Bool = false) throws(RunError) {
    (folder, self.path, self.showsEnvelope) = (try .empty(path), path, showsEnvelope)
    var options = MessageOptions(keepingBytesIn: MessageStore(in: folder, path: path))
    options.keepsAttachments = true
    self.options = options
    do throws(OutputError) { indexOutput = try FolderIndex(folder, path) } catch {
      throw .output(error)
    }
  }

  public mutating func begin(to text: inout TextBuffer) { index.begin(to: &text) }

  public mutating func write(_ record: MessageRecord, to text: inout TextBuffer) {
    index.write(record, files: files(of: record), to: &text)
  }

  public mutating func end(_ summary: CaptureSummary, to text: inout TextBuffer) {
    index.end(summary, to: &text)
  }

  public func files(of record: MessageRecord) -> MessageFiles? {
    var files = MessageFiles(of: record, showsEnvelope: showsEnvelope)
    files.addAttachments(of: record)
    return files
  }

  public mutating func deliver(
    _ files: MessageFiles, number: Int, to output: inout some ByteOutput & ~Copyable
  ) throws(OutputError) {
    var words = TextBuffer()
    words.write(decimal: UInt64(clamping: number), width: 4)
    let number = words.string
    do throws(OutputError) {
      try files.bytes?.deliver(after: files.prefix, as: number + ".eml", in: folder)
      for attachment in files.attachments {
        try attachment.bytes.deliver(as: number + attachment.name, in: folder)
      }
    } catch {
      throw error.inFolder(path)
    }
  }

  public mutating func finish() throws(OutputError) { try indexOutput.finish() }
}

/// The index of a folder of messages, which appears when it is whole.
public final class FolderIndex: ByteOutput {
  private let file: NewFile
  private let path: String

  init(_ folder: OutputFolder, _ path: String) throws(OutputError) {
    self.path = path
    do throws(OutputError) { file = try NewFile("index.json", in: folder) } catch {
      throw error.inFolder(path)
    }
  }

  public func write(_ bytes: Span<UInt8>) throws(OutputError) {
    do throws(OutputError) { try file.write(bytes) } catch { throw error.inFolder(path) }
  }

  func finish() throws(OutputError) {
    do throws(OutputError) { try file.finish() } catch { throw error.inFolder(path) }
  }
}

extension OutputFolder {
  /// Opens a folder that is new or empty.
  static func empty(_ path: String) throws(RunError) -> OutputFolder {
    do throws(Failure) {
      let folder = try OutputFolder(path: path)
      guard try folder.isEmpty() else { throw .other("the folder is not empty") }
      return folder
    } catch {
      throw .output(OutputError(error, path))
    }
  }
}

extension OutputError {
  /// The same of a file in the folder that the user named.
  func inFolder(_ path: String) -> OutputError {
    OutputError(message: "\(path)/\(message)", isClosedPipe: isClosedPipe)
  }
}
