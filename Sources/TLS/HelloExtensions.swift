import Fields

/// The extensions of a hello, or of another message that has some (RFC 8446 4.2).
struct HelloExtensions {
  enum Message {
    case clientHello, serverHello, retryRequest, encryptedExtensions, certificate
    case certificateRequest, newSessionTicket
  }

  let message: Message
  let session: TLSSession

  init(_ message: Message, _ session: TLSSession) {
    self.message = message
    self.session = session
  }

  func describe(
    _ reader: inout TLSReader, to end: Int, into tree: inout FieldBuffer
  ) throws(Malformed) {
    let fields = ExtensionFields.fields
    do throws(Malformed) {
      let listEnd = try reader.vector(
        fields.extensionsLength, 0...0xffff, before: end, into: &tree)
      while reader.position + 4 <= listEnd {
        try describeOne(&reader, to: listEnd, into: &tree)
      }
      reader.finish(listEnd, into: &tree)
    } catch {
      // What is after the extensions can be described all the same.
      if error == .missing { throw error }
      reader.move(to: end)
    }
  }

  private func describeOne(
    _ reader: inout TLSReader, to listEnd: Int, into tree: inout FieldBuffer
  ) throws(Malformed) {
    let fields = ExtensionFields.fields
    let start = reader.position
    let type = reader.bytes.uint16(at: start)
    let length = Int(reader.bytes.uint16(at: start + 2))
    guard start + 4 + length <= reader.bytes.count else { throw .missing }
    let top = tree.addText(at: start, count: min(length + 4, listEnd - start)) {
      $0.write("Extension: \(TLSNames.extensionType(UInt64(type)) ?? "Unknown type \(type)")")
      $0.write(" (len=\(length))")
    }
    tree.open(top)
    try reader.number(fields.type, into: &tree)
    let end = try reader.vector(fields.length, 0...0xffff, before: listEnd, into: &tree)
    let kind = ExtensionType(rawValue: type)
    do throws(Malformed) {
      try describeBody(kind, &reader, to: end, into: &tree)
      reader.finish(end, into: &tree)
      tree.close(top)
    } catch {
      tree.close(top)
      if error == .missing { throw error }
      reader.move(to: end)
    }
  }

  private func describeBody(
    _ type: ExtensionType?, _ reader: inout TLSReader, to end: Int, into tree: inout FieldBuffer
  ) throws(Malformed) {
    let fields = ExtensionFields.fields
    switch type {
    case .serverName: try describeServerNames(&reader, to: end, into: &tree)
    case .maxFragmentLength: try reader.number(fields.maxFragmentLength, into: &tree)
    case .statusRequest: try describeStatusRequest(&reader, to: end, into: &tree)
    case .statusRequestV2: try describeStatusRequests(&reader, to: end, into: &tree)
    case .supportedGroups: try describeGroups(&reader, to: end, into: &tree)
    case .pointFormats: try describePointFormats(&reader, to: end, into: &tree)
    case .signatureAlgorithms, .signatureAlgorithmsCert:
      try Signature.describeAlgorithms(&reader, to: end, into: &tree)
    case .delegatedCredentials: try describeDelegatedCredentials(&reader, to: end, into: &tree)
    case .username:
      let stop = try reader.vector(fields.usernameLength, 1...255, before: end, into: &tree)
      try reader.content(fields.username, stop - reader.position, into: &tree)
    case .heartbeat: try reader.number(fields.heartbeatMode, into: &tree)
    case .applicationProtocols: try describeApplications(&reader, to: end, into: &tree)
    case .applicationSettings: try describeSettings(&reader, to: end, into: &tree)
    case .nextProtocols: try describeNextProtocols(&reader, to: end, into: &tree)
    case .certificateTimestamps:
      // A client only asks for them.
      if message != .clientHello, message != .certificateRequest {
        try CertificateTimestamps.describe(&reader, to: end, into: &tree)
      }
    case .certificateType, .clientCertificateType, .serverCertificateType:
      try describeCertificateTypes(&reader, to: end, into: &tree)
    case .compressCertificate: try describeCompressions(&reader, to: end, into: &tree)
    case .recordSizeLimit: try reader.number(fields.recordSizeLimit, into: &tree)
    case .padding: try reader.content(fields.padding, end - reader.position, into: &tree)
    case .sessionTicket:
      let count = end - reader.position
      let item = try reader.content(fields.data, count, into: &tree)
      tree.relabel(item, "Data (\(count) byte\(count == 1 ? "" : "s"))")
    case .keyShare: try describeKeyShare(&reader, to: end, into: &tree)
    case .preSharedKey: try describePreSharedKey(&reader, to: end, into: &tree)
    case .earlyData:
      if message == .newSessionTicket { try reader.number(fields.maxEarlyData, into: &tree) }
    case .supportedVersions: try describeVersions(&reader, to: end, into: &tree)
    case .cookie:
      let stop = try reader.vector(fields.cookieLength, 1...0xffff, before: end, into: &tree)
      try reader.content(fields.cookie, stop - reader.position, into: &tree)
    case .keyExchangeModes:
      let stop = try reader.vector(fields.modesLength, 1...255, before: end, into: &tree)
      while reader.position < stop { try reader.number(fields.mode, into: &tree) }
    case .certificateAuthorities:
      try CertificateRequest.describeNames(&reader, to: end, into: &tree)
    case .connectionID, .oldConnectionID:
      let stop = try reader.vector(fields.connectionIDLength, 0...255, before: end, into: &tree)
      if stop > reader.position {
        try reader.content(fields.connectionID, stop - reader.position, into: &tree)
      }
    case .encryptedServerName: try describeEncryptedName(&reader, to: end, into: &tree)
    case .renegotiation: try describeRenegotiation(&reader, to: end, into: &tree)
    case .secureRealTime, .encryptThenMAC, .extendedMasterSecret, .postHandshakeAuthentication:
      break
    case nil: try reader.content(fields.data, end - reader.position, into: &tree)
    }
  }
}

/// The extensions whose contents are described.
enum ExtensionType: UInt16 {
  case serverName = 0
  case maxFragmentLength = 1
  case statusRequest = 5
  case certificateType = 9
  case supportedGroups = 10
  case pointFormats = 11
  case username = 12
  case signatureAlgorithms = 13
  case secureRealTime = 14
  case heartbeat = 15
  case applicationProtocols = 16
  case statusRequestV2 = 17
  case certificateTimestamps = 18
  case clientCertificateType = 19
  case serverCertificateType = 20
  case padding = 21
  case encryptThenMAC = 22
  case extendedMasterSecret = 23
  case compressCertificate = 27
  case recordSizeLimit = 28
  case delegatedCredentials = 34
  case sessionTicket = 35
  case preSharedKey = 41
  case earlyData = 42
  case supportedVersions = 43
  case cookie = 44
  case keyExchangeModes = 45
  case certificateAuthorities = 47
  case postHandshakeAuthentication = 49
  case signatureAlgorithmsCert = 50
  case keyShare = 51
  case oldConnectionID = 53
  case connectionID = 54
  case nextProtocols = 13172
  case applicationSettings = 17513
  case renegotiation = 65281
  case encryptedServerName = 65486
}
