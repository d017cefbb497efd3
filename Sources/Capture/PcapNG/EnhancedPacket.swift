/// Enhanced Packet Block (draft-ietf-opsawg-pcapng §4.3).
@inline(__always)
func enhancedPacket(
  _ block: borrowing Block, _ facts: [InterfaceFacts], _ firstInterface: Int,
  into packet: inout PacketRecord
) throws(CaptureError) {
  try block.require(20)
  let interface = try block.interface(Int(block.uint32(at: 0)), facts, first: firstInterface)
  try block.read(
    &packet, at: 20, captured: Int(block.uint32(at: 12)), original: Int(block.uint32(at: 16)),
    interface: interface, facts)
  facts[interface].time.set(block.halves(at: 4), of: &packet)
}
