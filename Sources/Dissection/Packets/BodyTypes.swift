import Applications
import Fields
import Mail

/// Describes the body of a message: one of a mail, or one that HTTP carries.
let describeBody: BodyDescription = { bytes, body, tree in
  if MessageBodies.describe(bytes, body, into: &tree) { return }
  MediaDescription.describe(bytes, body, into: &tree)
}
