/// Simple Packet Block (draft-ietf-opsawg-pcapng §4.4): the section's first interface, no time,
/// no captured length of its own.
func simplePacket(
  _ block: borrowing Block, _ facts: [InterfaceFacts], _ firstInterface: Int,
  into packet: inout PacketRecord
) throws(CaptureError) {
  try block.require(4)
  let interface = try block.interface(0, facts, first: firstInterface)
  let original = Int(block.uint32(at: 0))
  let snapLength = facts[interface].snapLength
  let captured = snapLength == 0 ? original : min(original, snapLength)
  try block.read(
    &packet, at: 4, captured: captured, original: original, interface: interface, facts)
  packet.options = 0..<0
  (packet.timestamp, packet.beyond) = (0, nil)
  packet.hasTimestamp = false
}
