/// Enhanced Packet Block (draft-ietf-opsawg-pcapng §4.3).
@inline(__always)
func enhancedPacket(
  _ block: borrowing Block, _ facts: [InterfaceFacts], _ firstInterface: Int
) throws(CaptureError) -> PacketRecord {
  try block.require(20)
  let interface = try block.interface(Int(block.uint32(at: 0)), facts, first: firstInterface)
  return try block.packet(
    at: 20, captured: Int(block.uint32(at: 12)), original: Int(block.uint32(at: 16)),
    ticks: block.halves(at: 4), interface: interface, facts[interface])
}
