import Fields

/// An OCSP response (RFC 6960 4.2.1).
enum StatusResponse {
  static func describe(
    _ bytes: Span<UInt8>, at base: Int, into tree: inout FieldBuffer
  ) throws(Malformed) {
    guard tree.wantsTree else { return }
    let fields = StatusFields.fields
    let top = tree.opened(fields.ocsp, at: base, count: bytes.count)
    tree.relabel(top, "OCSP Response")
    defer { tree.close(top) }
    let response = try Element(bytes.copied, base: base)
    guard let status = response.children.first else { throw .missing }
    tree.add(fields.status, numberIn: status)
    guard response.children.count > 1, let holder = response.children[1].children.first else {
      return
    }
    let item = tree.opened(fields.responseBytes, of: holder)
    defer { tree.close(item) }
    guard holder.children.count >= 2 else { throw .missing }
    tree.add(fields.responseType, identifierIn: holder.children[0])
    guard holder.children[0].objectIdentifier.digits == "1.3.6.1.5.5.7.48.1.1" else { return }
    tree.addProtocol("ocsp")
    try describeBasic(holder.children[1].inner(), into: &tree)
  }

  private static func describeBasic(
    _ response: Element, into tree: inout FieldBuffer
  ) throws(Malformed) {
    let fields = StatusFields.fields
    let top = tree.opened(fields.basicResponse, of: response)
    defer { tree.close(top) }
    let parts = response.children
    guard parts.count >= 3 else { throw .missing }
    try describeData(parts[0], into: &tree)
    try CertificateDescription.describeAlgorithm(
      fields.signatureAlgorithm, parts[1], into: &tree)
    tree.add(fields.signature, bitsIn: parts[2])
    guard parts.count > 3, let list = parts[3].children.first else { return }
    let certificates = tree.opened(fields.certificates, counting: list.children.count, of: list)
    defer { tree.close(certificates) }
    for certificate in list.children {
      let item = tree.opened(fields.certificate, of: certificate)
      defer { tree.close(item) }
      try CertificateDescription.describe(certificate, below: item, into: &tree)
    }
  }

  private static func describeData(
    _ data: Element, into tree: inout FieldBuffer
  ) throws(Malformed) {
    let fields = StatusFields.fields
    let top = tree.opened(fields.data, of: data)
    defer { tree.close(top) }
    var parts = data.children[...]
    if let version = parts.first, version.context == 0 {
      if let number = version.children.first { tree.add(fields.version, numberIn: number) }
      parts.removeFirst()
    }
    guard parts.count >= 3 else { throw .missing }
    try describeResponder(parts.removeFirst(), into: &tree)
    tree.add(fields.producedAt, timeIn: parts.removeFirst())
    let list = parts.removeFirst()
    let responses = tree.opened(fields.responses, counting: list.children.count, of: list)
    for response in list.children { try describeSingle(response, into: &tree) }
    tree.close(responses)
    if let extensions = parts.first?.children.first {
      try describeExtensions(fields.responseExtensions, extensions, into: &tree)
    }
  }

  private static func describeResponder(
    _ responder: Element, into tree: inout FieldBuffer
  ) throws(Malformed) {
    let fields = StatusFields.fields
    guard let value = responder.children.first else { throw .missing }
    let choice = tree.opened(
      fields.responder, .unsigned(UInt64(responder.context ?? 0)), at: responder.start,
      count: responder.count)
    defer { tree.close(choice) }
    guard responder.context == 1 else {
      tree.add(fields.responderKey, contentsOf: value)
      return
    }
    let name = tree.opened(
      fields.responderName, .unsigned(0), at: value.start, count: value.count)
    defer { tree.close(name) }
    _ = try DistinguishedName.describe(
      CertificateFields.fields.nameSequence, value, into: &tree)
  }

  private static func describeSingle(
    _ response: Element, into tree: inout FieldBuffer
  ) throws(Malformed) {
    let fields = StatusFields.fields
    let top = tree.opened(fields.singleResponse, of: response)
    defer { tree.close(top) }
    let parts = response.children
    guard parts.count >= 3 else { throw .missing }
    try describeIdentifier(parts[0], into: &tree)
    describeStatus(parts[1], into: &tree)
    tree.add(fields.thisUpdate, timeIn: parts[2])
    for part in parts.dropFirst(3) {
      guard let value = part.children.first else { continue }
      if part.context == 0 {
        tree.add(fields.nextUpdate, timeIn: value)
      } else {
        try describeExtensions(fields.singleExtensions, value, into: &tree)
      }
    }
  }

  private static func describeIdentifier(
    _ identifier: Element, into tree: inout FieldBuffer
  ) throws(Malformed) {
    let fields = StatusFields.fields
    let top = tree.opened(fields.certificateID, of: identifier)
    defer { tree.close(top) }
    let parts = identifier.children
    guard parts.count >= 4 else { throw .missing }
    try CertificateDescription.describeAlgorithm(fields.hashAlgorithm, parts[0], into: &tree)
    tree.add(fields.issuerNameHash, contentsOf: parts[1])
    tree.add(fields.issuerKeyHash, contentsOf: parts[2])
    tree.add(fields.serialNumber, largeNumberIn: parts[3])
  }

