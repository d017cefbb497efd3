import Dissection

// Prints what became of every mail session in the captures that are named.
do {
  let sessions = try MailSessions(paths: Array(CommandLine.arguments.dropFirst()))
  for record in sessions {
    print("\(record.client) → \(record.server): \(record.verdict)")
    for finding in record.session.findings where finding.code.severity > .note {
      print("  frame \(finding.frame): \(finding.code.title)")
    }
  }
  try sessions.finish()
} catch {
  print(error)
}
