import Fields

/// The parameters of an AlgorithmIdentifier (RFC 3279, RFC 4055, RFC 5480).
enum AlgorithmParameters {
  static func describe(
    _ parameters: Element, of algorithm: ObjectIdentifier, into tree: inout FieldBuffer
  ) throws(Malformed) {
    switch algorithm.digits {
    case "1.2.840.10040.4.1": describeDSA(parameters, into: &tree)
    case "1.2.840.10045.2.1": describeCurve(parameters, into: &tree)
    case "1.2.840.113549.1.1.8":
      try CertificateDescription.describeAlgorithm(
        CertificateFields.fields.maskHash, parameters, into: &tree)
    case "1.2.840.113549.1.1.10": try describePSS(parameters, into: &tree)
    default: break
    }
  }

  private static func describeCurve(_ parameters: Element, into tree: inout FieldBuffer) {
    let fields = CertificateFields.fields
    tree.addProtocol("pkcs-1")
    let isNamed = parameters.universal == 6
    let choice = tree.opened(
      fields.curveParameters, .unsigned(isNamed ? 1 : 0), at: parameters.start,
      count: parameters.count)
    if isNamed { tree.add(fields.namedCurve, identifierIn: parameters) }
    tree.close(choice)
  }

  private static func describeDSA(_ parameters: Element, into tree: inout FieldBuffer) {
    let fields = CertificateFields.fields
    guard parameters.isConstructed else { return }
    tree.addProtocol("x509af")
    let top = tree.opened(fields.signatureParameters, of: parameters)
    for (field, number) in zip(
      [fields.prime, fields.subprime, fields.generator], parameters.children)
    {
      tree.add(field, largeNumberIn: number)
    }
    tree.close(top)
  }

  private static func describePSS(
    _ parameters: Element, into tree: inout FieldBuffer
  ) throws(Malformed) {
    let fields = CertificateFields.fields
    tree.addProtocol("pkcs-1")
    let top = tree.opened(fields.pssParameters, of: parameters)
    defer { tree.close(top) }
    if parameters.children.isEmpty { tree.note(top, " [0 length]") }
    for part in parameters.children {
      guard let value = part.children.first else { continue }
      switch part.context {
      case 0:
        try CertificateDescription.describeAlgorithm(fields.pssHash, value, into: &tree)
      case 1:
        tree.addProtocol("pkcs-1")
        try CertificateDescription.describeAlgorithm(fields.pssMask, value, into: &tree)
      case 2: tree.add(fields.saltLength, numberIn: value)
      case 3: tree.add(fields.trailerField, numberIn: value)
      default: break
      }
    }
  }
}
