import Wire

/// Makes the TCP segments of one IPv4 conversation, with right checksums.
package struct SegmentBuilder: Sendable {
  package struct Endpoint: Sendable {
    package var address: [UInt8]
    package var port: UInt16
    /// The sequence number of its SYN.
    package var start: UInt32

    package init(_ address: [UInt8], port: UInt16, start: UInt32) {
      (self.address, self.port, self.start) = (address, port, start)
    }
  }
  package var client = Endpoint([192, 0, 2, 1], port: 40_000, start: 1_000)
  /// Its sequence numbers wrap after 511 bytes.
  package var server = Endpoint([192, 0, 2, 2], port: 25, start: 0xffff_fe00)

  package init() {}

  package init(clientPort: UInt16 = 40_000, serverPort: UInt16) {
    (client.port, server.port) = (clientPort, serverPort)
  }

  /// An IPv4 packet whose payload lies `offset` bytes into the sender's stream (0: the first byte after its SYN), when
  /// `acknowledged` bytes of the other side have come.
  package func packet(
    fromClient: Bool, offset: Int, _ payload: some Collection<UInt8> = [],
    acknowledging acknowledged: Int = 0, flags: TCPFlags = [.acknowledgment, .push]
  ) -> [UInt8] {
    let (own, peer) = fromClient ? (client.start, server.start) : (server.start, client.start)
    return packet(
      fromClient: fromClient,
      sequence: own &+ UInt32(truncatingIfNeeded: offset) &+ (flags.contains(.syn) ? 0 : 1),
      acknowledgment: flags.contains(.acknowledgment)
        ? peer &+ 1 &+ UInt32(truncatingIfNeeded: acknowledged) : 0,
      flags, Array(payload))
  }

  /// An IPv4 packet with these very numbers.
  package func packet(
    fromClient: Bool, sequence: UInt32, acknowledgment: UInt32 = 0, _ flags: TCPFlags,
    window: UInt16 = 1000, options: [UInt8] = [], _ payload: [UInt8] = []
  ) -> [UInt8] {
    let (source, destination) = fromClient ? (client, server) : (server, client)
    let header = 20 + options.count
    var tcp = bytes(source.port) + bytes(destination.port) + bytes(sequence)
    tcp += bytes(acknowledgment) + bytes(UInt16(header / 4) << 12 | flags.rawValue) + bytes(window)
    tcp += [0, 0, 0, 0] + options + payload
    let pseudo =
      source.address + destination.address + [0, 6] + bytes(UInt16(truncatingIfNeeded: tcp.count))
    tcp.replaceSubrange(16..<18, with: bytes(checksum(pseudo + tcp)))
    var ip: [UInt8] = [0x45, 0] + bytes(UInt16(truncatingIfNeeded: 20 + tcp.count))
    ip += [0, 1, 0, 0, 64, 6, 0, 0] + source.address + destination.address
    ip.replaceSubrange(10..<12, with: bytes(checksum(ip)))
    return ip + tcp
  }

  /// The same packet in an Ethernet frame.
  package func frame(
    fromClient: Bool, sequence: UInt32, acknowledgment: UInt32 = 0, _ flags: TCPFlags,
    window: UInt16 = 1000, options: [UInt8] = [], _ payload: [UInt8] = []
  ) -> [UInt8] {
    [0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 6, 8, 0]
      + packet(
        fromClient: fromClient, sequence: sequence, acknowledgment: acknowledgment, flags,
        window: window, options: options, payload)
  }

  private func bytes(_ value: some FixedWidthInteger) -> [UInt8] {
    (0..<value.bitWidth / 8).map {
      UInt8(truncatingIfNeeded: value >> (value.bitWidth - 8 - 8 * $0))
    }
  }

  private func checksum(_ bytes: [UInt8]) -> UInt16 {
    var sum = Checksum()
    sum.add(bytes.span)
    return ~sum.folded
  }
}
