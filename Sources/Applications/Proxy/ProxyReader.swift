import Fields

/// Reads what a proxy and its client say before the dialogue, so that the dialogue can be read as if they had said
/// nothing.
///
/// Each side is read by itself, unit by unit, for what its bytes are: which of them the proxy's are never depends on
/// what the other side has said already, and one side alone will do.
public struct ProxyReader: Sendable {
  /// Proxies before proxies, the one that was met first in front.
  public private(set) var proxies: [Proxy] = []
  /// What is wrong with a header.
  public private(set) var flaw: String?

  private enum Step: Sendable {
    /// Anything may begin.
    case start
    /// The client has greeted a proxy of SOCKS 5, or the proxy has chosen a method.
    case greeted
    case authenticated
    /// The proxy has refused: what it says after that is no dialogue.
    case refused
    /// What comes is the dialogue's.
    case over
  }
  private struct Direction: Sendable {
    var step = Step.start
    /// The unit that waits for more bytes, and what belongs to it.
    var unit: ProxyUnit?
    var rest: ProxyUnit.Rest?
    /// What is still to come of a unit that is missing in part.
    var leftover: ProxyUnit.Rest?
    var hasGap = false
  }
  private var client = Direction()
  private var server = Direction()
  /// Proxies that have answered.
  private var answers = 0
  /// Whether the last proxy is known by its answer alone.
  private var lastIsAnswerOnly = false
  /// Proxies before proxies that are read.
  private static let mostProxies = 4

  public init() {}

  /// Whether all that a side says from here on is the dialogue's.
  public func isOver(_ side: Side) -> Bool {
    (side == .client ? client : server).step == .over
  }

  /// Where the connection leads, by the last word of a proxy that was asked for it.
  public var targetPort: UInt16? { proxies.last { $0.kind.isTunnel }?.server?.port }

  /// Whether a side has said nothing yet that is not the dialogue's.
  public var isUnused: Bool { proxies.isEmpty && client.step == .start && server.step == .over }

  /// Takes the bytes of a side that it has not taken yet. Returns how many of them are not the dialogue's; the rest
  /// waits for more bytes where the side is not over.
  public mutating func take(_ bytes: Span<UInt8>, from side: Side) -> Int {
    var direction = side == .client ? client : server
    var offset = 0
    loop: while offset < bytes.count, direction.step != .over {
      let rest = bytes.part(offset, bytes.count)
      if let leftover = direction.leftover {
        let end = Self.end(of: leftover, in: rest)
        direction.leftover = end == nil ? Self.rest(of: leftover, after: rest) : nil
        offset += end ?? rest.count
        continue
      }
      (direction.unit, direction.rest) = (nil, nil)
      switch find(in: rest, side, direction) {
      case (let unit, .complete(let count)):
        direction.step = finish(unit, rest.part(0, count), direction.step)
        offset += count
      case (let unit, .unfinished(let rest)):
        (direction.unit, direction.rest) = (unit, rest)
        break loop
      case (_, .foreign):
        if direction.step == .refused {
          offset = bytes.count
        } else {
          direction.step = .over
        }
      }
    }
    if side == .client { client = direction } else { server = direction }
    return offset
  }

  /// `length` bytes of a side were never captured, after `held` that it has not taken. Returns whether those are a part
  /// of something that is not the dialogue's.
  public mutating func miss(_ length: Int, after held: Int, from side: Side) -> Bool {
    var direction = side == .client ? client : server
    guard direction.step != .over else { return false }
    direction.hasGap = true
    // It may have been asked again, and have agreed.
    if direction.step == .refused { direction.step = .start }
    let isPart = direction.rest != nil
    switch direction.leftover {
    case .upTo(let count): direction.leftover = count > length ? .upTo(count - length) : nil
    case .header(let count): direction.leftover = Self.header(after: count + length)
    case .piece, .zeros, .line, .head, nil: break
    }
    if let unit = direction.unit, let rest = direction.rest {
      let none: [UInt8] = []
      direction.step = finish(unit, none.span, direction.step)
      switch rest {
      case .upTo(let count):
        direction.leftover = count - held > length ? .upTo(count - held - length) : nil
      case .header: direction.leftover = Self.header(after: held + length)
      case .line, .head, .zeros, .piece: direction.leftover = rest
      }
    }
    (direction.unit, direction.rest) = (nil, nil)
    if side == .client { client = direction } else { server = direction }
    return isPart
  }

  /// A binary header of which so many bytes came, or are missing.
  private static func header(after count: Int) -> ProxyUnit.Rest {
    count <= ProxyHeader.lengthOffset ? .header(count) : .piece
  }

  /// Where the rest of a unit ends, of which bytes are missing; nil where these bytes do not show it.
  private static func end(of leftover: ProxyUnit.Rest, in bytes: Span<UInt8>) -> Int? {
    switch leftover {
    case .upTo(let count): return count <= bytes.count ? count : nil
    case .header(let count):
      let length = ProxyHeader.lengthOffset - count
      guard length >= 0, bytes.count >= length + 2 else { return nil }
      let end = length + 2 + Int(bytes.uint16(at: length))
      return end <= bytes.count ? end : nil
    case .line: return bytes.firstIndex(of: 0x0a, from: 0, before: bytes.count).map { $0 + 1 }
    case .head: return HTTPTunnel.endOfHead(bytes, from: 0)
    case .zeros: return (bytes.indices.last { bytes[$0] == 0 } ?? -1) + 1
    case .piece: return bytes.count
    }
  }

