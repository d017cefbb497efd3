/// SHA-1 and SHA-256 (FIPS 180-4), for what Multipath TCP derives from its keys.
enum SecureHash {
  /// For messages of less than 56 bytes: one block.
  static func sha1(_ message: [UInt8]) -> [UInt32] {
    guard var words = block(message, schedule: 80) else { return [] }
    for round in 16..<80 {
      words[round] = rotated(
        words[round - 3] ^ words[round - 8] ^ words[round - 14] ^ words[round - 16], left: 1)
    }
    let start: [UInt32] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0]
    var (a, b, c, d, e) = (start[0], start[1], start[2], start[3], start[4])
    for round in 0..<80 {
      let (mixed, constant): (UInt32, UInt32) =
        switch round {
        case ..<20: (b & c | ~b & d, 0x5a82_7999)
        case ..<40: (b ^ c ^ d, 0x6ed9_eba1)
        case ..<60: (b & c | b & d | c & d, 0x8f1b_bcdc)
        default: (b ^ c ^ d, 0xca62_c1d6)
        }
      let next = rotated(a, left: 5) &+ mixed &+ e &+ constant &+ words[round]
      (e, d, c, b, a) = (d, c, rotated(b, left: 30), a, next)
    }
    return zip(start, [a, b, c, d, e]).map { $0 &+ $1 }
  }

  /// For messages of less than 56 bytes: one block.
  static func sha256(_ message: [UInt8]) -> [UInt32] {
    guard var words = block(message, schedule: 64) else { return [] }
    for round in 16..<64 {
      let (old, new) = (words[round - 15], words[round - 2])
      let low = rotated(old, left: 25) ^ rotated(old, left: 14) ^ old >> 3
      let high = rotated(new, left: 15) ^ rotated(new, left: 13) ^ new >> 10
      words[round] = words[round - 16] &+ low &+ words[round - 7] &+ high
    }
    let start: [UInt32] = [
      0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c,
      0x1f83_d9ab, 0x5be0_cd19,
    ]
    var state = start
    for round in 0..<64 {
      let (a, e) = (state[0], state[4])
      let choice = e & state[5] ^ ~e & state[6]
      let majority = a & state[1] ^ a & state[2] ^ state[1] & state[2]
      let first =
        state[7] &+ (rotated(e, left: 26) ^ rotated(e, left: 21) ^ rotated(e, left: 7)) &+ choice
        &+ constants[round] &+ words[round]
      let second =
        (rotated(a, left: 30) ^ rotated(a, left: 19) ^ rotated(a, left: 10)) &+ majority
      state.removeLast()
      state[3] &+= first
      state.insert(first &+ second, at: 0)
    }
    return zip(start, state).map { $0 &+ $1 }
  }

  /// The message with its padding, as big-endian words, and zeros for the rest of the schedule.
  private static func block(_ message: [UInt8], schedule: Int) -> [UInt32]? {
    guard message.count < 56 else { return nil }
    var bytes = message + [0x80]
    bytes += [UInt8](repeating: 0, count: 64 - bytes.count)
    var words = (0..<16).map { index in
      bytes[4 * index..<4 * index + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    }
    words[15] = UInt32(8 * message.count)
    return words + [UInt32](repeating: 0, count: schedule - 16)
  }

  private static func rotated(_ word: UInt32, left count: UInt32) -> UInt32 {
    word << count | word >> (32 - count)
  }

  /// The fractions of the cube roots of the first 64 primes.
  private static let constants: [UInt32] = [
    0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1,
    0x923f_82a4, 0xab1c_5ed5, 0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3,
    0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7, 0xc19b_f174, 0xe49b_69c1, 0xefbe_4786,
    0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da,
    0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7, 0xc6e0_0bf3, 0xd5a7_9147,
    0x06ca_6351, 0x1429_2967, 0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13,
    0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85, 0xa2bf_e8a1, 0xa81a_664b,
    0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070,
    0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a,
    0x5b9c_ca4f, 0x682e_6ff3, 0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208,
    0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7, 0xc671_78f2,
  ]
}
