import Fields

/// A certificate (RFC 5280 4.1), described as Wireshark shows it.
enum CertificateDescription {
  /// Describes the certificate that `bytes` are, which lie at `base`, below `item`, which gets the name of its subject.
  static func describe(
    _ bytes: Span<UInt8>, at base: Int, below item: FieldIndex, into tree: inout FieldBuffer
  ) throws(Malformed) {
    let fields = CertificateFields.fields
    guard !bytes.isEmpty, tree.wantsTree else { return }
    let parts = try Element(bytes.copied, base: base).children
    guard parts.count >= 3 else { throw .missing }
    let top = tree.opened(fields.signedCertificate, of: parts[0])
    do throws(Malformed) {
      try describeSigned(parts[0].children, below: item, into: &tree)
    } catch {
      tree.close(top)
      throw error
    }
    tree.close(top)
    try describeAlgorithm(fields.algorithmIdentifier, parts[1], into: &tree)
    tree.add(fields.encrypted, bitsIn: parts[2])
  }

  /// Describes a distinguished name alone; gives it as one line.
  static func describeName(
    _ bytes: Span<UInt8>, at base: Int, into tree: inout FieldBuffer
  ) throws(Malformed) -> String {
    guard !bytes.isEmpty, tree.wantsTree else { return "" }
    return try DistinguishedName.describeParts(Element(bytes.copied, base: base), into: &tree)
  }

  private static func describeSigned(
    _ parts: [Element], below item: FieldIndex, into tree: inout FieldBuffer
  ) throws(Malformed) {
    let fields = CertificateFields.fields
    var parts = parts[...]
    if let first = parts.first, first.context == 0 {
      if let version = first.children.first { tree.add(fields.version, numberIn: version) }
      parts.removeFirst()
    }
    guard parts.count >= 6 else { throw .missing }
    let serial = parts.removeFirst()
    tree.add(fields.serialNumber, contentsOf: serial)
    tree.relabel(tree.last) {
      $0.write("serialNumber: 0x")
      $0.write(hex: serial.contents, colons: false, limit: 36)
    }
    try describeAlgorithm(fields.signature, parts.removeFirst(), into: &tree)
    let issuer = parts.removeFirst()
    let issuerItem = tree.opened(fields.issuer, .unsigned(0), at: issuer.start, count: issuer.count)
    _ = try DistinguishedName.describe(fields.nameSequence, issuer, into: &tree)
    tree.close(issuerItem)
    let validity = parts.removeFirst()
    let times = validity.children
    guard times.count >= 2 else { throw .missing }
    let validityItem = tree.opened(fields.validity, of: validity)
    describeTime(fields.notBefore, times[0], into: &tree)
    describeTime(fields.notAfter, times[1], into: &tree)
    tree.close(validityItem)
    let subject = parts.removeFirst()
    let subjectItem = tree.opened(
      fields.subject, .unsigned(0), at: subject.start, count: subject.count)
    let name = try DistinguishedName.describe(fields.subjectSequence, subject, into: &tree)
    tree.close(subjectItem)
    if !name.isEmpty { tree.note(item, " (\(name))") }
    try describePublicKey(parts.removeFirst(), into: &tree)
    for part in parts {
      switch part.context {
      case 1: tree.add(fields.issuerUniqueIdentifier, bitsIn: part)
      case 2: tree.add(fields.subjectUniqueIdentifier, bitsIn: part)
      case 3:
        guard let list = part.children.first else { break }
        try CertificateExtensions.describe(list, into: &tree)
      default: break
      }
    }
  }

  private static func describeTime(
    _ field: Field, _ time: Element, into tree: inout FieldBuffer
  ) {
    let fields = CertificateFields.fields
    let isGeneral = time.universal == 24
    let item = tree.opened(
      field, .unsigned(isGeneral ? 1 : 0), at: time.start, count: time.count)
    if isGeneral {
      tree.add(
        fields.generalizedTime, .time(ASN1Time.nanoseconds(general: time.contents) ?? 0),
        at: time.contentsStart, count: time.contents.count)
    } else {
      tree.add(
        fields.utcTime, ASN1Time.words(utc: time.contents), at: time.contentsStart,
        count: time.contents.count)
    }
    tree.close(item)
  }

  /// AlgorithmIdentifier (RFC 5280 4.1.1.2): the heading names the algorithm.
  static func describeAlgorithm(
    _ field: Field, _ element: Element, into tree: inout FieldBuffer
  ) throws(Malformed) {
    let fields = CertificateFields.fields
    let item = tree.opened(field, of: element)
    defer { tree.close(item) }
    guard let identifier = element.children.first else { throw .missing }
    tree.add(fields.algorithmID, identifierIn: identifier)
    tree.note(item, " (\(identifier.objectIdentifier.name))")
    guard element.children.count > 1 else { return }
    let parameters = element.children[1]
    switch identifier.objectIdentifier.digits {
    case "1.2.840.10045.2.1":
      tree.addProtocol("pkcs-1")
      let isNamed = parameters.universal == 6
      let choice = tree.opened(
        fields.curveParameters, .unsigned(isNamed ? 1 : 0), at: parameters.start,
        count: parameters.count)
      if isNamed { tree.add(fields.namedCurve, identifierIn: parameters) }
      tree.close(choice)
    default: break
    }
  }

  private static func describePublicKey(
    _ element: Element, into tree: inout FieldBuffer
  ) throws(Malformed) {
    let fields = CertificateFields.fields
    let item = tree.opened(fields.subjectPublicKeyInfo, of: element)
    defer { tree.close(item) }
    let parts = element.children
    guard parts.count >= 2, let identifier = parts[0].children.first else { throw .missing }
    try describeAlgorithm(fields.algorithm, parts[0], into: &tree)
    guard identifier.objectIdentifier.digits == "1.2.840.113549.1.1.1" else {
      tree.add(fields.subjectPublicKey, bitsIn: parts[1])
      return
    }
    let bits = parts[1].contents.dropFirst()
    let key = tree.add(fields.subjectPublicKey, bits.span, at: parts[1].contentsStart + 1)
    tree.open(key)
    defer { tree.close(key) }
    let numbers = try parts[1].inner(dropping: 1).children
    guard numbers.count >= 2 else { throw .missing }
    tree.add(fields.modulus, contentsOf: numbers[0])
    tree.relabel(tree.last) {
      $0.write("modulus: 0x")
      $0.write(hex: numbers[0].contents, colons: false, limit: 36)
    }
    tree.add(fields.publicExponent, numberIn: numbers[1])
  }
}

extension Span<UInt8> {
  var copied: ArraySlice<UInt8> {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count)
    for index in indices { bytes.append(self[index]) }
    return bytes[...]
  }
}
