import Fields

/// A frame of a link type that is not decoded.
struct UnknownLink: LayerView, ~Escapable {
  @_lifetime(copy bytes)
  init(_ bytes: Span<UInt8>, _ layer: Layer) {}

  func next(_ layer: Layer) -> Layer? { layer.above(.data, at: 0) }

  func describe(
    _ layer: Layer, _ context: borrowing DescribeContext, into tree: inout FieldBuffer
  ) {
    let linkType = LinkType(rawValue: context.facts.linkType)
    tree.columns.protocolName = "UNKNOWN"
    tree.columns.setInfo("WTAP_ENCAP = \(linkType.encapsulation.number)")
    tree.addText("WTAP_ENCAP = \(linkType.encapsulation.name)")
  }
}
