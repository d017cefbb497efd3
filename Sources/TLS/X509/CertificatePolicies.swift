import Fields

/// Certificate policies and their mappings (RFC 5280 4.2.1.4 and 4.2.1.5).
enum CertificatePolicies {
  static func describe(_ value: Element, into tree: inout FieldBuffer) throws(Malformed) {
    let fields = CertificateFields.fields
    let top = tree.opened(fields.policies, counting: value.children.count, of: value)
    defer { tree.close(top) }
    for policy in value.children {
      let item = tree.opened(fields.policy, of: policy)
      defer { tree.close(item) }
      guard let identifier = policy.children.first else { throw .missing }
      tree.add(fields.policyIdentifier, identifierIn: identifier)
      guard policy.children.count > 1 else { continue }
      let qualifiers = policy.children[1]
      let list = tree.opened(
        fields.qualifiers, counting: qualifiers.children.count, of: qualifiers)
      defer { tree.close(list) }
      for qualifier in qualifiers.children { try describeQualifier(qualifier, into: &tree) }
    }
  }

  private static func describeQualifier(
    _ qualifier: Element, into tree: inout FieldBuffer
  ) throws(Malformed) {
    let fields = CertificateFields.fields
    let item = tree.opened(fields.qualifier, of: qualifier)
    defer { tree.close(item) }
    guard qualifier.children.count >= 2 else { throw .missing }
    let (identifier, value) = (qualifier.children[0], qualifier.children[1])
    tree.add(fields.qualifierID, identifierIn: identifier)
    switch identifier.objectIdentifier.digits {
    case "1.3.6.1.5.5.7.2.1":
      tree.addProtocol("pkix1explicit")
      tree.add(fields.practiceStatement, textOf: value)
    case "1.3.6.1.5.5.7.2.2":
      tree.addProtocol("pkix1implicit")
      describeNotice(value, into: &tree)
    default: tree.addNotImplemented(value)
    }
  }

  private static func describeNotice(_ value: Element, into tree: inout FieldBuffer) {
    let fields = CertificateFields.fields
    let top = tree.opened(fields.userNotice, of: value)
    defer { tree.close(top) }
    for part in value.children {
      guard part.isConstructed else {
        describeText(fields.explicitText, part, into: &tree)
        continue
      }
      let reference = tree.opened(fields.noticeReference, of: part)
      defer { tree.close(reference) }
      for (index, element) in part.children.enumerated() {
        guard index > 0 else {
          describeText(fields.organization, element, into: &tree)
          continue
        }
        let numbers = tree.opened(
          fields.noticeNumbers, counting: element.children.count, of: element)
        for number in element.children { tree.add(fields.noticeNumber, numberIn: number) }
        tree.close(numbers)
      }
    }
  }

  private static func describeText(
    _ field: Field, _ element: Element, into tree: inout FieldBuffer
  ) {
    let fields = CertificateFields.fields
    let (choice, text) =
      switch element.universal {
      case 22: (0, fields.ia5Text)
      case 30: (2, fields.bmpText)
      case 12: (3, fields.utf8Text)
      default: (1, fields.visibleText)
      }
    let item = tree.opened(
      field, .unsigned(UInt64(choice)), at: element.start, count: element.count)
    tree.add(text, textOf: element)
    tree.close(item)
  }

  static func describeMappings(_ value: Element, into tree: inout FieldBuffer) throws(Malformed) {
    let fields = CertificateFields.fields
    let top = tree.opened(fields.mappings, counting: value.children.count, of: value)
    defer { tree.close(top) }
    for mapping in value.children {
      let item = tree.opened(fields.mapping, of: mapping)
      defer { tree.close(item) }
      guard mapping.children.count >= 2 else { throw .missing }
      tree.add(fields.issuerPolicy, identifierIn: mapping.children[0])
      tree.add(fields.subjectPolicy, identifierIn: mapping.children[1])
    }
  }
}
