import Fields

/// The fields of SMTP, as Wireshark names them.
public struct SMTPFields: FieldSet {
  let smtp = Field("smtp", "Simple Mail Transfer Protocol", .proto)
  let request = Field("smtp.req", "Request", .boolean)
  let response = Field("smtp.rsp", "Response", .boolean)
  let commandLine = Field("smtp.command_line", "Command Line", .string)
  let command = Field("smtp.req.command", "Command", .string)
  let parameter = Field("smtp.req.parameter", "Request parameter", .string)
  let responseLine = Field("smtp.response", "Response", .string)
  let code = Field(
    "smtp.response.code", "Response code", .uint32, .natural, .names { Self.name(of: $0) })
  let unexpectedCode = Field(
    "smtp.response.code.unexpected", "Unexpected response code in multiline response", .none)
  let responseParameter = Field("smtp.rsp.parameter", "Response parameter", .string)
  let username = Field("smtp.auth.username", "Username", .string)
  let password = Field("smtp.auth.password", "Password", .string)
  let usernamePassword = Field("smtp.auth.username_password", "Username/Password", .string)
  let encoded = Field(
    "smtp.base64_decode", "base64 decode failed or is not enabled (check SMTP preferences)", .none)
  let endOfMessage = Field("smtp.eom", "EOM", .none)
  let fragments = Field("smtp.data.fragments", "DATA fragments", .none)
  let fragment = Field("smtp.data.fragment", "DATA fragment", .frameNumber)
  let fragmentCount = Field("smtp.data.fragment.count", "DATA fragment count", .uint32)
  let reassembledLength = Field(
    "smtp.data.reassembled.length", "Reassembled DATA length", .uint32)

  public init() {}
  static let fields = Self()

  var data: FragmentFields {
    FragmentFields(
      fragments: fragments, fragment: fragment, count: fragmentCount, length: reassembledLength)
  }

  static func name(of code: UInt64) -> String? {
    switch code {
    case 211: "System status, or system help reply"
    case 214: "Help message"
    case 220: "<domain> Service ready"
    case 221: "<domain> Service closing transmission channel"
    case 235: "Authentication successful"
    case 250: "Requested mail action okay, completed"
    case 251: "User not local; will forward to <forward-path>"
    case 252: "Cannot VRFY user, but will accept message and attempt delivery"
    case 334: "AUTH input"
    case 354: "Start mail input; end with <CRLF>.<CRLF>"
    case 421: "<domain> Service not available, closing transmission channel"
    case 432: "A password transition is needed"
    case 450: "Requested mail action not taken: mailbox unavailable"
    case 451: "Requested action aborted: local error in processing"
    case 452: "Requested action not taken: insufficient system storage"
    case 454: "Temporary authentication failed"
    case 500: "Syntax error, command unrecognized"
    case 501: "Syntax error in parameters or arguments"
    case 502: "Command not implemented"
    case 503: "Bad sequence of commands"
    case 504: "Command parameter not implemented"
    case 530: "Authentication required"
    case 534: "Authentication mechanism is too weak"
    case 535: "Authentication credentials invalid"
    case 538: "Encryption required for requested authentication mechanism"
    case 550: "Requested action not taken: mailbox unavailable"
    case 551: "User not local; please try <forward-path>"
    case 552: "Requested mail action aborted: exceeded storage allocation"
    case 553: "Requested action not taken: mailbox name not allowed"
    case 554: "Transaction failed"
    default: nil
    }
  }
}
