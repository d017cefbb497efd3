import Fields

/// Reads the attachments of a `winmail.dat` (MS-OXTNEF) as its bytes come.
struct TNEFReader: Sendable {
  private enum State: Sendable {
    case signature
    /// Level, identifier and length of an attribute.
    case attribute
    case data
    case checksum
    /// It is no such file, or cannot be read further.
    case dead
  }
  private enum Attribute {
    static let attachment: UInt32 = 0x0006_9002
    static let title: UInt32 = 0x0001_8010
    static let data: UInt32 = 0x0006_800F
    static let properties: UInt32 = 0x0006_9005
    static let codepage: UInt32 = 0x0006_9007
  }
  private static let signature: [UInt8] = [0x78, 0x9F, 0x3E, 0x22]
  /// Bytes of an attribute that are kept to be looked at.
  private static let keptLimit = 4_096

  private var state = State.signature
  private var identifier: UInt32 = 0
  /// Bytes of the attribute, and of all there is of it, that are still to come.
  private var left = 6
  private var kept: [UInt8] = []
  private var properties = MAPIProperties()
  private var file: EmbeddedFile?
  private var hasLongName = false
  private var codepage: Int?
  private var problem: String?
  /// A file that is to begin once the one before has ended.
  private var beginsFile = false

  mutating func next(
    _ bytes: Span<UInt8>, _ index: inout Int, into output: inout [UInt8]
  ) -> EmbeddedFile.Event? {
    if beginsFile { return beginFile() }
    while index < bytes.count, state != .dead {
      let end = index + min(left, bytes.count - index)
      take(bytes.extracting(index..<end), into: &output)
      left -= end - index
      index = end
      guard left == 0 else { return nil }
      if let event = endItem() { return event }
    }
    if state == .dead { index = bytes.count }
    return nil
  }

  /// The bytes end, or some are missing: nothing after them can be read.
  mutating func finish() -> EmbeddedFile.Event? {
    let isWhole = state == .attribute && kept.isEmpty && left == 9
    if !isWhole, state != .dead { problem = "it ends within an attribute" }
    state = .dead
    guard file != nil else { return nil }
    return endFile(isIncomplete: !isWhole)
  }

  /// What keeps it from being read to its end.
  var trouble: String? { problem }

  private mutating func take(_ bytes: Span<UInt8>, into output: inout [UInt8]) {
    if state == .data, identifier == Attribute.data {
      if file != nil { output.append(bytes) }
    } else if state == .data, identifier == Attribute.properties {
      properties.receive(bytes, into: &output)
    } else {
      let room = max(0, Self.keptLimit - kept.count)
      kept.append(bytes.extracting(first: min(room, bytes.count)))
    }
  }

  /// What was to come has come whole.
  private mutating func endItem() -> EmbeddedFile.Event? {
    let bytes = kept
    kept = []
    switch state {
    case .signature:
      guard bytes.starts(with: Self.signature) else {
        return die("it does not begin as such a file does")
      }
      (state, left) = (.attribute, 9)
    case .attribute:
      let length = Int(bytes.span.uint32LittleEndian(at: 5))
      identifier = bytes.span.uint32LittleEndian(at: 1)
      guard bytes[0] == 1 || bytes[0] == 2, length < Int(Int32.max) else {
        return die("an attribute that is none")
      }
      properties = MAPIProperties()
      (state, left) = length == 0 ? (.checksum, 2) : (.data, length)
      if identifier == Attribute.attachment {
        beginsFile = true
        return file == nil ? beginFile() : endFile(isIncomplete: false)
      }
    case .data:
      (state, left) = (.checksum, 2)
      return endAttribute(bytes)
    case .checksum: (state, left) = (.attribute, 9)
    case .dead: break
    }
    return nil
  }

  private mutating func endAttribute(_ bytes: [UInt8]) -> EmbeddedFile.Event? {
    switch identifier {
    case Attribute.codepage where bytes.count >= 4:
      codepage = Int(bytes.span.uint32LittleEndian(at: 0))
    case Attribute.title where !hasLongName:
      let title = text(bytes, codepage.flatMap { Charset(label: "\($0)") })
      file?.name = title
      return file.map { .change($0) }
    case Attribute.properties:
      if let name = properties.longName {
        let long = text(name)
        file?.name = long
        hasLongName = true
      }
      if let type = properties.contentType {
        let type = text(type)
        file?.contentType = type
      }
      if let id = properties.contentID {
        let id = text(id)
        file?.contentID = id
      }
      if properties.hasObject { file?.contentType = "application/ms-tnef" }
      return file.map { .change($0) }
    default: break
    }
    return nil
  }

  private func text(_ value: MAPIProperties.Text) -> String {
    text(value.bytes, value.isWide ? Charset(label: "utf-16le") : nil)
  }

  private func text(_ bytes: [UInt8], _ charset: Charset?) -> String {
    let known = charset ?? CharsetGuess.charset(of: bytes, hint: nil)
    let text = known.decode(bytes)?.text ?? String(decoding: bytes, as: UTF8.self)
    return String(text.prefix { $0 != "\0" })
  }

