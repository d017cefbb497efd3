import Fields

/// The data of a LOC record (RFC 1876): where a host is.
struct DNSLocation: ~Escapable {
  private let reader: ByteReader
  private let start: Int
  private let end: Int

  /// Thousandths of a second of arc in a degree.
  private static let degree: Int64 = 3_600_000
  /// Altitudes count centimetres from 100 km below the spheroid.
  private static let altitudeBase: UInt32 = 10_000_000

  @_lifetime(copy reader)
  init(_ reader: borrowing ByteReader, at start: Int, _ end: Int) {
    self.reader = copy reader
    (self.start, self.end) = (start, end)
  }

  func describe(into tree: inout FieldBuffer) throws(DecodeError) {
    let fields = DNSLocationFields.fields
    let version = try reader.uint8(at: start)
    tree.add(fields.version, version, at: start, count: 1)
    guard version == 0 else {
      tree.add(fields.unknown, try reader.part(at: start, end - start), at: start)
      return
    }
    for (index, field) in [fields.size, fields.horizontal, fields.vertical].enumerated() {
      let value = try reader.uint8(at: start + 1 + index)
      let item = tree.add(field, value, at: start + 1 + index, count: 1)
      tree.note(item) {
        $0.write(" (")
        $0.write(centimetres: UInt64(value >> 4), zeros: Int(value & 15))
        $0.write(" m)")
      }
    }
    for (index, field) in [fields.latitude, fields.longitude].enumerated() {
      let value = try reader.uint32(at: start + 4 + 4 * index)
      let item = tree.add(field, value, at: start + 4 + 4 * index, count: 4)
      tree.note(item) { write(angle: value, isLatitude: index == 0, to: &$0) }
    }
    let altitude = try reader.uint32(at: start + 12)
    let item = tree.add(fields.altitude, altitude, at: start + 12, count: 4)
    let height = Int32(bitPattern: altitude &- Self.altitudeBase)
    tree.note(item) {
      $0.write(height < 0 ? " (-" : " (")
      $0.write(centimetres: UInt64(height.magnitude), zeros: 0)
      $0.write(" m)")
    }
  }

  /// ` (41 deg 40 min 0.000 sec N)`
  private func write(angle value: UInt32, isLatitude: Bool, to text: inout TextBuffer) {
    let angle = Int64(value) - 1 << 31
    let magnitude = UInt64(angle.magnitude)
    guard magnitude <= (isLatitude ? 90 : 180) * UInt64(Self.degree) else {
      text.write(" (Value out of range)")
      return
    }
    text.write(" (\(magnitude / 3_600_000) deg \(magnitude / 60_000 % 60) min ")
    text.write(decimal: magnitude / 1000 % 60)
    text.write(".")
    text.write(decimal: magnitude % 1000, width: 3)
    text.write(isLatitude ? (angle < 0 ? " sec S)" : " sec N)") : angle < 0 ? " sec W)" : " sec E)")
  }
}

extension TextBuffer {
  /// Metres with six significant digits, as C writes them: `0.9`, `900000`, `1.5e+07`. The value has `zeros` zeros more.
  fileprivate mutating func write(centimetres value: UInt64, zeros: Int) {
    guard value > 0 else {
      write("0")
      return
    }
    var digits = Array(String(value).utf8)
    // The first digit's power of ten.
    var exponent = digits.count - 3 + zeros
    if digits.count > 6 {
      let unit = (0..<digits.count - 6).reduce(UInt64(1)) { product, _ in product * 10 }
      digits = Array(String((value + unit / 2) / unit).utf8)
      if digits.count > 6 { exponent += 1 }
    }
    while digits.count > 1, digits.last == UInt8(ascii: "0") { digits.removeLast() }
    let isScientific = exponent >= 6
    let whole = isScientific ? 1 : exponent + 1
    if whole <= 0 {
      write("0.")
      write(repeating: UInt8(ascii: "0"), count: -whole)
    }
    for (index, digit) in digits.enumerated() {
      if index == whole, index > 0 { write(".") }
      write(byte: digit)
    }
    if whole > digits.count { write(repeating: UInt8(ascii: "0"), count: whole - digits.count) }
    if isScientific {
      write("e+")
      write(decimal: UInt64(exponent), width: 2)
    }
  }
}

/// The fields of locations, as Wireshark names them.
struct DNSLocationFields: FieldSet {
  let version = Field("dns.loc.version", "Version", .uint8)
  let size = Field("dns.loc.size", "Size", .uint8)
  let horizontal = Field("dns.loc.horizontal_precision", "Horizontal Precision", .uint8)
  let vertical = Field("dns.loc.vertical_precision", "Vertical Precision", .uint8)
  let latitude = Field("dns.loc.latitude", "Latitude", .uint32)
  let longitude = Field("dns.loc.longitude", "Longitude", .uint32)
  let altitude = Field("dns.loc.altitude", "Altitude", .uint32)
  let unknown = Field("dns.loc.unknown_data", "Unknown data", .bytes)

  static let fields = Self()
}
