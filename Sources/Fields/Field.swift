/// The declaration of a field: everything that text, JSON, columns and filters need to know of it.
///
/// A field is declared once, as a stored property of its protocol's `FieldSet`; the names are Wireshark's display
/// filter names. What is said of it is kept as long as the program runs, and a `Field` is one word that leads there: sets
/// of them are copied, and kept in items, at no cost.
public struct Field: Sendable {
  @usableFromInline let declaration: Lasting<FieldDeclaration>

  public init(
    _ name: String, _ label: String, _ type: FieldType, _ display: FieldDisplay = .natural,
    _ meaning: FieldMeaning = .plain, mask: UInt64 = 0, of containerBits: Int? = nil
  ) {
    declaration = Lasting(
      FieldDeclaration(
        name: name, label: label, type: type, display: display, meaning: meaning, mask: mask,
        containerBits: containerBits ?? type.bits))
  }

  /// A line that is text only.
  public static let text = Field("", "", .none)

  /// The display filter name: `ip.ttl`; empty for a line that is text only.
  @inlinable public var name: String { declaration.value.name }
  /// The label before the value: `Time to Live`.
  @inlinable public var label: String { declaration.value.label }
  @inlinable public var type: FieldType { declaration.value.type }
  @inlinable public var display: FieldDisplay { declaration.value.display }
  /// How a value is put in words.
  @inlinable public var meaning: FieldMeaning { declaration.value.meaning }
  /// The bits of the container that the field takes; 0 where it takes all.
  @inlinable public var mask: UInt64 { declaration.value.mask }
  /// Bits in the container of `mask`, as the bit pattern `.... ..1.` shows them.
  @inlinable public var containerBits: Int { declaration.value.containerBits }
  /// Equal for fields of the same name: what filters compare.
  @inlinable public var id: FieldID { declaration.value.id }
  /// Whether it is a line that is text only.
  @inlinable public var isText: Bool { nameText.isEmpty }

  /// Name and label as bytes.
  @inlinable public var nameText: LastingText { declaration.value.nameText }
  @inlinable public var labelText: LastingText { declaration.value.labelText }
  /// The two words of a boolean, or the unit of a number: for one, and for more.
  @inlinable var words: (LastingText, LastingText)? { declaration.value.words }
}

/// What is said of a field.
@usableFromInline struct FieldDeclaration: Sendable {
  @usableFromInline let name: String
  @usableFromInline let label: String
  @usableFromInline let type: FieldType
  @usableFromInline let display: FieldDisplay
  @usableFromInline let meaning: FieldMeaning
  @usableFromInline let mask: UInt64
  @usableFromInline let containerBits: Int
  @usableFromInline let id: FieldID
  @usableFromInline let nameText: LastingText
  @usableFromInline let labelText: LastingText
  @usableFromInline let words: (LastingText, LastingText)?

  init(
    name: String, label: String, type: FieldType, display: FieldDisplay, meaning: FieldMeaning,
    mask: UInt64, containerBits: Int
  ) {
    (self.name, self.label) = (name, label)
    (self.type, self.display, self.meaning) = (type, display, meaning)
    (self.mask, self.containerBits) = (mask, containerBits)
    id = FieldID(name)
    (nameText, labelText) = (LastingText(name, following: "\": "), LastingText(label))
    words =
      switch meaning {
      case .words(let yes, let no): (LastingText(yes), LastingText(no))
      case .unit(let unit, let singular): (LastingText(singular ?? unit), LastingText(unit))
      case .plain, .names: nil
      }
  }
}

/// The identity of a field name: FNV-1a over its bytes. A test checks that no two names in the catalogue share one.
public struct FieldID: Hashable, Sendable {
  @usableFromInline let hash: UInt32

  public init(_ name: String) {
    var hash: UInt32 = 2_166_136_261
    for byte in name.utf8 { hash = (hash ^ UInt32(byte)) &* 16_777_619 }
    self.hash = hash
  }
}

