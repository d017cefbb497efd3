/// The commands that RFCs define, without `UID`.
enum IMAPCommand: String, Sendable, CaseIterable {
  case append = "APPEND"
  case authenticate = "AUTHENTICATE"
  case cancelUpdate = "CANCELUPDATE"
  case capability = "CAPABILITY"
  case check = "CHECK"
  case close = "CLOSE"
  case comparator = "COMPARATOR"
  case compress = "COMPRESS"
  case conversions = "CONVERSIONS"
  case convert = "CONVERT"
  case copy = "COPY"
  case create = "CREATE"
  case delete = "DELETE"
  case deleteACL = "DELETEACL"
  case enable = "ENABLE"
  case esearch = "ESEARCH"
  case examine = "EXAMINE"
  case expunge = "EXPUNGE"
  case fetch = "FETCH"
  case genURLAuth = "GENURLAUTH"
  case getACL = "GETACL"
  case getAnnotation = "GETANNOTATION"
  case getJMAPAccess = "GETJMAPACCESS"
  case getMetadata = "GETMETADATA"
  case getQuota = "GETQUOTA"
  case getQuotaRoot = "GETQUOTAROOT"
  case id = "ID"
  case idle = "IDLE"
  case language = "LANGUAGE"
  case list = "LIST"
  case listRights = "LISTRIGHTS"
  case login = "LOGIN"
  case logout = "LOGOUT"
  case lsub = "LSUB"
  case move = "MOVE"
  case myRights = "MYRIGHTS"
  case namespace = "NAMESPACE"
  case noop = "NOOP"
  case notify = "NOTIFY"
  case proxyAuth = "PROXYAUTH"
  case rename = "RENAME"
  case replace = "REPLACE"
  case resetKey = "RESETKEY"
  case rlist = "RLIST"
  case rlsub = "RLSUB"
  case search = "SEARCH"
  case select = "SELECT"
  case setACL = "SETACL"
  case setAnnotation = "SETANNOTATION"
  case setMetadata = "SETMETADATA"
  case setQuota = "SETQUOTA"
  case sort = "SORT"
  case startTLS = "STARTTLS"
  case status = "STATUS"
  case store = "STORE"
  case subscribe = "SUBSCRIBE"
  case thread = "THREAD"
  case uid = "UID"
  case uidBatches = "UIDBATCHES"
  case unauthenticate = "UNAUTHENTICATE"
  case unselect = "UNSELECT"
  case unsubscribe = "UNSUBSCRIBE"
  case urlFetch = "URLFETCH"
  case xapplePushService = "XAPPLEPUSHSERVICE"
  case xlist = "XLIST"
  case xstats = "XSTATS"

  private static let named = Dictionary(uniqueKeysWithValues: allCases.map { ($0.rawValue, $0) })

  /// `name` is in upper case.
  init?(_ name: String) {
    guard let command = Self.named[name] else { return nil }
    self = command
  }

  /// May follow `UID`.
  var hasUIDForm: Bool {
    switch self {
    case .fetch, .store, .copy, .move, .search, .expunge, .sort, .thread, .replace: true
    default: false
    }
  }

  /// Allowed whether the client is logged in or not.
  var isForAnyState: Bool {
    switch self {
    case .capability, .noop, .logout, .id, .language, .compress: true
    default: false
    }
  }

  /// Allowed before the login alone.
  var isForLogin: Bool { self == .startTLS || self == .authenticate || self == .login }

  var needsMailbox: Bool {
    switch self {
    case .check, .close, .unselect, .convert: true
    default: hasUIDForm
    }
  }

  /// Its completion may change what is allowed.
  var changesState: Bool {
    switch self {
    case .login, .authenticate, .select, .examine, .close, .unselect, .unauthenticate: true
    default: false
    }
  }

  /// Does it ask for untagged data of this kind? (RFC 9051 section 7.)
  func asks(for kind: IMAPDataKind) -> Bool {
    switch (kind, self) {
    case (.fetch, .fetch), (.fetch, .store), (.fetch, .convert),
      (.search, .search), (.search, .esearch), (.search, .sort), (.search, .thread),
      (.esearch, .search), (.esearch, .esearch), (.esearch, .sort), (.esearch, .thread),
      (.sort, .sort), (.thread, .thread),
      (.list, .list), (.list, .xlist), (.list, .lsub),
      (.xlist, .list), (.xlist, .xlist), (.xlist, .lsub),
      (.lsub, .lsub), (.status, .status), (.status, .list),
      (.namespace, .namespace), (.id, .id), (.language, .language), (.comparator, .comparator),
      (.genURLAuth, .genURLAuth), (.urlFetch, .urlFetch),
      (.capability, .capability), (.capability, .login), (.capability, .authenticate),
      (.capability, .startTLS), (.enabled, .enable),
      (.flags, .select), (.flags, .examine), (.exists, .select), (.exists, .examine),
      (.recent, .select), (.recent, .examine),
      (.expunge, .expunge), (.expunge, .move), (.expunge, .replace),
      (.vanished, .expunge), (.vanished, .move), (.vanished, .fetch), (.vanished, .select),
      (.vanished, .examine), (.vanished, .replace),
      (.quota, .getQuota), (.quota, .getQuotaRoot), (.quota, .setQuota),
      (.quotaRoot, .getQuotaRoot), (.acl, .getACL), (.listRights, .listRights),
      (.myRights, .myRights), (.metadata, .getMetadata),
      (.annotation, .getAnnotation), (.annotation, .fetch), (.bye, .logout):
      true
    default: false
    }
  }
}