  private static func describeStatus(_ status: Element, into tree: inout FieldBuffer) {
    let fields = StatusFields.fields
    let choice = tree.opened(
      fields.certificateStatus, .unsigned(UInt64(status.context ?? 0)), at: status.start,
      count: status.count)
    defer { tree.close(choice) }
    switch status.context {
    case 0: tree.add(fields.good, .none, at: status.start, count: status.count)
    case 1:
      let item = tree.opened(fields.revoked, of: status)
      for part in status.children {
        if part.universal == 24 {
          tree.add(fields.revocationTime, timeIn: part)
        } else if let reason = part.children.first {
          tree.add(fields.revocationReason, numberIn: reason)
        }
      }
      tree.close(item)
    default: tree.add(fields.unknown, .none, at: status.start, count: status.count)
    }
  }

  private static func describeExtensions(
    _ field: Field, _ list: Element, into tree: inout FieldBuffer
  ) throws(Malformed) {
    let fields = StatusFields.fields
    let top = tree.opened(field, counting: list.children.count, of: list)
    defer { tree.close(top) }
    for element in list.children {
      let item = tree.opened(fields.statusExtension, of: element)
      defer { tree.close(item) }
      guard let identifier = element.children.first, let holder = element.children.last else {
        throw .missing
      }
      tree.add(fields.extensionID, identifierIn: identifier)
      guard holder.universal == 4 else { continue }
      let value = try holder.inner()
      switch identifier.objectIdentifier.digits {
      case "1.3.6.1.5.5.7.48.1.2":
        tree.addProtocol("ocsp")
        tree.add(fields.nonce, contentsOf: value)
      case "1.3.6.1.4.1.11129.2.4.5":
        tree.addProtocol("tls")
        try CertificateTimestamps.describe(in: value, into: &tree)
      default: tree.addNotImplemented(value)
      }
    }
  }
}

/// The fields of OCSP, as Wireshark names them.
public struct StatusFields: FieldSet {
  let ocsp = Field("ocsp", "Online Certificate Status Protocol", .proto)
  let status = Field(
    "ocsp.responseStatus", "responseStatus", .uint32, .natural, .names(Self.statusName))
  let responseBytes = Field("ocsp.responseBytes_element", "responseBytes", .none)
  let responseType = Field("ocsp.responseType.id", "ResponseType Id", .string)
  let basicResponse = Field("ocsp.BasicOCSPResponse_element", "BasicOCSPResponse", .none)
  let data = Field("ocsp.tbsResponseData_element", "tbsResponseData", .none)
  let version = Field(
    "ocsp.version", "version", .int32, .natural, .names(CertificateFields.versionName))
  let responder = Field(
    "ocsp.responderID", "responderID", .uint32, .natural,
    .names { $0 == 1 ? "byName" : $0 == 2 ? "byKey" : nil })
  let responderName = Field("ocsp.byName", "byName", .uint32)
  let responderKey = Field("ocsp.byKey", "byKey", .bytes)
  let producedAt = Field("ocsp.producedAt", "producedAt", .absoluteTime)
  let responses = Field("ocsp.responses", "responses", .uint32)
  let singleResponse = Field("ocsp.SingleResponse_element", "SingleResponse", .none)
  let certificateID = Field("ocsp.certID_element", "certID", .none)
  let hashAlgorithm = Field("ocsp.hashAlgorithm_element", "hashAlgorithm", .none)
  let issuerNameHash = Field("ocsp.issuerNameHash", "issuerNameHash", .bytes)
  let issuerKeyHash = Field("ocsp.issuerKeyHash", "issuerKeyHash", .bytes)
  let serialNumber = Field("ocsp.serialNumber", "serialNumber", .bytes)
  let certificateStatus = Field(
    "ocsp.certStatus", "certStatus", .uint32, .natural,
    .names { $0 == 0 ? "good" : $0 == 1 ? "revoked" : $0 == 2 ? "unknown" : nil })
  let good = Field("ocsp.good_element", "good", .none)
  let revoked = Field("ocsp.revoked_element", "revoked", .none)
  let unknown = Field("ocsp.unknown_element", "unknown", .none)
  let revocationTime = Field("ocsp.revocationTime", "revocationTime", .absoluteTime)
  let revocationReason = Field(
    "ocsp.revocationReason", "revocationReason", .uint32, .natural, .names(Self.reasonName))
  let thisUpdate = Field("ocsp.thisUpdate", "thisUpdate", .absoluteTime)
  let nextUpdate = Field("ocsp.nextUpdate", "nextUpdate", .absoluteTime)
  let singleExtensions = Field("ocsp.singleExtensions", "singleExtensions", .uint32)
  let responseExtensions = Field("ocsp.responseExtensions", "responseExtensions", .uint32)
  let statusExtension = Field("pkix1explicit.Extension_element", "Extension", .none)
  let extensionID = Field("pkix1explicit.id", "Id", .string)
  let nonce = Field("ocsp.ReOcspNonce", "ReOcspNonce", .bytes)
  let signatureAlgorithm = Field(
    "ocsp.signatureAlgorithm_element", "signatureAlgorithm", .none)
  let signature = Field("ocsp.signature", "signature", .bytes)
  let certificates = Field("ocsp.certs", "certs", .uint32)
  let certificate = Field("ocsp.Certificate_element", "Certificate", .none)

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
  @Sendable static func reasonName(_ reason: UInt64) -> String? {
    switch reason {
    case 0: "unspecified"
    case 1: "keyCompromise"
    case 2: "cACompromise"
    case 3: "affiliationChanged"
    case 4: "superseded"
    case 5: "cessationOfOperation"
    case 6: "certificateHold"
    case 8: "removeFromCRL"
    case 9: "privilegeWithdrawn"
    case 10: "aaCompromise"
    default: nil
    }
  }
}
