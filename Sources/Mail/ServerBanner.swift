/// The software that a POP3 or IMAP server's greeting names.
enum ServerBanner {
  private static let names: [(marker: String, name: String)] = [
    ("dovecot", "Dovecot"), ("courier", "Courier"), ("cyrus", "Cyrus"), ("gimap", "Gimap"),
    ("gpop", "Gpop"), ("microsoft exchange", "Microsoft Exchange"), ("qpopper", "Qpopper"),
    ("qpop ", "Qpopper"), ("zimbra", "Zimbra"), ("hmailserver", "hMailServer"),
    ("mdaemon", "MDaemon"), ("communigate", "CommuniGate Pro"), ("domino", "Domino"),
    ("lotus", "Domino"), ("uw-imap", "UW IMAP"), ("panda imap", "Panda IMAP"),
    ("xmail", "XMail"), ("mercury", "Mercury"), ("cmailserver", "CMailServer"),
    ("macallan", "Macallan"), ("kerio", "Kerio Connect"), ("icewarp", "IceWarp"),
    ("merak", "Merak"), ("smartermail", "SmarterMail"), ("stalwart", "Stalwart"),
    ("apache james", "Apache James"), ("greenmail", "GreenMail"), ("groupwise", "GroupWise"),
    ("archiveopteryx", "Archiveopteryx"), ("maddy", "maddy"), ("citadel", "Citadel"),
    ("solid-pop3d", "solid-pop3d"), ("popa3d", "popa3d"), ("tpop3d", "tpop3d"),
    ("perdition", "Perdition"), ("axigen", "Axigen"), ("proton", "Proton Mail Bridge"),
    ("coremail", "Coremail"),
  ]

  static func software(in banner: String) -> Software? {
    let lower = banner.lowercased()
    guard let found = names.first(where: { lower.contains($0.marker) }) else { return nil }
    return Software(name: found.name, version: version(in: lower), source: "banner")
  }

  /// `Cyrus POP3 server v2` of the POP3 capability `IMPLEMENTATION` (RFC 2449 section 6.9).
  static func implementation(_ text: String) -> Software {
    let known = software(in: text)
    return Software(
      name: known?.name ?? text, version: version(in: text), source: "IMPLEMENTATION")
  }

  /// The first word that looks like a version: `v2.3.16`, `5.5.2650.23`.
  private static func version(in text: String) -> String? {
    for word in text.split(whereSeparator: { " ()<>[],;/".contains($0) }) {
      let digits = word.first == "v" || word.first == "V" ? word.dropFirst() : word
      guard digits.first?.isNumber == true, digits.contains("."), !digits.contains("@"),
        digits.allSatisfy({ $0.isASCII && ($0.isNumber || $0.isLetter || ".-_+".contains($0)) })
      else { continue }
      return String(digits.drop { !$0.isNumber })
    }
    return nil
  }
}
