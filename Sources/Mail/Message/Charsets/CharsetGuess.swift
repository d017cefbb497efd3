/// What charset bytes are in where nothing tells: UTF-8 where they are that, else what the message uses elsewhere,
/// else the one in which they look most like a language.
enum CharsetGuess {
  /// Bytes that are looked at.
  private static let limit = 1024

  static func charset(of bytes: [UInt8], hint: Charset?) -> Charset {
    let sample = sample(of: bytes)
    if sample.isEmpty { return .utf8 }
    if isUTF8(sample) { return sample.contains(0x1B) ? shifted(sample) ?? .utf8 : .utf8 }
    if let hint, hint.coding != .utf8, hint.coding != .unnamed,
      let found = hint.decode(sample), found.invalid == 0
    {
      return hint
    }
    var best: (charset: Charset, score: Double)?
    for candidate in candidates {
      guard let found = candidate.charset.decode(sample), found.invalid == 0 else { continue }
      let score = Score(of: found.text, frequent: candidate.frequent).perByte
      if score > best?.score ?? -.infinity { best = (candidate.charset, score) }
    }
    return best?.charset ?? windows1252
  }

  /// The bytes that say something: from the first that is no plain ASCII.
  private static func sample(of bytes: [UInt8]) -> [UInt8] {
    guard let first = bytes.firstIndex(where: { $0 >= 0x80 || $0 == 0x1B }) else { return [] }
    var sample = bytes[max(0, first - 16)...].prefix(limit)
    // A character that the limit cut says nothing.
    if sample.endIndex < bytes.endIndex, let end = sample.lastIndex(where: { $0 < 0x80 }) {
      sample = sample[...end]
    }
    return Array(sample)
  }

  private static func isUTF8(_ bytes: [UInt8]) -> Bool {
    Charset.utf8.decode(bytes).map { $0.invalid == 0 } ?? false
  }

  /// Seven-bit text with the shifts of Japanese mail in it.
  private static func shifted(_ bytes: [UInt8]) -> Charset? {
    guard let charset = Charset(label: "ISO-2022-JP"), bytes.firstPlace(of: [0x1B, 0x24]) != nil,
      let found = charset.decode(bytes), found.invalid == 0, !found.text.utf8.contains(0x1B)
    else { return nil }
    return charset
  }

  private static let windows1252 = Charset(name: "windows-1252", coding: .windows1252)

  private struct Candidate {
    var charset: Charset
    /// What is frequent in its language, with how frequent it is, from 1 to 3.
    var frequent: [Unicode.Scalar: Double]

    init?(_ label: String, _ letters: String) {
      guard let charset = Charset(label: label) else { return nil }
      self.charset = charset
      let count = Double(letters.unicodeScalars.count)
      let ranked = letters.unicodeScalars.enumerated().map { rank, letter in
        (letter, 3 - 2 * Double(rank) / count)
      }
      frequent = Dictionary(ranked, uniquingKeysWith: { first, _ in first })
    }
  }

  /// Charsets that mail is sent in without a word of it, with what is frequent in their languages, the most frequent
  /// first.
  private static let candidates: [Candidate] = [
    ("windows-1252", "äöüßéèêàçñáíóúôâîûãõëïœåæø’“”–…«»¿¡©®°"),
    ("windows-1250", "ěščřžýáíéůúťďňąćęłńóśźżőűöüäâăîşţđľ„”’–"),
    ("windows-1254", "ığşçöüİâî’"),
    ("windows-1251", "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэ№"),
    ("KOI8-R", "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэ"),
    ("KOI8-U", "оаиніетвсрлкудпмяьзбгйїєчхжюцщш"),
    ("IBM866", "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэ"),
    ("ISO-8859-5", "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэ"),
    ("windows-1253", "αοιετσνηυρπκμλςάέίόήγωύώθδχβφξζ"),
    ("windows-1255", "יוהלאתרבשמןנםדחעקפכטגצסזךףץ"),
    ("windows-1256", "اليمنرتوبهدعسكفقحجةشصطخذأىئضظثزغءإ"),
    ("windows-874", "านรอกเงมยลวดทสตะปบคหแจพชขใไโถซผฟ่้ีิุูัา็์ืำ"),
    ("Shift_JIS", kana + commonJapanese), ("EUC-JP", kana + commonJapanese),
    ("GB18030", commonSimplified), ("Big5", commonTraditional), ("EUC-KR", commonKorean),
  ].compactMap(Candidate.init)

