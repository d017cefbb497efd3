/// The names of the traffic class byte that both IPs have (RFC 2474, RFC 3168).
enum DifferentiatedServices {
  static func className(_ number: UInt64) -> String? {
    switch number {
    case 0: "Default"
    case 1: "Lower Effort"
    case 8, 16, 24, 32, 40, 48, 56: "Class Selector \(number / 8)"
    case 10, 12, 14, 18, 20, 22, 26, 28, 30, 34, 36, 38:
      "Assured Forwarding \(number / 8)\(number % 8 / 2)"
    case 44: "Voice Admit"
    case 46: "Expedited Forwarding"
    default: nil
    }
  }
  static func shortClassName(_ number: UInt8) -> String {
    switch number {
    case 0, 8, 16, 24, 32, 40, 48, 56: "CS\(number / 8)"
    case 1: "LE"
    case 10, 12, 14, 18, 20, 22, 26, 28, 30, 34, 36, 38: "AF\(number / 8)\(number % 8 / 2)"
    case 44: "VOICE-ADMIT"
    case 46: "EF PHB"
    default: "Unknown"
    }
  }
  static func congestionName(_ number: UInt64) -> String? {
    switch number {
    case 0: "Not ECN-Capable Transport"
    case 1: "ECN-Capable Transport codepoint '01'"
    case 2: "ECN-Capable Transport codepoint '10'"
    case 3: "Congestion Experienced"
    default: nil
    }
  }
  static func shortCongestionName(_ number: UInt8) -> String {
    switch number & 3 {
    case 0: "Not-ECT"
    case 1: "ECT(1)"
    case 2: "ECT(0)"
    default: "CE"
    }
  }
}
