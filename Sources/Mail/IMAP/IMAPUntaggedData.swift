// What untagged data of the server says, and what it changes.

import Fields

extension IMAPDialogue {
  /// The response is complete, or will not go on.
  mutating func closeResponse<Sink: MessageSink>(to sink: inout Sink) {
    sendQuotedBodies(to: &sink)
    guard let open = response.take() else { return }
    if open.isOverLimit { recorder.drop(.text) }
    let made = IMAPUntagged(
      kind: open.head.name, number: open.head.number,
      text: open.text.string(
        min(2, open.text.bytes.count)..<open.text.bytes.count, withLiterals: true),
      items: checkedItems(of: open), position: open.start, end: open.end, length: open.length)
    settleMessages(of: open, made)
    if facts.isFirstResponse {
      facts.isFirstResponse = false
      if !recorder.session.midstream, open.head.kind?.isStatus == true {
        return greet(made, open.head.kind)
      }
    }
    note(made, open.head.kind)
    keep(consume made, open)
  }

  /// UID, section and size of the messages within a FETCH response, which may come after their bytes.
  private mutating func settleMessages(of open: OpenResponse, _ made: IMAPUntagged) {
    guard open.head.kind == .fetch else { return }
    func number(_ name: String) -> UInt64? {
      made.items.first { $0.name == name }.flatMap { UInt64($0.value) }
    }
    let uid = number("UID")
    let announced = number("RFC822.SIZE").flatMap { Int(exactly: $0) }
    if let uid, facts.uids.count < IMAPFacts.uidLimit {
      facts.uids.insert(uid)
      if let announced { facts.sizes[uid] = announced }
    }
    let size = announced ?? uid.flatMap { facts.sizes[$0] }
    for (section, index) in open.messages {
      guard let index else { continue }
      let message = recorder.session.messages[index]
      let coversAll = section.part.isEmpty && section.origin == 0 && message.size == size
      let isWhole = section.isWhole || coversAll
      recorder.edit {
        $0.messages[index].uid = uid
        $0.messages[index].origin.wholeSize = size
        if !isWhole {
          $0.messages[index].section =
            section.part + (section.origin.map { "<\($0).\(message.size)>" } ?? "")
        }
      }
      guard isWhole, message.complete else { continue }
      facts.retrieved += 1
      if let size, size != message.size {
        recorder.find(
          .imapBodySize, frame: message.start.frame,
          "RFC822.SIZE is \(size.grouped), \(message.size.grouped) bytes came")
      }
    }
  }

  private mutating func greet(_ made: IMAPUntagged, _ kind: IMAPDataKind?) {
    let status = StatusText(of: made)
    let content = IMAPReply(tag: "*", status: made.kind, code: status.code, text: status.text)
    recorder.edit {
      $0.greeting = Reply(
        content: .imap(content), position: made.position, end: made.end, length: made.length)
      $0.serverSoftware = $0.serverSoftware ?? ServerBanner.software(in: [status.text])
    }
    if let code = made.items.first {
      noteCode(code.name, code.value, frame: made.position.frame)
    }
    switch kind {
    case .preauth: state = .authenticated
    case .bye: facts.isRefused = true
    default: break
    }
    checkBeforeGreeting(made.position)
  }

  /// What untagged data changes.
  private mutating func note(_ made: IMAPUntagged, _ kind: IMAPDataKind?) {
    let frame = made.position.frame
    if state == .loggedOut {
      recorder.findOnce(.imapAfterLogout, frame: frame, "\(made.kind) came after the end of LOGOUT")
    }
    switch kind {
    case .capability: noteCapabilities(made.items.map(\.value), frame: frame)
    case .bye: facts.bye = (String(made.text.dropFirst(4)), frame)
    case .exists: noteExists(made.number, frame: frame)
    case .expunge:
      facts.exists = facts.exists.map { $0 > 0 ? $0 - 1 : 0 }
      facts.uids = []
      facts.selection += 1
    case .vanished:
      (facts.exists, facts.uids) = (nil, [])
      facts.selection += 1
    case .id:
      if let software = UntaggedItems.software(made.items) {
        recorder.edit { $0.serverSoftware = software }
      }
    case .ok, .no, .bad, .preauth:
      if let code = made.items.first { noteCode(code.name, code.value, frame: frame) }
    default: checkUntagged(made)
    }
  }

  mutating func noteCode(_ code: String, frame: Int) {
    // Few codes change anything.
    let bytes = code.utf8.span
    guard
      bytes.hasPrefix(ignoringCase: "[CAPABILITY") || bytes.hasPrefix(ignoringCase: "[CLOSED")
        || bytes.hasPrefix(ignoringCase: "[UIDVALIDITY")
    else { return }
    let (name, argument) = StatusText.split(code)
    noteCode(name, argument, frame: frame)
  }

  private mutating func noteCode(_ name: String, _ argument: String, frame: Int) {
    switch name {
    case "CAPABILITY":
      noteCapabilities(argument.parts(between: .space), frame: frame)
    case "UIDVALIDITY": (facts.uidValidity, facts.hasFreshValidity) = (UInt64(argument), true)
    case "CLOSED": (facts.exists, facts.uidValidity) = (nil, nil)
    default: break
    }
  }

  /// Untagged data waits for the completion that it belongs to.
  private mutating func keep(_ made: consuming IMAPUntagged, _ open: OpenResponse) {
    let (position, bytes) = (made.position, made.heldBytes)
    let isSearch = open.head.kind == .esearch
    let tag = isSearch ? made.items.first { $0.name == "TAG" }?.value : nil
    var data = UntaggedData(
      number: facts.untaggedSeen, kind: open.head.kind, tag: tag, position: position,
      response: made, messages: open.messages.compactMap(\.index))
    facts.untaggedSeen += 1
    if !recorder.hasRoom(for: bytes, else: .untagged) {
      facts.hasDroppedData = true
      guard !data.messages.isEmpty else { return }
      data.response = nil
    }
    wait(for: data)
  }
}
