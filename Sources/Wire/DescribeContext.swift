/// What a layer's `describe` may ask for beside its own bytes.
struct DescribeContext {
  let facts: FrameFacts
  /// What the walk found of the frame: a layer can see what lies above it (an Ethernet trailer, for example).
  let found: Dissected
  let options: DissectorOptions
  /// The place of this layer among those of the frame.
  var index = 0
  /// The addresses of the innermost IP layer so far.
  var addresses = NetworkAddresses.none
  /// Whether the innermost IPv6 packet says its length in an option (RFC 2675).
  var isJumbogram = false
  /// How many bytes there are where an IPv6 header is not whole even on the wire.
  var shortHeader: Int?

  init(_ facts: FrameFacts, _ found: Dissected, _ options: DissectorOptions) {
    (self.facts, self.found, self.options) = (facts, found, options)
  }

  var layers: [Layer] { found.layers }
  var validatesChecksums: Bool { options.validatesChecksums }
  var hopLimit: UInt8 { found.hopLimit }
  /// What a ping's reply answers; a quoted one has none.
  var request: Pings.Request? { layers[index].isQuoted ? nil : found.request }

  /// Where the payload of `layer` ends, counted from its start, if the layer right above it says so.
  func payloadEnd(of layer: Layer) -> Int? {
    found.payloadEnds.first { $0.layer == index + 1 }.map { $0.end - layer.start }
  }
  /// Whether the layer lies in one fragment of several: it has no checksum that could be checked.
  var isFragment: Bool { layers[index].isFragment }
  /// The datagram that this layer's fragment completed.
  var reassembly: Reassembly? {
    found.reassemblies.first { $0.layer == index }?.reassembly
  }
  var layerBelow: Layer? { index > 0 ? layers[index - 1] : nil }
  var layerAbove: Layer? { index + 1 < layers.count ? layers[index + 1] : nil }
}
