/// The kind of a TCP option (IANA, TCP Option Kind Numbers): an open set.
struct TCPOptionKind: RawRepresentable, Hashable, Sendable {
  let rawValue: UInt8

  static let end = Self(rawValue: 0)
  static let noOperation = Self(rawValue: 1)
  static let maximumSegmentSize = Self(rawValue: 2)
  static let windowScale = Self(rawValue: 3)
  static let sackPermitted = Self(rawValue: 4)
  static let sack = Self(rawValue: 5)
  static let echo = Self(rawValue: 6)
  static let echoReply = Self(rawValue: 7)
  static let timestamps = Self(rawValue: 8)
  static let connectionCount = Self(rawValue: 11)
  static let connectionCountNew = Self(rawValue: 12)
  static let connectionCountEcho = Self(rawValue: 13)
  static let md5 = Self(rawValue: 19)
  static let scps = Self(rawValue: 20)
  static let negativeAcknowledgment = Self(rawValue: 21)
  static let recordBoundary = Self(rawValue: 22)
  static let corruption = Self(rawValue: 23)
  static let quickStart = Self(rawValue: 27)
  static let userTimeout = Self(rawValue: 28)
  static let authentication = Self(rawValue: 29)
  static let multipath = Self(rawValue: 30)
  static let fastOpen = Self(rawValue: 34)
  static let riverbedProbe = Self(rawValue: 76)
  static let riverbedTransparency = Self(rawValue: 78)
  static let accurateECN0 = Self(rawValue: 172)
  static let accurateECN1 = Self(rawValue: 174)
  static let experiment1 = Self(rawValue: 253)
  static let experiment2 = Self(rawValue: 254)

  /// The name of the number, as the Kind field shows it.
  var name: String? {
    switch rawValue {
    case 0: "End of Option List"
    case 1: "No-Operation"
    case 2: "Maximum Segment Size"
    case 3: "Window Scale"
    case 4: "SACK Permitted"
    case 5: "SACK"
    case 6: "Echo"
    case 7: "Echo Reply"
    case 8: "Time Stamp Option"
    case 9: "Partial Order Connection Permitted"
    case 10: "Partial Order Service Profile"
    case 11: "CC"
    case 12: "CC.NEW"
    case 13: "CC.ECHO"
    case 14: "TCP Alternate Checksum Request"
    case 15: "TCP Alternate Checksum Data"
    case 16: "Skeeter"
    case 17: "Bubba"
    case 18: "Trailer Checksum Option"
    case 19: "MD5 Signature Option"
    case 20: "SCPS Capabilities"
    case 21: "Selective Negative Acknowledgements"
    case 22: "Record Boundaries"
    case 23: "Corruption experienced"
    case 24: "SNAP"
    case 25: "Unassigned"
    case 26: "TCP Compression Filter"
    case 27: "Quick-Start Response"
    case 28: "User Timeout Option"
    case 29: "The TCP Authentication Option"
    case 30: "Multipath TCP"
    case 34: "TCP Fast Open Cookie"
    case 76: "Riverbed Probe"
    case 77: nil
    case 78: "Riverbed Transparency"
    case 172: "Accurate ECN Order 0"
    case 174: "Accurate ECN Order 1"
    case 253: "RFC3692-style Experiment 1"
    case 254: "RFC3692-style Experiment 2"
    default: nil
    }
  }

  /// The option's title in the tree, and in the list after "Options:".
  var title: String? {
    switch self {
    case .end: "End of Option List (EOL)"
    case .noOperation: "No-Operation (NOP)"
    case .maximumSegmentSize: "Maximum segment size"
    case .windowScale: "Window scale"
    case .sackPermitted: "SACK permitted"
    case .sack: "SACK"
    case .echo: "Echo"
    case .echoReply: "Echo reply"
    case .timestamps: "Timestamps"
    case .connectionCount: "CC"
    case .connectionCountNew: "CC.NEW"
    case .connectionCountEcho: "CC.ECHO"
    case .md5: "TCP MD5 signature"
    case .scps: "SCPS capabilities"
    case .negativeAcknowledgment: "Selective Negative Acknowledgment"
    case .recordBoundary: "SCPS record boundary"
    case .corruption: "SCPS corruption experienced"
    case .quickStart: "Quick-Start"
    case .userTimeout: "User Timeout"
    case .authentication: "TCP AO"
    case .multipath: "MPTCP"
    case .fastOpen: "TCP Fast Open"
    case .riverbedProbe: "Riverbed Probe"
    case .riverbedTransparency: "Riverbed Transparency"
    case .accurateECN0, .accurateECN1: "Accurate ECN"
    case .experiment1, .experiment2: "Experimental"
    default: nil
    }
  }
}
