/// The sequence analysis of every open conversation, by the slot of its conversation.
struct AnalysisTable: Sendable {
  private var analyses: [SegmentAnalysis] = []

  mutating func analyze(
    _ segment: borrowing Segment, _ history: borrowing SegmentHistory
  ) -> SegmentAnalysis.Result {
    while analyses.count <= segment.slot { analyses.append(SegmentAnalysis()) }
    if segment.isFirst {
      analyses[segment.slot] = SegmentAnalysis()
    } else if history.repeatsSyn {
      analyses[segment.slot].restart(segment.sender)
    }
    var result = analyses[segment.slot].analyze(segment, history)
    if history.repeatsSyn { result.isLookedAt = true }
    return result
  }
}
