import Fields

/// The fields of IMAP, as Wireshark names them.
public struct IMAPFields: FieldSet {
  let imap = Field("imap", "Internet Message Access Protocol", .proto)
  let isRequest = Field("imap.isrequest", "Request", .boolean)
  let line = Field("imap.line", "Line", .string)
  let request = Field("imap.request", "Request", .string)
  let requestTag = Field("imap.request_tag", "Request Tag", .string)
  let response = Field("imap.response", "Response", .string)
  let responseTag = Field("imap.response_tag", "Response Tag", .string)
  let requestCommand = Field("imap.request.command", "Request Command", .string)
  let responseCommand = Field("imap.response.command", "Response Command", .string)
  let status = Field("imap.response.status", "Response Status", .string)
  let tag = Field("imap.tag", "Tag", .string)
  let command = Field("imap.command", "Command", .string)
  let folder = Field("imap.request.folder", "Request Folder", .string)
  let requestUID = Field("imap.request.command.uid", "Request isUID", .boolean)
  let username = Field("imap.request.username", "Request Username", .string)
  let password = Field("imap.request.password", "Request Password", .string)
  let requestIn = Field("imap.response_to", "Request In", .frameNumber)
  let time = Field("imap.time", "Response Time", .relativeTime)

  public init() {}
  static let fields = Self()
}
