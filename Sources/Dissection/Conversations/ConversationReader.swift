import Fields
import Mail
import TLS
import Wire

/// What reads a conversation once it is known what is spoken in it.
protocol ConversationReader: Sendable {
  /// The settings of all readers of a run: shared, and never changed.
  associatedtype Settings: ConversationSettings
  /// What comes of a conversation.
  associatedtype Record: Sendable

  /// Whether it is made as soon as it is known what is spoken, or not before both sides have said something: a million
  /// greetings that nobody answers cost little then.
  static var readsAtOnce: Bool { get }
  /// Whether it reads the dialogue alone, without what proxies say before it.
  static var leavesProxies: Bool { get }

  init?(
    _ decision: ProtocolRecognition.Decision, _ facts: ConversationFacts, _ settings: Settings)

  /// Looks at the bytes of a side as TCP carried them, before any codec.
  mutating func see(_ bytes: Span<UInt8>, from side: Side, at position: Position)
  /// Takes bytes of a side in order; `isDecoded`: a codec made them. Returns where the streams begin to be encoded, as
  /// soon as that is known.
  mutating func receive(
    _ bytes: Span<UInt8>, from side: Side, at position: Position, isDecoded: Bool
  ) -> StreamSwitch?
  mutating func gap(_ length: Int, from side: Side, at position: Position) -> StreamSwitch?
  /// Bytes that a codec could not make anything of were never captured.
  mutating func miss(_ length: Int, from side: Side, at position: Position)
  /// Nothing that the side sends from here on can be read.
  mutating func lose(_ side: Side, _ loss: CodecLoss, at position: Position)
  /// A side was to encode what it sends, and sends it in clear from here on.
  mutating func stayClear(_ side: Side, at position: Position)
  /// A side speaks TLS, and the other has answered in clear, or was not heard yet when it did so.
  mutating func noteOneSidedTLS(of side: Side, at position: Position)
  /// A TLS record of a side is not authentic.
  mutating func noteDamagedRecord(of side: Side, at position: Position)
  /// Nothing of the conversation can be decrypted.
  mutating func note(_ obstacle: TLSDecryption.Obstacle, at position: Position)
  /// What was seen of a TLS handshake, once the conversation is over.
  mutating func see(_ handshake: TLSHandshake, _ facts: ConversationFacts)
  mutating func end(_ end: StreamEnd, _ side: Side, at position: Position)
  mutating func note(_ oddity: StreamOddity, _ side: Side, at position: Position)
  /// What proxies said before the dialogue.
  mutating func see(_ proxies: ProxyStage)
  /// Nothing more will come to decide by.
  mutating func decide() -> StreamSwitch?
  mutating func finish(_ facts: ConversationFacts) -> Record?
  /// What it takes in memory beside itself, in bytes.
  mutating func weigh() -> Int
}

protocol ConversationSettings: AnyObject, Sendable {
  var recognition: RecognitionOptions { get }
  var inflation: InflationBudget { get }
  /// What TLS is decrypted with.
  var keys: TLSKeys { get }
  /// Whether what a record was opened to is wanted as such, beside what it carries.
  var keepsRecords: Bool { get }
}
