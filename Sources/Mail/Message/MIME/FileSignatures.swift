/// What files begin with.
enum FileSignatures {
  static let archive: [UInt8] = [0x50, 0x4B, 0x03, 0x04]

  static func type(of head: [UInt8]) -> FileType? {
    name(of: head).flatMap { FileType.all[$0] }
  }

  private static func name(of head: [UInt8]) -> String? {
    guard !head.isEmpty else { return nil }
    for place in fixed.indices where matches(head, fixed[place].bytes, at: fixed[place].offset) {
      return fixed[place].type
    }
    if head.starts(with: archive) { return archiveName(head) }
    if matches(head, Array("RIFF".utf8), at: 0) { return riffName(head) }
    if matches(head, Array("ftyp".utf8), at: 4) { return brandName(head) }
    if head.starts(with: [0x4D, 0x5A]) {
      return "application/vnd.microsoft.portable-executable"
    }
    if head.starts(with: [0x42, 0x4D]), matches(head, [0, 0, 0, 0], at: 6) { return "image/bmp" }
    if head.count > 2, head[0] == 0xFF, head[1] & 0xE6 == 0xE2, head[2] & 0xF0 != 0xF0 {
      return "audio/mpeg"
    }
    // Of signed and encrypted messages: a sequence that begins with its kind (RFC 8551 section 3.2).
    if head.first == 0x30,
      head.prefix(24).contains([0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07])
    {
      return "application/pkcs7-mime"
    }
    if let name = textName(head) { return name }
    // Readers look for it in the first bytes.
    return head.contains("%PDF-") ? "application/pdf" : nil
  }

  private static func matches(_ head: [UInt8], _ bytes: [UInt8], at offset: Int) -> Bool {
    guard head.count >= offset + bytes.count else { return false }
    for index in bytes.indices where head[offset + index] != bytes[index] { return false }
    return true
  }

  private static func text(_ type: String, _ bytes: String, at offset: Int = 0) -> Row {
    (type, Array(bytes.utf8), offset)
  }

  private typealias Row = (type: String, bytes: [UInt8], offset: Int)

  private static let fixed: [Row] = [
    text("application/pdf", "%PDF-"),
    ("image/png", [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A], 0),
    text("image/gif", "GIF87a"), text("image/gif", "GIF89a"),
    ("image/jpeg", [0xFF, 0xD8, 0xFF], 0),
    ("image/tiff", [0x49, 0x49, 0x2A, 0x00], 0), ("image/tiff", [0x4D, 0x4D, 0x00, 0x2A], 0),
    ("image/vnd.microsoft.icon", [0x00, 0x00, 0x01, 0x00], 0),
    text("image/vnd.adobe.photoshop", "8BPS"),
    ("application/x-ole-storage", [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1], 0),
    ("application/onenote", [0xE4, 0x52, 0x5C, 0x7B, 0x8C, 0xD8, 0xA7, 0x4D], 0),
    ("application/zip", [0x50, 0x4B, 0x05, 0x06], 0),
    ("application/vnd.rar", [0x52, 0x61, 0x72, 0x21, 0x1A, 0x07], 0),
    ("application/x-7z-compressed", [0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C], 0),
    ("application/gzip", [0x1F, 0x8B, 0x08], 0), text("application/x-bzip2", "BZh"),
    ("application/x-xz", [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00], 0),
    ("application/zstd", [0x28, 0xB5, 0x2F, 0xFD], 0),
    ("application/x-lz4", [0x04, 0x22, 0x4D, 0x18], 0),
    ("application/vnd.ms-cab-compressed", [0x4D, 0x53, 0x43, 0x46, 0, 0, 0, 0], 0),
    ("application/x-arj", [0x60, 0xEA], 0), text("application/x-ace-compressed", "**ACE**", at: 7),
    text("application/x-lzh-compressed", "-lh", at: 2), text("application/x-tar", "ustar", at: 257),
    ("application/x-elf", [0x7F, 0x45, 0x4C, 0x46], 0),
    ("application/x-mach-binary", [0xFE, 0xED, 0xFA, 0xCE], 0),
    ("application/x-mach-binary", [0xFE, 0xED, 0xFA, 0xCF], 0),
    ("application/x-mach-binary", [0xCE, 0xFA, 0xED, 0xFE], 0),
    ("application/x-mach-binary", [0xCF, 0xFA, 0xED, 0xFE], 0),
    ("application/java-vm", [0xCA, 0xFE, 0xBA, 0xBE], 0),
    ("application/wasm", [0x00, 0x61, 0x73, 0x6D], 0), text("application/x-dex", "dex\n"),
    ("application/x-ms-shortcut", [0x4C, 0, 0, 0, 0x01, 0x14, 0x02, 0], 0),
    text("application/vnd.ms-htmlhelp", "ITSF"),
    text("application/x-shockwave-flash", "FWS"), text("application/x-shockwave-flash", "CWS"),
    text("application/x-shockwave-flash", "ZWS"),
    ("video/webm", [0x1A, 0x45, 0xDF, 0xA3], 0), text("audio/ogg", "OggS"),
    text("audio/flac", "fLaC"), text("audio/mpeg", "ID3"), text("audio/midi", "MThd"),
    ("video/x-ms-asf", [0x30, 0x26, 0xB2, 0x75, 0x8E, 0x66, 0xCF, 0x11], 0),
    ("application/ms-tnef", [0x78, 0x9F, 0x3E, 0x22], 0),
    text("application/vnd.sqlite3", "SQLite format 3\0"), text("font/woff", "wOFF"),
    text("font/woff", "wOF2"), ("font/ttf", [0, 1, 0, 0, 0], 0), text("font/ttf", "OTTO"),
    text("application/vnd.ms-pst", "!BDN"),
  ]

