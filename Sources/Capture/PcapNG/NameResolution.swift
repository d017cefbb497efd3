/// Name Resolution Block (draft-ietf-opsawg-pcapng §4.5); a malformed rest is left out.
func nameResolution(_ block: borrowing Block, _ metadata: inout CaptureMetadata) {
  var records = block.options(at: 0)  // the same form: type, length, value, padding, 0 at the end
  while let record = records.next() {
    let addressLength =
      switch record.code {
      case 1: 4
      case 2: 16
      default: 0
      }
    guard addressLength > 0, record.value.count > addressLength else { continue }
    let names = record.value.extracting(addressLength...).array.split(separator: 0)
    metadata.add(
      ResolvedName(
        address: record.value.extracting(..<addressLength).array,
        names: names.map { String(decoding: $0, as: UTF8.self) }))
  }
}
