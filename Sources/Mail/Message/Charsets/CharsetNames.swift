/// The names that charsets have in mail, those that IANA registered and the wrong ones that mailers use.
///
/// A converter is only ever asked for by a name from this table.
enum CharsetNames {
  /// Bytes of a label that is looked up; none that is known has more.
  private static let labelLimit = 40

  static func charset(of label: some StringProtocol) -> Charset? {
    guard label.utf8.count <= labelLimit else { return nil }
    var name = label.utf8.map(\.lowercasedASCII).filter { $0.isASCIILetter || $0.isASCIIDigit }[...]
    while true {
      if let charset = table[String(decoding: name, as: UTF8.self)] { return charset }
      // `x-gbk`, `csISO2022JP`.
      if name.first == UInt8(ascii: "x") {
        name.removeFirst()
      } else if name.starts(with: "cs".utf8) {
        name.removeFirst(2)
      } else {
        return nil
      }
    }
  }

  static let all = rows.map { Charset(name: $0.name, coding: $0.coding) }

  private static let table: [String: Charset] = {
    var table: [String: Charset] = [:]
    for row in rows {
      let charset = Charset(name: row.name, coding: row.coding)
      for label in row.labels.split(separator: " ") { table[String(label)] = charset }
    }
    return table
  }()

  /// A charset, how it is decoded, and its labels in lower case, without what is no letter or digit.
  private static let rows: [(name: String, coding: Charset.Coding, labels: String)] = [
    ("UTF-8", .utf8, "utf8 utf unicode11utf8 utf8mb4 utf8mac 65001 cp65001"),
    (
      "US-ASCII", .unnamed,
      "usascii ascii ansix341968 ansix341986 iso646us iso646irv1991 646 us cp367 ibm367 isoir6 20127"
    ),
    ("unknown-8bit", .unnamed, "unknown unknown8bit 8bit 7bit binary default none userdefined"),
    (
      "ISO-8859-1", .windows1252,
      "iso88591 iso885911987 88591 isoir100 latin1 isolatin1 l1 cp819 ibm819 28591"
    ),
    ("windows-1252", .windows1252, "windows1252 cp1252 win1252 1252 ansi"),
    (
      "ISO-8859-2", .converter("ISO-8859-2"),
      "iso88592 iso885921987 88592 isoir101 latin2 isolatin2 l2 28592"
    ),
    (
      "ISO-8859-3", .converter("ISO-8859-3"),
      "iso88593 iso885931988 88593 isoir109 latin3 isolatin3 l3 28593"
    ),
    (
      "ISO-8859-4", .converter("ISO-8859-4"),
      "iso88594 iso885941988 88594 isoir110 latin4 isolatin4 l4 28594"
    ),
    (
      "ISO-8859-5", .converter("ISO-8859-5"),
      "iso88595 iso885951988 88595 isoir144 cyrillic isolatincyrillic 28595"
    ),
    (
      "ISO-8859-6", .converter("ISO-8859-6"),
      "iso88596 iso885961987 88596 iso88596e iso88596i isoir127 arabic isolatinarabic ecma114 asmo708 28596"
    ),
    (
      "ISO-8859-7", .converter("ISO-8859-7"),
      "iso88597 iso885971987 iso885972003 88597 isoir126 greek greek8 isolatingreek ecma118 elot928 suneugreek 28597"
    ),
    (
      "ISO-8859-8", .converter("ISO-8859-8"),
      "iso88598 iso885981988 88598 iso88598e iso88598i isoir138 hebrew isolatinhebrew logical visual 28598 38598"
    ),
    (
      "ISO-8859-9", .converter("CP1254"),
      "iso88599 iso885991989 88599 isoir148 latin5 isolatin5 l5 28599"
    ),
    (
      "ISO-8859-10", .converter("ISO-8859-10"),
      "iso885910 iso8859101992 isoir157 latin6 isolatin6 l6 28600"
    ),
    ("ISO-8859-11", .converter("WINDOWS-874"), "iso885911 iso8859112001 28601"),
    ("ISO-8859-13", .converter("ISO-8859-13"), "iso885913 latin7 l7 28603"),
    (
      "ISO-8859-14", .converter("ISO-8859-14"),
      "iso885914 iso8859141998 isoir199 latin8 l8 isoceltic 28604"
    ),
    (
      "ISO-8859-15", .converter("ISO-8859-15"),
      "iso885915 iso8859151998 885915 isoir203 latin9 latin0 l9 28605"
    ),
    (
      "ISO-8859-16", .converter("ISO-8859-16"), "iso885916 iso8859162001 isoir226 latin10 l10 28606"
    ),
    ("windows-1250", .converter("CP1250"), "windows1250 cp1250 win1250 1250 msee"),
    ("windows-1251", .converter("CP1251"), "windows1251 cp1251 win1251 1251 mscyrl"),
    ("windows-1253", .converter("CP1253"), "windows1253 cp1253 win1253 1253 msgreek"),
    ("windows-1254", .converter("CP1254"), "windows1254 cp1254 win1254 1254 msturk"),
    ("windows-1255", .converter("CP1255"), "windows1255 cp1255 win1255 1255 mshebr"),
    ("windows-1256", .converter("CP1256"), "windows1256 cp1256 win1256 1256 msarab"),
    ("windows-1257", .converter("CP1257"), "windows1257 cp1257 win1257 1257 winbaltrim"),
    ("windows-1258", .converter("CP1258"), "windows1258 cp1258 win1258 1258"),
    (
      "windows-874", .converter("WINDOWS-874"),
      "windows874 cp874 874 dos874 tis620 tis62025290 tis62025331 tis6202533 isoir166 thai"
    ),
    ("KOI8-R", .converter("KOI8-R"), "koi8r koi8 koi cskoi8r 20866"),
    ("KOI8-U", .converter("KOI8-U"), "koi8u koi8ru 21866"),
    ("KOI8-T", .converter("KOI8-T"), "koi8t"),
    ("IBM437", .converter("CP437"), "ibm437 cp437 437 pc8codepage437 dos437"),
    ("IBM737", .converter("CP737"), "ibm737 cp737 737"),
    ("IBM775", .converter("CP775"), "ibm775 cp775 775 pc775baltic"),
    ("IBM850", .converter("CP850"), "ibm850 cp850 850 pc850multilingual dos850"),
    ("IBM852", .converter("CP852"), "ibm852 cp852 852 pcp852 dos852"),
    ("IBM855", .converter("CP855"), "ibm855 cp855 855"),
    ("IBM857", .converter("CP857"), "ibm857 cp857 857"),
    ("IBM858", .converter("CP858"), "ibm858 ibm00858 cp858 cp00858 858 pc850multilingualeuro"),
    ("IBM860", .converter("CP860"), "ibm860 cp860 860"),
    ("IBM861", .converter("CP861"), "ibm861 cp861 861 cpis"),
    ("IBM862", .converter("CP862"), "ibm862 cp862 862 pc862latinhebrew dos862"),
    ("IBM863", .converter("CP863"), "ibm863 cp863 863"),
    ("IBM864", .converter("CP864"), "ibm864 cp864 864"),
    ("IBM865", .converter("CP865"), "ibm865 cp865 865"),
    ("IBM866", .converter("CP866"), "ibm866 cp866 866 dos866"),
    ("IBM869", .converter("CP869"), "ibm869 cp869 869 cpgr"),
    ("macintosh", .converter("MACINTOSH"), "macintosh mac macroman 10000"),
    (
      "x-mac-ce", .converter("MAC-CENTRALEUROPE"),
      "macce maccentraleurope maccentraleuroperoman 10029"
    ),
    ("x-mac-cyrillic", .converter("MAC-CYRILLIC"), "maccyrillic macuk macukrainian 10007 10017"),
    ("x-mac-icelandic", .converter("MAC-IS"), "macicelandic macis 10079"),
    ("VISCII", .converter("VISCII"), "viscii viscii111"),
    ("TCVN", .converter("TCVN"), "tcvn tcvn5712 tcvn57121 tcvn571211993 vietnamesetcvn"),
    ("ARMSCII-8", .converter("ARMSCII-8"), "armscii8"),
    ("PTCP154", .converter("PT154"), "ptcp154 pt154 cp154 cyrillicasian"),
    ("KZ-1048", .converter("RK1048"), "kz1048 rk1048 strk10482002"),
    ("Georgian-PS", .converter("GEORGIAN-PS"), "georgianps"),
    (
      "GB18030", .converter("GB18030", .doubleByte, fallback: "CP936"), "gb18030 gb180302000 54936"
    ),
    (
      "GBK", .converter("GB18030", .doubleByte, fallback: "CP936"), "gbk cp936 ms936 windows936 936"
    ),
    (
      "GB2312", .converter("GB18030", .doubleByte, fallback: "CP936"),
      "gb2312 gb231280 gb23121980 euccn chinese cngb gb isoir58 iso58gb231280 20936"
    ),
    (
      "HZ-GB-2312", .converter("GB18030", .doubleByte, shifts: .hz), "hzgb2312 hzgb hz 52936"
    ),
    (
      "Big5", .converter("BIG5-HKSCS", .doubleByte, fallback: "BIG5"),
      "big5 big5hkscs big5eten big5tw cnbig5 bigfive chinesebig5 cp950 ms950 windows950 950"
    ),
    ("EUC-TW", .converter("EUC-TW", .doubleByte), "euctw cns11643"),
    (
      "ISO-2022-CN", .converter("ISO-2022-CN-EXT", .stateful), "iso2022cn iso2022cnext 50227"
    ),
    (
      "Shift_JIS", .converter("CP932", .doubleByte),
      "shiftjis sjis mskanji windows31j windows932 cp932 ms932 932 cp943c ibm943"
    ),
    (
      "EUC-JP", .converter("EUC-JP", .doubleByte, fallback: "EUC-JP-MS"),
      "eucjp eucjpms eucjpwin ujis extendedunixcodepackedformatforjapanese eucpkdfmtjapanese 51932 20932"
    ),
    (
      "ISO-2022-JP", .converter("EUC-JP", .doubleByte, fallback: "EUC-JP-MS", shifts: .japanese),
      "iso2022jp iso2022jp1 iso2022jpms jis jis7 junet cp50220 cp50221 cp50222 50220 50221 50222"
    ),
    ("ISO-2022-JP-2", .converter("ISO-2022-JP-2", .stateful), "iso2022jp2"),
    ("ISO-2022-JP-3", .converter("ISO-2022-JP-3", .stateful), "iso2022jp3 iso2022jp2004"),
    (
      "EUC-KR", .converter("UHC", .doubleByte),
      "euckr ksc56011987 ksc56011989 ksc5601 ksx1001 isoir149 korean cp949 ms949 windows949 uhc 949 51949"
    ),
    ("ISO-2022-KR", .converter("ISO-2022-KR", .stateful), "iso2022kr 50225"),
    ("JOHAB", .converter("JOHAB", .doubleByte), "johab cp1361 ms1361 1361"),
    ("UTF-7", .converter("UTF-7", .stateful), "utf7 unicode11utf7 unicode20utf7 65000"),
    ("UTF-16", .converter("UTF-16", .stateful), "utf16 iso10646ucs2 ucs2"),
    ("UTF-16LE", .converter("UTF-16LE", .stateful), "utf16le 1200"),
    ("UTF-16BE", .converter("UTF-16BE", .stateful), "utf16be 1201"),
    ("UTF-32", .converter("UTF-32", .stateful), "utf32 iso10646ucs4 ucs4"),
    ("UTF-32LE", .converter("UTF-32LE", .stateful), "utf32le 12000"),
    ("UTF-32BE", .converter("UTF-32BE", .stateful), "utf32be 12001"),
  ]
}
