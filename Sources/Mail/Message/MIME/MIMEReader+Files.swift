// Files within the content of a part: they are parts of it.

extension MIMEReader {
  /// Reads the files in decoded content.
  mutating func readFiles(_ level: Int, _ bytes: Span<UInt8>, to sink: inout some PartSink) {
    var index = 0
    var output: [UInt8] = []
    while let event = layers[level].leaf?.nextFile(bytes, &index, into: &output) {
      writeFile(level, &output, to: &sink)
      take(event, level, to: &sink)
    }
    writeFile(level, &output, to: &sink)
  }

  /// The content ends, or bytes of it are missing.
  mutating func endFiles(_ level: Int, to sink: inout some PartSink) {
    var output: [UInt8] = []
    if let event = layers[level].leaf?.endFiles(into: &output) {
      writeFile(level, &output, to: &sink)
      take(event, level, to: &sink)
    }
    guard let leaf = layers[level].leaf, case .tnef(let reader) = leaf.inner,
      let trouble = reader.trouble
    else { return }
    var problems = ContentProblems()
    problems.add(.messageBadTNEF, trouble)
    note(problems, of: leaf.part)
  }

  private mutating func writeFile(
    _ level: Int, _ output: inout [UInt8], to sink: inout some PartSink
  ) {
    guard !output.isEmpty else { return }
    if let part = layers[level].leaf?.file?.part {
      let length = output.count
      record.change(part) { $0.size += length }
      layers[level].leaf?.file?.detector.receive(output.span)
      sink.receive(output.span, of: part)
    }
    output.removeAll(keepingCapacity: true)
  }

  private mutating func take(
    _ event: EmbeddedFile.Event, _ level: Int, to sink: inout some PartSink
  ) {
    guard let leaf = layers[level].leaf else { return }
    switch event {
    case .begin(let file):
      let parent = record.parts[leaf.part]
      var part = MessagePart(
        .embedded, path: "\(parent.path).\(leaf.fileCount + 1)", parent: leaf.part,
        contentType: "application/octet-stream", offset: parent.offset)
      part.take(file)
      layers[level].leaf?.fileCount += 1
      guard let index = record.add(part) else { return }
      layers[level].leaf?.file = (index, TypeDetector())
      sink.begin(index, part)
    case .change(let file): record.change(leaf.file?.part) { $0.take(file) }
    case .end(let problems):
      guard let (part, detector) = leaf.file else { return }
      layers[level].leaf?.file = nil
      note(problems, of: part)
      noteType(of: part, detector)
      sink.end(part)
    }
  }
}

extension MessagePart {
  fileprivate mutating func take(_ file: EmbeddedFile) {
    encoding = file.encoding
    filename = file.name.flatMap { $0.isEmpty ? nil : $0 }
    contentID = file.contentID
    if let type = file.contentType, type.utf8.contains(UInt8(ascii: "/")) { contentType = type }
  }
}
