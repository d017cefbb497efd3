import CMalloc

/// The allocator of the process.
public enum Allocator {
  /// Blocks from this size on are mapped one by one, and unmapped when they are freed.
  private static let largeBlock: Int32 = 8 << 20
  /// What is free at the end of an arena before it is given back to the system.
  private static let keptAtEnd: Int32 = 16 << 20

  /// Lets the allocator keep memory that was freed, up to some MiB. Buffers of many KiB grow and go all the time: the system
  /// would map and clear their pages again for each of them.
  public static func keepFreedMemory() {
    mallopt(M_MMAP_THRESHOLD, largeBlock)
    mallopt(M_TRIM_THRESHOLD, keptAtEnd)
  }
}
