extension Span<UInt8> {
  /// The bytes as an array: for what outlives the frame.
  public var copy: [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count)
    for index in indices { bytes.append(self[index]) }
    return bytes
  }
}