  private mutating func beginFile() -> EmbeddedFile.Event {
    let begun = EmbeddedFile(encoding: nil)
    (file, hasLongName, beginsFile) = (begun, false, false)
    return .begin(begun)
  }

  private mutating func endFile(isIncomplete: Bool) -> EmbeddedFile.Event {
    file = nil
    var problems = ContentProblems()
    problems.isIncomplete = isIncomplete
    return .end(problems)
  }

  private mutating func die(_ text: String) -> EmbeddedFile.Event? {
    (state, problem) = (.dead, text)
    return file == nil ? nil : endFile(isIncomplete: true)
  }
}

/// The properties of an attachment (MS-OXTNEF section 2.1.3.4), of which a few are kept.
struct MAPIProperties: Sendable {
  struct Text: Sendable {
    var bytes: [UInt8]
    var isWide: Bool
  }
  private enum State: Sendable {
    case count
    case tag
    /// Of a named property: its set, its kind, its number or the length of its name, and that.
    case nameSet
    case nameLength
    case name
    case valueCount
    case valueLength
    case value
    case done
  }
  private static let keptLimit = 4_096

  private(set) var longName: Text?
  private(set) var contentType: Text?
  private(set) var contentID: Text?
  /// It is a message or an object, whose bytes are given out.
  private(set) var hasObject = false

  private var state = State.count
  private var left = 4
  private var kept: [UInt8] = []
  /// Properties, and values of the one at hand, that are still to come.
  private var properties = 0
  private var values = 0
  private var type: UInt16 = 0
  private var identifier: UInt16 = 0
  /// Bytes of an object before the file in it: what it is.
  private var objectHead = 16

  /// Bytes of the property that is an attached message go to `output`.
  mutating func receive(_ bytes: Span<UInt8>, into output: inout [UInt8]) {
    var index = 0
    while index < bytes.count, state != .done {
      let end = index + min(left, bytes.count - index)
      let piece = bytes.extracting(index..<end)
      if state == .value, isObject {
        hasObject = true
        let head = min(objectHead, piece.count)
        objectHead -= head
        output.append(piece.extracting(droppingFirst: head))
      } else {
        kept.append(piece.extracting(first: min(piece.count, max(0, Self.keptLimit - kept.count))))
      }
      left -= end - index
      index = end
      if left == 0 { endItem() }
    }
  }

  private var isObject: Bool { identifier == 0x3701 && type == 0x000D }
  private var isNamed: Bool { identifier >= 0x8000 }
  /// Strings, bytes and objects have a length of their own.
  private var hasLength: Bool { [0x000D, 0x001E, 0x001F, 0x0102].contains(type & 0x0FFF) }

  private mutating func endItem() {
    let bytes = kept
    kept = []
    switch state {
    case .count:
      properties = Int(bytes.span.uint32LittleEndian(at: 0))
      nextProperty()
    case .tag:
      type = bytes.span.uint16LittleEndian(at: 0)
      identifier = bytes.span.uint16LittleEndian(at: 2)
      if isNamed { (state, left) = (.nameSet, 20) } else { beginValues() }
    case .nameSet:
      if bytes.span.uint32LittleEndian(at: 16) == 0 {
        (state, left) = (.name, 4)
      } else {
        (state, left) = (.nameLength, 4)
      }
    case .nameLength:
      left = padded(bytes.span.uint32LittleEndian(at: 0))
      state = .name
      if left == 0 { beginValues() }
    case .name: beginValues()
    case .valueCount:
      values = Int(bytes.span.uint32LittleEndian(at: 0))
      nextValue()
    case .valueLength:
      left = padded(bytes.span.uint32LittleEndian(at: 0))
      state = .value
      if left == 0 { nextValue() }
    case .value:
      keep(bytes)
      nextValue()
    case .done: break
    }
  }

  private mutating func nextProperty() {
    properties -= 1
    (state, left) = properties < 0 ? (.done, 0) : (.tag, 4)
  }

  private mutating func beginValues() {
    if hasLength || type & 0x1000 != 0 {
      (state, left) = (.valueCount, 4)
    } else {
      values = 1
      nextValue()
    }
  }

  private mutating func nextValue() {
    values -= 1
    guard values >= 0 else { return nextProperty() }
    if hasLength { return (state, left) = (.valueLength, 4) }
    switch type & 0x0FFF {
    case 0x0002, 0x0003, 0x0004, 0x000A, 0x000B: (state, left) = (.value, 4)
    case 0x0005, 0x0006, 0x0007, 0x0014, 0x0040: (state, left) = (.value, 8)
    case 0x0048: (state, left) = (.value, 16)
    default: (state, left) = (.done, 0)
    }
  }

  private mutating func keep(_ bytes: [UInt8]) {
    let text = Text(bytes: bytes, isWide: type == 0x001F)
    switch identifier {
    case 0x3707: longName = text
    case 0x370E: contentType = text
    case 0x3712: contentID = text
    default: break
    }
  }

  private func padded(_ length: UInt32) -> Int { (Int(length) + 3) & ~3 }
}
