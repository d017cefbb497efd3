/// An NTLM message ([MS-NLMP] section 2.2.1): negotiate, challenge, authenticate.
struct NTLMMessage: Sendable {
  private(set) var fields: [SASLField] = []
  private let bytes: [UInt8]

  /// nil where it is none. Payloads that point outside the message are left out.
  init?(_ bytes: [UInt8]) {
    guard bytes.count >= 12, bytes.starts(with: Array("NTLMSSP\0".utf8)) else { return nil }
    self.bytes = bytes
    switch uint32(at: 8) {
    case 1: negotiate()
    case 2: challenge()
    case 3: authenticate()
    default: return nil
    }
  }

  private mutating func negotiate() {
    add("message", "negotiate")
    addFlags(at: 12)
    // Always in the OEM character set.
    add("domain", payload(at: 16).map { String(decoding: $0, as: UTF8.self) })
    add("workstation", payload(at: 24).map { String(decoding: $0, as: UTF8.self) })
    addVersion(at: 32, flags: uint32(at: 12))
  }

  private mutating func challenge() {
    add("message", "challenge")
    let flags = uint32(at: 20)
    add("target", payload(at: 12).map { text($0, flags) })
    addFlags(at: 20)
    if let challenge = slice(24, 8) { add("challenge", hex(challenge)) }
    guard let info = payload(at: 40) else { return }
    var rest = Array(info)[...]
    while rest.count >= 4 {
      let kind = Int(rest[rest.startIndex]) | Int(rest[rest.startIndex + 1]) << 8
      let length = Int(rest[rest.startIndex + 2]) | Int(rest[rest.startIndex + 3]) << 8
      rest = rest.dropFirst(4)
      guard kind != 0, length <= rest.count else { break }
      let value = rest.prefix(length)
      rest = rest.dropFirst(length)
      switch kind {
      case 1: add("computer", utf16(value))
      case 2: add("domain", utf16(value))
      case 3: add("dns-computer", utf16(value))
      case 4: add("dns-domain", utf16(value))
      case 5: add("dns-tree", utf16(value))
      default: break
      }
    }
    addVersion(at: 48, flags: flags)
  }

  private mutating func authenticate() {
    add("message", "authenticate")
    let flags = uint32(at: 60)
    add("domain", payload(at: 28).map { text($0, flags) })
    add("username", payload(at: 36).map { text($0, flags) })
    add("workstation", payload(at: 44).map { text($0, flags) })
    add("lm-response", payload(at: 12).map(hex), isSecret: true)
    add("nt-response", payload(at: 20).map(hex), isSecret: true)
    addFlags(at: 60)
    addVersion(at: 64, flags: flags)
  }

  private mutating func add(_ name: String, _ value: String?, isSecret: Bool = false) {
    guard let value, !value.isEmpty else { return }
    fields.append(SASLField(name, value, isSecret: isSecret))
  }

  private mutating func addFlags(at offset: Int) {
    guard bytes.count >= offset + 4 else { return }
    let digits = String(uint32(at: offset), radix: 16)
    add("flags", "0x" + String(repeating: "0", count: 8 - digits.count) + digits)
  }

  private mutating func addVersion(at offset: Int, flags: UInt32) {
    // NTLMSSP_NEGOTIATE_VERSION
    guard flags & 0x0200_0000 != 0, let version = slice(offset, 8) else { return }
    let start = version.startIndex
    let build = Int(version[start + 2]) | Int(version[start + 3]) << 8
    add("version", "\(version[start]).\(version[start + 1]).\(build)")
  }

  private func uint32(at offset: Int) -> UInt32 {
    guard let word = slice(offset, 4) else { return 0 }
    return word.reversed().reduce(0) { $0 << 8 | UInt32($1) }
  }

  private func slice(_ offset: Int, _ length: Int) -> ArraySlice<UInt8>? {
    guard offset >= 0, length >= 0, offset <= bytes.count, length <= bytes.count - offset
    else { return nil }
    return bytes[offset..<(offset + length)]
  }

  /// A payload's length and offset are at `offset`.
  private func payload(at offset: Int) -> ArraySlice<UInt8>? {
    guard let head = slice(offset, 8) else { return nil }
    let length = Int(head[head.startIndex]) | Int(head[head.startIndex + 1]) << 8
    return slice(Int(uint32(at: offset + 4)), length)
  }

  private func text(_ bytes: ArraySlice<UInt8>, _ flags: UInt32) -> String {
    // NTLMSSP_NEGOTIATE_UNICODE
    flags & 1 != 0 ? utf16(bytes) : String(decoding: bytes, as: UTF8.self)
  }

  private func utf16(_ bytes: ArraySlice<UInt8>) -> String {
    let units = stride(from: bytes.startIndex, to: bytes.endIndex - 1, by: 2)
      .map { UInt16(bytes[$0]) | UInt16(bytes[$0 + 1]) << 8 }
    return String(decoding: units, as: UTF16.self)
  }

  private func hex(_ bytes: ArraySlice<UInt8>) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}
