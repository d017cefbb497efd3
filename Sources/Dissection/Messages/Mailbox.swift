import Capture
import Fields
import Mail

/// All messages as one mailbox file in the form of mboxrd: a line `From …` before each, lines of the message that look
/// like one quoted with `>`, an empty line after it.
public struct Mailbox: MessageView, ~Copyable {
  public let options: MessageOptions
  private let showsEnvelope: Bool
  private var text = TextBuffer()

  public init(showsEnvelope: Bool = false) {
    self.showsEnvelope = showsEnvelope
    options = MessageOptions(keepingBytesIn: nil)
  }

  public mutating func files(of record: MessageRecord) -> MessageFiles? {
    MessageFiles(of: record, showsEnvelope: showsEnvelope)
  }

  public mutating func deliver(
    _ files: MessageFiles, number: Int, to output: inout some ByteOutput & ~Copyable
  ) throws(OutputError) {
    guard let bytes = files.bytes else { return }
    text.write("From ")
    let sender = files.sender ?? ""
    let isPlain = !sender.isEmpty && sender.utf8.allSatisfy { (0x21...0x7e).contains($0) }
    text.write(isPlain ? sender : "MAILER-DAEMON")
    text.write(" ")
    text.write(mailboxTime: files.time)
    text.write("\n")
    var quoting = MailboxQuoting()
    quoting.write(files.prefix.span, to: &text)
    try bytes.forEach { piece throws(OutputError) in
      quoting.write(piece, to: &text)
      try text.empty(into: &output)
    }
    quoting.finish(to: &text)
    try text.empty(into: &output, always: true)
  }
}

/// Quotes the lines of one message that begin as the lines between messages do, quoted ones too: `>From` becomes `>>From`.
struct MailboxQuoting {
  private static let mark = Array("From ".utf8)
  private static let lineEnd = UInt8(ascii: "\n")

  /// What a line has begun with that may have to be quoted: `>` so many times, and so much of the mark.
  private var quotes = 0
  private var matched = 0
  private var isLineStart = true
  private var endsLine = true

  mutating func write(_ piece: Span<UInt8>, to text: inout TextBuffer) {
    var index = 0
    while index < piece.count {
      guard isLineStart else {
        let end =
          piece.firstIndex(of: Self.lineEnd, from: index, before: piece.count).map { $0 + 1 }
          ?? piece.count
        text.write(piece.extracting(index..<end))
        (endsLine, isLineStart) = (piece[end - 1] == Self.lineEnd, piece[end - 1] == Self.lineEnd)
        index = end
        continue
      }
      let byte = piece[index]
      endsLine = false
      if matched == 0, byte == UInt8(ascii: ">") {
        quotes += 1
        index += 1
      } else if byte == Self.mark[matched] {
        matched += 1
        index += 1
        if matched == Self.mark.count { release(isQuoted: true, to: &text) }
      } else {
        release(isQuoted: false, to: &text)
      }
    }
  }

  /// Ends the message with an empty line.
  mutating func finish(to text: inout TextBuffer) {
    let isEmpty = isLineStart && endsLine
    release(isQuoted: false, to: &text)
    text.write(isEmpty ? "\n" : "\n\n")
  }

  /// It is known what the line begins with.
  private mutating func release(isQuoted: Bool, to text: inout TextBuffer) {
    if isQuoted { text.write(byte: UInt8(ascii: ">")) }
    text.write(repeating: UInt8(ascii: ">"), count: quotes)
    text.write(Self.mark[..<matched])
    (quotes, matched, isLineStart) = (0, 0, false)
  }
}

extension TextBuffer {
  /// `Tue Nov 24 03:01:41 2026`, in UTC.
  fileprivate mutating func write(mailboxTime nanoseconds: Int64) {
    let time = CalendarTime(nanoseconds: nanoseconds)
    let days = TimeValue(moment: nanoseconds).seconds.flooredDays
    let names = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    write(names[Int(((days % 7) + 7) % 7)])
    write(" ")
    write(CalendarTime.monthNames[time.month - 1])
    write(time.day < 10 ? "  " : " ")
    write(decimal: time.day)
    write(" ")
    write(clock: time, decimals: 0)
    write(" ")
    write(year: time.year, width: 4)
  }
}

extension Int64 {
  /// Days since 1970 in so many seconds.
  fileprivate var flooredDays: Int64 {
    let days = self / 86_400
    return self % 86_400 < 0 ? days - 1 : days
  }
}
