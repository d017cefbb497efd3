import Foundation
import Mail
import Testing

@testable import Dissection

/// Envelopes and headers against what the tests of other projects expect of their captures.
@Suite(.enabled(if: Fixtures.reference != nil, "the captures of other projects are not at hand"))
struct ExpectedFieldsTests {
  /// A field, and a value that it must have in some message or session of the capture.
  struct Expected: Hashable {
    enum Field: String { case helo, sender, recipient, subject, from, address, messageID }
    var field: Field
    var value: String
  }

  static let captures = ["arkime", "suricata", "zeek"].flatMap { project in
    Fixtures.reference.map { Fixtures.captures(below: $0.appending(path: "mail/\(project)")) } ?? []
  }.filter { FileManager.default.fileExists(atPath: expectation(of: $0).path) }

  /// What is expected and not so here, with the reason.
  static let differences: [String: Set<Expected>] = [
    // GB 2312 is not decoded: the word stays as sent.
    "smtp-subject-gb2312-b": [Expected(field: .subject, value: "test 测试")]
  ]

  @Test(arguments: captures) func agrees(_ capture: URL) throws {
    let file = Self.expectation(of: capture)
    let document = try Fixtures.sessions(of: capture)
    let expected: Set<Expected>
    switch file.pathExtension {
    case "json": expected = try Self.arkime(file)
    case "yaml": expected = Self.suricata(try String(contentsOf: file, encoding: .utf8))
    default: expected = try Self.zeek(file, document)
    }
    let name = capture.deletingPathExtension().lastPathComponent
    let missing = expected.subtracting(Self.found(document))
      .subtracting(Self.differences[name] ?? [])
    #expect(missing.isEmpty, "\(missing.map { "\($0.field) \($0.value)" }.sorted())")
  }

  private static func expectation(of capture: URL) -> URL {
    let base = capture.deletingPathExtension().appendingPathExtension("expected")
    return ["json", "yaml"].map { base.appendingPathExtension($0) }
      .first { FileManager.default.fileExists(atPath: $0.path) } ?? base
  }

  // MARK: What mailwire says

  private static func found(_ document: JSON) -> Set<Expected> {
    var found: Set<Expected> = []
    func add(_ field: Expected.Field, _ value: String?) {
      guard let value else { return }
      found.insert(Expected(field: field, value: plain(value)))
    }
    for session in document["sessions"].array {
      for exchange in session["exchanges"].array {
        let argument = exchange["command"]["argument"].string
        switch exchange["command"]["verb"].string {
        case "HELO", "EHLO", "LHLO":
          add(.helo, argument)
          add(.helo, argument?.lowercased())
        case "MAIL":
          add(.sender, argument.flatMap(path))
          add(.address, argument.flatMap(path).map(address))
        case "RCPT":
          add(.recipient, argument.flatMap(path))
          add(.address, argument.flatMap(path).map(address))
        default: break
        }
      }
    }
    for message in document["messages"].array {
      let headers = message["headers"]
      add(.subject, headers["subject"].string)
      add(.from, headers["from"].string)
      add(.address, headers["from"].string.map(address))
      add(.messageID, headers["messageId"].string)
      for mailbox in headers["to"].strings + headers["cc"].strings {
        add(.address, address(mailbox))
      }
    }
    return found
  }

  /// The path of `FROM:<…>`, as these projects write it.
  private static func path(_ argument: String) -> String? {
    guard let colon = argument.firstIndex(of: ":") else { return nil }
    let rest = argument[argument.index(after: colon)...].drop { $0 == " " }
    guard rest.hasPrefix("<"), let end = rest.firstIndex(of: ">") else {
      return rest.split(separator: " ").first.map(String.init)
    }
    return String(rest[...end])
  }

  /// Without what the projects treat differently: brackets around the whole, quotes, width of blanks.
  private static func plain(_ value: String) -> String {
    var text = value.replacing("\"", with: "").split { $0.isWhitespace }.joined(separator: " ")
    if text.hasPrefix("<"), text.hasSuffix(">") { text = String(text.dropFirst().dropLast()) }
    return text
  }

