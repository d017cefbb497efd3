/// What one conversation's two streams say, parsed as they come.
///
/// Push bytes of either side in the order in which they became contiguous; the parser keeps an unfinished
/// line or literal and what the session's record needs, nothing else. Closed: a new mail protocol is one
/// case here and one line in `Recognition`.
public enum SessionParser {
}