/// Wireshark's field types, as far as the protocols in scope use them.
public enum FieldType: UInt8, Sendable {
  /// No value: a heading, a flag that is there or not.
  case none
  /// A protocol: the top of a layer's subtree.
  case proto
  case boolean
  case uint8, uint16, uint24, uint32, uint40, uint48, uint56, uint64
  case int8, int16, int32, int64
  case absoluteTime, relativeTime
  case string, bytes
  case ether, ipv4, ipv6
  case frameNumber
  case double

  /// Bits of an integer type; 8 for all others, which is what a boolean without a wider container shows.
  @inlinable public var bits: Int {
    switch self {
    case .uint16, .int16: 16
    case .uint24: 24
    case .uint32, .int32, .frameNumber: 32
    case .uint40: 40
    case .uint48: 48
    case .uint56: 56
    case .uint64, .int64: 64
    default: 8
    }
  }

  public var isUnsigned: Bool {
    switch self {
    case .uint8, .uint16, .uint24, .uint32, .uint40, .uint48, .uint56, .uint64, .frameNumber: true
    default: false
    }
  }

  /// Wireshark's name for the type.
  public var name: String {
    switch self {
    case .none: "FT_NONE"
    case .proto: "FT_PROTOCOL"
    case .boolean: "FT_BOOLEAN"
    case .absoluteTime: "FT_ABSOLUTE_TIME"
    case .relativeTime: "FT_RELATIVE_TIME"
    case .string: "FT_STRING"
    case .bytes: "FT_BYTES"
    case .ether: "FT_ETHER"
    case .ipv4: "FT_IPv4"
    case .ipv6: "FT_IPv6"
    case .frameNumber: "FT_FRAMENUM"
    case .double: "FT_DOUBLE"
    default: (isSigned ? "FT_INT" : "FT_UINT") + String(bits)
    }
  }

  /// Wireshark's number for the type, as its JSON says it.
  public var wiresharkNumber: Int {
    switch self {
    case .proto: 1
    case .boolean: 2
    case .uint8: 4
    case .uint16: 5
    case .uint24: 6
    case .uint32: 7
    case .uint40: 8
    case .uint48: 9
    case .uint56: 10
    case .uint64: 11
    case .int8: 12
    case .int16: 13
    case .int32: 15
    case .int64: 19
    case .double: 23
    case .absoluteTime: 24
    case .relativeTime: 25
    case .string: 26
    case .ether: 29
    case .bytes: 30
    case .ipv4: 32
    case .ipv6: 33
    case .frameNumber: 35
    default: 0
    }
  }

  @inlinable public var isSigned: Bool {
    switch self {
    case .int8, .int16, .int32, .int64: true
    default: false
    }
  }
}

/// How an integer, or bytes, are written.
public enum FieldDisplay: UInt8, Sendable {
  /// Decimal for integers, plain hexadecimal for bytes.
  case natural
  case hex
  /// `5 (0x05)`
  case decimalHex
  /// `0x05 (5)`
  case hexDecimal
  case octal
  /// Bytes with colons, in text too.
  case colons
  /// The words alone, without the number.
  case wordsOnly
}

/// How a value is put in words.
public enum FieldMeaning: Sendable {
  case plain
  /// The name of a value; a value without a name prints as `Unknown`.
  case names(@Sendable (UInt64) -> String?)
  /// The two words of a boolean.
  case words(true: String, false: String)
  /// What follows the number: ` bytes`, ` seconds`; with its singular where that differs.
  case unit(String, singular: String? = nil)

  public static let setNotSet = FieldMeaning.words(true: "Set", false: "Not set")
  public static let yesNo = FieldMeaning.words(true: "Yes", false: "No")
}

/// The fields of one protocol: a struct whose stored properties are `Field`s.
public protocol FieldSet: Sendable {
  init()
}

extension FieldSet {
  /// Every field of the set, in order of declaration; those of a group in it too.
  public static var all: [Field] { fields(in: Self()) }

  private static func fields(in value: Any) -> [Field] {
    Mirror(reflecting: value).children.flatMap { child in
      if let field = child.value as? Field { [field] } else { fields(in: child.value) }
    }
  }
}
