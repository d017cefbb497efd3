import Fields

/// The header of a layer, viewed in place: one length check, in `init`, that every accessor relies on.
protocol LayerView: ~Escapable {
  @_lifetime(copy bytes)
  init(_ bytes: Span<UInt8>, _ layer: Layer) throws(DecodeError)
  /// The layer above; nil where there is none.
  func next(_ layer: Layer) throws(DecodeError) -> Layer?
  /// The number of bytes that the layer takes, where it says so: what follows is the trailer of the layer below.
  func length(_ layer: Layer) -> Int?
  func describe(
    _ layer: Layer, _ context: borrowing DescribeContext, into tree: inout FieldBuffer
  ) throws(DecodeError)
  /// Describes a layer of which the header may not be there.
  static func describe(
    _ bytes: Span<UInt8>, _ layer: Layer, _ context: borrowing DescribeContext,
    into tree: inout FieldBuffer
  ) throws(DecodeError)
}

extension LayerView where Self: ~Escapable {
  func next(_ layer: Layer) throws(DecodeError) -> Layer? { nil }
  func length(_ layer: Layer) -> Int? { nil }

  static func describe(
    _ bytes: Span<UInt8>, _ layer: Layer, _ context: borrowing DescribeContext,
    into tree: inout FieldBuffer
  ) throws(DecodeError) {
    try Self(bytes, layer).describe(layer, context, into: &tree)
  }
}

/// What is done with a layer, whatever its view.
protocol LayerAction {
  associatedtype Context
  associatedtype State: ~Copyable
  associatedtype Result
  static func perform<View: LayerView & ~Escapable>(
    _ view: View.Type, _ bytes: Span<UInt8>, _ layer: Layer, _ context: borrowing Context,
    _ state: inout State
  ) throws(DecodeError) -> Result
}

/// Finds the layer above, and how long the layer is, where it says so.
enum NextLayer: LayerAction {
  static func perform<View: LayerView & ~Escapable>(
    _ view: View.Type, _ bytes: Span<UInt8>, _ layer: Layer, _ context: borrowing Void,
    _ state: inout Void
  ) throws(DecodeError) -> (above: Layer?, length: Int?) {
    let view = try View(bytes, layer)
    return (try view.next(layer), view.length(layer))
  }
}

/// Fills the tree.
enum LayerDescription: LayerAction {
  static func perform<View: LayerView & ~Escapable>(
    _ view: View.Type, _ bytes: Span<UInt8>, _ layer: Layer, _ context: borrowing DescribeContext,
    _ tree: inout FieldBuffer
  ) throws(DecodeError) {
    try View.describe(bytes, layer, context, into: &tree)
  }
}

extension LayerAction {
  /// Performs the action with the view of the layer: a line a protocol. Nil for layers that `Dissector.advance` and
  /// `Dissected.describe` know, since what they say depends on other frames or other layers.
  @discardableResult
  static func perform(
    on bytes: Span<UInt8>, _ layer: Layer, _ context: borrowing Context, _ state: inout State
  ) throws(DecodeError) -> Result? {
    switch layer.kind {
    case .ethernet: try perform(EthernetFrame.self, bytes, layer, context, &state)
    case .linuxCooked, .linuxCooked2:
      try perform(LinuxCookedHeader.self, bytes, layer, context, &state)
    case .loopback, .openBSDLoopback:
      try perform(LoopbackHeader.self, bytes, layer, context, &state)
    case .rawIP: try perform(RawIP.self, bytes, layer, context, &state)
    case .nflog: try perform(NFLOGHeader.self, bytes, layer, context, &state)
    case .pflog: try perform(PFLogHeader.self, bytes, layer, context, &state)
    case .radiotap: try perform(RadiotapHeader.self, bytes, layer, context, &state)
    case .ppi: try perform(PPIHeader.self, bytes, layer, context, &state)
    case .wlan, .wlanWithCheck, .paddedWLAN, .paddedWLANWithCheck:
      try perform(WLANFrame.self, bytes, layer, context, &state)
    case .wlanAggregate: try perform(WLANAggregate.self, bytes, layer, context, &state)
    case .unknownLink: try perform(UnknownLink.self, bytes, layer, context, &state)
    case .llc: try perform(LLCHeader.self, bytes, layer, context, &state)
    case .vlan, .serviceVLAN: try perform(VLANTag.self, bytes, layer, context, &state)
    case .vnTag: try perform(VNTag.self, bytes, layer, context, &state)
    case .arp: try perform(ARPPacket.self, bytes, layer, context, &state)
    case .internetProtocol: try perform(InternetProtocol.self, bytes, layer, context, &state)
    case .ipv6Mobility: try perform(MobilityHeader.self, bytes, layer, context, &state)
    case .authenticationHeader:
      try perform(AuthenticationHeader.self, bytes, layer, context, &state)
    case .encapsulatingSecurityPayload:
      try perform(EncapsulatingSecurityPayload.self, bytes, layer, context, &state)
    case .icmp: try perform(ICMPMessage.self, bytes, layer, context, &state)
    case .icmpv6: try perform(ICMPv6Message.self, bytes, layer, context, &state)
    case .igmp: try perform(IGMPMessage.self, bytes, layer, context, &state)
    case .gre: try perform(GREHeader.self, bytes, layer, context, &state)
    case .plainERSPAN, .erspan: try perform(ERSPANHeader.self, bytes, layer, context, &state)
    case .etherIP: try perform(EtherIPHeader.self, bytes, layer, context, &state)
    case .geneve: try perform(GeneveHeader.self, bytes, layer, context, &state)
    case .gtp: try perform(GTPHeader.self, bytes, layer, context, &state)
    case .ciscoHDLC: try perform(CiscoHDLCHeader.self, bytes, layer, context, &state)
    case .vxlan: try perform(VXLANHeader.self, bytes, layer, context, &state)
    case .tzsp: try perform(TZSPHeader.self, bytes, layer, context, &state)
    case .l2tp, .l2tpOverIP: try perform(L2TPHeader.self, bytes, layer, context, &state)
    case .mpls: try perform(MPLSStack.self, bytes, layer, context, &state)
    case .pseudowire: try perform(Pseudowire.self, bytes, layer, context, &state)
    case .pppLink, .ppp: try perform(PPPHeader.self, bytes, layer, context, &state)
    case .pppoeSession: try perform(PPPoESession.self, bytes, layer, context, &state)
    case .linkControl, .ipControl, .ipv6Control, .compressionControl:
      try perform(PPPControl.self, bytes, layer, context, &state)
    case .configurationTest: try perform(ConfigurationTest.self, bytes, layer, context, &state)
    case .spanningTree: try perform(SpanningTree.self, bytes, layer, context, &state)
    case .lldp: try perform(LLDPUnit.self, bytes, layer, context, &state)
    case .profinet: try perform(ProfinetFrame.self, bytes, layer, context, &state)
    case .profinetDCP: try perform(ProfinetDCP.self, bytes, layer, context, &state)
    case .profinetPTCP: try perform(ProfinetPTCP.self, bytes, layer, context, &state)
    case .udp, .tcp, .ipv4, .ipv6, .ipv6HopByHop, .ipv6DestinationOptions, .ipv6Routing,
      .ipv6Fragment, .datagram, .data:
      nil
    }
  }
}