  /// What is in angle brackets, or all of it.
  private static func address(_ mailbox: String) -> String {
    guard let start = mailbox.lastIndex(of: "<"), let end = mailbox.lastIndex(of: ">"), start < end
    else { return plain(mailbox).lowercased() }
    return mailbox[mailbox.index(after: start)..<end].lowercased()
  }

  // MARK: What they expect

  private static func arkime(_ file: URL) throws -> Set<Expected> {
    var expected: Set<Expected> = []
    for session in try JSON(contentsOf: file)["sessions3"].array {
      let email = session["email"].exists ? session["email"] : session["body"]["email"]
      for (key, field) in [
        ("subject", Expected.Field.subject), ("src", .address), ("dst", .address),
        ("id", .messageID), ("smtpHello", .helo),
      ] {
        for value in email[key].strings {
          expected.insert(Expected(field: field, value: plain(value)))
        }
      }
    }
    return expected
  }

  /// `smtp.helo: name` in the filters that must match something.
  private static func suricata(_ text: String) -> Set<Expected> {
    var expected: Set<Expected> = []
    for filter in text.components(separatedBy: "- filter:").dropFirst()
    where !filter.contains("count: 0\n") {
      for line in filter.split(separator: "\n") {
        let parts = line.trimmingCharacters(in: .whitespaces).components(separatedBy: ": ")
        guard parts.count > 1, let key = parts[0].split(separator: "[").first else { continue }
        let value = parts[1...].joined(separator: ": ")
          .trimmingCharacters(in: CharacterSet(charactersIn: "'\""))
          // Of a line that it cuts at 4,096 bytes it keeps the CR.
          .replacing("\\r", with: "")
        switch key {
        case "smtp.helo": expected.insert(Expected(field: .helo, value: plain(value)))
        case "smtp.mail_from": expected.insert(Expected(field: .sender, value: plain(value)))
        case "smtp.rcpt_to": expected.insert(Expected(field: .recipient, value: plain(value)))
        case "email.from": expected.insert(Expected(field: .from, value: plain(value)))
        case "email.to": expected.insert(Expected(field: .address, value: address(value)))
        default: break
        }
      }
    }
    return expected
  }

  /// The rows of its `smtp.log` that belong to a session of this capture.
  private static func zeek(_ folder: URL, _ document: JSON) throws -> Set<Expected> {
    let clients = Set(
      document["sessions"].array.map {
        "\($0["client"]["address"].string ?? "") \($0["client"]["port"].int ?? 0)"
      })
    var expected: Set<Expected> = []
    for file in try FileManager.default.contentsOfDirectory(atPath: folder.path)
    where file.hasSuffix("smtp.log") {
      var names: [String] = []
      let text = try String(contentsOf: folder.appending(path: file), encoding: .utf8)
      for line in text.split(separator: "\n") {
        let columns = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        if columns[0] == "#fields" { names = Array(columns.dropFirst()) }
        guard !line.hasPrefix("#"), columns.count == names.count else { continue }
        let row = Dictionary(zip(names, columns)) { first, _ in first }
        func value(_ name: String) -> String? {
          row[name].flatMap { ["-", "(empty)"].contains($0) ? nil : $0 }
        }
        guard clients.contains("\(value("id.orig_h") ?? "") \(value("id.orig_p") ?? "")") else {
          continue
        }
        func add(_ field: Expected.Field, _ value: String?) {
          guard let value else { return }
          expected.insert(Expected(field: field, value: plain(value)))
        }
        add(.helo, value("helo"))
        add(.sender, value("mailfrom"))
        for path in value("rcptto")?.split(separator: ",") ?? [] { add(.recipient, String(path)) }
        add(.from, value("from"))
        add(.subject, value("subject"))
        add(.messageID, value("msg_id"))
        for mailbox in (value("to") ?? "").split(separator: ",") {
          add(.address, address(String(mailbox)))
        }
      }
    }
    return expected
  }
}
