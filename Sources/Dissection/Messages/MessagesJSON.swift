import Fields
import Mail

/// `mailwire-messages`, version 1: every message as its object, in one document or one a line.
public struct MessagesJSON: MessageView {
  public static let format = "mailwire-messages"
  public static let version = 1

  public let options = MessageOptions()
  private let isLines: Bool
  private let objectOptions: MessageObjectOptions
  private var hasMessages = false

  /// `lines`: NDJSON. `showsOffsets`: where each message lies.
  public init(lines: Bool = false, showsOffsets: Bool = false) {
    isLines = lines
    objectOptions = MessageObjectOptions(showsOffsets: showsOffsets, showsEnds: true)
  }

  public mutating func begin(to text: inout TextBuffer) {
    if isLines { return }
    text.write("{\n  \"format\": \"\(Self.format)\",\n  \"version\": \(Self.version),\n")
    text.write("  \"messages\": [")
  }

  public mutating func write(_ record: MessageRecord, to text: inout TextBuffer) {
    write(record, files: nil, to: &text)
  }

  /// `files`: what the message and its attachments are written to.
  mutating func write(_ record: MessageRecord, files: MessageFiles?, to text: inout TextBuffer) {
    var json = JSONWriter(isCompact: isLines, depth: isLines ? 0 : 2)
    json.object { $0.members(of: record, objectOptions, files) }
    hasMessages = true
    if !isLines {
      text.write(.comma)
      text.write("\n    ")
    }
    text.write(json.text)
    if isLines { text.write("\n") }
  }

  public mutating func end(_ summary: CaptureSummary, to text: inout TextBuffer) {
    if isLines { return }
    text.write(hasMessages ? "\n  ],\n" : "],\n")
    SessionsJSON.writeEnd(summary, to: &text)
  }
}
