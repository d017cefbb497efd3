import Fields

/// The fields of X.509 certificates, as Wireshark names them: by the ASN.1 modules that define them.
public struct CertificateFields: FieldSet {
  let bitPadding = Field("ber.bitstring.padding", "Padding", .uint8)
  let notImplemented = Field(
    "ber.error.oid_not_implemented",
    "BER: Dissector for OID not implemented. Contact Wireshark developers if you want this supported",
    .none)

  // AuthenticationFramework
  let signedCertificate = Field("x509af.signedCertificate_element", "signedCertificate", .none)
  let version = Field("x509af.version", "version", .int32, .natural, .names(Self.versionName))
  let serialNumber = Field("x509af.serialNumber", "serialNumber", .bytes)
  let signature = Field("x509af.signature_element", "signature", .none)
  let algorithm = Field("x509af.algorithm_element", "algorithm", .none)
  let algorithmIdentifier = Field(
    "x509af.algorithmIdentifier_element", "algorithmIdentifier", .none)
  let algorithmID = Field("x509af.algorithm.id", "Algorithm Id", .string)
  let issuer = Field(
    "x509af.issuer", "issuer", .uint32, .natural, .names { $0 == 0 ? "rdnSequence" : nil })
  let subject = Field(
    "x509af.subject", "subject", .uint32, .natural, .names { $0 == 0 ? "rdnSequence" : nil })
  let subjectSequence = Field("x509af.rdnSequence", "rdnSequence", .uint32)
  let validity = Field("x509af.validity_element", "validity", .none)
  let notBefore = Field(
    "x509af.notBefore", "notBefore", .uint32, .natural, .names(Self.timeName))
  let notAfter = Field("x509af.notAfter", "notAfter", .uint32, .natural, .names(Self.timeName))
  let utcTime = Field("x509af.utcTime", "utcTime", .string)
  let generalizedTime = Field("x509af.generalizedTime", "generalizedTime", .absoluteTime)
  let subjectPublicKeyInfo = Field(
    "x509af.subjectPublicKeyInfo_element", "subjectPublicKeyInfo", .none)
  let subjectPublicKey = Field("x509af.subjectPublicKey", "subjectPublicKey", .bytes)
  let issuerUniqueIdentifier = Field(
    "x509af.issuerUniqueIdentifier", "issuerUniqueIdentifier", .bytes)
  let subjectUniqueIdentifier = Field(
    "x509af.subjectUniqueIdentifier", "subjectUniqueIdentifier", .bytes)
  let extensions = Field("x509af.extensions", "extensions", .uint32)
  let certificateExtension = Field("x509af.Extension_element", "Extension", .none)
  let extensionID = Field("x509af.extension.id", "Extension Id", .string)
  let critical = Field("x509af.critical", "critical", .boolean)
  let encrypted = Field("x509af.encrypted", "encrypted", .bytes)
  let userID = Field("x509af.Userid", "Userid", .string)

  // InformationFramework, SelectedAttributeTypes
  let nameSequence = Field("x509if.rdnSequence", "rdnSequence", .uint32)
  let nameItem = Field("x509if.RDNSequence_item", "RDNSequence item", .uint32)
  let relativeName = Field(
    "x509if.RelativeDistinguishedName_item_element", "RelativeDistinguishedName item", .none)
  let objectID = Field("x509if.oid", "Object Id", .string)
  let directoryString = Field(
    "x509sat.DirectoryString", "DirectoryString", .uint32, .natural,
    .names(Self.directoryStringName))
  let teletexString = Field("x509sat.teletexString", "teletexString", .string)
  let printableString = Field("x509sat.printableString", "printableString", .string)
  let universalString = Field("x509sat.universalString", "universalString", .string)
  let bmpString = Field("x509sat.bmpString", "bmpString", .string)
  let utf8String = Field("x509sat.uTF8String", "uTF8String", .string)
  let countryName = Field("x509sat.CountryName", "CountryName", .string)
  let printableSyntax = Field("x509sat.PrintableString", "PrintableString", .string)
  let ia5Syntax = Field("x509sat.IA5String", "IA5String", .string)
  let utf8Syntax = Field("x509sat.UTF8String", "UTF8String", .string)

