/// The types that attachments have, by the names and the file names that they have.
enum FileTypeTable {
  typealias Row = (
    types: String, suffixes: String, family: FileType.Family, isSigned: Bool
  )

  /// Content types, the registered one first; suffixes of file names.
  static let rows: [Row] = [
    ("application/pdf application/x-pdf", "pdf", .other, true),
    ("application/zip application/x-zip-compressed application/x-zip", "zip", .archive, true),
    (
      "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx docm dotx",
      .archive, true
    ),
    (
      "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx xlsm xltx xlsb",
      .archive, true
    ),
    (
      "application/vnd.openxmlformats-officedocument.presentationml.presentation",
      "pptx pptm ppsx potx", .archive, true
    ),
    ("application/vnd.oasis.opendocument.text", "odt ott", .archive, true),
    ("application/vnd.oasis.opendocument.spreadsheet", "ods ots", .archive, true),
    ("application/vnd.oasis.opendocument.presentation", "odp otp", .archive, true),
    ("application/vnd.oasis.opendocument.graphics", "odg", .archive, true),
    ("application/epub+zip", "epub", .archive, true),
    ("application/java-archive application/x-java-archive", "jar war ear", .archive, true),
    ("application/vnd.android.package-archive", "apk", .archive, true),
    ("application/x-ole-storage", "msg msi msp mpp", .compound, false),
    ("application/msword application/vnd.ms-word", "doc dot", .compound, false),
    (
      "application/vnd.ms-excel application/msexcel application/x-msexcel", "xls xlt", .compound,
      false
    ),
    ("application/vnd.ms-powerpoint application/mspowerpoint", "ppt pps pot", .compound, false),
    ("application/vnd.ms-outlook", "", .compound, false),
    ("application/onenote application/msonenote", "one", .other, true),
    ("image/png", "png", .other, true),
    ("image/gif", "gif", .other, true),
    ("image/jpeg image/jpg image/pjpeg", "jpg jpeg jpe jfif", .other, true),
    ("image/webp", "webp", .other, true),
    ("image/bmp image/x-ms-bmp image/x-bmp", "bmp dib", .other, true),
    ("image/tiff", "tif tiff", .other, true),
    ("image/vnd.microsoft.icon image/x-icon", "ico", .other, false),
    ("image/vnd.adobe.photoshop", "psd", .other, true),
    ("image/heic image/heif", "heic heif", .media, false),
    ("image/avif", "avif", .media, false),
    ("image/svg+xml", "svg", .text, false),
    ("video/mp4 audio/mp4 video/quicktime audio/x-m4a", "mp4 m4a m4v mov 3gp", .media, false),
    ("video/webm video/x-matroska audio/webm", "webm mkv mka", .media, false),
    ("video/x-msvideo video/avi", "avi", .media, false),
    ("audio/wav audio/x-wav audio/vnd.wave", "wav", .media, false),
    ("audio/mpeg audio/mp3", "mp3", .media, false),
    ("audio/ogg video/ogg application/ogg", "ogg oga ogv opus", .media, false),
    ("audio/flac audio/x-flac", "flac", .media, false),
    ("audio/midi", "mid midi", .media, false),
    ("video/x-ms-asf video/x-ms-wmv audio/x-ms-wma", "wmv wma asf", .media, false),
    ("application/vnd.rar application/x-rar-compressed application/x-rar", "rar", .other, true),
    ("application/x-7z-compressed", "7z", .other, true),
    ("application/gzip application/x-gzip application/x-compressed-tar", "gz tgz", .other, true),
    ("application/x-bzip2", "bz2 tbz2", .other, true),
    ("application/x-xz", "xz txz", .other, true),
    ("application/zstd", "zst", .other, true),
    ("application/x-lz4", "lz4", .other, false),
    ("application/vnd.ms-cab-compressed application/x-cab", "cab", .other, true),
    ("application/x-arj", "arj", .other, false),
    ("application/x-ace-compressed", "ace", .other, false),
    ("application/x-lzh-compressed", "lzh lha", .other, false),
    ("application/x-tar", "tar", .other, false),
    (
      "application/vnd.microsoft.portable-executable application/x-msdownload application/x-dosexec"
        + " application/x-msdos-program", "exe dll scr com pif cpl sys ocx", .program, false
    ),
    (
      "application/x-elf application/x-executable application/x-sharedlib", "elf so", .program,
      false
    ),
    ("application/x-mach-binary", "dylib", .program, false),
    ("application/java-vm", "class", .program, false),
    ("application/wasm", "wasm", .program, false),
    ("application/x-dex", "dex", .program, false),
    ("application/x-ms-shortcut", "lnk", .program, false),
    ("application/vnd.ms-htmlhelp", "chm", .program, false),
    ("application/x-shockwave-flash", "swf", .program, false),
    ("application/x-sh text/x-shellscript", "sh", .text, false),
    ("application/rtf text/rtf", "rtf", .text, false),
    ("text/html application/xhtml+xml", "html htm xhtml shtml mht mhtml", .text, false),
    ("text/xml application/xml", "xml xsl xsd", .text, false),
    ("application/postscript", "ps eps", .text, false),
    ("text/calendar", "ics", .text, false),
    ("text/vcard text/x-vcard text/directory", "vcf", .text, false),
    (
      "application/pgp-keys application/pgp-signature application/pgp-encrypted", "asc", .text,
      false
    ),
    ("application/x-pem-file", "pem crt", .text, false),
    ("application/x-mswinurl", "url", .text, false),
    ("text/plain", "txt log md", .text, false),
    ("text/csv", "csv", .text, false),
    ("application/json", "json", .text, false),
    ("application/javascript text/javascript", "js jse", .text, false),
    ("application/x-vbscript", "vbs vbe wsf hta bat cmd ps1", .text, false),
    ("application/ms-tnef application/vnd.ms-tnef", "", .other, false),
    (
      "application/pkcs7-mime application/pkcs7-signature application/x-pkcs7-signature"
        + " application/x-pkcs7-mime", "p7m p7s p7c", .other, false
    ),
    ("application/vnd.sqlite3 application/x-sqlite3", "sqlite db", .other, false),
    ("font/woff font/woff2", "woff woff2", .other, false),
    ("font/ttf font/otf", "ttf otf", .other, false),
    ("application/x-iso9660-image", "iso vhd vhdx", .other, false),
    ("application/vnd.ms-pst", "pst ost", .other, false),
  ]
}
