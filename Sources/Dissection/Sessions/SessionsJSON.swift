import Applications
import Fields
import Mail

/// The contract for CI: `mailwire-sessions`, version 1, as one document or as one session a line.
public struct SessionsJSON: SessionView, ~Copyable {
  public static let format = "mailwire-sessions"
  public static let version = 1

  public let wantsDigests = true
  private let showsSecrets: Bool
  /// Of the session that is being written.
  private var mask = SecretMask()
  private let isLines: Bool
  private let showsOffsets: Bool
  private var hasSessions = false
  private var hasMessages = false

  /// `lines`: NDJSON. `showsOffsets`: where each command, reply and message lies.
  public init(lines: Bool = false, showsSecrets: Bool = false, showsOffsets: Bool = false) {
    isLines = lines
    self.showsSecrets = showsSecrets
    self.showsOffsets = showsOffsets
  }

  public mutating func begin(to text: inout TextBuffer) {
    if isLines { return }
    text.write("{\n  \"format\": \"\(Self.format)\",\n  \"version\": \(Self.version),\n")
    text.write("  \"sessions\": [")
  }

  public mutating func write(_ record: borrowing SessionRecord, to text: inout TextBuffer) {
    mask = SecretMask(record.session, showsSecrets: showsSecrets)
    var json = JSONWriter(isCompact: isLines, depth: isLines ? 0 : 2)
    if isLines {
      json.object { writeSession(record, to: &$0, withMessages: true) }
      text.write(json.text)
      text.write("\n")
      return
    }
    hasSessions = true
    text.write(.comma)
    text.write("\n    ")
    json.object { writeSession(record, to: &$0, withMessages: false) }
    text.write(json.text)
    if record.session.messages.isEmpty { return }
    // Messages are after the sessions in a document.
    hasMessages = true
    text.write(.atEnd)
    for index in record.session.messages.indices {
      text.write(.comma)
      text.write("\n    ")
      var message = JSONWriter(isCompact: false, depth: 2)
      message.object { $0.members(of: record.message(index), objectOptions) }
      text.write(message.text)
    }
  }

  public mutating func end(_ summary: CaptureSummary, to text: inout TextBuffer) {
    if isLines {
      guard !summary.attempts.isEmpty else { return }
      var json = JSONWriter(isCompact: true)
      json.object { Self.write(summary.attempts, to: &$0) }
      text.write(json.text.bytes[...])
      text.write("\n")
      return
    }
    text.write(hasSessions ? "\n  ],\n" : "],\n")
    text.write("  \"messages\": [")
    text.write(.left)
    text.write(hasMessages ? "\n  ],\n" : "],\n")
    if !summary.attempts.isEmpty {
      var json = JSONWriter(isCompact: false, depth: 1)
      Self.write(summary.attempts, to: &json)
      text.write("  ")
      text.write(json.text.bytes[...])
      text.write(",\n")
    }
    Self.writeEnd(summary, to: &text)
  }

  /// The end of a document: the capture, and what there is of everything.
  static func writeEnd(_ summary: CaptureSummary, to text: inout TextBuffer) {
    for (key, write) in [("capture", Self.writeCapture), ("summary", Self.writeSummary)] {
      text.write("  \"\(key)\": ")
      var json = JSONWriter(isCompact: false, depth: 1)
      json.object { write(summary, &$0) }
      text.write(json.text)
      text.write(key == "capture" ? ",\n" : "\n}\n")
    }
  }

  private static func writeCapture(_ summary: CaptureSummary, to json: inout JSONWriter) {
    json.strings("files", summary.files)
    json.member("frames", summary.frames)
    json.member("firstTime", time: summary.firstTime)
    json.member("lastTime", time: summary.lastTime)
    json.strings("linkTypes", summary.linkTypes)
    json.member("truncatedFrames", summary.truncatedFrames)
    if summary.undecoded.isEmpty { return }
    json.object("undecoded") {
      $0.member("frames", summary.undecoded.values.reduce(0, +))
      $0.strings("linkTypes", summary.undecoded.keys.sorted())
    }
  }