  private static let kana =
    "あいうえおかがきぎくけげこごさしじすせそただちっつてでとどなにのはばひふへほまみめもやゆよらりるれろわをん"
    + "アイウェエオカガキギクグケコサザシジスセソタダチッツテデトドナニネノハバパビピフブプペボポマミムメモャュョラリルレロワンー、。"
  private static let commonJapanese =
    "日本人年大国一会中出上生者自分事行業今回月時場方新高社見定関件表部動的経学体名案内様御用信送付話電連絡"
  private static let commonSimplified =
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家种事成"
    + "方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心本前开但因只从想实日军者意无力它与长把机十民第公此已工"
    + "使情明性知全三又关点正业外将两高间由问很最重并物手应战向头文体政美相见被利什二等产或新己制身果加西斯月话合回特代内信"
    + "测试邮件您请通知订单发票账户付款系统"
  private static let commonTraditional =
    "的一是不了在人有我他這個們中來上大為和國地到以說時要就出會可也你對生能而子那得於著下自之年過發後作裡用道行所然家種事成"
    + "方多經麼去法學如都同現當沒動面起看定天分還進好小部其些主樣理心本前開但因只從想實日軍者意無力它與長把機十民第公此已工"
    + "使情明性知全三又關點正業外將兩高間由問很最重並物手應戰向頭文體政美相見被利什二等產或新己制身果加西斯月話合回特代內信"
    + "測試郵件您請通知訂單發票帳戶付款系統"
  private static let commonKorean =
    "이다는의에을를가은고한하지도로서사인기자리나있어시대부해그정일과수보아으전스들여장제안게주구라조원만상무마신오물성국"
    + "안녕하세요니까메편알림요청확감입"
}

/// How much a text looks like one of a language.
private struct Score {
  private var sum = 0.0
  private var weight = 0.0

  var perByte: Double { weight > 0 ? sum / weight : 0 }

  init(of text: String, frequent: [Unicode.Scalar: Double]) {
    var before: Unicode.Scalar = " "
    for scalar in text.unicodeScalars {
      defer { before = scalar }
      // Letters of two scripts within a word.
      if scalar.isNonLatinLetter && before.isASCIILetter
        || scalar.isASCIILetter && before.isNonLatinLetter
      {
        sum -= 2
      }
      guard scalar.value >= 0x80 else { continue }
      // What takes two bytes counts for two.
      let bytes = scalar.value >= 0x1100 ? 2.0 : 1.0
      weight += bytes
      sum += bytes * Self.value(of: scalar, after: before, frequent)
    }
  }

  private static func value(
    of scalar: Unicode.Scalar, after before: Unicode.Scalar, _ frequent: [Unicode.Scalar: Double]
  ) -> Double {
    let lower = scalar.properties.lowercaseMapping.unicodeScalars.first ?? scalar
    if let value = frequent[scalar] ?? frequent[lower].map({ $0 * 0.8 }) {
      return isOddCase(scalar, after: before) ? -1 : value
    }
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .modifierLetter, .otherLetter, .nonspacingMark,
      .spacingMark:
      return scalar.isIdeographic ? 0.5 : -0.5
    case .initialPunctuation, .finalPunctuation, .dashPunctuation, .otherPunctuation,
      .openPunctuation, .closePunctuation:
      return 0
    default: return -2
    }
  }

  /// A capital within a word that began with a small letter.
  private static func isOddCase(_ scalar: Unicode.Scalar, after before: Unicode.Scalar) -> Bool {
    scalar.properties.isUppercase && before.properties.isLowercase
  }
}

extension Unicode.Scalar {
  fileprivate var isASCIILetter: Bool { value < 0x80 && properties.isAlphabetic }
  /// Of a script that is written with blanks between words.
  fileprivate var isNonLatinLetter: Bool { (0x250..<0x2E80) ~= value && properties.isAlphabetic }
  /// Of a script that is written without, and beside Latin letters.
  fileprivate var isIdeographic: Bool { value >= 0x2E80 }
}