  // PKCS #1
  let modulus = Field("pkcs1.modulus", "modulus", .bytes)
  let publicExponent = Field("pkcs1.publicExponent", "publicExponent", .int32)
  let curveParameters = Field(
    "pkcs1.ECParameters", "ECParameters", .uint32, .natural,
    .names { $0 == 0 ? "specifiedCurve" : $0 == 1 ? "namedCurve" : nil })
  let namedCurve = Field("pkcs1.namedCurve", "namedCurve", .string)

  // CertificateExtensions
  let authorityKeyIdentifier = Field(
    "x509ce.AuthorityKeyIdentifier_element", "AuthorityKeyIdentifier", .none)
  let keyIdentifier = Field("x509ce.keyIdentifier", "keyIdentifier", .bytes)
  let authorityIssuer = Field("x509ce.authorityCertIssuer", "authorityCertIssuer", .uint32)
  let authoritySerialNumber = Field(
    "x509ce.authorityCertSerialNumber", "authorityCertSerialNumber", .bytes)
  let subjectKeyIdentifier = Field(
    "x509ce.SubjectKeyIdentifier", "SubjectKeyIdentifier", .bytes)
  let keyUsage = Field("x509ce.KeyUsage", "KeyUsage", .bytes)
  let keyPurposes = Field("x509ce.KeyPurposeIDs", "KeyPurposeIDs", .uint32)
  let keyPurpose = Field("x509ce.KeyPurposeId", "KeyPurposeId", .string)
  let usagePeriod = Field(
    "x509ce.PrivateKeyUsagePeriod_element", "PrivateKeyUsagePeriod", .none)
  let usageNotBefore = Field("x509ce.notBefore", "notBefore", .absoluteTime)
  let usageNotAfter = Field("x509ce.notAfter", "notAfter", .absoluteTime)
  let policies = Field(
    "x509ce.CertificatePoliciesSyntax", "CertificatePoliciesSyntax", .uint32)
  let policy = Field("x509ce.PolicyInformation_element", "PolicyInformation", .none)
  let policyIdentifier = Field("x509ce.policyIdentifier", "policyIdentifier", .string)
  let qualifiers = Field("x509ce.policyQualifiers", "policyQualifiers", .uint32)
  let qualifier = Field("x509ce.PolicyQualifierInfo_element", "PolicyQualifierInfo", .none)
  let qualifierID = Field("x509ce.id", "Id", .string)
  let mappings = Field("x509ce.PolicyMappingsSyntax", "PolicyMappingsSyntax", .uint32)
  let mapping = Field(
    "x509ce.PolicyMappingsSyntax_item_element", "PolicyMappingsSyntax item", .none)
  let issuerPolicy = Field("x509ce.issuerDomainPolicy", "issuerDomainPolicy", .string)
  let subjectPolicy = Field("x509ce.subjectDomainPolicy", "subjectDomainPolicy", .string)
  let basicConstraints = Field(
    "x509ce.BasicConstraintsSyntax_element", "BasicConstraintsSyntax", .none)
  let isAuthority = Field("x509ce.cA", "cA", .boolean)
  let pathLength = Field("x509ce.pathLenConstraint", "pathLenConstraint", .uint64)
  let nameConstraints = Field(
    "x509ce.NameConstraintsSyntax_element", "NameConstraintsSyntax", .none)
  let permittedSubtrees = Field("x509ce.permittedSubtrees", "permittedSubtrees", .uint32)
  let excludedSubtrees = Field("x509ce.excludedSubtrees", "excludedSubtrees", .uint32)
  let subtree = Field("x509ce.GeneralSubtree_element", "GeneralSubtree", .none)
  let subtreeBase = Field(
    "x509ce.base", "base", .uint32, .natural, .names(Self.generalNameName))
  let minimum = Field("x509ce.minimum", "minimum", .uint64)
  let maximum = Field("x509ce.maximum", "maximum", .uint64)
  let policyConstraints = Field(
    "x509ce.PolicyConstraintsSyntax_element", "PolicyConstraintsSyntax", .none)
  let requireExplicitPolicy = Field(
    "x509ce.requireExplicitPolicy", "requireExplicitPolicy", .uint64)
  let inhibitPolicyMapping = Field(
    "x509ce.inhibitPolicyMapping", "inhibitPolicyMapping", .uint64)
  let skipCertificates = Field("x509ce.SkipCerts", "SkipCerts", .uint64)
  let distributionPoints = Field("x509ce.CRLDistPointsSyntax", "CRLDistPointsSyntax", .uint32)
  let distributionPointItem = Field(
    "x509ce.DistributionPoint_element", "DistributionPoint", .none)
  let distributionPoint = Field(
    "x509ce.distributionPoint", "distributionPoint", .uint32, .natural,
    .names { $0 == 0 ? "fullName" : $0 == 1 ? "nameRelativeToCRLIssuer" : nil })
  let fullName = Field("x509ce.fullName", "fullName", .uint32)
  let relativeToIssuer = Field(
    "x509ce.nameRelativeToCRLIssuer", "nameRelativeToCRLIssuer", .uint32)
  let reasons = Field("x509ce.reasons", "reasons", .bytes)
  let listIssuer = Field("x509ce.cRLIssuer", "cRLIssuer", .uint32)
  let generalNames = Field("x509ce.GeneralNames", "GeneralNames", .uint32)
  let generalName = Field(
    "x509ce.GeneralName", "GeneralName", .uint32, .natural, .names(Self.generalNameName))
  let otherName = Field("x509ce.otherName_element", "otherName", .none)
  let otherNameType = Field("x509ce.type_id", "type-id", .string)
  let rfc822Name = Field("x509ce.rfc822Name", "rfc822Name", .string)
  let dnsName = Field("x509ce.dNSName", "dNSName", .string)
  let directoryName = Field(
    "x509ce.directoryName", "directoryName", .uint32, .natural,
    .names { $0 == 0 ? "rdnSequence" : nil })
  let resourceIdentifier = Field(
    "x509ce.uniformResourceIdentifier", "uniformResourceIdentifier", .string)
  let ipv4Name = Field("x509ce.IPAddress.ipv4", "iPAddress", .ipv4)
  let ipv6Name = Field("x509ce.IPAddress.ipv6", "iPAddress", .ipv6)
  let registeredID = Field("x509ce.registeredID", "registeredID", .string)
  let template = Field("x509ce.CertificateTemplate_element", "CertificateTemplate", .none)
  let templateID = Field("x509ce.templateID", "templateID", .string)
  let templateMajor = Field("x509ce.templateMajorVersion", "templateMajorVersion", .int32)
  let templateMinor = Field("x509ce.templateMinorVersion", "templateMinorVersion", .int32)

