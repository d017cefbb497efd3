import Benchmark
import Dissection

/// The parts of the way from a capture to what is printed, one by one. What a row costs beyond the one above it is what
/// its own part costs.
let benchmarks: @Sendable () -> Void = {
  Benchmark.defaultConfiguration = .init(
    metrics: [.wallClock, .throughput], warmupIterations: 3, maxDuration: .seconds(2))
  let recorded = Recorded()

  Benchmark("reading: frames of a file") { benchmark in
    for _ in benchmark.scaledIterations {
      var count = 0
      for path in recorded.paths {
        var capture = try CaptureFile(path: path)
        while let frame = try capture.next() { count += frame.bytes.count }
      }
      blackHole(count)
    }
  }

  Benchmark("dissecting: layers and conversations") { benchmark in
    for _ in benchmark.scaledIterations {
      blackHole(dissect(recorded, analyzes: false))
    }
  }

  Benchmark("dissecting: with the analysis of TCP") { benchmark in
    for _ in benchmark.scaledIterations {
      blackHole(dissect(recorded, analyzes: true))
    }
  }

  Benchmark("reassembly: ordered streams") { benchmark in
    for _ in benchmark.scaledIterations {
      blackHole(reassemble(recorded))
    }
  }

  for dialogue in [Dialogue.smtp, .pop3, .imap] {
    Benchmark("parser: \(dialogue.mail.rawValue), a message of 130 KB") { benchmark in
      for _ in benchmark.scaledIterations { blackHole(dialogue.read()) }
    }
  }

  Benchmark("packets: nothing printed") { try show(recorded, NoPacketView(), $0) }
  Benchmark("packets: list") { try show(recorded, PacketList(), $0) }
  Benchmark("packets: tree") { try show(recorded, PacketTree(), $0) }
  Benchmark("packets: JSON") { try show(recorded, PacketJSON(), $0) }
  Benchmark("packets: NDJSON") { try show(recorded, PacketNDJSON(), $0) }

  for (name, wantsDigests) in [("sessions", false), ("sessions: with digests and MIME", true)] {
    Benchmark("\(name)") { benchmark in
      var options = SessionRunOptions()
      options.jobs = 1
      for _ in benchmark.scaledIterations {
        for path in recorded.paths {
          let sessions = try MailSessions(
            CaptureSource(paths: [path]), options, wantsDigests: wantsDigests)
          for session in sessions { blackHole(session.frames) }
        }
      }
    }
  }

  let text = Array("The quick brown fox <jumps> over \"the lazy dog\"\r\n".utf8)
  Benchmark("text: numbers and words", configuration: .init(scalingFactor: .kilo)) { benchmark in
    var buffer = TextBuffer(capacity: 1 << 16)
    for number in benchmark.scaledIterations {
      if buffer.count > 1 << 15 { buffer.clear() }
      buffer.write(decimal: number)
      buffer.write(ipv4: UInt32(truncatingIfNeeded: number))
      buffer.write(text.span)
    }
    blackHole(buffer.count)
  }
  Benchmark("text: escaped for JSON", configuration: .init(scalingFactor: .kilo)) { benchmark in
    var buffer = TextBuffer(capacity: 1 << 16)
    for _ in benchmark.scaledIterations {
      if buffer.count > 1 << 15 { buffer.clear() }
      let start = buffer.count
      buffer.write(text.span)
      buffer.escapeJSON(from: start)
    }
    blackHole(buffer.count)
  }
}

private func dissect(_ recorded: Recorded, analyzes: Bool) -> Int {
  var options = DissectorOptions()
  options.analyzesSegments = analyzes
  var dissector = Dissector(options)
  var found = Dissected()
  var layers = 0
  for frame in recorded.frames {
    dissector.dissect(frame.bytes.span, frame.facts, into: &found)
    layers += found.layers.count
  }
  return layers
}

private func reassemble(_ recorded: Recorded) -> Int {
  var dissector = Dissector()
  var found = Dissected()
  var streams: [Int: StreamReassembler] = [:]
  var budget = ReassemblyBudget()
  var counter = Counter()
  for frame in recorded.frames {
    dissector.dissect(frame.bytes.span, frame.facts, into: &found)
    found.forEachSegment(frame.bytes.span) { segment, payload, _, _ in
      streams[segment.stream, default: StreamReassembler()].receive(
        segment, payload, &budget, &counter)
    }
  }
  return counter.count
}

private func show(_ recorded: Recorded, _ view: some PacketView, _ benchmark: Benchmark) throws {
  for _ in benchmark.scaledIterations {
    var output = NoOutput()
    for path in recorded.paths {
      try PacketRun.run(CaptureSource(paths: [path]), PacketOptions(), view, to: &output)
    }
    blackHole(output.count)
  }
}
