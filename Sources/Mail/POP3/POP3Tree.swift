import Fields

/// POP3 (RFC 1939), described segment by segment as Wireshark's `pop` shows it.
///
/// A segment of an answer that does not begin with a status is message text and goes to `imf`: at once, or where
/// the answer to RETR gave the size, when so many bytes have come.
public struct POPPackets: PDUDissector {
  private var phase = ClientPhase.command
  /// What the answer to the client's last command that has a message is followed by.
  private var sequel = POP3Sequel.nothing
  /// What the answer to RETR said, and what came of it.
  private var size = 0
  private var read = 0
  private var sizeIsUnreadable = false
  private var message = MessageFragments()
  /// The server has agreed to TLS: what follows is TLS.
  private var hasStartedTLS = false

  public init() {}

  public mutating func describe(
    _ bytes: Span<UInt8>, _ facts: PDUFacts, into tree: inout FieldBuffer
  ) -> PDUOutcome {
    let outcome = describeSegment(bytes, facts, into: &tree)
    guard hasStartedTLS else { return outcome }
    // Where TLS does not come (a capture of decrypted traffic), the dialogue goes on.
    hasStartedTLS = false
    return .encoded(from: bytes.count, .tls)
  }

  private mutating func describeSegment(
    _ bytes: Span<UInt8>, _ facts: PDUFacts, into tree: inout FieldBuffer
  ) -> PDUOutcome {
    let fields = POPFields.fields
    let isRequest = facts.side == .client
    let line = bytes.packetLine(at: 0)
    let isContinued = !isRequest && POP3Grammar.status(of: bytes) == nil
    if !isContinued, !line.isTerminated, facts.canAskForMore {
      return .unfinished(from: 0, needs: .line)
    }
    tree.columns.protocolName = "POP"
    tree.columns.startInfo()
    tree.addProtocol("pop")
    let top = tree.opened(fields.pop, count: bytes.count)
    if isContinued {
      describeMessage(bytes, facts, top, into: &tree)
      return .described
    }
    let content = bytes.part(0, line.end)
    tree.columns.appendInfo {
      $0.write(isRequest ? "C: " : "S: ")
      $0.write(printable: content)
    }
    if isRequest { follow(request: content) } else { follow(response: content) }
    let item = tree.add(
      isRequest ? fields.request : fields.response, at: 0, count: line.next, writing: { _ in })
    tree.relabel(item) { $0.write(printable: bytes.part(0, line.next)) }
    tree.open(item)
    let token = content.token(at: 0, before: content.count)
    if token.end > 0 {
      tree.add(
        isRequest ? fields.command : fields.indicator, content.part(0, token.end), at: 0)
    }
    if !isRequest, sizeIsUnreadable {
      tree.expert(fields.sizeInvalid, .error, .malformed, fields.sizeInvalid.label, under: item)
      sizeIsUnreadable = false
    }
    if token.next < content.count {
      tree.add(
        isRequest ? fields.parameter : fields.description,
        content.part(token.next, content.count), at: token.next)
    }
    tree.close(item)
    var position = line.next
    while position < bytes.count {
      let line = bytes.packetLine(at: position)
      let whole = bytes.part(line.start, line.next)
      let item = tree.add(
        isRequest ? fields.requestData : fields.responseData, at: position, count: whole.count,
        writing: { _ in })
      tree.relabel(item) { $0.write(printable: whole) }
      position = line.next
    }
    tree.close(top)
    return .described
  }

  private mutating func follow(request: Span<UInt8>) {
    let verb = POP3Grammar.verb(of: request)
    let hasArgument = POP3Grammar.command(in: request).argument != nil
    if case .message = POP3Sequel(verb, hasArgument: hasArgument) { sequel = .message }
    let next = ClientPhase(after: verb, hasArgument: hasArgument)
    if case .undecided(.tls) = next { phase = next }
  }

  private mutating func follow(response: Span<UInt8>) {
    let status = POP3Grammar.status(of: response)
    if case .undecided(.tls) = phase {
      phase = .command
      hasStartedTLS = status?.kind == .positive
    }
    guard case .message = sequel else { return }
    sequel = .nothing
    (size, read) = (0, 0)
    message.removeAll()
    guard let status, status.kind == .positive, response.count > status.length,
      response[status.length] == .space
    else { return }
    let announced = POP3Grammar.size(in: response.extracting(status.text(in: response)))
    size = announced?.value ?? 0
    sizeIsUnreadable = announced == nil
  }

  private mutating func describeMessage(
    _ bytes: Span<UInt8>, _ facts: PDUFacts, _ top: FieldIndex, into tree: inout FieldBuffer
  ) {
    if size > 0 {
      read += bytes.count
      message.append(bytes, frame: facts.frame)
      guard read >= size else {
        tree.close(top)
        tree.columns.appendInfo {
          $0.write("S: ")
          $0.write(fragmentOf: bytes.count)
        }
        return
      }
      if message.pieces.count > 1 { message.describe(POPFields.fields.data, into: &tree) }
      tree.close(top)
      let mail = message.bytes
      if message.pieces.count > 1 {
        tree.source = tree.addSource("Reassembled DATA", mail)
        tree.base = 0
      }
      MessageDescription.describe(mail.span, at: 0, into: &tree)
      (size, read) = (0, 0)
      message.removeAll()
      return
    }
    tree.close(top)
    MessageDescription.describe(bytes, at: 0, into: &tree)
  }
}

/// The fields of POP, as Wireshark names them.
public struct POPFields: FieldSet {
  let pop = Field("pop", "Post Office Protocol", .proto)
  let response = Field("pop.response", "Response", .string)
  let indicator = Field("pop.response.indicator", "Response indicator", .string)
  let description = Field("pop.response.description", "Response description", .string)
  let responseData = Field("pop.response.data", "Data", .string)
  let request = Field("pop.request", "Request", .string)
  let command = Field("pop.request.command", "Request command", .string)
  let parameter = Field("pop.request.parameter", "Request parameter", .string)
  let requestData = Field("pop.request.data", "Data", .string)
  let fragments = Field("pop.data.fragments", "DATA fragments", .none)
  let fragment = Field("pop.data.fragment", "DATA fragment", .frameNumber)
  let fragmentCount = Field("pop.data.fragment.count", "DATA fragment count", .uint32)
  let reassembledLength = Field("pop.data.reassembled.length", "Reassembled DATA length", .uint32)
  let sizeInvalid = Field(
    "pop.response.tot_len.invalid", "Length must be a string containing an integer", .none)

  public init() {}
  static let fields = Self()

  var data: FragmentFields {
    FragmentFields(
      fragments: fragments, fragment: fragment, count: fragmentCount, length: reassembledLength)
  }
}
