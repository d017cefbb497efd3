// What POP3 and IMAP ask of the bytes that they hold.

extension HeldBytes {
  /// The first line, as far as it has come.
  var firstLine: [UInt8] {
    var line = Array(prefix(1024).prefix { $0 != .lineFeed })
    if line.last == .carriageReturn { line.removeLast() }
    return line
  }

  /// True where the first bytes are a TLS record (or an SSLv2 hello) rather than text.
  var looksEncrypted: Bool { prefix(1).first.map(TLSUse.beginsRecord) ?? false }

  var firstFrame: Int { firstPosition?.frame ?? 0 }

  /// Takes the first run out.
  mutating func next() -> (bytes: [UInt8], position: Position)? {
    while let (piece, used) = first {
      switch piece {
      case .bytes(let bytes, let position):
        use(bytes.count - used)
        return (Array(bytes[used...]), position.advanced(by: used))
      case .gap: use(0)
      }
    }
    return nil
  }
}

extension TLSUse {
  /// Could this byte begin a TLS record, and no line of text?
  static func beginsRecord(_ byte: UInt8) -> Bool { (0x14...0x18).contains(byte) || byte >= 0x80 }
}
