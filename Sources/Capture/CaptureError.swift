/// Where and why a capture could not be read, filtered or written.
///
/// Ends the run, after every frame before that place was delivered.
public struct CaptureError: Error, Hashable, Sendable, CustomStringConvertible {
  public enum Kind: Hashable, Sendable {
    /// The file is missing, may not be read, or its device failed.
    case cannotOpen
    /// The first bytes belong to no capture format that is read here.
    case notACapture
    /// Cut short or broken in the record that begins `offset` bytes into the (decompressed) file.
    case damaged(offset: Int)
    case cannotWrite
    /// The capture filter expression is wrong, or has no meaning for a link type of the capture.
    case badFilter
  }

  public let kind: Kind
  /// One line, for a person; names the file.
  public let message: String

  public var description: String { message }

  var isDamage: Bool {
    if case .damaged = kind { true } else { false }
  }

  init(_ kind: Kind, _ message: String) {
    (self.kind, self.message) = (kind, message)
  }

  /// The same error with the name of the file it happened in before the message.
  func naming(_ file: String) -> Self {
    Self(kind, "\(file): \(message)")
  }

  static func cutShort(_ what: String, at offset: Int) -> Self {
    Self(.damaged(offset: offset), "cut short in the middle of \(what) at byte \(offset)")
  }

  static func damaged(_ what: String, at offset: Int) -> Self {
    Self(.damaged(offset: offset), "damaged at byte \(offset): \(what)")
  }
}
