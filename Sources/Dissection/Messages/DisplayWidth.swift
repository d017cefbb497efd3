extension String {
  /// Columns that it takes on a terminal.
  var displayWidth: Int { unicodeScalars.reduce(0) { $0 + $1.displayWidth } }

  /// As much of it as fits into so many columns, with an ellipsis where it is cut.
  func fitted(to width: Int) -> String {
    var (used, end, last) = (0, unicodeScalars.startIndex, unicodeScalars.startIndex)
    for index in unicodeScalars.indices {
      used += unicodeScalars[index].displayWidth
      guard used <= width else { return String(unicodeScalars[..<last]) + "…" }
      // What comes before the ellipsis has a column less.
      end = unicodeScalars.index(after: index)
      if used < width { last = end }
    }
    return self
  }
}

extension Unicode.Scalar {
  /// Columns that it takes on a terminal: none for what combines with the character before it, two for the wide ones of
  /// East Asia and for pictures (Unicode Standard Annex 11).
  fileprivate var displayWidth: Int {
    if value < 0x300 { return 1 }
    switch properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format: return 0
    default: break
    }
    switch value {
    case 0x1100...0x115f, 0x2e80...0x303e, 0x3041...0xa4cf, 0xac00...0xd7a3, 0xf900...0xfaff,
      0xfe30...0xfe6f, 0xff00...0xff60, 0xffe0...0xffe6, 0x1f300...0x1f64f, 0x1f900...0x1f9ff,
      0x20000...0x3fffd:
      return 2
    default: return 1
    }
  }
}
