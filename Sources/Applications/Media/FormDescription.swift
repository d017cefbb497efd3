import Fields

/// Form data in the encoding of URLs, as Wireshark's `urlencoded-form` shows it: a key goes on to `=`, its value to
/// `&`.
enum FormDescription {
  static func describe(
    _ bytes: Span<UInt8>, at offset: Int, type: String, into tree: inout FieldBuffer
  ) {
    let fields = FormFields.fields
    tree.addProtocol("urlencoded-form")
    let top = tree.opened(fields.form, at: offset, count: bytes.count)
    tree.relabel(top, "HTML Form URL Encoded: \(type)")
    defer { tree.close(top) }
    var position = 0
    while position < bytes.count {
      let start = position
      let equals = bytes.firstIndex(of: UInt8(ascii: "="), from: start, before: bytes.count)
      let keyEnd = equals ?? bytes.count
      let valueStart = min(keyEnd + 1, bytes.count)
      let valueEnd =
        bytes.firstIndex(of: UInt8(ascii: "&"), from: valueStart, before: bytes.count)
        ?? bytes.count
      position = valueEnd + 1
      let item = tree.addText(at: offset + start, count: valueEnd - start) { _ in }
      guard let key = decoded(bytes.part(start, keyEnd)) else {
        tree.relabel(item, "Form item")
        return
      }
      tree.open(item)
      defer { tree.close(item) }
      tree.add(fields.key, key.span, at: offset + start)
      let value = decoded(bytes.part(valueStart, valueEnd))
      tree.relabel(item) {
        $0.write("Form item: \"")
        $0.write(printable: key[...])
        $0.write("\"")
        guard let value else { return }
        $0.write(" = \"")
        $0.write(printable: value[...])
        $0.write("\"")
      }
      guard let value else { return }
      tree.add(fields.value, value.span, at: offset + valueStart)
    }
  }

  /// Nil where a per cent sign is not followed by two digits; the text ends at a zero.
  private static func decoded(_ bytes: Span<UInt8>) -> [UInt8]? {
    var result: [UInt8] = []
    var index = 0
    while index < bytes.count {
      var byte = bytes[index]
      index += 1
      if byte == UInt8(ascii: "+") {
        byte = 0x20
      } else if byte == UInt8(ascii: "%") {
        guard let high = bytes[index, or: 0].hexadecimalDigit,
          let low = bytes[index + 1, or: 0].hexadecimalDigit
        else { return nil }
        byte = high << 4 | low
        index += 2
      }
      result.append(byte)
    }
    return Array(result.prefix { $0 != 0 })
  }
}

/// The fields of form data.
public struct FormFields: FieldSet {
  let form = Field("urlencoded-form", "HTML Form URL Encoded", .proto)
  let key = Field("urlencoded-form.key", "Key", .string)
  let value = Field("urlencoded-form.value", "Value", .string)

  public init() {}
  static let fields = Self()
}
