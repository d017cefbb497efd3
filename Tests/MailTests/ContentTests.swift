import Fields
import Mail
import TestSupport
import Testing

/// Content by its type, as a mail has it.
@Suite struct MailContentTests {
  /// In a mail nothing is said of content of a type that is not known.
  @Test func mailOfUnknownType() {
    var wire = DescribedConversation(SMTPPackets())
    _ = wire.say(.client, "DATA\r\n")
    _ = wire.say(.server, "354 go\r\n")
    let shown = wire.say(.client, "Content-Type: Foo/Bar; p=q\r\n\r\nx\r\n.\r\n")
    #expect(shown.tree.hasSuffix("    Parameters:  p=q\n"))
    _ = wire.say(.client, "DATA\r\n")
    let text = wire.say(.client, "Content-Type: TEXT/Plain; p=q\r\n\r\nx\r\n.\r\n")
    #expect(text.tree.hasSuffix("  Line-based text data: TEXT/Plain (1 lines)\n    x\\r\\n\n"))
  }

  @Test func groupOfAddresses() {
    var wire = DescribedConversation(SMTPPackets())
    _ = wire.say(.client, "DATA\r\n")
    let shown = wire.say(
      .client, "To: G: a@b\r\nCc: \"x:y\" <c@d>, <e\r\nDelivered-To: f\r\n\r\nx\r\n.\r\n")
    #expect(
      shown.tree.contains(
        """
          To: G: a@b, 1 item
            Item: G: a@b\\r\\n
              Display-Name: G, 1 item
                Item: a@b\\r\\n
                  Address: a@b\\r\\n
          Cc: "x:y" <c@d>, <e, 2 items
            Item: "x:y" <c@d>
              Display-Name: "x:y"
              Address: c@d
            Item:  <e\\r\\n
          Delivered-To: f
            Address: f\\r\\n

        """))
  }
}
