import Fields

/// An OCSP response (RFC 6960 4.2.1).
enum StatusResponse {
  static func describe(
    _ bytes: Span<UInt8>, at base: Int, into tree: inout FieldBuffer
  ) throws(Malformed) {
    guard tree.wantsTree else { return }
    let fields = StatusFields.fields
    let response = try Element(bytes.copied, base: base)
    guard let status = response.children.first else { throw .missing }
    tree.add(fields.status, numberIn: status)
  }
}

/// The fields of OCSP, as Wireshark names them.
public struct StatusFields: FieldSet {
  let status = Field(
    "ocsp.responseStatus", "responseStatus", .uint32, .natural, .names(Self.statusName))

  public init() {}
  static let fields = Self()

  @Sendable static func statusName(_ status: UInt64) -> String? {
    switch status {
    case 0: "successful"
    case 1: "malformedRequest"
    case 2: "internalError"
    case 3: "tryLater"
    case 5: "sigRequired"
    case 6: "unauthorized"
    default: nil
    }
  }
}