/// The verb of a command's line.
struct IMAPVerb: Sendable, Hashable {
  /// In upper case: `FETCH`, `UID FETCH`; empty where the line has none.
  let name: String
  /// nil where no RFC defines it.
  let command: IMAPCommand?
  let isUID: Bool

  init(_ command: IMAPCommand, isUID: Bool = false) {
    name = (isUID ? "UID " : "") + command.rawValue
    (self.command, self.isUID) = (command, isUID)
  }

  init(unknown name: String) { (self.name, command, isUID) = (name, nil, false) }

  /// The fewest arguments that it needs, where it has any.
  var fewestArguments: Int? {
    switch command {
    case .expunge: isUID ? 1 : nil
    case .authenticate, .enable, .select, .examine, .create, .delete, .subscribe, .unsubscribe,
      .search, .compress, .getQuota, .getQuotaRoot, .getACL, .myRights, .id, .notify:
      1
    case .login, .rename, .list, .lsub, .status, .append, .fetch, .copy, .move, .setQuota,
      .deleteACL, .listRights, .getMetadata, .setMetadata:
      2
    case .store, .setACL, .sort, .thread: 3
    default: nil
    }
  }

  /// Which of its arguments names a mailbox.
  var mailboxPlace: Int? {
    switch command {
    case .select, .examine, .create, .delete, .rename, .subscribe, .unsubscribe, .status, .append,
      .getQuotaRoot, .getACL, .setACL, .deleteACL, .listRights, .myRights, .setMetadata:
      0
    case .copy, .move, .replace: 1
    default: nil
    }
  }

  /// How many arguments come before the message that it carries, its mailbox being the last of them.
  var argumentsBeforeMessage: Int? {
    switch command {
    case .append: 1
    case .replace: 2
    default: nil
    }
  }
}

/// The kinds of untagged responses that RFCs define.
enum IMAPDataKind: String, Sendable, CaseIterable {
  case ok = "OK"
  case no = "NO"
  case bad = "BAD"
  case bye = "BYE"
  case preauth = "PREAUTH"
  case acl = "ACL"
  case annotation = "ANNOTATION"
  case capability = "CAPABILITY"
  case comparator = "COMPARATOR"
  case enabled = "ENABLED"
  case esearch = "ESEARCH"
  case exists = "EXISTS"
  case expunge = "EXPUNGE"
  case fetch = "FETCH"
  case flags = "FLAGS"
  case genURLAuth = "GENURLAUTH"
  case id = "ID"
  case language = "LANGUAGE"
  case list = "LIST"
  case listRights = "LISTRIGHTS"
  case lsub = "LSUB"
  case metadata = "METADATA"
  case myRights = "MYRIGHTS"
  case namespace = "NAMESPACE"
  case quota = "QUOTA"
  case quotaRoot = "QUOTAROOT"
  case recent = "RECENT"
  case search = "SEARCH"
  case sort = "SORT"
  case status = "STATUS"
  case thread = "THREAD"
  case urlFetch = "URLFETCH"
  case vanished = "VANISHED"
  case xlist = "XLIST"

  private static let named = Dictionary(uniqueKeysWithValues: allCases.map { ($0.rawValue, $0) })

  /// `name` is in upper case.
  init?(_ name: String) {
    guard let kind = Self.named[name] else { return nil }
    self = kind
  }

  /// Free text follows it (RFC 9051 section 7.1).
  var isStatus: Bool {
    switch self {
    case .ok, .no, .bad, .bye, .preauth: true
    default: false
    }
  }

  /// A number comes before it.
  var hasNumber: Bool {
    switch self {
    case .exists, .recent, .expunge, .fetch: true
    default: false
    }
  }

  /// A server may send it though no command asked for it.
  var comesUnasked: Bool {
    switch self {
    case .exists, .recent, .expunge, .fetch, .vanished, .ok, .no, .bad, .bye, .flags: true
    default: false
    }
  }
}
