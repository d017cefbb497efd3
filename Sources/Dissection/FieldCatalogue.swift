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
    + PDUFields.all + PDUSizeFields.all + LineFields.all

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
