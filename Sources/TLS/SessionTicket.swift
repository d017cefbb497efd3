import Fields

/// New Session Ticket (RFC 5077 3.3, RFC 8446 4.6.1).
enum SessionTicket {
  static func describe(
    _ reader: inout TLSReader, to end: Int, _ session: TLSSession, into tree: inout FieldBuffer
  ) throws(Malformed) {
    let fields = HandshakeFields.fields
    let top = tree.addText(
      "TLS Session Ticket", at: reader.position, count: end - reader.position)
    tree.open(top)
    defer { tree.close(top) }
    let lifetime = try reader.number(fields.ticketLifetime, into: &tree)
    if lifetime >= 60 { tree.note(tree.last) { $0.write(" (\(duration(of: lifetime)))") } }
    if session.isVersion13 {
      try reader.number(fields.ticketAgeAdd, into: &tree)
      let stop = try reader.vector(fields.ticketNonceLength, 0...255, before: end, into: &tree)
      if stop > reader.position {
        try reader.content(fields.ticketNonce, stop - reader.position, into: &tree)
      }
    }
    let stop = try reader.vector(fields.ticketLength, 0...0xffff, before: end, into: &tree)
    try reader.content(fields.ticket, stop - reader.position, into: &tree)
    if session.isVersion13 {
      let extensions = HelloExtensions(.newSessionTicket, session)
      try extensions.describe(&reader, to: end, into: &tree)
    }
  }

  /// `2 hours, 1 minute, 5 seconds`
  private static func duration(of seconds: Int) -> String {
    let parts = [
      (seconds / 86_400, "day"), (seconds / 3600 % 24, "hour"), (seconds / 60 % 60, "minute"),
      (seconds % 60, "second"),
    ]
    return parts.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)\($0.0 == 1 ? "" : "s")" }
      .joined(separator: ", ")
  }
}
