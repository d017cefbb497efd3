extension FieldBuffer {
  /// `[Packet size limited during capture: TCP truncated]`: the capture does not have the bytes that `name` needs.
  public mutating func addCutShort(_ name: String) {
    if !columns.isInfoFinished { columns.info.write("[Packet size limited during capture]") }
    let item = add(EndFields.fields.short, .none)
    relabel(item, "[Packet size limited during capture: \(name) truncated]")
  }

  /// `[Malformed Packet: TCP]`: the bytes that `name` needs were never there.
  public mutating func addMalformed(_ name: String, why: String = "") {
    if !columns.isInfoFinished { columns.info.write("[Malformed Packet\(why)]") }
    let fields = EndFields.fields
    let item = add(fields.malformed, .none)
    relabel(item, "[Malformed Packet: \(name)\(why)]")
    expert(
      fields.malformedExpert, .error, .malformed, "Malformed Packet (Exception occurred)",
      under: item)
  }

  /// `[Reassembly error, protocol TCP: …]`: pieces that do not fit together.
  public mutating func addReassemblyError(_ words: String, _ name: String) {
    let line = "[Reassembly error, protocol \(name): \(words)]"
    columns.info.write(line)
    let fields = EndFields.fields
    let item = add(fields.malformed, .none)
    relabel(item, line)
    expert(fields.reassemblyExpert, .error, .malformed, words, under: item)
  }

  /// `[BoundError Unreassembled Packet [incorrect TCP checksum]: HTTP]`: the bytes that `name` needs may be in later
  /// segments, but `reason` forbids to put these together.
  public mutating func addUnreassembled(_ name: String, _ reason: String) {
    columns.info.write("[BoundErrorUnreassembled Packet\(reason)]")
    let fields = EndFields.fields
    let item = add(fields.unreassembled, .none)
    relabel(item, "[BoundError Unreassembled Packet\(reason): \(name)]")
    expert(
      fields.unreassembledExpert, .note, .reassemble,
      "Unreassembled fragment (change preferences to enable reassembly)", under: item)
  }
}

extension FieldBuffer {
  /// The node that closes a frame whose decoding ended early.
  package mutating func addEnd(of error: DecodeError) {
    switch error.reason {
    case .cutShort: addCutShort(error.part ?? error.layer)
    case .tooShort: addMalformed(error.part ?? error.layer)
    case .exceedsContainer:
      addMalformed(
        error.layer, why: ": length of contained item exceeds length of containing item")
    case .invalid: break
    }
  }
}

/// The nodes that close a frame whose decoding ended early.
public struct EndFields: FieldSet {
  let short = Field("_ws.short", "Packet size limited during capture", .proto)
  let malformed = Field("_ws.malformed", "Malformed Packet", .proto)
  let malformedExpert = Field(
    "_ws.malformed.expert", "Malformed Packet (Exception occurred)", .none)
  let reassemblyExpert = Field("_ws.malformed.reassembly", "Reassembly error", .none)
  let unreassembled = Field("_ws.unreassembled", "Unreassembled Fragmented Packet", .proto)
  let unreassembledExpert = Field(
    "_ws.unreassembled.expert",
    "Unreassembled fragment (change preferences to enable reassembly)", .none)

  public init() {}
  static let fields = Self()
}
