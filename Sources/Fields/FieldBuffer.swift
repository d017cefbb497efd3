/// One line of the tree: a field with its value, where it lies, and how deep it is in the tree.
public struct FieldItem: Sendable {
  public let field: Field
  public internal(set) var value: FieldValue
  /// Offset in the data source, and length, in bytes; both 0 where the field has no bytes.
  public internal(set) var start: Int32
  public internal(set) var length: Int32
  public internal(set) var depth: UInt16
  /// Which bytes `start` counts in: 0 the frame, then `FieldBuffer.sources`.
  public let source: UInt8
  public internal(set) var traits: FieldTraits
  /// Replaces the label, or follows it.
  var note: TextRange
  var noteReplaces: Bool
  /// Bytes of the note that replace the label; what follows was written after it.
  var replacedCount: Int32 = 0
}

extension FieldItem {
  /// Whether the label is not the declaration's alone.
  public var hasOwnLabel: Bool { note.count > 0 }
}

public struct FieldTraits: OptionSet, Sendable {
  public let rawValue: UInt8
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// Worked out, not read from the bytes: the text view puts it in square brackets.
  public static let generated = Self(rawValue: 1)
  /// For filters and JSON only.
  public static let hidden = Self(rawValue: 2)
}

/// The description of one frame: a flat list of fields in tree order, and the columns of the packet list.
///
/// A layer's `describe` appends to it; list, tree, JSON, columns and filters read it. It is emptied, not
/// freed, between frames. `open` makes what follows children of an item, `close` ends that.
public struct FieldBuffer: ~Copyable, Sendable {
  public private(set) var items: [FieldItem] = []
  /// Holds strings and bytes of values, and the parts of labels that are not from declarations.
  public private(set) var text = TextBuffer()
  public var columns = Columns()
  /// Offset of the layer that is being described in its data source: `at` counts from there.
  public var base = 0
  /// The data source that is being described: 0 for the frame.
  public var source: UInt8 = 0
  /// The name and the bytes of the data sources beyond the frame (reassembled datagrams and streams).
  public private(set) var sources: [(name: String, bytes: [UInt8])] = []
  /// Data sources that the dissector waits for more bytes of, as bits.
  private var unfinished: UInt64 = 0
  /// False while only columns are wanted, or what nobody asks for is described: nothing is added then.
  public internal(set) var wantsTree: Bool
  /// The parts of a frame that are asked for.
  public let parts: FieldParts
  /// Whether there is a tree, but not of every part.
  let isPartial: Bool
  private let hasTree: Bool
  /// Items with any of these traits are not added: hidden ones, where only what is shown is read.
  private let unwanted: FieldTraits
  /// How deep the next item will be. `open` and `close` move it; a layer inside another one begins one deeper.
  public var depth: UInt16 = 0
  /// The protocols of the frame so far, with colons between: `eth:ethertype:ip`.
  public private(set) var protocols = TextBuffer()
  /// The item that shows them.
  public var protocolsItem = FieldIndex.none

  /// Whether MAC addresses are shown with their names.
  public let resolvesNames: Bool
  /// What is known of the MAC addresses seen last.
  var macNames = MACNameCache()
  /// Describes the bodies of messages.
  let bodies: BodyDescription?
  /// Whether the data sources themselves are shown, not only what is in the tree of them.
  let showsSources: Bool

  public init(
    wantsTree: Bool = true, parts: FieldParts = .all, resolvesNames: Bool = true,
    bodies: BodyDescription? = nil, showsSources: Bool = false, keepsHidden: Bool = true
  ) {
    self.wantsTree = wantsTree
    self.parts = parts
    (hasTree, isPartial) = (wantsTree, wantsTree && parts != .all)
    self.resolvesNames = resolvesNames
    self.bodies = bodies
    self.showsSources = showsSources
    unwanted = keepsHidden ? [] : .hidden
    if wantsTree { items.reserveCapacity(256) }
  }

  /// Text and items beyond which their memory is not kept for the next frame.
  private static let (mostText, mostItems) = (1 << 15, 1 << 10)

  public mutating func clear() {
    items.removeAll(keepingCapacity: items.count <= Self.mostItems)
    if text.count > Self.mostText { text = TextBuffer() } else { text.clear() }
    columns.clear()
    protocols.clear()
    protocolsItem = .none
    sources.removeAll(keepingCapacity: true)
    (base, source, depth, unfinished) = (0, 0, 0, 0)
    wantsTree = hasTree
  }

