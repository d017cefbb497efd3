import Fields

/// Statements of qualified certificates (RFC 3739 3.2.6).
enum QualifiedStatements {
  static func describe(_ value: Element, into tree: inout FieldBuffer) throws(Malformed) {
    let fields = QualifiedFields.fields
    let top = tree.opened(fields.statements, counting: value.children.count, of: value)
    defer { tree.close(top) }
    for statement in value.children {
      let item = tree.opened(fields.statement, of: statement)
      defer { tree.close(item) }
      guard let identifier = statement.children.first else { throw .missing }
      tree.add(fields.statementID, identifierIn: identifier)
      guard statement.children.count > 1 else { continue }
      let information = statement.children[1]
      switch identifier.objectIdentifier.digits {
      case "1.3.6.1.5.5.7.11.1", "1.3.6.1.5.5.7.11.2":
        tree.addProtocol("pkixqualified")
        let semantics = tree.opened(fields.semantics, of: information)
        for part in information.children where part.universal == 6 {
          tree.add(fields.semanticsID, identifierIn: part)
        }
        tree.close(semantics)
      default: tree.addNotImplemented(information)
      }
    }
  }
}

/// The fields of qualified certificates, as Wireshark names them.
public struct QualifiedFields: FieldSet {
  let statements = Field("pkixqualified.QCStatements", "QCStatements", .uint32)
  let statement = Field("pkixqualified.QCStatement_element", "QCStatement", .none)
  let statementID = Field("pkixqualified.statementId", "statementId", .string)
  let semantics = Field(
    "pkixqualified.SemanticsInformation_element", "SemanticsInformation", .none)
  let semanticsID = Field("pkixqualified.semanticsIdentifier", "semanticsIdentifier", .string)

  public init() {}
  static let fields = Self()
}
