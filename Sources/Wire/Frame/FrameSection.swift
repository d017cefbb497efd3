import Fields

/// What is above the first layer: the frame as the capture has it.
enum FrameSection {
  static func describe(
    _ bytes: Span<UInt8>, _ facts: borrowing FrameFacts, into tree: inout FieldBuffer
  ) {
    guard tree.wantsTree else { return }
    let fields = FrameFields.fields
    describeComments(of: facts, into: &tree)
    let top = tree.add(fields.frame, .none, count: bytes.count)
    let (number, wireLength) = (facts.number, facts.wireLength)
    let (interface, direction) = (facts.interface, direction(of: facts.notes))
    tree.relabel(top) { text in
      text.write("Frame ")
      text.write(decimal: number)
      text.write(": ")
      text.write(bytesAndBits: wireLength, " on wire")
      text.write(", ")
      text.write(bytesAndBits: bytes.count, " captured")
      guard let interface else { return }
      text.write(" on interface \(interface.shownName), id \(interface.id)")
      if let direction { text.write(direction) }
    }
    tree.open(top)
    describeInterface(of: facts, into: &tree)
    let encapsulation = LinkType(rawValue: facts.linkType).encapsulation
    let type = tree.add(fields.encapsulation, encapsulation.number)
    tree.relabel(type) {
      $0.write("Encapsulation type: ")
      $0.write(encapsulation.name)
      $0.write(" (")
      $0.write(decimal: encapsulation.number)
      $0.write(")")
    }
    if facts.hasTime { describeTimes(of: facts, into: &tree) }
    tree.add(fields.number, number)
    let length = tree.add(fields.length, wireLength)
    tree.relabel(length) {
      $0.write("Frame Length: ")
      $0.write(bytesAndBits: wireLength)
    }
    let captured = tree.add(fields.capturedLength, bytes.count)
    tree.relabel(captured) {
      $0.write("Capture Length: ")
      $0.write(bytesAndBits: bytes.count)
    }
    if let count = facts.notes?.dropCount { tree.add(FrameNoteFields.fields.dropCount, count) }
    tree.add(fields.marked, false, .generated)
    tree.add(fields.ignored, false, .generated)
    describePointToPoint(of: facts.notes, into: &tree)
    tree.protocolsItem = tree.add(fields.protocols, .content(.empty), .generated)
    tree.close(top)
  }

  private static func describeComments(
    of facts: borrowing FrameFacts, into tree: inout FieldBuffer
  ) {
    guard let comments = facts.notes?.comments, !comments.isEmpty else { return }
    let fields = FrameFields.fields
    let top = tree.opened(fields.comments)
    for comment in comments {
      let item = tree.add(fields.comment, comment)
      tree.relabel(item) { $0.write(printable: Array(comment.utf8)[...], escapesQuotes: false) }
      tree.expert(fields.commentExpert, .comment, .comment, comment, under: item)
    }
    if let dropped = facts.notes?.dropped, dropped > 0 {
      let text = "\(dropped) more comments and verdicts are not shown"
      tree.expert(fields.commentExpert, .comment, .comment, text, under: top)
    }
    tree.close(top)
  }

  private static func describeInterface(
    of facts: borrowing FrameFacts, into tree: inout FieldBuffer
  ) {
    guard let interface = facts.interface else { return }
    let fields = FrameFields.fields
    tree.add(fields.section, facts.section)
    let name = interface.shownName
    let id = tree.add(fields.interface, interface.id)
    tree.note(id) { $0.write(" (\(name))") }
    tree.open(id)
    tree.add(fields.interfaceName, name)
    if let description = interface.description {
      tree.add(fields.interfaceDescription, description)
    }
    tree.close(id)
    if let queue = facts.notes?.queue { tree.add(FrameNoteFields.fields.queue, queue) }
    describeFlags(of: facts.notes, into: &tree)
    if let identifier = facts.notes?.identifier {
      tree.add(FrameNoteFields.fields.identifier, identifier)
    }
    describeVerdicts(of: facts.notes, into: &tree)
  }

  private static func describeTimes(of facts: borrowing FrameFacts, into tree: inout FieldBuffer) {
    let fields = FrameFields.fields
    tree.add(fields.time, .time(facts.arrival))
    tree.add(fields.shift, .time(0), .generated)
    tree.add(fields.epoch, .time(facts.arrival))
    tree.add(fields.delta, .time(facts.arrival.since(facts.previousArrival)), .generated)
    tree.add(
      fields.deltaDisplayed, .time(facts.arrival.since(facts.previousDisplayedArrival)), .generated)
    tree.add(fields.relative, .time(facts.arrival.since(facts.firstArrival)), .generated)
  }
}

extension FrameFacts.Interface {
  fileprivate var shownName: String { name ?? description ?? "unknown" }
}

extension TextBuffer {
  /// `60 bytes on wire (480 bits)`
  mutating func write(bytesAndBits count: Int, _ words: String = "") {
    write(decimal: count)
    write(count == 1 ? " byte" : " bytes")
    write(words)
    write(" (")
    write(decimal: count.multipliedReportingOverflow(by: 8).partialValue)
    write(" bits)")
  }
}

/// The fields of the frame itself.
struct FrameFields: FieldSet {
  let comments = Field("pkt_comment", "Packet comments", .proto)
  let comment = Field("frame.comment", "Comment", .string)
  let commentExpert = Field("frame.comment.expert", "Comment", .none)
  let frame = Field("frame", "Frame", .proto)
  let section = Field("frame.section_number", "Section number", .uint32)
  let interface = Field("frame.interface_id", "Interface id", .uint32)
  let interfaceName = Field("frame.interface_name", "Interface name", .string)
  let interfaceDescription = Field(
    "frame.interface_description", "Interface description", .string)
  let encapsulation = Field("frame.encap_type", "Encapsulation type", .int16)
  let time = Field("frame.time", "Arrival Time", .absoluteTime)
  let shift = Field("frame.offset_shift", "Time shift for this packet", .relativeTime)
  let epoch = Field("frame.time_epoch", "Epoch Time", .relativeTime)
  let delta = Field(
    "frame.time_delta", "Time delta from previous captured frame", .relativeTime)
  let deltaDisplayed = Field(
    "frame.time_delta_displayed", "Time delta from previous displayed frame", .relativeTime)
  let relative = Field(
    "frame.time_relative", "Time since reference or first frame", .relativeTime)
  let number = Field("frame.number", "Frame Number", .uint32)
  let length = Field("frame.len", "Frame Length", .uint32)
  let capturedLength = Field("frame.cap_len", "Capture Length", .uint32)
  let marked = Field("frame.marked", "Frame is marked", .boolean)
  let ignored = Field("frame.ignored", "Frame is ignored", .boolean)
  let protocols = Field("frame.protocols", "Protocols in frame", .string)

  static let fields = Self()
}