  /// What of it is still to come after these bytes, which do not show its end.
  private static func rest(
    of leftover: ProxyUnit.Rest, after bytes: Span<UInt8>
  ) -> ProxyUnit.Rest? {
    switch leftover {
    case .upTo(let count): return .upTo(count - bytes.count)
    case .header(let count):
      let length = ProxyHeader.lengthOffset - count
      guard length >= 0, bytes.count >= length + 2 else {
        return header(after: count + bytes.count)
      }
      return .upTo(length + 2 + Int(bytes.uint16(at: length)) - bytes.count)
    case .line, .head, .zeros, .piece: return nil
    }
  }

  /// The unit that some bytes begin with; one that is complete goes first.
  private func find(
    in bytes: Span<UInt8>, _ side: Side, _ direction: Direction
  ) -> (ProxyUnit, ProxyUnit.Extent) {
    var found: (ProxyUnit, ProxyUnit.Extent) = (.headerLine, .foreign)
    for unit in candidates(side, direction) {
      switch unit.extent(of: bytes) {
      case .foreign: break
      case .complete(let count): return (unit, .complete(count))
      case .unfinished(let rest):
        if case .foreign = found.1 { found = (unit, .unfinished(rest)) }
      }
    }
    return found
  }

  private func candidates(_ side: Side, _ direction: Direction) -> [ProxyUnit] {
    switch (side, direction.step) {
    case (_, .over): []
    case (.client, .start):
      proxies.count >= Self.mostProxies && !isRepeated
        ? []
        : [.headerLine, .binaryHeader, .socks4Request, .greeting, .request, .connect]
          + (direction.hasGap ? [.credentials] : [])
    case (.client, .greeted): [.credentials, .request]
    case (.client, .authenticated), (.client, .refused): [.request]
    // Nothing is left to answer.
    case (.server, .start) where client.step == .over && !isAnswerDue: []
    case (.server, .start):
      [.socks4Reply, .method, .reply, .response] + (direction.hasGap ? [.status] : [])
    case (.server, .greeted): [.status, .reply]
    case (.server, .authenticated): [.reply]
    case (.server, .refused): [.response]
    }
  }

  private var isAnswerDue: Bool { answers < proxies.count { $0.kind.isTunnel } }

  /// The proxy has refused the last request, and the client may ask again.
  private var isRepeated: Bool {
    proxies.last.map { $0.kind == .httpConnect && $0.refusal != nil } ?? false
  }

  // MARK: What the units say

  /// Takes in what a unit says; it is empty where bytes of it are missing. Gives the side's next step.
  private mutating func finish(_ unit: ProxyUnit, _ bytes: Span<UInt8>, _ step: Step) -> Step {
    let isWhole = !bytes.isEmpty
    switch unit {
    case .headerLine, .binaryHeader:
      let kind: Proxy.Kind = unit == .headerLine ? .headerLine : .binaryHeader
      guard isWhole else {
        add(Proxy(kind))
        return .start
      }
      let (proxy, flaw) =
        unit == .headerLine ? ProxyHeader.readLine(bytes) : ProxyHeader.readBinary(bytes)
      add(proxy)
      if self.flaw == nil { self.flaw = flaw }
      return .start
    case .socks4Request:
      add(Proxy(.socks4, server: isWhole ? SOCKS.target4(bytes) : nil))
      return .start
    case .greeting:
      add(Proxy(.socks5))
      return .greeted
    case .credentials:
      if step == .start { add(Proxy(.socks5)) }
      return .authenticated
    case .request:
      if step == .start { add(Proxy(.socks5)) }
      if isWhole, let last = proxies.indices.last { proxies[last].server = SOCKS.target(bytes) }
      return .start
    case .connect:
      if isRepeated, !proxies.isEmpty {
        proxies.removeLast()
        answers -= 1
      }
      add(Proxy(.httpConnect, server: isWhole ? HTTPTunnel.target(of: bytes) : nil))
      return .start
    case .socks4Reply:
      let result = isWhole ? bytes[1] : 90
      return answer(.socks4, result == 90 ? nil : SOCKS.result4Name(UInt64(result)) ?? "\(result)")
    case .method:
      guard isWhole else { return .greeted }
      if bytes[1] == 0xff { return answer(.socks5, "No acceptable authentication method") }
      return bytes[1] == 0 ? .authenticated : .greeted
    case .status:
      return isWhole && bytes[1] != 0 ? answer(.socks5, "Authentication failed") : .authenticated
    case .reply:
      let result = isWhole ? bytes[1] : 0
      return answer(.socks5, result == 0 ? nil : SOCKS.resultName(UInt64(result)) ?? "\(result)")
    case .response:
      guard isWhole else { return answer(.httpConnect, nil) }
      let status = HTTPTunnel.status(of: bytes)
      switch status.code {
      case 100..<200: return step
      case 200..<300: return answer(.httpConnect, nil)
      default: return answer(.httpConnect, status.words)
      }
    }
  }

  private mutating func add(_ proxy: Proxy) {
    if lastIsAnswerOnly, let last = proxies.indices.last, proxies[last].kind == proxy.kind {
      proxies[last].server = proxy.server
    } else {
      proxies.append(proxy)
    }
    lastIsAnswerOnly = false
  }

  /// The proxy's last word on the first request that it has not answered.
  private mutating func answer(_ kind: Proxy.Kind, _ refusal: String?) -> Step {
    if !isAnswerDue {
      // The answer to a second request of which nothing was captured.
      if isRepeated, kind == .httpConnect {
        proxies.removeLast()
        answers -= 1
      }
      guard proxies.count < Self.mostProxies else { return .over }
      proxies.append(Proxy(kind))
      lastIsAnswerOnly = true
    }
    let tunnels = proxies.indices.filter { proxies[$0].kind.isTunnel }
    if tunnels.indices.contains(answers) { proxies[tunnels[answers]].refusal = refusal }
    answers += 1
    return refusal == nil ? .start : .refused
  }
}
