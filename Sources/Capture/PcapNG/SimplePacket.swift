/// Simple Packet Block (draft-ietf-opsawg-pcapng §4.4): the section's first interface, no time,
/// no captured length of its own.
func simplePacket(
  _ block: borrowing Block, _ facts: [InterfaceFacts], _ firstInterface: Int
) throws(CaptureError) -> PacketRecord {
  try block.require(4)
  let interface = try block.interface(0, facts, first: firstInterface)
  let original = Int(block.uint32(at: 0))
  let snapLength = facts[interface].snapLength
  let captured = snapLength == 0 ? original : min(original, snapLength)
  guard captured <= block.body.count - 4 else {
    throw block.damaged("a packet of \(captured) bytes in a block of \(block.body.count + 12)")
  }
  var packet = try block.packet(
    at: 4, captured: captured, original: original, ticks: nil, interface: interface,
    facts[interface])
  packet.options = packet.options.upperBound..<packet.options.upperBound
  return packet
}