  /// Whether any of `parts` is asked for.
  public func describesAny(of parts: FieldParts) -> Bool {
    hasTree && !self.parts.isDisjoint(with: parts)
  }

  /// Where the next item will be.
  public var end: FieldIndex { FieldIndex(items.count) }

  /// Makes the subtree at `top`, the last there is, that of a header which ends after `count` bytes: the fields from
  /// the first that does not fit are taken back, and the header's label is its name alone.
  public mutating func cut(_ top: FieldIndex, to count: Int) {
    guard items.indices.contains(top.position) else { return }
    let limit = Int(items[top.position].start) + count
    items[top.position].length = Int32(clamping: count)
    items[top.position].note = .empty
    items[top.position].noteReplaces = false
    items[top.position].replacedCount = 0
    let rest = items[(top.position + 1)...]
    if let past = rest.firstIndex(where: { Int($0.start) + Int($0.length) > limit }) {
      items.removeLast(items.count - past)
    }
  }

  /// What the description takes of memory, about, in bytes.
  package var weight: Int {
    let own = items.count * MemoryLayout<FieldItem>.stride + text.count
    return sources.isEmpty ? own : sources.reduce(own) { $0 + $1.bytes.count }
  }

  /// Takes the names of MAC addresses that several buffers share, or gives them back.
  package mutating func exchangeNames(with names: inout MACNameCache) { swap(&macNames, &names) }

  // MARK: Adding

  @inline(__always)
  private func takes(_ traits: FieldTraits) -> Bool {
    wantsTree && traits.isDisjoint(with: unwanted)
  }

  /// Appends a field. `at` counts from `base`; the result is what `open`, `note` and the like take.
  @discardableResult
  public mutating func add(
    _ field: Field, _ value: FieldValue, at: Int = 0, count: Int = 0, _ traits: FieldTraits = []
  ) -> FieldIndex {
    guard takes(traits) else { return .none }
    items.append(
      FieldItem(
        field: field, value: value, start: Int32(clamping: count == 0 && at == 0 ? 0 : base + at),
        length: Int32(clamping: count), depth: depth, source: source, traits: traits, note: .empty,
        noteReplaces: false))
    return FieldIndex(items.count - 1)
  }

  @discardableResult @inlinable
  public mutating func add(
    _ field: Field, _ value: some BinaryInteger, at: Int = 0, count: Int = 0,
    _ traits: FieldTraits = []
  ) -> FieldIndex {
    add(
      field,
      field.type.isSigned
        ? .signed(Int64(truncatingIfNeeded: value)) : .unsigned(UInt64(truncatingIfNeeded: value)),
      at: at, count: count, traits)
  }

  @discardableResult
  public mutating func add(
    _ field: Field, _ value: Bool, at: Int = 0, count: Int = 0, _ traits: FieldTraits = []
  ) -> FieldIndex {
    add(field, .unsigned(value ? 1 : 0), at: at, count: count, traits)
  }

  /// Takes the field's bits out of `container` and appends them.
  @discardableResult @inlinable
  public mutating func add(
    _ field: Field, bitsOf container: some BinaryInteger, at: Int, count: Int,
    _ traits: FieldTraits = []
  ) -> FieldIndex {
    let mask = field.mask
    let bits = UInt64(truncatingIfNeeded: container) & mask
    return add(
      field, .unsigned(bits >> UInt64(mask.trailingZeroBitCount)), at: at, count: count, traits)
  }

  @discardableResult
  public mutating func add(
    _ field: Field, _ value: String, at: Int = 0, count: Int = 0, _ traits: FieldTraits = []
  ) -> FieldIndex {
    guard takes(traits) else { return .none }
    let start = text.count
    text.write(value)
    return add(
      field, .content(TextRange(start: start, count: text.count - start)), at: at, count: count,
      traits)
  }

  /// Bytes, or a string as it is in the frame.
  @discardableResult
  public mutating func add(
    _ field: Field, _ bytes: Span<UInt8>, at: Int = 0, _ traits: FieldTraits = []
  ) -> FieldIndex {
    guard takes(traits) else { return .none }
    let start = text.count
    text.write(bytes)
    return add(
      field, .content(TextRange(start: start, count: bytes.count)), at: at, count: bytes.count,
      traits)
  }

