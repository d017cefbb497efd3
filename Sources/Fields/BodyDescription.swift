/// What the message around a body says of it.
public struct BodyFacts: Sendable {
  /// What carries a body: a type that is not known is shown accordingly.
  public enum Carrier: Sendable {
    case http
    /// A mail: of a type that is not known nothing is said.
    case mail
    case part
  }

  /// Where the body begins, from the tree's base.
  public let offset: Int
  /// The media type, as the message has it (RFC 2045 section 5).
  public let type: String
  /// What follows the type.
  public let parameters: String
  /// The number of messages and parts around it.
  public let depth: Int
  public let carrier: Carrier

  public init(
    at offset: Int, type: String, parameters: String, depth: Int = 0, in carrier: Carrier
  ) {
    (self.offset, self.type, self.parameters) = (offset, type, parameters)
    (self.depth, self.carrier) = (depth, carrier)
  }
}

/// Describes a body by its media type. Bodies of HTTP may hold mail and those of mail JSON: what knows all of them
/// gives this to the buffer, and a message asks the buffer to describe its body.
public typealias BodyDescription =
  @Sendable (
    _ bytes: Span<UInt8>, _ body: BodyFacts, _ tree: inout FieldBuffer
  ) -> Void

extension FieldBuffer {
  /// Describes a body by its media type; as data where nothing was given that knows types.
  public mutating func describe(body bytes: Span<UInt8>, _ facts: BodyFacts) {
    guard let bodies else {
      DataDescription.describe(bytes, at: facts.offset, into: &self)
      return
    }
    bodies(bytes, facts, &self)
  }
}