  private var objectOptions: MessageObjectOptions {
    MessageObjectOptions(showsOffsets: showsOffsets)
  }

  private static func write(_ attempts: [Attempt], to json: inout JSONWriter) {
    json.array("attempts") { json in
      for attempt in attempts { json.object { write(attempt, to: &$0) } }
    }
  }

  private static func write(_ attempt: Attempt, to json: inout JSONWriter) {
    json.member("outcome", attempt.outcome.rawValue)
    if let client = attempt.client {
      json.object("client") {
        $0.member("address", client)
        $0.member("port", attempt.clientPort.map { Int($0) })
      }
    }
    if let server = attempt.server {
      json.object("server") {
        $0.member("address", server.address)
        $0.member("port", Int(server.port))
      }
    }
    if let proxy = attempt.proxy {
      json.object("proxy") {
        write(proxy.kind, [("client", proxy.client), ("server", proxy.server)], to: &$0)
        $0.member("reply", attempt.reason)
      }
    }
    json.member("count", attempt.count)
    json.member("tries", attempt.tries)
    json.member("closedBy", attempt.closer?.rawValue)
    json.member("longest", seconds: attempt.longest)
    for (name, place) in [("first", attempt.first), ("last", attempt.last)] {
      json.object(name) {
        $0.member("frame", place.frame)
        $0.member("time", time: place.time)
      }
    }
  }

  private static func write(
    _ kind: Proxy.Kind, _ ends: [(String, Proxy.Endpoint?)], to json: inout JSONWriter
  ) {
    json.member("kind", kind.rawValue)
    for case (let name, let endpoint?) in ends {
      json.object(name) {
        $0.member("address", endpoint.address)
        $0.member("port", endpoint.port.map { Int($0) })
      }
    }
  }

  private static func writeSummary(_ summary: CaptureSummary, to json: inout JSONWriter) {
    json.member("sessions", summary.sessions)
    json.object("protocols") {
      for (name, count) in summary.protocols.sorted(by: { $0.key < $1.key }) {
        $0.member(name, count)
      }
    }
    json.member("conversations", summary.conversations)
    json.member("messages", summary.messages)
    json.member("findings", summary.findings)
    if summary.dropped.isEmpty { return }
    json.object("limits") {
      for (name, count) in summary.dropped.sorted(by: { $0.key < $1.key }) {
        $0.member(name, count)
      }
    }
  }

