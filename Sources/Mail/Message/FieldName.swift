import Fields

/// The names of some header fields.
protocol FieldName: RawRepresentable<String>, CaseIterable {}

extension FieldName {
  /// The field that has a name, in any case of letters.
  init?(_ name: Span<UInt8>) {
    for known in Self.allCases where name.equals(ignoringCase: known.rawValue.utf8.span) {
      self = known
      return
    }
    return nil
  }
}
