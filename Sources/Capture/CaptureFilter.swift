import CPcap

/// A BPF capture filter (pcap-filter(7)), compiled and run by libpcap.
///
/// What an expression means depends on the link type, so it is compiled anew for each that is met.
public struct CaptureFilter: ~Copyable {
  private let expression: String
  private let snapLength: Int
  private var programs: [(linkType: UInt32, program: Program)] = []

  /// Compiles for the link type expected first; throws `.badFilter` with libpcap's message.
  public init(
    expression: String, linkType: UInt32 = UInt32(DLT_EN10MB), snapLength: Int = 256 << 10
  ) throws(CaptureError) {
    self.expression = expression
    self.snapLength = snapLength
    _ = try program(for: linkType)
  }

  /// Throws `.badFilter` where the expression has no meaning for the link type of the frame.
  public mutating func matches(_ frame: borrowing Frame) throws(CaptureError) -> Bool {
    try program(for: frame.linkType).matches(frame)
  }

  private mutating func program(for linkType: UInt32) throws(CaptureError) -> Program {
    if let known = programs.first(where: { $0.linkType == linkType }) { return known.program }
    let program = try Program(expression, linkType, snapLength)
    programs.append((linkType, program))
    return program
  }
}

/// A compiled filter, freed with its last reference.
@safe private final class Program {
  private var code = unsafe bpf_program()
  private let run: late_pcap_filter?

  init(_ expression: String, _ linkType: UInt32, _ snapLength: Int) throws(CaptureError) {
    guard late_pcap_is_there() != 0 else {
      throw CaptureError(.badFilter, "capture filter: libpcap, which runs it, is not installed")
    }
    guard
      let handle = unsafe late_pcap_open_dead(
        CInt(clamping: linkType), CInt(clamping: snapLength), UInt32(PCAP_TSTAMP_PRECISION_MICRO))
    else { throw CaptureError(.badFilter, "capture filter: no memory") }
    defer { unsafe late_pcap_close(handle) }
    unsafe run = late_pcap_offline_filter()
    guard unsafe late_pcap_compile(handle, &code, expression) == 0 else {
      let reason = unsafe String(cString: late_pcap_geterr(handle))
      throw CaptureError(.badFilter, "capture filter \"\(expression)\": \(reason)")
    }
  }

  deinit { unsafe late_pcap_freecode(&code) }

  func matches(_ frame: borrowing Frame) -> Bool {
    var header = pcap_pkthdr()
    header.caplen = UInt32(clamping: frame.bytes.count)
    header.len = UInt32(clamping: frame.originalLength)
    return unsafe frame.bytes.withUnsafeBufferPointer { bytes in
      unsafe run?(&code, &header, bytes.baseAddress) ?? 0 != 0
    }
  }
}
