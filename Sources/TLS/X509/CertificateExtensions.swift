import Fields

/// The extensions of a certificate (RFC 5280 4.2).
enum CertificateExtensions {
  static func describe(_ list: Element, into tree: inout FieldBuffer) throws(Malformed) {
    let fields = CertificateFields.fields
    let top = tree.opened(fields.extensions, counting: list.children.count, of: list)
    defer { tree.close(top) }
    for element in list.children {
      let item = tree.opened(fields.certificateExtension, of: element)
      defer { tree.close(item) }
      let parts = element.children
      guard parts.count >= 2, let value = parts.last else { throw .missing }
      tree.note(item, " (\(parts[0].objectIdentifier.name))")
      tree.add(fields.extensionID, identifierIn: parts[0])
      if parts[1].universal == 1 {
        tree.add(
          fields.critical, parts[1].isTrue, at: parts[1].contentsStart,
          count: parts[1].contents.count)
      }
      guard value.universal == 4, !value.contents.isEmpty else { continue }
      try describe(parts[0].objectIdentifier, value, into: &tree)
    }
  }

  private static func describe(
    _ identifier: ObjectIdentifier, _ holder: Element, into tree: inout FieldBuffer
  ) throws(Malformed) {
    let fields = CertificateFields.fields
    let value = try holder.inner()
    if let module = module(of: identifier) { tree.addProtocol(module) }
    switch identifier.digits {
    case "2.5.29.14": tree.add(fields.subjectKeyIdentifier, contentsOf: value)
    case "2.5.29.15":
      tree.add(fields.keyUsage, bitsIn: value, named: KeyUsageBits.all)
    case "2.5.29.16": describeUsagePeriod(value, into: &tree)
    case "2.5.29.17", "2.5.29.18", "2.5.29.29":
      try GeneralName.describeList(fields.generalNames, value, into: &tree)
    case "2.5.29.19": describeBasicConstraints(value, into: &tree)
    case "2.5.29.30": try describeNameConstraints(value, into: &tree)
    case "2.5.29.31", "2.5.29.46": try describeDistributionPoints(value, into: &tree)
    case "2.5.29.32": try CertificatePolicies.describe(value, into: &tree)
    case "2.5.29.33": try CertificatePolicies.describeMappings(value, into: &tree)
    case "2.5.29.35": try describeAuthorityKey(value, into: &tree)
    case "2.5.29.36": describePolicyConstraints(value, into: &tree)
    case "2.5.29.37":
      let list = tree.opened(fields.keyPurposes, counting: value.children.count, of: value)
      for purpose in value.children { tree.add(fields.keyPurpose, identifierIn: purpose) }
      tree.close(list)
    case "2.5.29.54": tree.add(fields.skipCertificates, numberIn: value)
    case "1.3.6.1.5.5.7.1.1": try describeAccess(value, into: &tree)
    case "1.3.6.1.5.5.7.1.24":
      let list = tree.opened(fields.features, counting: value.children.count, of: value)
      for feature in value.children { tree.add(fields.feature, numberIn: feature) }
      tree.close(list)
    case "1.3.6.1.4.1.11129.2.4.2", "1.3.6.1.4.1.11129.2.4.5":
      try describeTimestamps(value, into: &tree)
    case "1.3.6.1.4.1.311.21.7": describeTemplate(value, into: &tree)
    case "2.16.840.1.113730.1.1":
      tree.add(fields.netscapeType, bitsIn: value, named: NetscapeTypeBits.all)
    case "2.16.840.1.113730.1.2": tree.add(fields.netscapeBaseURL, textOf: value)
    case "2.16.840.1.113730.1.3": tree.add(fields.netscapeRevocationURL, textOf: value)
    case "2.16.840.1.113730.1.4": tree.add(fields.netscapeAuthorityRevocationURL, textOf: value)
    case "2.16.840.1.113730.1.7": tree.add(fields.netscapeRenewalURL, textOf: value)
    case "2.16.840.1.113730.1.8": tree.add(fields.netscapePolicyURL, textOf: value)
    case "2.16.840.1.113730.1.12": tree.add(fields.netscapeServerName, textOf: value)
    case "2.16.840.1.113730.1.13": tree.add(fields.netscapeComment, textOf: value)
    default:
      if value.count > 2 { tree.addNotImplemented(value) }
    }
  }

  /// The protocol that Wireshark counts an extension among.
  private static func module(of identifier: ObjectIdentifier) -> String? {
    switch identifier.digits {
    case "1.3.6.1.5.5.7.1.1": "pkix1implicit"
    case "1.3.6.1.5.5.7.1.24": "pkix1explicit"
    case "1.3.6.1.4.1.11129.2.4.2", "1.3.6.1.4.1.11129.2.4.5": "tls"
    case "1.3.6.1.4.1.311.21.7": "x509ce"
    case let digits where digits.hasPrefix("2.5.29."):
      ObjectIdentifier.names[digits] == nil ? nil : "x509ce"
    case let digits where digits.hasPrefix("2.16.840.1.113730.1."):
      ObjectIdentifier.names[digits] == nil ? nil : "ns_cert_exts"
    default: nil
    }
  }

  private static func describeTimestamps(
    _ list: Element, into tree: inout FieldBuffer
  ) throws(Malformed) {
    let base = tree.base
    tree.base = base + list.contentsStart
    defer { tree.base = base }
    let contents = list.contents
    var reader = TLSReader(contents.span)
    try CertificateTimestamps.describe(&reader, to: contents.count, into: &tree)
  }

