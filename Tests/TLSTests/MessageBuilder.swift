/// TLS messages, built by hand.
enum Build {
  static func uint16(_ value: Int) -> [UInt8] { [UInt8(value >> 8 & 255), UInt8(value & 255)] }
  static func uint24(_ value: Int) -> [UInt8] { [UInt8(value >> 16 & 255)] + uint16(value) }
  static func vector8(_ bytes: [UInt8]) -> [UInt8] { [UInt8(bytes.count & 255)] + bytes }
  static func vector16(_ bytes: [UInt8]) -> [UInt8] { uint16(bytes.count) + bytes }
  static func vector24(_ bytes: [UInt8]) -> [UInt8] { uint24(bytes.count) + bytes }

  static func record(_ type: UInt8, _ bytes: [UInt8], version: Int = 0x0303) -> [UInt8] {
    [type] + uint16(version) + vector16(bytes)
  }
  static func handshake(_ type: UInt8, _ bytes: [UInt8]) -> [UInt8] { [type] + vector24(bytes) }
  static func hello(
    _ type: UInt8, suites: [UInt8], extensions: [UInt8], random: [UInt8]? = nil
  ) -> [UInt8] {
    handshake(
      type,
      uint16(0x0303) + (random ?? Array(0..<32)) + vector8([1, 2, 3]) + suites
        + vector16(extensions))
  }
  static func clientHello(_ extensions: [UInt8] = []) -> [UInt8] {
    hello(
      1, suites: vector16([0xc0, 0x2f, 0x0a, 0x0a, 0x99, 0x99]) + vector8([0]),
      extensions: extensions)
  }
  static func serverHello(_ suite: Int = 0xc02f, _ extensions: [UInt8] = []) -> [UInt8] {
    hello(2, suites: uint16(suite) + [0], extensions: extensions)
  }
  static func helloExtension(_ type: Int, _ bytes: [UInt8]) -> [UInt8] {
    uint16(type) + vector16(bytes)
  }

  // DER
  static func element(_ tag: UInt8, _ bytes: [UInt8]) -> [UInt8] {
    bytes.count < 128 ? [tag, UInt8(bytes.count)] + bytes : [tag, 0x82] + vector16(bytes)
  }
  static func sequence(_ parts: [UInt8]...) -> [UInt8] { element(0x30, parts.flatMap { $0 }) }
  static func name(_ words: String) -> [UInt8] {
    sequence(
      element(0x31, sequence(element(6, [0x55, 4, 3]), element(0x13, Array(words.utf8)))))
  }
  static func certificate(extensions: [UInt8]...) -> [UInt8] {
    let algorithm = sequence(
      element(6, [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 11]), element(5, []))
    let times = sequence(
      element(0x17, Array("260105100000Z".utf8)), element(0x18, Array("20510105100000Z".utf8)))
    let key = sequence(sequence(element(6, [0x2b, 0x65, 0x70])), element(3, [0, 1, 2, 3]))
    let signed = sequence(
      element(0xa0, element(2, [2])), element(2, [7]), algorithm, name("issuer"), times,
      name("subject"), key, element(0xa3, element(0x30, extensions.flatMap { $0 })))
    return sequence(signed, algorithm, element(3, [0, 0xaa]))
  }
  static func certificateExtension(_ identifier: [UInt8], _ value: [UInt8]) -> [UInt8] {
    sequence(element(6, identifier), element(4, value))
  }
}
