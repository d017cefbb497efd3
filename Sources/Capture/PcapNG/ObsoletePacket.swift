/// Packet Block, obsolete (draft-ietf-opsawg-pcapng, appendix A): 16 bits of interface, 16 of drops.
func obsoletePacket(
  _ block: borrowing Block, _ facts: [InterfaceFacts], _ firstInterface: Int,
  into packet: inout PacketRecord
) throws(CaptureError) {
  try block.require(20)
  let interface = try block.interface(Int(block.uint16(at: 0)), facts, first: firstInterface)
  try block.read(
    &packet, at: 20, captured: Int(block.uint32(at: 12)), original: Int(block.uint32(at: 16)),
    interface: interface, facts)
  facts[interface].time.set(block.halves(at: 4), of: &packet)
}
