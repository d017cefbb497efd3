import Fields

/// A frame of a link type that is not decoded.
enum UnknownLink {
  static func describe(_ context: borrowing DescribeContext, into tree: inout FieldBuffer) {
    let linkType = LinkType(rawValue: context.facts.linkType)
    tree.columns.protocolName = "UNKNOWN"
    tree.columns.setInfo("WTAP_ENCAP = \(linkType.encapsulation.number)")
    tree.addText("WTAP_ENCAP = \(linkType.encapsulation.name)")
  }
}
