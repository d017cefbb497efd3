import Fields

/// The client's side of a dialogue that goes by lines: bytes are read as far as it is known what they are, and held until
/// a reply decides, or their look does.
protocol LineDialogue: SessionReader {
  var recorder: Recorder { get set }
  var phase: ClientPhase { get set }
  var tls: TLSPhase { get set }
  var held: HeldBytes { get set }
  var pendingSwitch: PendingSwitch { get set }

  /// Reads the next line; false where the chunk is used up.
  mutating func takeLine<Sink: MessageSink>(
    in bytes: Span<UInt8>, from index: inout Int, at position: Position, to sink: inout Sink
  ) -> Bool

  /// The client's TLS begins: what the server sent in the clear until now is over.
  mutating func expectTLSOfServer()
}

extension LineDialogue {
  mutating func receiveClient<Sink: MessageSink>(
    _ bytes: Span<UInt8>, at position: Position, to sink: inout Sink
  ) {
    let taken = held.isEmpty ? takeClient(bytes, at: position, to: &sink) : 0
    guard taken < bytes.count else { return }
    held.append(bytes.extracting(droppingFirst: taken), at: position.advanced(by: taken))
    guard held.count > recorder.options.undecidedLimit else { return }
    recorder.drop(.undecided)
    decideByLook(to: &sink)
  }

  /// Parses bytes as far as it is known what they are; returns how many that were.
  private mutating func takeClient<Sink: MessageSink>(
    _ bytes: Span<UInt8>, at position: Position, to sink: inout Sink
  ) -> Int {
    var index = 0
    while index < bytes.count {
      switch phase {
      case .encrypted:
        pendingSwitch.add(
          bytes.extracting(index..<bytes.count), from: .client, at: position.advanced(by: index))
        return bytes.count
      case .handshake:
        if TLSUse.beginsRecord(bytes[index]) {
          (phase, tls) = (.encrypted, .encrypted)
          pendingSwitch.begin(.tls, .client, at: position.streamOffset + index)
          expectTLSOfServer()
        } else {
          (phase, tls) = (.command, .stayedClear)
        }
      case .undecided: return index
      case .command, .response, .responseOrCommand:
        guard takeLine(in: bytes, from: &index, at: position, to: &sink) else { return bytes.count }
      }
    }
    return index
  }

  /// What was held is parsed now that `phase` is known.
  mutating func release<Sink: MessageSink>(as phase: ClientPhase, to sink: inout Sink) {
    self.phase = phase
    while let (piece, used) = held.first {
      if case .undecided = self.phase { return }
      switch piece {
      case .gap: held.use(0)
      case .bytes(let bytes, let position):
        let rest = bytes.span.extracting(droppingFirst: used)
        held.use(takeClient(rest, at: position.advanced(by: used), to: &sink))
      }
    }
  }

  /// No reply decides what the held bytes are: they do.
  mutating func decideByLook<Sink: MessageSink>(to sink: inout Sink) {
    while case .undecided(let question) = phase {
      if held.beginsRecord {
        beginTLS(frame: held.firstFrame)
        tls = .encrypted
        pendingSwitch.begin(.tls, .client, at: held.firstPosition?.streamOffset)
        return release(as: .encrypted, to: &sink)
      }
      if held.isEmpty {
        phase = .command
      } else {
        release(as: question == .response ? .responseOrCommand : .command, to: &sink)
      }
    }
  }

  mutating func beginTLS(frame: Int) {
    recorder.edit { $0.tls = TLSUse(mode: .starttls, frame: frame) }
  }
}
