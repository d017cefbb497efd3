import Fields
import Mail
import Wire

/// Every field that mailwire knows, from the field sets of all protocols.
public enum FieldCatalogue {
  public static let fields: [Field] = (ExpertFields.all + WireFields.all + applicationFields)
    .sorted { $0.name < $1.name }

  private static let applicationFields: [Field] =
    SMTPFields.all + POPFields.all + IMAPFields.all + MessageFields.all + MultipartFields.all
    + MediaFields.all + TLSFields.all + PDUFields.all

  /// A line a field: name, type, description, with tabs between.
  public static var listing: [String] {
    fields.map { "\($0.name)\t\($0.type.name)\t\($0.label)" }
  }
}
