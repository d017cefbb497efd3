/// Text of ours that quotes the peers, and knows which parts of it do: findings and verdicts.
///
/// What is in the literal is ours; every string that is put into it is a quote, in which a view looks for secrets.
public struct QuotingText: Sendable, Hashable, ExpressibleByStringInterpolation {
  public private(set) var text: String
  /// UTF-8 offsets of the quotes, in order.
  public private(set) var quotes: [Range<Int>] = []

  public init(stringLiteral text: String) { self.text = text }

  public init(stringInterpolation: Interpolation) { self = stringInterpolation.result }

  /// A text that is a quote as a whole.
  public init(quoting text: String) {
    self.text = text
    if !text.isEmpty { quotes = [0..<text.utf8.count] }
  }

  public var isEmpty: Bool { text.isEmpty }

  public static func + (left: QuotingText, right: QuotingText) -> QuotingText {
    var result = left
    result.append(right)
    return result
  }

  mutating func append(_ other: QuotingText) {
    let start = text.utf8.count
    text += other.text
    for quote in other.quotes {
      quotes.append(quote.lowerBound + start..<quote.upperBound + start)
    }
  }

  public struct Interpolation: StringInterpolationProtocol {
    fileprivate var result: QuotingText

    public init(literalCapacity: Int, interpolationCount: Int) {
      result = ""
      result.text.reserveCapacity(literalCapacity + 16 * interpolationCount)
    }

    public mutating func appendLiteral(_ literal: String) { result.text += literal }

    public mutating func appendInterpolation(_ quote: some StringProtocol) {
      let start = result.text.utf8.count
      result.text += String(quote)
      let end = result.text.utf8.count
      if start < end { result.quotes.append(start..<end) }
    }

    public mutating func appendInterpolation(_ number: some BinaryInteger) {
      result.text += String(number)
    }

    public mutating func appendInterpolation(_ other: QuotingText) { result.append(other) }
  }
}

extension Sequence<QuotingText> {
  func joined(separator: QuotingText) -> QuotingText {
    var result: QuotingText = ""
    for (index, part) in enumerated() {
      if index > 0 { result.append(separator) }
      result.append(part)
    }
    return result
  }
}
