import Fields

extension FieldBuffer {
  /// The tree of a datagram that was put together: `[2 IPv4 Fragments (1288 bytes): #1(400), #2(888)]`.
  mutating func add(_ reassembly: Reassembly, _ fields: FragmentFields) {
    let whole = sources[Int(reassembly.source) - 1].bytes
    let bytes = whole.span
    let (base, source) = (base, source)
    (self.base, self.source) = (0, reassembly.source)
    defer { (self.base, self.source) = (base, source) }
    let fragments = reassembly.fragments
    let top =
      fields.fragments.type == .bytes
      ? add(fields.fragments, bytes, .generated)
      : add(fields.fragments, .none, count: bytes.count, .generated)
    relabel(top) { text in
      text.write(decimal: fragments.count)
      text.write(fields.version == 4 ? " IPv4 Fragment" : " IPv6 Fragment")
      text.write(fragments.count == 1 ? " (" : "s (")
      text.write(byteCount: reassembly.length)
      text.write("): ")
      for (index, fragment) in fragments.enumerated() {
        if index > 0 { text.write(", ") }
        text.write("#")
        text.write(decimal: fragment.frame)
        text.write("(")
        text.write(decimal: fragment.count)
        text.write(")")
      }
    }
    open(top)
    for fragment in fragments { add(fragment, fields) }
    add(fields.count, fragments.count, .generated)
    add(fields.length, reassembly.length, .generated)
    add(fields.data, bytes, .generated)
    close(top)
  }

  private mutating func add(_ fragment: Reassembly.Fragment, _ fields: FragmentFields) {
    let isWrong = fragment.conflicts || fragment.isOtherTail || fragment.isTooLong
    let item = add(
      isWrong ? fields.wrongFragment : fields.fragment, fragment.frame, at: fragment.offset,
      count: fragment.count, .generated)
    relabel(item) {
      $0.write("Frame: ")
      $0.write(decimal: fragment.frame)
      $0.write(", payload: ")
      $0.write(decimal: fragment.offset)
      $0.write("-")
      $0.write(decimal: fragment.offset + fragment.count - 1)
      $0.write(" (")
      $0.write(byteCount: fragment.count)
      $0.write(")")
    }
    open(item)
    if fragment.overlaps { add(fields.overlap, true, .generated) }
    if fragment.conflicts { add(fields.conflict, true, .generated) }
    if fragment.isOtherTail { add(fields.multipleTails, true, .generated) }
    if fragment.isTooLong { add(fields.tooLong, true, .generated) }
    close(item)
  }
}

/// The fields of reassembled datagrams, which IPv4 and IPv6 name alike.
struct FragmentFields {
  let version: Int
  let fragments: Field, fragment: Field, wrongFragment: Field, overlap: Field, conflict: Field
  let multipleTails: Field, tooLong: Field, count: Field, length: Field, data: Field

  init(_ name: String, version: Int, fragments type: FieldType) {
    self.version = version
    fragments = Field("\(name).fragments", "IPv\(version) Fragments", type)
    fragment = Field("\(name).fragment", "IPv\(version) Fragment", .frameNumber)
    wrongFragment = Field("\(name).fragment.error", "Defragmentation error", .frameNumber)
    overlap = Field("\(name).fragment.overlap", "Fragment overlap", .boolean)
    conflict = Field(
      "\(name).fragment.overlap.conflict", "Conflicting data in fragment overlap", .boolean)
    multipleTails = Field(
      "\(name).fragment.multipletails", "Multiple tail fragments found", .boolean)
    tooLong = Field("\(name).fragment.toolongfragment", "Fragment too long", .boolean)
    count = Field("\(name).fragment.count", "Fragment count", .uint32)
    length = Field("\(name).reassembled.length", "Reassembled IPv\(version) length", .uint32)
    data = Field("\(name).reassembled.data", "Reassembled IPv\(version) data", .bytes)
  }
}
