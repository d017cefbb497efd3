/// Interface Statistics Block (draft-ietf-opsawg-pcapng §4.6); one of an unknown interface is left out.
func interfaceStatistics(
  _ block: borrowing Block, _ metadata: inout CaptureMetadata, _ firstInterface: Int
) {
  guard block.body.count >= 12,
    case let number = Int(block.uint32(at: 0)),
    number < metadata.interfaces.count - firstInterface
  else { return }
  var statistics = InterfaceStatistics()
  var options = block.options(at: 12)
  while let option = options.next() {
    switch option.code {
    case 4: statistics.received = option.uint64
    case 5: statistics.dropped = option.uint64
    default: break
    }
  }
  metadata.interfaces[firstInterface + number].statistics = statistics
}
