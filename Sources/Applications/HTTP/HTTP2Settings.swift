import Fields

/// The settings of HTTP/2 that a request to change to it carries in `HTTP2-Settings` (RFC 7540 section 3.2.1).
enum HTTP2Settings {
  private static let settingLength = 6

  /// `value` is base64 in the alphabet of URLs, without padding.
  static func describe(_ value: Span<UInt8>, at offset: Int, into tree: inout FieldBuffer) {
    var text: [UInt8] = []
    for index in value.indices {
      switch value[index] {
      case UInt8(ascii: "-"): text.append(UInt8(ascii: "+"))
      case UInt8(ascii: "_"): text.append(UInt8(ascii: "/"))
      default: text.append(value[index])
      }
    }
    while !text.count.isMultiple(of: 4) { text.append(UInt8(ascii: "=")) }
    let settings = HTTPHeader.base64(text.span)
    let fields = HTTP2SettingsFields.fields
    for start in stride(from: 0, to: settings.count, by: settingLength) {
      guard start + settingLength <= settings.count else { return }
      let identifier = UInt64(settings[start]) << 8 | UInt64(settings[start + 1])
      let number = settings[(start + 2)..<(start + settingLength)].reduce(UInt32(0)) {
        $0 << 8 | UInt32($1)
      }
      let item = tree.opened(fields.settings, at: offset, count: value.count)
      tree.relabel(item) {
        $0.write(
          "Settings - \(HTTP2SettingsFields.name(of: identifier) ?? "Unknown (\(identifier))")")
        $0.write(" : \(number)")
      }
      tree.add(fields.identifier, identifier, at: offset, count: value.count)
      tree.add(fields.value(of: identifier), number, at: offset, count: value.count)
      tree.close(item)
    }
  }
}

/// The fields of the settings of HTTP/2.
public struct HTTP2SettingsFields: FieldSet {
  let settings = Field("http2.settings", "Settings", .none)
  let identifier = Field(
    "http2.settings.id", "Settings Identifier", .uint16, .natural, .names { Self.name(of: $0) })
  let headerTableSize = Field("http2.settings.header_table_size", "Header table size", .uint32)
  let enablePush = Field("http2.settings.enable_push", "Enable PUSH", .uint32)
  let mostStreams = Field(
    "http2.settings.max_concurrent_streams", "Max concurrent streams", .uint32)
  let windowSize = Field("http2.settings.initial_window_size", "Initial Windows Size", .uint32)
  let frameSize = Field("http2.settings.max_frame_size", "Max frame size", .uint32)
  let headerListSize = Field(
    "http2.settings.max_header_list_size", "Max header list size", .uint32)
  let extendedConnect = Field("http2.settings.extended_connect", "Extended CONNECT", .uint32)
  let unknown = Field("http2.settings.unknown", "Unknown Settings", .uint32)

  public init() {}
  static let fields = Self()

  func value(of identifier: UInt64) -> Field {
    switch identifier {
    case 1: headerTableSize
    case 2: enablePush
    case 3: mostStreams
    case 4: windowSize
    case 5: frameSize
    case 6: headerListSize
    case 8: extendedConnect
    default: unknown
    }
  }

  static func name(of identifier: UInt64) -> String? {
    switch identifier {
    case 1: "Header table size"
    case 2: "Enable PUSH"
    case 3: "Max concurrent streams"
    case 4: "Initial Windows size"
    case 5: "Max frame size"
    case 6: "Max header list size"
    case 8: "Extended CONNECT"
    default: nil
    }
  }
}