  // PKIX
  let accessDescriptions = Field(
    "pkix1implicit.AuthorityInfoAccessSyntax", "AuthorityInfoAccessSyntax", .uint32)
  let accessDescription = Field(
    "pkix1implicit.AccessDescription_element", "AccessDescription", .none)
  let accessMethod = Field("pkix1implicit.accessMethod", "accessMethod", .string)
  let accessLocation = Field("pkix1implicit.accessLocation", "accessLocation", .uint32)
  let userNotice = Field("pkix1implicit.UserNotice_element", "UserNotice", .none)
  let noticeReference = Field("pkix1implicit.noticeRef_element", "noticeRef", .none)
  let organization = Field(
    "pkix1implicit.organization", "organization", .uint32, .natural, .names(Self.displayTextName))
  let noticeNumbers = Field("pkix1implicit.noticeNumbers", "noticeNumbers", .uint32)
  let noticeNumber = Field(
    "pkix1implicit.noticeNumbers_item", "noticeNumbers item", .int32)
  let explicitText = Field(
    "pkix1implicit.explicitText", "explicitText", .uint32, .natural, .names(Self.displayTextName))
  let ia5Text = Field("pkix1implicit.ia5String", "ia5String", .string)
  let visibleText = Field("pkix1implicit.visibleString", "visibleString", .string)
  let bmpText = Field("pkix1implicit.bmpString", "bmpString", .string)
  let utf8Text = Field("pkix1implicit.utf8String", "utf8String", .string)
  let practiceStatement = Field(
    "pkix1explicit.DirectoryString", "DirectoryString", .string)
  let features = Field("pkix1explicit.Features", "Features", .uint32)
  let feature = Field(
    "pkix1explicit.Features_item", "Features item", .uint16, .natural,
    .names(TLSNames.extensionType))

