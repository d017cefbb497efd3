import Fields
import Wire

/// Every field that mailwire knows, from the field sets of all protocols.
public enum FieldCatalogue {
  public static let fields: [Field] = (ExpertFields.all + WireFields.all)
    .sorted { $0.name < $1.name }

  /// A line a field: name, type, description, with tabs between.
  public static var listing: [String] {
    fields.map { "\($0.name)\t\($0.type.name)\t\($0.label)" }
  }
}
