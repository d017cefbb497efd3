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
  public static let names = FieldNames(fields)

  private static let applicationFields =
    ApplicationProtocol.all.flatMap { $0.fields.flatMap { $0.all } }
    + PDUFields.all + PDUSizeFields.all + LineFields.all + MailFields.all

  /// The parts of a description that have fields with these names; all where a name says nothing of that.
  static func parts(of names: Set<FieldID>) -> FieldParts {
    var parts: FieldParts = []
    for name in names {
      let having = placed.filter { $0.ids.contains(name) }
      guard !having.isEmpty, !unplaced.contains(name) else { return .all }
      for place in having { parts.formUnion(place.parts) }
    }
    return parts
  }

  private static let placed: [(parts: FieldParts, ids: Set<FieldID>)] = {
    let streams =
      SMTPFields.all + POPFields.all + IMAPFields.all + ManageSieveFields.all
    let messages = MessageFields.all + MultipartFields.all
    var placed = WireFields.byPart.map { (parts: $0.part, ids: ids(of: $0.fields)) }
    placed.append((.streams, ids(of: streams)))
    placed.append(([.streams, .messages], ids(of: messages)))
    return placed
  }()
  /// What may be in any part, or in more than one, or is changed by what is described after it.
  private static let unplaced = ids(
    of: PDUFields.all + PDUSizeFields.all + ExpertFields.all + ApplicationFields.all + [.text]
      + WireFields.others
  ).union([FieldID("tcp.payload"), FieldID("frame.protocols")])

  private static func ids(of fields: [Field]) -> Set<FieldID> { Set(fields.map(\.id)) }

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