  private func writeSession(
    _ record: borrowing SessionRecord, to json: inout JSONWriter, withMessages: Bool
  ) {
    let session = record.session
    json.raw("id") { $0.write(.number) }
    json.member("protocol", session.mailProtocol.rawValue)
    json.member("stream", record.stream)
    for (name, endpoint) in [("client", record.client), ("server", record.server)] {
      json.object(name) {
        $0.member("address", endpoint.address)
        $0.member("port", Int(endpoint.port))
      }
    }
    json.member("started", time: record.started)
    json.member("ended", time: record.ended)
    json.member("duration", seconds: record.ended - record.started)
    json.member("frames", record.frames)
    let bytes = (record.clientBytes, record.serverBytes)
    json.object("bytes") {
      $0.member("client", bytes.0)
      $0.member("server", bytes.1)
    }
    json.member("close", record.close.rawValue)
    json.member("verdict", mask.verdict(of: session))
    json.member("midstream", session.midstream)
    json.array("gaps") {
      for gap in session.gaps {
        $0.object {
          $0.member("from", gap.from.rawValue)
          $0.member("offset", gap.offset)
          $0.member("length", gap.length)
          $0.member("frame", gap.frame)
        }
      }
    }
    if let proxy = record.proxies.first {
      let ends = [("client", record.proxiedClient), ("server", record.proxiedServer)]
      json.object("proxy") {
        Self.write(proxy.kind, ends, to: &$0)
        $0.member("reply", record.proxies.lazy.compactMap(\.refusal).first)
      }
    }
    if let tls = session.tls {
      json.object("tls") { $0.write(tls, record.tls, mask) }
    }
    if !session.failedTLS.isEmpty {
      json.array("failedTLS") { json in
        for attempt in session.failedTLS {
          json.object {
            $0.member("from", attempt.from.rawValue)
            $0.member("text", attempt.text)
            $0.member("frame", attempt.position.frame)
            $0.member("time", time: attempt.position.time)
            $0.member("length", attempt.length)
            if let facts = record.tls { $0.write(facts, of: attempt.from, mask) }
          }
        }
      }
    }
    if session.compressed { json.member("compressed", true) }
    if let greeting = session.greeting {
      json.object("greeting") { write(greeting, isAnswer: true, to: &$0) }
    }
    writeExchanges(of: record, to: &json)
    json.array("authentications") {
      for authentication in session.authentications { write(authentication, to: &$0) }
    }
    json.object("software") {
      for (name, software) in [
        ("client", session.clientSoftware), ("server", session.serverSoftware),
      ] {
        guard let software else { continue }
        $0.object(name) {
          $0.member("name", mask.text(software.name))
          $0.member("version", software.version.map { mask.text($0) })
          $0.member("source", software.source)
        }
      }
    }
    if let dialect = session.dialect {
      json.object("dialect") {
        $0.object("features") {
          for feature in dialect.features { $0.member(feature.name, mask.text(feature.value)) }
        }
        $0.member("digest", dialect.digest)
      }
    }
    json.array("findings") { json in
      for finding in session.findings {
        json.object { $0.members(of: finding.code, finding.frame, mask.text(of: finding)) }
      }
    }
    if !showsSecrets, session.secrets.count > 0 { json.member("withheld", session.secrets.count) }
    if !session.dropped.isEmpty {
      json.object("limits") {
        for (limit, count) in session.dropped.sorted(by: { $0.key < $1.key }) {
          $0.member(limit.rawValue, count)
        }
      }
    }
    if withMessages {
      let record = copy record
      json.array("messages") { json in
        for index in record.session.messages.indices {
          json.object { $0.members(of: record.message(index), objectOptions) }
        }
      }
    } else {
      json.array("messages") {
        for index in session.messages.indices { $0.member(messageNumber: index) }
      }
    }
  }

  private func writeExchanges(of record: borrowing SessionRecord, to json: inout JSONWriter) {
    let session = record.session
    var previousReply = session.greeting?.end.time
    let record = copy record
    json.array("exchanges") { json in
      for exchange in session.exchanges {
        let timing = record.timing(of: exchange, previousReply: previousReply)
        json.object { write(exchange, timing, to: &$0) }
        if let last = exchange.replies.last { previousReply = last.end.time }
      }
    }
  }

  private func write(
    _ exchange: Exchange, _ timing: SessionRecord.Timing, to json: inout JSONWriter
  ) {
    let start = exchange.command?.position ?? exchange.replies.first?.position
    json.member("frame", start?.frame)
    json.member("time", time: start?.time)
    var isAnswer = false
    if let command = exchange.command {
      isAnswer = true
      json.object("command") {
        $0.member("verb", mask.verb(of: command))
        $0.member("argument", mask.argument(of: command))
        $0.member("text", mask.text(of: command))
        $0.member("tag", mask.tag(of: command))
        $0.member("frame", command.position.frame)
        $0.member("length", command.length)
        writeOffsets(command.position, to: &$0)
      }
    }
    if !exchange.answers.isEmpty {
      json.array("answers") {
        for answer in exchange.answers { $0.object { write(answer, to: &$0) } }
      }
    }
    json.array("replies") {
      for reply in exchange.replies {
        $0.object { write(reply, isAnswer: isAnswer, to: &$0) }
      }
    }
    json.member("latency", seconds: timing.latency)
    if timing.latency != nil {
      json.object("timing") {
        $0.member("network", seconds: timing.network)
        $0.member("server", seconds: timing.server)
        $0.member("client", seconds: timing.client)
      }
    }
    if !exchange.messages.isEmpty {
      json.array("messages") {
        for index in exchange.messages { $0.member(messageNumber: index) }
      }
    }
  }

