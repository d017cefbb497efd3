import Fields
import Foundation
import Mail
import TestSupport
import Testing
import Wire

@testable import Dissection

/// `packets` and `sessions` read the same bytes: what they say of a TCP stream must agree.
@Suite struct AgreementTests {
  /// What a command says of a stream.
  struct Account: Equatable {
    var spoken = "nothing"
    var commands = 0
    var replies = 0
    var messages = 0

    /// Where `packets` says other than `sessions`: one line for each difference.
    static func differences(packets: Account, sessions: Account) -> [String] {
      let all = [
        ("protocol", packets.spoken, sessions.spoken),
        ("commands", "\(packets.commands)", "\(sessions.commands)"),
        ("replies", "\(packets.replies)", "\(sessions.replies)"),
        ("messages", "\(packets.messages)", "\(sessions.messages)"),
      ]
      return all.filter { $0.1 != $0.2 }.map { "\($0.0): packets \($0.1), sessions \($0.2)" }
    }
  }

  @Test(arguments: GoldenTests.captures) func saysTheSame(_ capture: String) throws {
    let name = GoldenTests.name(of: capture)
    // Its frames are centuries apart: sessions end a conversation that is silent for so long, as Wireshark does not.
    if name == "pcapng-times" { return }
    let packets = Accounts(), sessions = Accounts()
    let file = Fixtures.root.appending(path: capture)
    let source = CaptureSource(paths: [file.path])
    var (packetOptions, options) = (PacketOptions(), SessionRunOptions())
    packetOptions.application.keys = try Fixtures.keys(beside: file)
    options.keys = try Fixtures.keys(beside: file)
    var output = MemoryOutput()
    var view = SessionAccounts(accounts: sessions)
    do throws(RunError) {
      try PacketRun.run(source, packetOptions, PacketAccounts(accounts: packets), to: &output)
    } catch { #expect(error.exitStatus == 2) }
    do throws(RunError) {
      try SessionRun.run(source, options, &view, to: &output)
    } catch { #expect(error.exitStatus == 2) }
    var found: Set<String> = []
    for stream in Set(packets.byStream.keys).union(sessions.byStream.keys) {
      let lines = Account.differences(packets: packets[stream], sessions: sessions[stream])
      found.formUnion(lines.map { "\(name) \(stream) \($0)" })
    }
    for line in found.subtracting(Self.known.flatMap(\.lines)).sorted() {
      Issue.record("not in the table: \(line)")
    }
    for (reason, lines) in Self.known {
      for line in lines where line.hasPrefix(name + " ") && !found.contains(line) {
        Issue.record("no longer so: \(line) (\(reason))")
      }
    }
  }

  @Test func everyLineHasItsCapture() {
    let names = Set(GoldenTests.captures.map(GoldenTests.name))
    let lines = Self.known.flatMap(\.lines)
    #expect(Set(lines).count == lines.count)
    for line in lines { #expect(names.contains(String(line.prefix { $0 != " " })), "\(line)") }
  }

  /// Where they differ, and why.
  static let known: [(reason: String, lines: [String])] = [
    (
      "what was acknowledged before it was captured is a retransmission in the tree, as in Wireshark",
      [
        "two-taps 0 commands: packets 0, sessions 5",
        "two-taps 0 messages: packets 0, sessions 1",
      ]
    ),
    (
      "a reply without its line end is a part of the next line in the tree, as in Wireshark",
      [
        "banner-without-line-end 0 replies: packets 5, sessions 6",
        "reply-without-line-end 0 replies: packets 6, sessions 7",
      ]
    ),
    (
      "the tree believes the length of a literal, as Wireshark; the session finds the completion within it",
      [
        "literal-too-long 0 messages: packets 0, sessions 1",
        "literal-too-long 0 replies: packets 2, sessions 3",
      ]
    ),
    (
      "the tree cannot know what was refused when it describes the lines: those of a login are a login, or commands",
      [
        "pop3-ntlm-ok-go-ahead 0 commands: packets 6, sessions 4",
        "secrets-after-refused-auth 0 commands: packets 3, sessions 6",
      ]
    ),
    (
      "a part without a header is text in the tree",
      [
        "imap-literals-odd 0 messages: packets 1, sessions 4",
        "imap-session 0 messages: packets 11, sessions 14",
        "imap-session-lost 0 messages: packets 11, sessions 14",
      ]
    ),
    (
      "a segment out of order is not read again in the tree, as in Wireshark",
      [
        "imap-pipelined-shuffled 0 messages: packets 0, sessions 2",
        "imap-pipelined-shuffled 0 protocol: packets nothing, sessions imap",
        "imap-pipelined-shuffled 0 replies: packets 0, sessions 7",
        "imap-pipelined-shuffled 1 commands: packets 0, sessions 3",
        "imap-session-reordered-duplicated 0 commands: packets 45, sessions 51",
        "imap-session-reordered-duplicated 0 messages: packets 9, sessions 14",
        "imap-session-reordered-duplicated 0 replies: packets 41, sessions 55",
      ]
    ),
    (
      "of POP3 the tree shows a message only where an answer tells its size, as Wireshark",
      [
        "mail-ports-swapped 2 messages: packets 0, sessions 1"
      ]
    ),
    (
      "a compressed stream waits for its order, and the tree for a line that then never ends",
      [
        "imap-compress-lost 0 commands: packets 4, sessions 6",
        "imap-compress-lost 0 messages: packets 0, sessions 1",
      ]
    ),
    (
      "a reply in several segments is several in the tree, as in Wireshark",
      [
        "smtp-delivery-resegmented 0 replies: packets 20, sessions 9"
      ]
    ),
    (
      "a line that the capture cut short is in the tree as far as it goes, as in Wireshark",
      [
        "pcap-snaplen 0 commands: packets 4, sessions 1",
        "pcap-snaplen 0 replies: packets 7, sessions 0",
        "pcapng-simple-packets 0 replies: packets 2, sessions 0",
        "smtp-delivery-snaplen 0 commands: packets 6, sessions 5",
        "smtp-delivery-snaplen 0 replies: packets 9, sessions 4",
      ]
    ),
    (
      "a message that was not captured to its end is no message in the tree, as in Wireshark",
      [
        "pcap-snaplen 0 messages: packets 0, sessions 1",
        "smtp-delivery-lost 0 messages: packets 0, sessions 1",
        "smtp-delivery-lost-end 0 messages: packets 0, sessions 1",
        "smtp-delivery-snaplen 0 messages: packets 0, sessions 1",
        "smtp-errors 2 messages: packets 0, sessions 1",
        "smtp-errors 3 messages: packets 0, sessions 1",
      ]
    ),
    (
      "a gap before the end of the data hides it from the tree, as from Wireshark",
      [
        "smtp-delivery-lost 0 commands: packets 6, sessions 7"
      ]
    ),
    (
      "an answer to a SASL challenge is a request in the tree of POP3, as in Wireshark",
      [
        "curl-tls 4 commands: packets 7, sessions 5",
        "pop3-auth 2 commands: packets 8, sessions 5",
        "pop3-auth 4 commands: packets 3, sessions 2",
        "pop3-clients 1 commands: packets 7, sessions 5",
      ]
    ),
    (
      "what follows the first line of a segment is response data in the tree of POP3, as in Wireshark",
      [
        "curl-tls 4 messages: packets 0, sessions 1",
        "pop3-clients 0 messages: packets 0, sessions 3",
        "pop3-clients 1 messages: packets 0, sessions 1",
        "pop3-clients 2 messages: packets 0, sessions 3",
        "pop3-pipelined 0 messages: packets 0, sessions 3",
        "pop3-pipelined 0 replies: packets 5, sessions 14",
        "pop3-port-odd 0 messages: packets 0, sessions 1",
        "pop3-session 0 messages: packets 0, sessions 4",
        "pop3-session-gap 0 messages: packets 1, sessions 3",
        "pop3-stls 0 messages: packets 0, sessions 1",
        "pop3s-session 0 messages: packets 0, sessions 2",
        "pop3s-session 1 messages: packets 0, sessions 2",
      ]
    ),
    (
      "a server that takes LF.LF for the end of the data says so when the tree has shown the data",
      [
        "smtp-smuggling-accepted 0 commands: packets 5, sessions 8",
        "smtp-smuggling-accepted 0 messages: packets 1, sessions 2",
      ]
    ),
    (
      "what comes after a FIN is in the tree, as in Wireshark",
      [
        "tcp-fast-open 0 commands: packets 3, sessions 2"
      ]
    ),
  ]
}

/// What is said of each stream of a capture.
private final class Accounts: @unchecked Sendable {
  var byStream: [Int: AgreementTests.Account] = [:]

  subscript(stream: Int) -> AgreementTests.Account {
    get { byStream[stream] ?? .init() }
    set { byStream[stream] = newValue }
  }
}

/// Counts in the trees what `packets` shows.
private struct PacketAccounts: PacketView {
  let accounts: Accounts
  var wantsTree: Bool { true }

  func write(
    _ tree: borrowing FieldBuffer, of frame: borrowing FrameFacts, _ bytes: Span<UInt8>,
    to text: inout TextBuffer
  ) {
    // What an ICMP error quotes is no segment of the stream.
    guard !tree.items.contains(where: { ["icmp", "icmpv6"].contains($0.field.name) }),
      case .unsigned(let stream)? = tree.items.first(where: { $0.field.name == "tcp.stream" })?
        .value
    else { return }
    var account = accounts[Int(stream)]
    var tag = ""
    for (index, item) in tree.items.enumerated() {
      switch item.field.name {
      case "smtp" where label(index, tree).hasPrefix("Local"): account.spoken = "lmtp"
      case "smtp", "imap", "managesieve": account.spoken = item.field.name
      case "pop": account.spoken = "pop3"
      case "smtp.req.command", "pop.request", "pop.request.data", "imap.request_tag",
        "managesieve.request.command":
        account.commands += 1
      case "smtp.response", "pop.response", "managesieve.response.status",
        "managesieve.response.challenge":
        account.replies += 1
      case "imap.response_tag":
        tag = label(index, tree)
        if tag == "+" { account.replies += 1 }
      case "imap.response.status" where tag != "+":
        let status = label(index, tree)
        if ["OK", "NO", "BAD"].contains(status) { account.replies += 1 }
      case "imf" where item.depth == 0: account.messages += 1
      default: break
      }
    }
    accounts[Int(stream)] = account
  }

  /// The line of an item without the name of its field.
  private func label(_ index: Int, _ tree: borrowing FieldBuffer) -> String {
    var text = TextBuffer()
    tree.writeLabel(of: index, to: &text)
    return text.string.split(separator: ": ", maxSplits: 1).last.map(String.init) ?? ""
  }
}

/// Counts what `sessions` shows.
private struct SessionAccounts: SessionView {
  let accounts: Accounts
  var wantsDigests: Bool { false }

  func begin(to text: inout TextBuffer) {}
  func end(_ summary: CaptureSummary, to text: inout TextBuffer) {}

  func write(_ record: borrowing SessionRecord, to text: inout TextBuffer) {
    let session = record.session
    var account = AgreementTests.Account()
    // Where TLS comes first the session is what its port says is in it, and the tree names TLS alone.
    let isUnread =
      session.greeting == nil && session.exchanges.isEmpty
      && (session.tls != nil || !session.failedTLS.isEmpty)
    if !isUnread { account.spoken = session.mailProtocol.rawValue }
    account.commands = session.exchanges.count { $0.command != nil }
    // Untagged data is no reply: the tree has a line for each, the record gathers them.
    let replies = session.exchanges.flatMap(\.replies) + [session.greeting].compactMap(\.self)
    account.replies = replies.count {
      if case .imap(let reply) = $0.content { reply.tag != "*" } else { true }
    }
    account.messages = session.messages.count
    accounts[record.stream] = account
  }
}
