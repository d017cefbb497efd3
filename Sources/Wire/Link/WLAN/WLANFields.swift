import Fields

/// The fields of wireless LANs.
struct WLANFields: FieldSet {
  /// An address, and its name.
  struct Address: Sendable {
    let field: Field
    let resolved: Field

    init(_ name: String, _ label: String) {
      field = Field("wlan.\(name)", label, .ether)
      resolved = Field("wlan.\(name)_resolved", "\(label) (resolved)", .string)
    }
  }

  let wlan = Field("wlan", "IEEE 802.11 wireless LAN", .proto)
  let typeAndSubtype = Field(
    "wlan.fc.type_subtype", "Type/Subtype", .uint16, .hex, .names { WLANFields.frameName($0) })
  let control = Field("wlan.fc", "Frame Control Field", .uint16, .hex)
  let version = Field("wlan.fc.version", "Version", .uint8, mask: 0x03)
  let type = Field(
    "wlan.fc.type", "Type", .uint8, .natural,
    .names {
      word($0, ["Management frame", "Control frame", "Data frame", "Extension frame"])
    }, mask: 0x0c)
  let subtype = Field("wlan.fc.subtype", "Subtype", .uint8, mask: 0xf0)
  let flags = Field("wlan.flags", "Flags", .uint8, .hex)
  let distribution = Field(
    "wlan.fc.ds", "DS status", .uint8, .hex,
    .names {
      word(
        $0,
        [
          "Not leaving DS or network is operating in AD-HOC mode (To DS: 0 From DS: 0)",
          "Frame from STA to DS via an AP (To DS: 1 From DS: 0)",
          "Frame from DS to a STA via AP(To DS: 0 From DS: 1)",
          "WDS (AP to AP) or Mesh (MP to MP) Frame (To DS: 1 From DS: 1)",
        ])
    }, mask: 0x03)
  let toDistribution = flag(
    "tods", "To DS", 0x01, "Frame is entering DS", "Frame is not entering DS")
  let fromDistribution = flag(
    "fromds", "From DS", 0x02, "Frame is exiting DS", "Frame is not exiting DS")
  let moreFragments = flag(
    "frag", "More Fragments", 0x04, "More fragments follow", "This is the last fragment")
  let retry = flag(
    "retry", "Retry", 0x08, "Frame is being retransmitted", "Frame is not being retransmitted")
  let power = flag("pwrmgt", "PWR MGT", 0x10, "STA will go to sleep", "STA will stay up")
  let moreData = flag(
    "moredata", "More Data", 0x20, "Data is buffered for STA at AP", "No data buffered")
  let protected = flag(
    "protected", "Protected flag", 0x40, "Data is protected", "Data is not protected")
  let order = flag("order", "+HTC/Order flag", 0x80, "Strictly ordered", "Not strictly ordered")
  let retryExpert = Field("wlan.fc.retry.expert", "Retransmission (retry)", .none)
  let duration = Field(
    "wlan.duration", "Duration", .uint16, .natural, .unit(" microseconds"), mask: 0x7fff)
  let reservedDuration = Field("wlan.duration.reserved", "Duration/ID", .uint16)
  let association = Field("wlan.aid", "Association ID", .uint16, mask: 0x3fff)
  let receiver = Address("ra", "Receiver address")
  let transmitter = Address("ta", "Transmitter address")
  let destination = Address("da", "Destination address")
  let source = Address("sa", "Source address")
  let cell = Address("bssid", "BSS Id")
  let station = Address("staa", "STA address")
  let anyAddress = Address("addr", "Hardware address")
  let fragment = Field("wlan.frag", "Fragment number", .uint16, mask: 0x000f)
  let sequence = Field("wlan.seq", "Sequence number", .uint16, mask: 0xfff0)
  let check = Field("wlan.fcs", "Frame check sequence", .uint32, .hex)
  let checkStatus = Field(
    "wlan.fcs.status", "FCS Status", .uint8, .wordsOnly, .names { Checksum.statusName($0) })
  let quality = Field("wlan.qos", "Qos Control", .uint16, .hex)
  let traffic = Field("wlan.qos.tid", "TID", .uint16, mask: 0x000f)
  let priority = Field(
    "wlan.qos.priority", "Priority", .uint16, .natural,
    .names {
      word(
        $0,
        [
          "Best Effort (Best Effort)", "Background (Background)", "Spare (Background)",
          "Excellent Effort (Best Effort)", "Controlled Load (Video)", "Video (Video)",
          "Voice (Voice)", "Network Control (Voice)",
        ])
    }, mask: 0x0007)
  let endOfService = Field(
    "wlan.qos.eosp", "EOSP", .boolean, .natural,
    .words(true: "End of service period", false: "Service period"), mask: 0x0010, of: 16)
  let bit4 = Field(
    "wlan.qos.bit4", "QoS bit 4", .boolean, .natural,
    .words(
      true: "Bits 8-15 of QoS Control field are Queue Size",
      false: "Bits 8-15 of QoS Control field are TXOP Duration Requested"), mask: 0x0010, of: 16)
  let acknowledgment = Field(
    "wlan.qos.ack", "Ack Policy", .uint16, .hex,
    .names {
      word($0, ["Normal Ack", "No Ack", "No explicit acknowledgment", "Block Ack"])
    }, mask: 0x0060)
  let aggregation = Field(
    "wlan.qos.amsdupresent", "Payload Type", .boolean, .natural,
    .words(true: "A-MSDU", false: "MSDU"), mask: 0x0080, of: 16)
  let bufferState = Field(
    "wlan.qos.ps_buf_state", "QAP PS Buffer State", .uint16, .hex, mask: 0xff00)
  let isBufferStateTold = Field(
    "wlan.qos.buf_state_indicated", "Buffer State Indicated", .boolean, .natural, .yesNo,
    mask: 0x0200, of: 16)
  let opportunity = Field(
    "wlan.qos.txop_dur_req", "TXOP Duration Requested", .uint16, mask: 0xff00)
  let queueSize = Field("wlan.qos.queue_size", "Queue Size", .uint16, mask: 0xff00)
  let throughput = Field("wlan.htc", "HT Control (+HTC)", .uint32, .hex)
  let vector = Field("wlan.wep.iv", "Initialization Vector", .uint24, .hex)
  let temporalVector = Field("wlan.tkip.extiv", "TKIP Ext. Initialization Vector", .string)
  let counterVector = Field("wlan.ccmp.extiv", "CCMP Ext. Initialization Vector", .string)
  let key = Field("wlan.wep.key", "Key Index", .uint8)
  let protectionCheck = Field("wlan.wep.icv", "WEP ICV", .uint32, .hex)
  let aggregate = Field("wlan_aggregate", "IEEE 802.11 Aggregate MSDU", .proto)
  let part = Field("wlan_aggregate.a_mdsu.subframe", "A-MSDU Subframe", .none)
  let partLength = Field("wlan_aggregate.a_mdsu.length", "A-MSDU Length", .uint16)

