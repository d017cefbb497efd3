import Applications
import Fields
import Mail
import TLS
import Wire

/// Every field that mailwire knows, from the field sets of all protocols.
public enum FieldCatalogue {
  public static let fields: [Field] =
    (ExpertFields.all + WireFields.all + ApplicationFields.all
    + applicationFields)
    .sorted { $0.name < $1.name }

  /// What filters and `-e` may name.
  public static let names = FieldNames { name in
    guard let name else { return fields }
    let found = places[word(of: name)]?.fields ?? []
    return found.contains { $0.name == name } ? found : fields
  }

  private static let applicationFields =
    ApplicationProtocol.all.flatMap { $0.fields.flatMap { $0.all } }
    + PDUFields.all + PDUSizeFields.all + LineFields.all + MailFields.all

  /// The parts of a description that have fields with these names; all where a name says nothing of that.
  static func parts(of names: Set<String>) -> FieldParts {
    var parts: FieldParts = []
    for name in names {
      guard let place = places[word(of: name)], !changing.contains(name),
        place.sets.contains(where: { $0.has(name) }),
        !place.others.contains(where: { $0.has(name) })
      else { return .all }
      parts.formUnion(place.parts)
    }
    return parts
  }

  /// Where the fields are whose names begin with a word. It is what is asked for mostly: to find all fields takes longer
  /// than to read a small capture.
  struct Place: Sendable {
    let parts: FieldParts
    /// The sets whose fields are in these parts alone, and others that have names with the word.
    let sets: [any FieldSet.Type]
    var others: [any FieldSet.Type] = []

    var fields: [Field] { (sets + others).flatMap { $0.all } }
  }

  static let places: [Substring: Place] = [
    "frame": Place(parts: .frame, sets: WireFields.frame, others: WireFields.otherFrame),
    "ip": Place(parts: .ipv4, sets: WireFields.ipv4, others: WireFields.otherIPv4),
    "tcp": Place(
      parts: .tcp, sets: WireFields.tcp,
      others: WireFields.otherTCP + ApplicationFields.tcp + [PDUFields.self, PDUSizeFields.self]),
    "smtp": Place(parts: .streams, sets: [SMTPFields.self]),
    "pop": Place(parts: .streams, sets: [POPFields.self]),
    "imap": Place(parts: .streams, sets: [IMAPFields.self]),
    "managesieve": Place(parts: .streams, sets: [ManageSieveFields.self]),
    "imf": Place(parts: [.streams, .messages], sets: [MessageFields.self]),
    "mime_multipart": Place(parts: [.streams, .messages], sets: [MultipartFields.self]),
  ]
  /// What is changed by what is described after it.
  private static let changing: Set<String> = ["tcp.payload", "frame.protocols"]

  /// The name of the protocol that a field's name begins with.
  static func word(of name: String) -> Substring { name.prefix { $0 != "." } }

  /// A line a field: name, type, description, with tabs between.
  public static var listing: String {
    var text = TextBuffer()
    for field in named { text.write("\(field.name)\t\(field.type.name)\t\(field.label)\n") }
    return text.string
  }

  /// An array of objects with name, type and description.
  public static var json: String {
    var text = TextBuffer()
    text.write("[")
    for (index, field) in named.enumerated() {
      text.write(index == 0 ? "\n  {\"name\": " : ",\n  {\"name\": ")
      text.write(json: field.name)
      text.write(", \"type\": ")
      text.write(json: field.type.name)
      text.write(", \"description\": ")
      text.write(json: field.label)
      text.write("}")
    }
    text.write("\n]\n")
    return text.string
  }

  /// Each name once.
  private static var named: [Field] {
    var last: String?
    return fields.filter { field in
      defer { last = field.name }
      return !field.name.isEmpty && field.name != last
    }
  }
}

extension FieldSet {
  fileprivate static func has(_ name: String) -> Bool { all.contains { $0.name == name } }
}
