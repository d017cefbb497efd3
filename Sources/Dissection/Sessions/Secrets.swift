import Mail

/// How passwords and SASL secrets appear in a view.
struct SecretMask {
  static let mark = "•••"
  let showsSecrets: Bool

  func text(of command: Command) -> String {
    guard !showsSecrets, let secret = command.secret else { return command.text }
    let bytes = Array(command.text.utf8)
    guard secret.lowerBound >= 0, secret.upperBound <= bytes.count else { return command.verb }
    return String(decoding: bytes[..<secret.lowerBound], as: UTF8.self) + Self.mark
      + String(decoding: bytes[secret.upperBound...], as: UTF8.self)
  }

  /// The argument ends with the text: what is masked there is masked here.
  func argument(of command: Command) -> String? {
    guard let argument = command.argument else { return nil }
    guard !showsSecrets, command.secret != nil else { return argument }
    let masked = text(of: command)
    let before = command.text.utf8.count - argument.utf8.count
    guard before >= 0, masked.utf8.count >= before else { return Self.mark }
    let rest = Array(masked.utf8)[before...]
    return command.text.hasSuffix(argument) ? String(decoding: rest, as: UTF8.self) : Self.mark
  }

  /// A SASL response is a secret as a whole, unless all that it says is known and public.
  func text(of answer: Answer) -> String {
    guard answer.kind == .sasl, !showsSecrets else { return answer.text }
    let isPublic = !answer.decoded.isEmpty && !answer.decoded.contains(where: \.isSecret)
    return isPublic ? answer.text : Self.mark
  }

  func value(of field: SASLField) -> String {
    field.isSecret && !showsSecrets ? Self.mark : field.value
  }
}