  static let fields = Self()

  /// In the order of the tree.
  var flagBits: [Field] {
    [moreFragments, retry, power, moreData, protected, order]
  }

  private static func flag(
    _ name: String, _ label: String, _ mask: UInt64, _ yes: String, _ no: String
  ) -> Field {
    Field(
      "wlan.fc.\(name)", label, .boolean, .natural, .words(true: yes, false: no), mask: mask, of: 8)
  }

  /// Of a type, in the upper four bits, and a subtype.
  static func frameName(_ number: UInt64) -> String? {
    switch number {
    case 0x00: "Association Request"
    case 0x01: "Association Response"
    case 0x02: "Reassociation Request"
    case 0x03: "Reassociation Response"
    case 0x04: "Probe Request"
    case 0x05: "Probe Response"
    case 0x06: "Measurement Pilot"
    case 0x08: "Beacon frame"
    case 0x09: "ATIM"
    case 0x0a: "Disassociate"
    case 0x0b: "Authentication"
    case 0x0c: "Deauthentication"
    case 0x0d: "Action"
    case 0x0e: "Action No Ack"
    case 0x0f: "Aruba Management"
    case 0x12: "Trigger"
    case 0x14: "Beamforming Report Poll"
    case 0x15: "VHT/HE NDP Announcement"
    case 0x17: "Control Wrapper"
    case 0x18: "802.11 Block Ack Req"
    case 0x19: "802.11 Block Ack"
    case 0x1a: "Power-Save poll"
    case 0x1b: "Request-to-send"
    case 0x1c: "Clear-to-send"
    case 0x1d: "Acknowledgement"
    case 0x1e: "CF-End (Control-frame)"
    case 0x1f: "CF-End + CF-Ack (Control-frame)"
    case 0x20: "Data"
    case 0x21: "Data + CF-Ack"
    case 0x22: "Data + CF-Poll"
    case 0x23: "Data + CF-Ack + CF-Poll"
    case 0x24: "Null function (No data)"
    case 0x25: "Acknowledgement (No data)"
    case 0x26: "CF-Poll (No data)"
    case 0x27: "CF-Ack/Poll (No data)"
    case 0x28: "QoS Data"
    case 0x29: "QoS Data + CF-Acknowledgment"
    case 0x2a: "QoS Data + CF-Poll"
    case 0x2b: "QoS Data + CF-Ack + CF-Poll"
    case 0x2c: "QoS Null function (No data)"
    case 0x2e: "QoS CF-Poll (No Data)"
    case 0x2f: "QoS CF-Ack + CF-Poll (No data)"
    case 0x30: "DMG Beacon"
    case 0x31: "S1G Beacon"
    default: nil
    }
  }
}
