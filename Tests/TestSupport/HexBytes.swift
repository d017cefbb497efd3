extension String {
  /// Bytes written as hexadecimal digits; anything else separates.
  package var bytes: [UInt8] {
    let digits = compactMap { $0.hexDigitValue }
    return stride(from: 0, to: digits.count - 1, by: 2).map {
      UInt8(digits[$0] << 4 | digits[$0 + 1])
    }
  }
}
