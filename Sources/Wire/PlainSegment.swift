import Fields

/// The TCP segment of a plain frame, as nearly all are: a link layer, one IP packet that is whole and has neither options
/// nor extension headers, and TCP.
struct PlainSegment {
  let layer: Layer
  /// The layer's place among those of the frame.
  let number: Int
  let addresses: NetworkAddresses

  /// Link layers within link layers, with IP's own: the walk over all layers is for those that have more.
  private static let mostLayers = 6

  /// Nil where the frame is none: the walk over all layers says then what it is. Both ask the same views.
  init?(_ bytes: Span<UInt8>, _ facts: borrowing FrameFacts) {
    var layer = LinkType(rawValue: facts.linkType)
      .layer(count: bytes.count, wireCount: facts.wireLength)
    do throws(DecodeError) {
      for number in 1...Self.mostLayers {
        let own = bytes.part(layer.start, layer.end)
        let above: Layer?
        switch layer.kind {
        case .ethernet: above = try EthernetFrame(own, layer).next(layer)
        case .vlan, .serviceVLAN: above = try VLANTag(own, layer).next(layer)
        case .linuxCooked, .linuxCooked2: above = try LinuxCookedHeader(own, layer).next(layer)
        case .loopback, .openBSDLoopback: above = try LoopbackHeader(own, layer).next(layer)
        case .rawIP: above = try RawIP(own, layer).next(layer)
        case .internetProtocol: above = try InternetProtocol(own, layer).next(layer)
        case .ipv4:
          let packet = try IPv4Packet(own, layer)
          guard packet.headerLength == IPv4Packet.minimumHeaderLength, !packet.isFragment,
            let segment = packet.next(layer), segment.kind == .tcp
          else { return nil }
          (self.layer, self.number, addresses) = (segment, number, packet.addresses)
          return
        case .ipv6:
          let packet = try IPv6Packet(own, layer)
          guard let segment = packet.next(layer), segment.kind == .tcp else { return nil }
          (self.layer, self.number, addresses) = (segment, number, packet.addresses)
          return
        default: return nil
        }
        guard let above else { return nil }
        layer = above
      }
    } catch {
      return nil
    }
    return nil
  }
}

extension Dissector {
  /// Follows the conversations of a frame, for one who wants no description: hands its TCP segments to `take`, as
  /// `forEachSegment` does, to `takeUndeliverable` one that an ICMP error says could not be delivered, and to
  /// `takeDatagram` the payload of a datagram of `DissectorOptions.datagramPorts`. Call it for every frame, in order; `found` has something of a frame where that is not plain.
  public mutating func follow(
    _ bytes: Span<UInt8>, _ facts: borrowing FrameFacts, _ found: inout Dissected,
    take: (borrowing Segment, Span<UInt8>, NetworkAddresses, Int?) -> Void,
    takeUndeliverable: (borrowing Segment) -> Void,
    takeDatagram: (Datagram, Span<UInt8>) -> Void
  ) {
    if !options.analyzesSegments, let plain = PlainSegment(bytes, facts),
      let view = try? TCPSegment(bytes.part(plain.layer.start, plain.layer.end), plain.layer)
    {
      let segment = follow(view, plain.layer, plain.number, plain.addresses, facts)
      let start = plain.layer.start + segment.header.headerLength
      take(
        segment, bytes.part(start, plain.layer.end), plain.addresses, facts.fileOffset + start)
    } else {
      dissect(bytes, facts, into: &found)
      found.forEachSegment(bytes, fileOffset: facts.fileOffset, take)
      if let segment = found.undeliverableSegment(bytes) { takeUndeliverable(segment) }
      if let datagram = found.datagram {
        found.withBytes(of: datagram.layer, in: bytes) { takeDatagram(datagram, $0) }
      }
    }
  }
}
