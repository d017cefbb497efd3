import Fields
import Testing
import Wire

/// The views of headers as a library has them: from bytes alone.
@Suite struct HeaderViewTests {
  private static let frame: [UInt8] = [
    0x00, 0x00, 0x5e, 0x00, 0x53, 0x25, 0x00, 0x00, 0x5e, 0x00, 0x53, 0x10, 0x08, 0x00,
    0x45, 0x02, 0x00, 0x2b, 0x00, 0x07, 0x40, 0x00, 0x40, 0x06, 0xb6, 0xa2,
    192, 0, 2, 10, 192, 0, 2, 25,
    0x9c, 0x40, 0x00, 0x19, 0x00, 0x00, 0x03, 0xe8, 0x00, 0x00, 0x13, 0x88, 0x50, 0x18, 0x01, 0xf6,
    0xab, 0xcd, 0x00, 0x00, 1, 2, 3,
    0, 0, 0,
  ]

  @Test func segmentInAPacketInAFrame() throws {
    let bytes = Self.frame
    let frame = try EthernetFrame(bytes.span)
    #expect(frame.destination == 0x0000_5e00_5325)
    #expect(frame.source == 0x0000_5e00_5310)
    #expect(frame.etherType == .ipv4)
    let packet = try IPv4Packet(frame.payload)
    #expect((packet.version, packet.headerLength) == (4, 20))
    #expect((packet.services, packet.totalLength) == (2, 43))
    #expect((packet.identification, packet.fragmentOffset) == (7, 0))
    #expect(packet.number == .tcp)
    #expect(packet.addresses == NetworkAddresses(ipv4: 0xc000_020a, 0xc000_0219))
    let segment = try TCPSegment(packet.payload)
    #expect((segment.sourcePort, segment.destinationPort) == (40_000, 25))
    #expect(segment.sequence == SequenceNumber(1000))
    #expect(segment.acknowledgment == SequenceNumber(5000))
    #expect(segment.flags == [.push, .acknowledgment])
    #expect((segment.window, segment.headerLength) == (502, 20))
    #expect((segment.checksum, segment.urgentPointer) == (0xabcd, 0))
    // The padding of the frame is no part of the payload.
    let payload = segment.payload
    #expect(payload.count == 3)
    #expect(payload[2] == 3)
  }

  @Test func datagramInAnIPv6Packet() throws {
    let datagram: [UInt8] = [0, 53, 0x9c, 0x40, 0, 10, 0x12, 0x34, 7, 8]
    let bytes: [UInt8] =
      [0x62, 0x0a, 0xbc, 0xde, 0, 10, 17, 64] + [UInt8](repeating: 1, count: 16)
      + [UInt8](repeating: 2, count: 16) + datagram
    let packet = try IPv6Packet(bytes.span)
    #expect((packet.trafficClass, packet.flowLabel) == (0x20, 0xabcde))
    #expect((packet.payloadLength, packet.hopLimit) == (10, 64))
    #expect(packet.nextHeader == .udp)
    #expect(packet.source.low == 0x0101_0101_0101_0101)
    let view = try UDPDatagram(packet.payload)
    #expect((view.sourcePort, view.destinationPort) == (53, 40_000))
    #expect((view.length, view.checksum) == (10, 0x1234))
    let payload = view.payload
    #expect(payload.count == 2)
  }

  /// What is too short says which layer it is, and what that needs.
  @Test func tooShort() {
    let bytes = Self.frame
    func error(_ count: Int, _ make: (Span<UInt8>) throws(DecodeError) -> Void) -> DecodeError? {
      do throws(DecodeError) {
        try make(bytes.span.extracting(first: count))
        return nil
      } catch {
        return error
      }
    }
    let errors = [
      error(13) { bytes throws(DecodeError) in _ = try EthernetFrame(bytes) },
      error(19) { bytes throws(DecodeError) in _ = try IPv4Packet(bytes) },
      error(39) { bytes throws(DecodeError) in _ = try IPv6Packet(bytes) },
      error(15) { bytes throws(DecodeError) in _ = try TCPSegment(bytes) },
      error(7) { bytes throws(DecodeError) in _ = try UDPDatagram(bytes) },
    ]
    #expect(errors.map(\.?.layer) == ["Ethernet", "IPv4", "IPv6", "TCP", "UDP"])
    #expect(errors.map(\.?.needed) == [14, 20, 40, 20, 8])
    #expect(errors.map(\.?.available) == [13, 19, 39, 15, 7])
    #expect(errors.allSatisfy { $0?.reason == .tooShort })
  }

  /// Whatever a header says of lengths: no accessor reads beyond the bytes.
  @Test func anyLengths() throws {
    for count in 0...64 {
      for value: UInt8 in [0x00, 0x0f, 0x45, 0x5f, 0x61, 0xff] {
        let bytes = [UInt8](repeating: value, count: count)
        if let frame = try? EthernetFrame(bytes.span) { _ = frame.payload.count }
        if let packet = try? IPv4Packet(bytes.span) {
          _ = (packet.payload.count, packet.addresses)
        }
        if let packet = try? IPv6Packet(bytes.span) {
          _ = (packet.payload.count, packet.addresses)
        }
        if let segment = try? TCPSegment(bytes.span) {
          _ = (segment.payload.count, segment.options.count, segment.checksum)
        }
        if let datagram = try? UDPDatagram(bytes.span) { _ = datagram.payload.count }
      }
    }
  }
}
