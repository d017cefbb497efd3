import Mail

/// Names for files whose wanted names a stranger chose: from a whitelist of characters, never a path, and each but once.
struct SafeNames {
  /// Bytes of a name, the number in front of it not counted: file systems take 255.
  static let limit = 160
  /// Bytes of what counts as the extension.
  private static let extensionLimit = 16

  /// Names that are taken, in lower case: not every file system keeps cases apart.
  private var taken: Set<String> = []
  /// How many have asked for a name already.
  private var asked: [String: Int] = [:]

  /// A name like `wanted` that was not given before.
  mutating func name(for wanted: String) -> String {
    let safe = Self.safe(wanted)
    let (stem, ending) = Self.split(safe)
    var candidate = safe
    while taken.contains(candidate.lowercased()) {
      let count = asked[safe.lowercased(), default: 1] + 1
      asked[safe.lowercased()] = count
      candidate = "\(stem)-\(count)\(ending)"
    }
    taken.insert(candidate.lowercased())
    return candidate
  }

  /// Letters, digits, `.`, `-`, `_` and `+` of ASCII; what else there is becomes `_`. Of a path only what follows its last
  /// separator is taken. The name begins with no dot or dash, and ends with a letter, a digit or `+`. Empty where nothing is left.
  static func safe(_ wanted: String) -> String {
    let last = wanted.unicodeScalars.split(omittingEmptySubsequences: true) {
      $0 == "/" || $0 == "\\"
    }.last
    var bytes: [UInt8] = []
    for scalar in last.map(Array.init) ?? [] {
      let isPlain =
        scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar))
      if isPlain || scalar == "." || scalar == "-" || scalar == "+" {
        bytes.append(UInt8(truncatingIfNeeded: scalar.value))
      } else if bytes.last != UInt8(ascii: "_") {
        bytes.append(UInt8(ascii: "_"))
      }
    }
    let kept = bytes.drop { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-") }
    let edges: Set<UInt8> = [UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_")]
    let end = kept.lastIndex { !edges.contains($0) }
    guard let end else { return "" }
    let name = String(decoding: kept[...end], as: UTF8.self)
    guard name.utf8.count > limit else { return name }
    let (stem, ending) = split(name)
    return stem.prefix(limit - ending.utf8.count) + ending
  }

  /// `report` and `.pdf`
  private static func split(_ name: String) -> (stem: String, ending: String) {
    guard let dot = name.lastIndex(of: "."), dot > name.startIndex,
      name[dot...].utf8.count <= extensionLimit
    else { return (name, "") }
    return (String(name[..<dot]), String(name[dot...]))
  }
}

extension MessagePart {
  /// Whether it is a file that came with the message, rather than the text of it.
  var isAttachment: Bool {
    switch kind {
    case .multipart: false
    case .message, .embedded: true
    case .leaf:
      filename != nil || disposition == "attachment" || !contentType.hasPrefix("text/")
    }
  }

  /// The name that its file is to have, where all is well with it.
  var wantedName: String {
    if let filename, !SafeNames.safe(filename).isEmpty { return filename }
    let type = contentType == "application/octet-stream" ? detectedType ?? contentType : contentType
    return "part-\(path).\(Self.endings[type] ?? "bin")"
  }

  private static let endings = [
    "message/rfc822": "eml", "message/global": "eml", "text/plain": "txt", "text/html": "html",
    "text/calendar": "ics", "text/csv": "csv", "text/vcard": "vcf", "image/png": "png",
    "image/jpeg": "jpg", "image/gif": "gif", "image/webp": "webp", "image/svg+xml": "svg",
    "application/pdf": "pdf", "application/zip": "zip", "application/gzip": "gz",
    "application/json": "json", "application/xml": "xml", "text/xml": "xml",
    "application/pgp-signature": "asc", "application/pkcs7-signature": "p7s",
    "application/pkcs7-mime": "p7m", "message/delivery-status": "txt",
    "message/disposition-notification": "txt", "application/ms-tnef": "dat",
  ]
}
