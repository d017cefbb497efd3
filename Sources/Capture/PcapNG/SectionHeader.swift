/// Section Header Block (draft-ietf-opsawg-pcapng §4.1).
enum SectionHeader {
  static let byteOrderMagic: UInt32 = 0x1A2B_3C4D
  static let hardware: UInt16 = 2
  static let os: UInt16 = 3
  static let application: UInt16 = 4
}

func sectionHeader(_ block: borrowing Block) throws(CaptureError) -> CaptureSection {
  try block.require(16)
  let major = block.uint16(at: 4)
  guard major == 1 else {
    throw block.damaged("a section of pcapng version \(major).\(block.uint16(at: 6))")
  }
  var section = CaptureSection()
  var options = block.options(at: 16)
  while let option = options.next() {
    switch option.code {
    case OptionCode.comment: section.comments.append(option.text)
    case SectionHeader.hardware: section.hardware = option.text
    case SectionHeader.os: section.os = option.text
    case SectionHeader.application: section.application = option.text
    default: break
    }
  }
  return section
}