  /// A string that is said to be ASCII, as it is in the frame.
  @discardableResult
  public mutating func add(
    _ field: Field, ascii bytes: Span<UInt8>, at: Int = 0, _ traits: FieldTraits = []
  ) -> FieldIndex {
    add(field, at: at, count: bytes.count, traits) { $0.write(ascii: bytes) }
  }

  /// A string that is written piece by piece.
  @discardableResult
  public mutating func add(
    _ field: Field, at: Int = 0, count: Int = 0, _ traits: FieldTraits = [],
    writing: (inout TextBuffer) -> Void
  ) -> FieldIndex {
    guard takes(traits) else { return .none }
    let start = text.count
    writing(&text)
    return add(
      field, .content(TextRange(start: start, count: text.count - start)), at: at, count: count,
      traits)
  }

  /// A line that is text only.
  @discardableResult
  public mutating func addText(
    at: Int = 0, count: Int = 0, _ traits: FieldTraits = [],
    writing: (inout TextBuffer) -> Void
  ) -> FieldIndex {
    let item = add(.text, .none, at: at, count: count, traits)
    relabel(item, writing: writing)
    return item
  }
  @discardableResult
  public mutating func addText(
    _ line: String, at: Int = 0, count: Int = 0, _ traits: FieldTraits = []
  ) -> FieldIndex {
    addText(at: at, count: count, traits) { $0.write(line) }
  }

  /// Inserts a field as the last child of `parent`, wherever that is.
  ///
  /// Indices of later items move; those of `parent` and of items before it stay.
  @discardableResult
  public mutating func insert(
    _ field: Field, _ value: FieldValue, lastIn parent: FieldIndex, at: Int = 0, count: Int = 0,
    _ traits: FieldTraits = []
  ) -> FieldIndex {
    guard takes(traits), parent != .none else { return .none }
    let place = subtreeEnd(parent)
    let item = FieldItem(
      field: field, value: value, start: Int32(clamping: at), length: Int32(clamping: count),
      depth: items[parent.position].depth + 1, source: items[parent.position].source,
      traits: traits, note: .empty, noteReplaces: false)
    items.insert(item, at: place)
    return FieldIndex(place)
  }

  /// Inserts bytes, or a string, as the last child of `parent`; see `insert` above.
  @discardableResult
  public mutating func insert(
    _ field: Field, _ bytes: Span<UInt8>, lastIn parent: FieldIndex, at: Int = 0,
    _ traits: FieldTraits = []
  ) -> FieldIndex {
    guard takes(traits), parent != .none else { return .none }
    let start = text.count
    text.write(bytes)
    return insert(
      field, .content(TextRange(start: start, count: bytes.count)), lastIn: parent, at: at,
      count: bytes.count, traits)
  }

  /// Inserts a field right after `item` and all below it, at the same depth.
  @discardableResult
  public mutating func insert(
    _ field: Field, _ value: FieldValue, after item: FieldIndex, at: Int = 0, count: Int = 0,
    _ traits: FieldTraits = [], source: UInt8? = nil
  ) -> FieldIndex {
    guard takes(traits), item != .none else { return .none }
    let place = subtreeEnd(item)
    items.insert(
      FieldItem(
        field: field, value: value, start: Int32(clamping: at), length: Int32(clamping: count),
        depth: items[item.position].depth, source: source ?? items[item.position].source,
        traits: traits, note: .empty, noteReplaces: false),
      at: place)
    return FieldIndex(place)
  }

  /// What `body` adds comes after `item` and all below it, at the same depth, and is of `source`. The items after that
  /// move once, however many are added.
  public mutating func insert(
    after item: FieldIndex, source: UInt8, _ body: (inout FieldBuffer) -> Void
  ) {
    guard wantsTree, item != .none else { return }
    let place = subtreeEnd(item)
    let later = Array(items[place...])
    items.removeLast(later.count)
    let outside = (depth, base, self.source)
    (depth, base, self.source) = (items[item.position].depth, 0, source)
    body(&self)
    (depth, base, self.source) = outside
    items += later
  }

  // MARK: Structure