  // Netscape
  let netscapeType = Field("ns_cert_exts.CertType", "CertType", .bytes)
  let netscapeComment = Field("ns_cert_exts.Comment", "Comment", .string)
  let netscapeBaseURL = Field("ns_cert_exts.BaseUrl", "BaseUrl", .string)
  let netscapeRevocationURL = Field("ns_cert_exts.RevocationUrl", "RevocationUrl", .string)
  let netscapeAuthorityRevocationURL = Field(
    "ns_cert_exts.CaRevocationUrl", "CaRevocationUrl", .string)
  let netscapeRenewalURL = Field("ns_cert_exts.CertRenewalUrl", "CertRenewalUrl", .string)
  let netscapePolicyURL = Field("ns_cert_exts.CaPolicyUrl", "CaPolicyUrl", .string)
  let netscapeServerName = Field("ns_cert_exts.SslServerName", "SslServerName", .string)

  let usageBits = KeyUsageBits()
  let reasonBits = ReasonBits()
  let netscapeBits = NetscapeTypeBits()

  public init() {}
  static let fields = Self()

  @Sendable static func versionName(_ version: UInt64) -> String? {
    version <= 2 ? "v\(version + 1)" : nil
  }
  @Sendable static func timeName(_ choice: UInt64) -> String? {
    choice == 0 ? "utcTime" : choice == 1 ? "generalizedTime" : nil
  }
  @Sendable static func directoryStringName(_ choice: UInt64) -> String? {
    let names = ["teletexString", "printableString", "universalString", "bmpString", "uTF8String"]
    return choice < 5 ? names[Int(choice)] : nil
  }
  @Sendable static func displayTextName(_ choice: UInt64) -> String? {
    let names = ["ia5String", "visibleString", "bmpString", "utf8String"]
    return choice < 4 ? names[Int(choice)] : nil
  }
  @Sendable static func generalNameName(_ choice: UInt64) -> String? {
    let names = [
      "otherName", "rfc822Name", "dNSName", "x400Address", "directoryName", "ediPartyName",
      "uniformResourceIdentifier", "iPAddress", "registeredID",
    ]
    return choice < 9 ? names[Int(choice)] : nil
  }
}

/// The bits of named bit strings: from the first bit of the first byte, with eight to a byte.
struct KeyUsageBits: FieldSet {
  let digitalSignature = Self.bit(0, "digitalSignature")
  let contentCommitment = Self.bit(1, "contentCommitment")
  let keyEncipherment = Self.bit(2, "keyEncipherment")
  let dataEncipherment = Self.bit(3, "dataEncipherment")
  let keyAgreement = Self.bit(4, "keyAgreement")
  let keyCertificateSign = Self.bit(5, "keyCertSign")
  let listSign = Self.bit(6, "cRLSign")
  let encipherOnly = Self.bit(7, "encipherOnly")
  let decipherOnly = Self.bit(8, "decipherOnly")

  private static func bit(_ index: Int, _ name: String) -> Field {
    Field("x509ce.KeyUsage.\(name)", name, .boolean, mask: 0x80 >> UInt64(index % 8))
  }
}

struct ReasonBits: FieldSet {
  let unused = Self.bit(0, "unused")
  let keyCompromise = Self.bit(1, "keyCompromise")
  let authorityCompromise = Self.bit(2, "cACompromise")
  let affiliationChanged = Self.bit(3, "affiliationChanged")
  let superseded = Self.bit(4, "superseded")
  let cessation = Self.bit(5, "cessationOfOperation")
  let hold = Self.bit(6, "certificateHold")
  let privilegeWithdrawn = Self.bit(7, "privilegeWithdrawn")
  let attributeAuthorityCompromise = Self.bit(8, "aACompromise")

  private static func bit(_ index: Int, _ name: String) -> Field {
    Field("x509ce.ReasonFlags.\(name)", name, .boolean, mask: 0x80 >> UInt64(index % 8))
  }
}

struct NetscapeTypeBits: FieldSet {
  let client = Self.bit(0, "ssl-client")
  let server = Self.bit(1, "ssl-server")
  let mail = Self.bit(2, "smime")
  let objectSigning = Self.bit(3, "object-signing")
  let reserved = Self.bit(4, "reserved-for-future-use")
  let authority = Self.bit(5, "ssl-ca")
  let mailAuthority = Self.bit(6, "smime-ca")
  let objectSigningAuthority = Self.bit(7, "object-signing-ca")

  private static func bit(_ index: Int, _ name: String) -> Field {
    let path = name.replacing("-", with: ".")
    return Field("ns.cert.exts.CertType.\(path)", name, .boolean, mask: 0x80 >> UInt64(index))
  }
}