  private static func describeUsagePeriod(_ value: Element, into tree: inout FieldBuffer) {
    let fields = CertificateFields.fields
    let top = tree.opened(fields.usagePeriod, of: value)
    for part in value.children {
      guard let number = part.context, number < 2 else { continue }
      tree.add(
        number == 0 ? fields.usageNotBefore : fields.usageNotAfter,
        .time(ASN1Time.nanoseconds(general: part.contents) ?? 0), at: part.contentsStart,
        count: part.contents.count)
    }
    tree.close(top)
  }

  private static func describeBasicConstraints(_ value: Element, into tree: inout FieldBuffer) {
    let fields = CertificateFields.fields
    let top = tree.opened(fields.basicConstraints, of: value)
    if value.children.isEmpty { tree.note(top, " [0 length]") }
    for part in value.children {
      if part.universal == 1 {
        tree.add(
          fields.isAuthority, part.isTrue, at: part.contentsStart, count: part.contents.count)
      } else {
        tree.add(fields.pathLength, numberIn: part)
      }
    }
    tree.close(top)
  }

  private static func describeNameConstraints(
    _ value: Element, into tree: inout FieldBuffer
  ) throws(Malformed) {
    let fields = CertificateFields.fields
    let top = tree.opened(fields.nameConstraints, of: value)
    defer { tree.close(top) }
    for list in value.children {
      let field = list.context == 0 ? fields.permittedSubtrees : fields.excludedSubtrees
      let item = tree.opened(field, counting: list.children.count, of: list)
      defer { tree.close(item) }
      for subtree in list.children {
        let entry = tree.opened(fields.subtree, of: subtree)
        defer { tree.close(entry) }
        for (index, part) in subtree.children.enumerated() {
          if index == 0 {
            try GeneralName.describe(fields.subtreeBase, part, into: &tree)
          } else {
            tree.add(part.context == 0 ? fields.minimum : fields.maximum, numberIn: part)
          }
        }
      }
    }
  }

  private static func describePolicyConstraints(_ value: Element, into tree: inout FieldBuffer) {
    let fields = CertificateFields.fields
    let top = tree.opened(fields.policyConstraints, of: value)
    for part in value.children {
      tree.add(
        part.context == 0 ? fields.requireExplicitPolicy : fields.inhibitPolicyMapping,
        numberIn: part)
    }
    tree.close(top)
  }

  private static func describeDistributionPoints(
    _ value: Element, into tree: inout FieldBuffer
  ) throws(Malformed) {
    let fields = CertificateFields.fields
    let top = tree.opened(fields.distributionPoints, counting: value.children.count, of: value)
    defer { tree.close(top) }
    for point in value.children {
      let item = tree.opened(fields.distributionPointItem, of: point)
      defer { tree.close(item) }
      for part in point.children {
        switch part.context {
        case 0:
          guard let name = part.children.first else { break }
          try describeDistributionPoint(name, into: &tree)
        case 1: tree.add(fields.reasons, bitsIn: part, named: ReasonBits.all)
        case 2: try GeneralName.describeList(fields.listIssuer, part, into: &tree)
        default: break
        }
      }
    }
  }

  private static func describeDistributionPoint(
    _ name: Element, into tree: inout FieldBuffer
  ) throws(Malformed) {
    let fields = CertificateFields.fields
    let choice = tree.opened(
      fields.distributionPoint, .unsigned(UInt64(name.context ?? 0)), at: name.start,
      count: name.count)
    defer { tree.close(choice) }
    if name.context == 0 {
      try GeneralName.describeList(fields.fullName, name, into: &tree)
    }
  }

  private static func describeAuthorityKey(
    _ value: Element, into tree: inout FieldBuffer
  ) throws(Malformed) {
    let fields = CertificateFields.fields
    let top = tree.opened(fields.authorityKeyIdentifier, of: value)
    defer { tree.close(top) }
    for part in value.children {
      switch part.context {
      case 0: tree.add(fields.keyIdentifier, contentsOf: part)
      case 1: try GeneralName.describeList(fields.authorityIssuer, part, into: &tree)
      case 2:
        tree.add(fields.authoritySerialNumber, contentsOf: part)
        tree.relabel(tree.last) {
          $0.write("authorityCertSerialNumber: 0x")
          $0.write(hex: part.contents, colons: false, limit: 36)
        }
      default: break
      }
    }
  }

  private static func describeAccess(
    _ value: Element, into tree: inout FieldBuffer
  ) throws(Malformed) {
    let fields = CertificateFields.fields
    let top = tree.opened(fields.accessDescriptions, counting: value.children.count, of: value)
    defer { tree.close(top) }
    for description in value.children {
      let item = tree.opened(fields.accessDescription, of: description)
      defer { tree.close(item) }
      guard description.children.count >= 2 else { throw .missing }
      tree.add(fields.accessMethod, identifierIn: description.children[0])
      try GeneralName.describe(fields.accessLocation, description.children[1], into: &tree)
    }
  }

  private static func describeTemplate(_ value: Element, into tree: inout FieldBuffer) {
    let fields = CertificateFields.fields
    let top = tree.opened(fields.template, of: value)
    for (index, part) in value.children.enumerated() {
      switch index {
      case 0: tree.add(fields.templateID, identifierIn: part)
      case 1: tree.add(fields.templateMajor, numberIn: part)
      case 2: tree.add(fields.templateMinor, numberIn: part)
      default: break
      }
    }
    tree.close(top)
  }
}

extension FieldBuffer {
  /// A BIT STRING with its bits, which have names.
  mutating func add(_ field: Field, bitsIn element: Element, named bits: [Field]) {
    let item = add(field, bitsIn: element)
    open(item)
    let bytes = element.contents.dropFirst()
    for (index, bit) in bits.enumerated() {
      let place = bytes.startIndex + index / 8
      let byte = place < bytes.endIndex ? bytes[place] : 0
      add(bit, bitsOf: byte, at: element.contentsStart + 1 + index / 8, count: 1)
    }
    close(item)
  }
}
