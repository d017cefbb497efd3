/// Decryption Secrets Block (draft-ietf-opsawg-pcapng §4.7).
func decryptionSecrets(
  _ block: borrowing Block, _ metadata: inout CaptureMetadata
) throws(CaptureError) {
  try block.require(8)
  let length = Int(block.uint32(at: 4))
  guard length <= block.body.count - 8 else {
    throw block.damaged("secrets of \(length) bytes in a block of \(block.body.count + 12)")
  }
  guard metadata.keeps(length + 64) else { return }
  metadata.secrets.append(
    DecryptionSecrets(
      type: block.uint32(at: 0), bytes: block.body.extracting(8..<8 + length).array))
}