  /// What is added from now on is below `item`.
  public mutating func open(_ item: FieldIndex) {
    if item != .none { depth = items[item.position].depth + 1 }
  }
  /// What is added from now on is beside `item`.
  public mutating func close(_ item: FieldIndex) {
    if item != .none { depth = items[item.position].depth }
  }
  /// Adds a field and opens it.
  public mutating func opened(
    _ field: Field, _ value: FieldValue = .none, at: Int = 0, count: Int = 0,
    _ traits: FieldTraits = []
  ) -> FieldIndex {
    let item = add(field, value, at: at, count: count, traits)
    open(item)
    return item
  }
  /// The item that would be added next.
  public var next: FieldIndex { wantsTree ? FieldIndex(items.count) : .none }
  /// The last item added.
  public var last: FieldIndex { items.isEmpty ? .none : FieldIndex(items.count - 1) }
  /// The last item of a field at the top of the tree, or `depth` below it. `start`: the offset of the item, if not any.
  public func lastItem(of field: FieldID, depth: UInt16 = 0, start: Int? = nil) -> FieldIndex? {
    items.lastIndex {
      $0.depth == depth && $0.field.id == field && (start == nil || $0.start == start ?? 0)
    }.map { FieldIndex($0) }
  }
  /// The first position after `item` and all below it.
  public func subtreeEnd(_ item: FieldIndex) -> Int {
    var end = item.position + 1
    let depth = items[item.position].depth
    while end < items.count, items[end].depth > depth { end += 1 }
    return end
  }
  /// The same for a place in `items`.
  public func end(of index: Int) -> Int { subtreeEnd(FieldIndex(index)) }
  /// The bytes, or the UTF-8, of an item's value; none where it has another one.
  @_lifetime(borrow self)
  public borrowing func content(of index: Int) -> Span<UInt8> {
    guard case .content(let range) = items[index].value else { return text.span(.empty) }
    return text.span(range)
  }
  /// Goes through the bytes, or the UTF-8, of an item's value.
  public borrowing func forEachByte(of index: Int, _ body: (UInt8) -> Void) {
    guard case .content(let range) = items[index].value else { return }
    let bytes = text.span(range)
    for position in bytes.indices { body(bytes[position]) }
  }
  /// Adds a data source and gives its number.
  public mutating func addSource(_ name: String, _ bytes: [UInt8]) -> UInt8 {
    sources.append((name, bytes))
    return UInt8(clamping: sources.count)
  }

  /// The dissector waits for more bytes of a data source.
  package mutating func leaveUnfinished(_ number: UInt8) {
    if number > 0, number < 64 { unfinished |= 1 << UInt64(number) }
  }
  /// Lets go of the bytes of what is not finished, where only the tree is shown from now on: more will come to them, and
  /// while they are shared that would be a copy each time. The names stay.
  package mutating func releaseUnfinished() {
    guard unfinished != 0, !showsSources else { return }
    for index in sources.indices where index < 63 && unfinished & 2 << UInt64(index) != 0 {
      sources[index].bytes = []
    }
  }

  /// Writes the protocols gathered so far into `protocolsItem`; a caller that added more calls it once more.
  public mutating func finishProtocols() {
    guard protocolsItem != .none else { return }
    let start = text.count
    text.write(protocols)
    items[protocolsItem.position].value = .content(
      TextRange(start: start, count: text.count - start))
  }
  /// Grows with every protocol of the frame.
  public var protocolsCount: Int { protocols.count }
  /// Appends to the protocols of the frame.
  public mutating func addProtocol(_ name: String) {
    if !protocols.isEmpty { protocols.write(byte: UInt8(ascii: ":")) }
    protocols.write(name)
  }

  // MARK: Changing what was added

  /// Takes back the last item of `field` right below `parent`; indices of later items move.
  public mutating func remove(_ field: FieldID, below parent: FieldIndex) {
    guard parent != .none else { return }
    let children = (parent.position + 1)..<subtreeEnd(parent)
    guard let index = items[children].lastIndex(where: { $0.field.id == field }) else { return }
    items.removeSubrange(index..<end(of: index))
  }

  public mutating func setText(of item: FieldIndex, writing: (inout TextBuffer) -> Void) {
    guard item != .none else { return }
    let start = text.count
    writing(&text)
    items[item.position].value = .content(TextRange(start: start, count: text.count - start))
  }
  public mutating func setLength(_ count: Int, of item: FieldIndex) {
    if item != .none { items[item.position].length = Int32(clamping: count) }
  }
  public mutating func setTraits(_ traits: FieldTraits, of item: FieldIndex) {
    if item != .none { items[item.position].traits = traits }
  }

