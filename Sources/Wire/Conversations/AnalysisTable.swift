/// The sequence analysis of every open conversation, by the slot of its conversation.
struct AnalysisTable: Sendable {
  private var analyses: [SegmentAnalysis] = []

  /// Writes what it finds into `history`.
  mutating func analyze(_ segment: borrowing Segment, _ history: inout SegmentHistory) {
    while analyses.count <= segment.slot { analyses.append(SegmentAnalysis()) }
    if segment.isFirst {
      analyses[segment.slot] = SegmentAnalysis()
    } else if history.repeatsSyn {
      analyses[segment.slot].restart(segment.sender)
    }
    var result = SegmentAnalysis.Result()
    analyses[segment.slot].analyze(segment, history, &result)
    if history.repeatsSyn { result.isLookedAt = true }
    history.analysis = result
  }
}
