extension ClientPhase {
  /// What follows a command of POP3.
  init(after verb: POP3Verb?, hasArgument: Bool) {
    switch verb {
    case .stls: self = .undecided(.tls)
    case .auth where hasArgument: self = .undecided(.response)
    default: self = .command
    }
  }
}