  /// By the names of the first entries (APPNOTE section 4.3.7).
  private static func archiveName(_ head: [UInt8]) -> String {
    var place = 0
    var isPackage = false
    while let found = head[place...].firstPlace(of: archive), found + 30 <= head.count {
      let length = Int(head[found + 26]) | Int(head[found + 27]) << 8
      let extra = Int(head[found + 28]) | Int(head[found + 29]) << 8
      let end = min(head.count, found + 30 + length)
      let name = String(decoding: head[(found + 30)..<end], as: UTF8.self)
      if found == 0, name == "mimetype" {
        let content = head[min(head.count, end + extra)...].prefix { (0x21...0x7A).contains($0) }
        let type = String(decoding: content.prefix(80), as: UTF8.self)
        // What follows it in the archive may be printable too.
        return FileType.all.keys.filter { type.hasPrefix($0) }.max { $0.utf8.count < $1.utf8.count }
          ?? "application/zip"
      }
      if name == "[Content_Types].xml" || name.hasPrefix("_rels/") { isPackage = true }
      if isPackage || name.hasPrefix("docProps/") {
        for (folder, type) in packages where name.hasPrefix(folder) {
          return "application/vnd.openxmlformats-officedocument.\(type)"
        }
      }
      if name == "AndroidManifest.xml" || name == "classes.dex" {
        return "application/vnd.android.package-archive"
      }
      if name.hasPrefix("META-INF/") { return "application/java-archive" }
      place = found + 4
    }
    return "application/zip"
  }

  private static let packages = [
    ("word/", "wordprocessingml.document"), ("xl/", "spreadsheetml.sheet"),
    ("ppt/", "presentationml.presentation"),
  ]

  private static func riffName(_ head: [UInt8]) -> String? {
    if matches(head, Array("WEBP".utf8), at: 8) { return "image/webp" }
    if matches(head, Array("WAVE".utf8), at: 8) { return "audio/wav" }
    return matches(head, Array("AVI ".utf8), at: 8) ? "video/x-msvideo" : nil
  }

  private static func brandName(_ head: [UInt8]) -> String {
    let brand = String(decoding: head.dropFirst(8).prefix(4), as: UTF8.self)
    switch brand {
    case "heic", "heix", "mif1", "msf1", "hevc": return "image/heic"
    case "avif", "avis": return "image/avif"
    default: return "video/mp4"
    }
  }

  /// By the first words of a text, in any case.
  private static func textName(_ head: [UInt8]) -> String? {
    var start = matches(head, [0xEF, 0xBB, 0xBF], at: 0) ? 3 : 0
    while start < head.count, head[start].isFolding { start += 1 }
    guard let row = texts.first(where: { head.span.hasPrefix(ignoringCase: $0.words, at: start) })
    else { return nil }
    // What kind of XML it is, its first element says.
    if row.type == "text/xml" {
      let all = Array(head[start...])
      if all.span.contains(lowercased: "<svg") { return "image/svg+xml" }
      if all.span.contains(lowercased: "<html") { return "text/html" }
    }
    return row.type
  }

  private static let texts: [(words: String, type: String)] = [
    ("{\\rtf", "application/rtf"), ("<!doctype html", "text/html"), ("<html", "text/html"),
    ("<head", "text/html"), ("<body", "text/html"), ("<script", "text/html"),
    ("<?xml", "text/xml"), ("<svg", "image/svg+xml"), ("%!ps", "application/postscript"),
    ("#!", "application/x-sh"), ("begin:vcalendar", "text/calendar"), ("begin:vcard", "text/vcard"),
    ("-----begin pgp", "application/pgp-keys"), ("-----begin ", "application/x-pem-file"),
    ("[internetshortcut]", "application/x-mswinurl"),
  ]
}

extension ArraySlice<UInt8> {
  /// The index at which `mark` first is.
  func firstPlace(of mark: [UInt8]) -> Int? {
    guard let first = mark.first, mark.count <= count else { return nil }
    for start in startIndex...(endIndex - mark.count) where self[start] == first {
      if self[start..<start + mark.count].elementsEqual(mark) { return start }
    }
    return nil
  }

  fileprivate func contains(_ mark: [UInt8]) -> Bool { firstPlace(of: mark) != nil }
}
