import Fields

/// Images, known by their first bytes: what kind and how large. Their pixels are not described.
enum ImageDescription {
  enum Kind {
    case gif, png, jpeg

    /// What a media type, in lower case, promises.
    init?(type: String) {
      switch type {
      case "image/gif": self = .gif
      case "image/png": self = .png
      case "image/jpeg", "image/jpg", "image/jfif": self = .jpeg
      default: return nil
      }
    }

    /// What the bytes are.
    init?(_ bytes: Span<UInt8>) {
      if bytes.begins(with: "GIF87a") || bytes.begins(with: "GIF89a"), bytes.count >= 13 {
        self = .gif
      } else if bytes[0, or: 0] == 0x89,
        bytes.part(1, bytes.count).begins(with: "PNG\r\n\u{1a}\n")
      {
        self = .png
      } else if bytes[0, or: 0] == 0xff, bytes[1, or: 0] == 0xd8, bytes[2, or: 0] == 0xff {
        self = .jpeg
      } else {
        return nil
      }
    }
  }

  /// False where the bytes begin no image that is known: nothing was added then.
  static func describe(
    _ bytes: Span<UInt8>, at offset: Int, into tree: inout FieldBuffer
  ) -> Bool {
    switch Kind(bytes) {
    case .gif: describeGIF(bytes, at: offset, into: &tree)
    case .png: describePNG(bytes, at: offset, into: &tree)
    case .jpeg: describeJPEG(bytes, at: offset, into: &tree)
    case nil: return false
    }
    return true
  }

  private static func describeGIF(
    _ bytes: Span<UInt8>, at offset: Int, into tree: inout FieldBuffer
  ) {
    let fields = ImageFields.fields
    let version = bytes.part(0, 6)
    tree.columns.appendInfo {
      $0.write(" ("); $0.write(version); $0.write(")")
    }
    tree.addProtocol("image-gif")
    let top = tree.opened(fields.gif, at: offset, count: bytes.count)
    tree.relabel(top) {
      $0.write("Compuserve GIF, Version: "); $0.write(version)
    }
    tree.add(fields.gifVersion, version, at: offset)
    tree.add(
      fields.gifWidth, Int(bytes[6]) | Int(bytes[7]) << 8, at: offset + 6, count: 2)
    tree.add(
      fields.gifHeight, Int(bytes[8]) | Int(bytes[9]) << 8, at: offset + 8, count: 2)
    tree.close(top)
  }

  private static func describePNG(
    _ bytes: Span<UInt8>, at offset: Int, into tree: inout FieldBuffer
  ) {
    let fields = ImageFields.fields
    tree.columns.appendInfo { $0.write(" (PNG)") }
    tree.addProtocol("png")
    let top = tree.opened(fields.png, at: offset, count: bytes.count)
    tree.add(fields.pngSignature, bytes.part(0, 8), at: offset)
    if bytes.count >= 24, bytes.part(12, 16).begins(with: "IHDR") {
      tree.add(fields.pngWidth, bytes.integer(at: 16, count: 4), at: offset + 16, count: 4)
      tree.add(fields.pngHeight, bytes.integer(at: 20, count: 4), at: offset + 20, count: 4)
    }
    tree.close(top)
  }

  private static func describeJPEG(
    _ bytes: Span<UInt8>, at offset: Int, into tree: inout FieldBuffer
  ) {
    let fields = ImageFields.fields
    tree.columns.appendInfo { $0.write(" (JPEG JFIF image)") }
    tree.addProtocol("image-jfif")
    let top = tree.opened(fields.jpeg, at: offset, count: bytes.count)
    tree.add(fields.jpegMarker, 0xffd8, at: offset, count: 2)
    if let frame = jpegFrame(bytes) {
      tree.add(fields.jpegLines, bytes.integer(at: frame + 5, count: 2), at: frame + 5, count: 2)
      tree.add(fields.jpegSamples, bytes.integer(at: frame + 7, count: 2), at: frame + 7, count: 2)
    }
    tree.close(top)
  }

  /// Where the segment begins that tells the size.
  private static func jpegFrame(_ bytes: Span<UInt8>) -> Int? {
    var position = 2
    while position + 9 <= bytes.count, bytes[position] == 0xff {
      switch bytes[position + 1] {
      case 0xc0...0xc3, 0xc5...0xc7, 0xc9...0xcb, 0xcd...0xcf: return position
      case 0xda: return nil
      default: position += 2 + max(2, bytes.integer(at: position + 2, count: 2))
      }
    }
    return nil
  }
}

extension Span<UInt8> {
  /// A network-order integer of bytes that are there.
  fileprivate func integer(at offset: Int, count: Int) -> Int {
    var value = 0
    for index in offset..<(offset + count) { value = value << 8 | Int(self[index]) }
    return value
  }
}

/// The fields of images, as far as they are described.
public struct ImageFields: FieldSet {
  let gif = Field("image-gif", "Compuserve GIF", .proto)
  let gifVersion = Field("image-gif.version", "Version", .string)
  let gifWidth = Field("image-gif.screen.width", "Screen width", .uint16)
  let gifHeight = Field("image-gif.screen.height", "Screen height", .uint16)
  let png = Field("png", "Portable Network Graphics", .proto)
  let pngSignature = Field("png.signature", "PNG Signature", .bytes)
  let pngWidth = Field("png.ihdr.width", "Width", .uint32)
  let pngHeight = Field("png.ihdr.height", "Height", .uint32)
  let jpeg = Field("image-jfif", "JPEG File Interchange Format", .proto)
  let jpegMarker = Field(
    "image-jfif.marker", "Marker", .uint16, .hex, .names { $0 == 0xffd8 ? "Start of Image" : nil })
  let jpegLines = Field("image-jfif.sof.lines", "Lines", .uint16)
  let jpegSamples = Field("image-jfif.sof.samples_per_line", "Samples per line", .uint16)

  public init() {}
  static let fields = Self()
}
