import Fields
import Mail

extension MessageRecord {
  /// The envelope as header fields, as a server writes them in front of what it delivers: `Return-Path`, `Delivered-To` for
  /// each recipient that was accepted, and what else was said as `X-Envelope-From` and `X-Envelope-To`. Empty where there is
  /// no envelope.
  func envelopeFields() -> [UInt8] {
    guard let envelope = message.envelope else { return [] }
    var text = TextBuffer()
    func field(_ name: String, _ value: String, _ text: inout TextBuffer) {
      text.write(name)
      text.write(": ")
      // What a peer sends has no line ends; what else a reader of headers trips over is made visible.
      text.write(printable: value)
      text.write("\r\n")
    }
    field("Return-Path", "<\(envelope.sender)>", &text)
    for recipient in envelope.recipients where recipient.accepted != false {
      field("Delivered-To", recipient.address, &text)
    }
    let words = ["<\(envelope.sender)>"] + envelope.parameters
    field("X-Envelope-From", words.joined(separator: " "), &text)
    for recipient in envelope.recipients {
      let words = ["<\(recipient.address)>"] + recipient.parameters
      field("X-Envelope-To", words.joined(separator: " "), &text)
    }
    return text.bytes
  }
}
