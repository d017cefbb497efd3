// What a finding or a verdict says of the end of a session in the same words for several protocols.

import Fields

extension Position {
  /// Nanoseconds from here to `end`; 0 where that is no later, or farther than can be counted.
  func time(until end: Position) -> Int64 {
    let (time, isOverflow) = end.time.subtractingReportingOverflow(self.time)
    return isOverflow ? 0 : max(0, time)
  }

  /// Whether what was sent here may answer a command of the other side that ends at `end`: false where that had not
  /// arrived when this was sent.
  func mayAnswer(commandEndingAt end: Position) -> Bool {
    acknowledged.map { $0 > end.streamOffset } ?? true
  }
}

extension SessionClose {
  /// How the connection ended, so many seconds after a command that was never answered.
  func ending(after seconds: Int64, closedBy closer: Side?) -> QuotingText {
    switch self {
    case .fin: "the \((closer ?? .client).rawValue) closed after \(seconds) s"
    case .reset: "the connection was reset after \(seconds) s"
    case .open: "the capture ends after \(seconds) s"
    }
  }
}

extension Session {
  /// The last login that let the client in.
  var acceptedLogin: Authentication? { authentications.last { $0.outcome == .accepted } }

  /// `login refused for ann`, where one was refused and none accepted.
  var refusedLogin: QuotingText? {
    guard acceptedLogin == nil else { return nil }
    return authentications.last { $0.outcome == .rejected }.map {
      "login refused" + ($0.username.map { " for \(Phrase.quote($0))" } ?? "")
    }
  }
}

extension Authentication {
  /// `logged in as ann`
  var verdict: QuotingText {
    "logged in" + (username.map { " as \(Phrase.quote($0))" } ?? "")
  }
}
