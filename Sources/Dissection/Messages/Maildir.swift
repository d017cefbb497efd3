import Capture
import Fields
import Mail

/// A maildir: each message a file of `new`, whole when it appears there.
///
/// The folder must be new or empty. Names follow from the messages' times and numbers: the same captures give the same names.
public struct Maildir: MessageView {
  public let options: MessageOptions
  private let new: OutputFolder
  private let path: String
  private let showsEnvelope: Bool

  public init(path: String, showsEnvelope: Bool = false) throws(RunError) {
    (self.path, self.showsEnvelope) = (path, showsEnvelope)
    let folder = try OutputFolder.empty(path)
    do throws(OutputFolder.Failure) {
      _ = try folder.makeFolder("cur")
      new = try folder.makeFolder("new")
      options = MessageOptions(
        keepingBytesIn: MessageStore(in: try folder.makeFolder("tmp"), path: path + "/tmp"))
    } catch {
      throw .output(OutputError(error, path))
    }
  }

  public mutating func files(of record: MessageRecord) -> MessageFiles? {
    MessageFiles(of: record, showsEnvelope: showsEnvelope)
  }

  public mutating func deliver(
    _ files: MessageFiles, number: Int, to output: inout some ByteOutput & ~Copyable
  ) throws(OutputError) {
    do throws(OutputError) {
      try files.bytes?.deliver(
        after: files.prefix, as: Self.name(of: number, at: files.time), in: new)
    } catch {
      throw error.inFolder("\(path)/new")
    }
  }

  /// `1764000000.M085478Q1.mailwire`: unique by the number.
  private static func name(of number: Int, at nanoseconds: Int64) -> String {
    let moment = max(0, nanoseconds)
    var text = TextBuffer()
    text.write(decimal: moment / 1_000_000_000)
    text.write(".M")
    text.write(decimal: UInt64(moment / 1000 % 1_000_000), width: 6)
    text.write("Q\(number).mailwire")
    return text.string
  }
}