  /// Replaces the label that the declaration would give.
  public mutating func relabel(_ item: FieldIndex, writing: (inout TextBuffer) -> Void) {
    guard item != .none else { return }
    let start = text.count
    writing(&text)
    items[item.position].note = TextRange(start: start, count: text.count - start)
    items[item.position].noteReplaces = true
    items[item.position].replacedCount = items[item.position].note.count
  }
  public mutating func relabel(_ item: FieldIndex, _ label: String) {
    relabel(item) { $0.write(label) }
  }

  /// Writes more text after the label.
  public mutating func note(_ item: FieldIndex, writing: (inout TextBuffer) -> Void) {
    guard item != .none else { return }
    var note = items[item.position].note
    if note.count > 0, note.range.upperBound != text.count {
      let start = text.count
      text.repeatRange(note)
      note.start = Int32(clamping: start)
    } else if note.count == 0 {
      note.start = Int32(clamping: text.count)
    }
    writing(&text)
    note.count = Int32(clamping: text.count - Int(note.start))
    items[item.position].note = note
  }
  public mutating func note(_ item: FieldIndex, _ words: String) {
    note(item) { $0.write(words) }
  }
}

/// The place of an item in its buffer; `.none` where the buffer keeps no tree.
public struct FieldIndex: Equatable, Sendable {
  let position: Int

  init(_ position: Int) { self.position = position }
  public static let none = FieldIndex(-1)
}

/// The columns of the packet list, set by each layer in turn: the highest one has the last word.
public struct Columns: ~Copyable, Sendable {
  public private(set) var source = TextBuffer()
  public private(set) var destination = TextBuffer()
  public var protocolName = ""
  /// A tunnel that is shown around the protocol: `GTP <TCP>`.
  public var tunnel: String?
  public var info = TextBuffer()
  /// Info texts up to here stay when `startInfo` clears the column.
  private var fence = 0
  public private(set) var isInfoFinished = false

  package mutating func clear() {
    source.clear()
    destination.clear()
    protocolName = ""
    tunnel = nil
    info.clear()
    fence = 0
    isInfoFinished = false
  }
  public mutating func setAddresses(
    _ writeSource: (inout TextBuffer) -> Void, _ writeDestination: (inout TextBuffer) -> Void
  ) {
    source.clear()
    destination.clear()
    writeSource(&source)
    writeDestination(&destination)
  }
  public mutating func setSource(_ write: (inout TextBuffer) -> Void) {
    source.clear()
    write(&source)
  }
  /// All that is in the columns, apart from them.
  public borrowing func copied() -> Columns {
    var copy = Columns()
    copy.source.write(source)
    copy.destination.write(destination)
    (copy.protocolName, copy.tunnel) = (protocolName, tunnel)
    copy.info.write(info)
    (copy.fence, copy.isInfoFinished) = (fence, isInfoFinished)
    return copy
  }
  public borrowing func writeProtocol(to text: inout TextBuffer) {
    guard let tunnel, tunnel != protocolName else {
      text.write(protocolName)
      return
    }
    text.write("\(tunnel) <\(protocolName)>")
  }
  /// The source alone, as another layer shows it.
  public mutating func takeSource(of other: borrowing Columns) {
    source.clear()
    source.write(other.source)
  }
  /// Drops the Info of the layers below, up to the fence.
  public mutating func startInfo() { info.truncate(to: fence) }
  public mutating func setInfo(_ words: String) {
    startInfo()
    info.write(words)
  }
  /// Puts more words after those in Info.
  public mutating func addInfo(_ words: String) {
    if info.count > fence { info.write(" , ") }
    info.write(words)
  }
  /// Puts words before what the layer has written into Info; they stay, whatever comes.
  public mutating func prefixInfo(_ writing: (inout TextBuffer) -> Void) {
    let own = info.copy(from: fence)
    info.truncate(to: fence)
    writing(&info)
    fence = info.count
    info.write(own.span)
  }
  /// Puts words before what the layer has written into Info.
  public mutating func leadInfo(_ words: String) {
    let start = fence
    prefixInfo { $0.write(words) }
    fence = start
  }
  /// Keeps what is in Info now, whatever comes.
  public mutating func fenceInfo() { fence = info.count }
  /// Says that Info does not tell of what is missing from here on.
  public mutating func finishInfo() { isInfoFinished = true }
}
