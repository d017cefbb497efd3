import Fields

/// Mail software by how it greets: the same for SMTP, POP3 and IMAP.
enum ServerBanner {
  /// Words of greetings, and whose they are; the first that matches counts.
  private static let marks: [(mark: [UInt8], name: String)] = names.map {
    (Array($0.mark.utf8), $0.name)
  }
  private static let names: [(mark: String, name: String)] = [
    ("postfix", "Postfix"), ("exim", "Exim"), ("sendmail", "Sendmail"),
    ("microsoft esmtp mail service", "Microsoft Exchange"),
    ("microsoft exchange", "Microsoft Exchange"),
    ("dovecot", "Dovecot"), ("courier", "Courier"), ("cyrus", "Cyrus"), ("gimap", "Gimap"),
    ("gsmtp", "Google SMTP"), ("gpop", "Google POP"), ("opensmtpd", "OpenSMTPD"),
    ("qpsmtpd", "qpsmtpd"), ("haraka", "Haraka"), ("hmailserver", "hMailServer"),
    ("mdaemon", "MDaemon"), ("mailenable", "MailEnable"), ("stalwart", "Stalwart"),
    ("zimbra", "Zimbra"), ("communigate", "CommuniGate Pro"), ("lotus domino", "Lotus Domino"),
    ("domino", "Domino"), ("kerio", "Kerio Connect"), ("icewarp", "IceWarp"),
    ("powermta", "PowerMTA"), ("mercury", "Mercury"), ("xmail", "XMail"),
    ("surgemail", "SurgeMail"),
    ("axigen", "Axigen"), ("apache james", "Apache James"), ("james smtp", "Apache James"),
    ("qmail", "qmail"), ("smtp.mail.yahoo", "Yahoo"), ("coremail", "Coremail"),
    ("maildrop", "maildrop"), ("qpop", "Qpopper"), ("uw imap", "UW IMAP"),
    ("panda imap", "Panda IMAP"), ("imap4rev1 2", "UW IMAP"), ("teapop", "Teapop"),
    ("aiosmtpd", "aiosmtpd"), ("python smtp", "Python smtpd"), ("mailhog", "MailHog"),
    ("mailpit", "Mailpit"), ("greenmail", "GreenMail"), ("maddy", "maddy"),
  ]

  /// The marks that begin with a byte, by their places in `marks`.
  private static let marksByFirst: [[Int]] = {
    var table = Array(repeating: [Int](), count: 256)
    for (place, mark) in marks.enumerated() { table[Int(mark.mark[0])].append(place) }
    return table
  }()

  /// Of each first byte a bit for the second byte of a mark, by its lowest five bits: few places of a line have both.
  private static let secondsByFirst: [UInt32] = {
    var table = Array(repeating: UInt32(0), count: 256)
    for (mark, _) in marks { table[Int(mark[0])] |= 1 << UInt32(mark[1] & 0x1F) }
    return table
  }()

  static func software(in lines: [String]) -> Software? {
    for line in lines {
      guard let (place, end) = firstMark(in: line.utf8.span) else { continue }
      let rest = String(decoding: line.utf8.dropFirst(end).map(\.lowercasedASCII), as: UTF8.self)
      return Software(
        name: marks[place].name, version: version(in: Substring(rest)), source: "banner")
    }
    return nil
  }

  /// The first of the marks that is somewhere in a line, and where it ends there first.
  private static func firstMark(in line: Span<UInt8>) -> (place: Int, end: Int)? {
    var found: (place: Int, end: Int)?
    let seconds = secondsByFirst.span
    for start in line.indices.dropLast() {
      // Letters of both cases have the same lowest five bits.
      guard seconds[Int(line[start].lowercasedASCII)] >> UInt32(line[start + 1] & 0x1F) & 1 != 0
      else { continue }
      for place in marksByFirst[Int(line[start].lowercasedASCII)] {
        if let found, found.place <= place { break }
        let mark = marks[place].mark
        guard line.count - start >= mark.count,
          line.extracting(start..<(start + mark.count)).equals(ignoringCase: mark.span)
        else { continue }
        found = (place, start + mark.count)
        break
      }
    }
    return found
  }

  private static let separators = Array(" /(),;:[]v".utf8)

  /// The first word with digits and a dot soon after the name: `8.14.3/8.14.3` is `8.14.3`.
  private static func version(in text: Substring) -> String? {
    for bytes in text.utf8.split(whereSeparator: separators.contains).prefix(3) {
      let word = Substring(bytes)
      guard let first = word.utf8.first, first.isASCIIDigit, word.contains(".") else { continue }
      return String(
        word.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || ".-_+".contains($0)) })
    }
    return nil
  }
}