  private func write(_ answer: Answer, to json: inout JSONWriter) {
    json.member("kind", answer.kind.rawValue)
    switch answer.kind {
    case .message, .binary, .literal: break
    case .refused: json.member("lines", answer.lineCount)
    case .sasl, .cancel, .done: json.member("text", mask.text(of: answer))
    }
    writeDecoded(answer.decoded, to: &json)
    json.member("frame", answer.position.frame)
    json.member("time", time: answer.position.time)
    json.member("length", answer.length)
    writeOffsets(answer.position, to: &json)
  }

  private func writeDecoded(_ fields: [SASLField], to json: inout JSONWriter) {
    if fields.isEmpty { return }
    json.array("decoded") {
      for field in fields {
        $0.object {
          $0.member("name", field.name)
          $0.member("value", mask.value(of: field))
        }
      }
    }
  }

  private func write(_ reply: Reply, isAnswer: Bool, to json: inout JSONWriter) {
    let masked = { [mask] (text: String) in mask.line(text, isAnswer: isAnswer) }
    switch reply.content {
    case .smtp(let content):
      json.member("code", content.code)
      json.member("enhanced", content.enhanced)
      json.strings("lines", content.lines.map(masked))
      if !content.lineCodes.isEmpty {
        json.array("codes") { for code in content.lineCodes { $0.member(nil, code) } }
      }
      if !content.isTerminated { json.member("terminated", false) }
    case .status(let content):
      json.member("status", content.status)
      json.member("code", content.code.map(masked))
      json.member("text", masked(content.text))
      json.member("lines", content.lineCount)
      if !content.lines.isEmpty { json.strings("data", content.lines.map(masked)) }
    case .imap(let content):
      json.member("tag", masked(content.tag))
      json.member("status", content.status)
      json.member("code", content.code.map(masked))
      json.member("text", masked(content.text))
      json.array("untagged") {
        for untagged in content.untagged { $0.object { write(untagged, to: &$0) } }
      }
    }
    writeDecoded(reply.decoded, to: &json)
    json.member("frame", reply.position.frame)
    json.member("time", time: reply.position.time)
    if showsOffsets { json.member("length", reply.length) }
    writeOffsets(reply.position, to: &json)
  }

  private func write(_ untagged: IMAPUntagged, to json: inout JSONWriter) {
    json.member("kind", untagged.kind)
    json.member("number", untagged.number.map { Int(clamping: $0) })
    json.member("text", mask.text(untagged.text))
    if !untagged.items.isEmpty {
      json.array("items") {
        for item in untagged.items {
          $0.object {
            $0.member("name", item.name)
            $0.member("value", mask.text(item.value))
          }
        }
      }
    }
    json.member("frame", untagged.position.frame)
    writeOffsets(untagged.position, to: &json)
  }

  private func write(_ authentication: Authentication, to json: inout JSONWriter) {
    json.object {
      $0.member("mechanism", authentication.mechanism)
      $0.member("username", authentication.username)
      $0.member("outcome", authentication.outcome.rawValue)
      $0.member("frame", authentication.frame)
      if authentication.fields.isEmpty { return }
      $0.array("fields") {
        for field in authentication.fields {
          $0.object {
            $0.member("name", field.name)
            $0.member("value", mask.value(of: field))
          }
        }
      }
    }
  }

  private func writeOffsets(_ position: Position, to json: inout JSONWriter) {
    if showsOffsets { json.offsets(of: position) }
  }
}

extension JSONWriter {
  /// The number, over the whole capture, of the message that has `index` in its session.
  mutating func member(_ key: String? = nil, messageNumber index: Int) {
    raw(key) { $0.write(messageNumber: index) }
  }
}
