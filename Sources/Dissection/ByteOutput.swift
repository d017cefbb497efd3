import Capture
import Fields

/// Where a view's bytes go: standard output, a file, memory.
public protocol ByteOutput: ~Copyable {
  mutating func write(_ bytes: Span<UInt8>) throws(OutputError)
}

/// The output cannot be written.
public struct OutputError: Error, Hashable, Sendable {
  public let message: String
  /// The reader went away (`| head`): no error for a person.
  public let isClosedPipe: Bool

  public init(message: String, isClosedPipe: Bool = false) {
    self.message = message
    self.isClosedPipe = isClosedPipe
  }
}

extension OutputError {
  init(_ failure: OutputDescriptor.Failure, _ name: String) {
    switch failure {
    case .closedPipe: self.init(message: "\(name): closed", isClosedPipe: true)
    case .other(let reason): self.init(message: "\(name): \(reason)")
    }
  }
}

/// Standard output, or a file.
public struct FileOutput: ByteOutput, ~Copyable {
  private let file: OutputDescriptor
  private let name: String

  /// "-" is standard output.
  public init(path: String) throws(RunError) {
    name = path == "-" ? "standard output" : path
    do throws(OutputDescriptor.Failure) { file = try OutputDescriptor(path: path) } catch {
      throw .output(OutputError(error, path))
    }
  }

  public mutating func write(_ bytes: Span<UInt8>) throws(OutputError) {
    do throws(OutputDescriptor.Failure) { try file.write(bytes) } catch {
      throw OutputError(error, name)
    }
  }
}

/// Keeps what is written: for tests.
public struct MemoryOutput: ByteOutput {
  public private(set) var bytes: [UInt8] = []
  public init() {}
  public mutating func write(_ bytes: Span<UInt8>) { self.bytes += bytes.copy }
  public var string: String { String(decoding: bytes, as: UTF8.self) }
}

extension TextBuffer {
  /// Hands over what has gathered once it is worth a system call.
  mutating func flush(
    to output: inout some ByteOutput & ~Copyable, always: Bool = false
  ) throws(RunError) {
    do throws(OutputError) { try empty(into: &output, always: always) } catch {
      throw .output(error)
    }
  }

  /// The same, with the error of the output itself.
  mutating func empty(
    into output: inout some ByteOutput & ~Copyable, always: Bool = false
  ) throws(OutputError) {
    guard count >= 1 << 16 || always && count > 0 else { return }
    try output.write(span)
    clear()
  }
}
