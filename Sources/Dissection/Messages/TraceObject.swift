import Applications
import Fields
import Mail

// The JSON of what servers wrote into a message, and of its signatures.

extension JSONWriter {
  mutating func members(of trace: MessageTrace) {
    list("received", trace.hops) { json, hop in
      json.member("from", hop.from)
      json.member("fromName", hop.fromName)
      json.member("fromAddress", hop.fromAddress)
      json.member("by", hop.by)
      json.member("via", hop.via)
      json.member("with", hop.with)
      json.member("id", hop.id)
      json.member("for", hop.recipient)
      if let date = hop.date { json.member("time", moment: date.seconds) }
      json.member("delay", hop.delay.map { Int($0) })
    }
    list("authenticationResults", trace.results) { json, found in
      json.member("field", found.field)
      json.member("server", found.server)
      json.member("instance", found.instance)
      json.list("results", found.results) { json, result in
        json.member("method", result.method)
        json.member("result", result.result)
        json.member("reason", result.reason)
        json.list("properties", result.properties) { json, property in
          json.member("name", property.name)
          json.member("value", property.value)
        }
      }
    }
    list("arc", trace.seals) { json, seal in
      json.member("instance", seal.instance)
      json.member("domain", seal.domain)
      json.member("selector", seal.selector)
      json.member("chain", seal.chain)
    }
  }

  /// The signatures, and what became of them.
  mutating func members(of checks: [DKIMCheck]) {
    list("signatures", checks) { json, check in
      let signature = check.signature
      json.member("field", signature.kind.rawValue)
      json.member("domain", signature.domain)
      json.member("selector", signature.selector)
      json.member("identity", signature.identity)
      json.member("instance", signature.instance)
      json.member("algorithm", signature.algorithm)
      json.member(
        "canonicalization", "\(signature.header.rawValue)/\(signature.body.rawValue)")
      json.strings("signedFields", signature.signedFields)
      if let time = signature.time { json.member("time", moment: time) }
      if let time = signature.expiration { json.member("expiration", moment: time) }
      json.member("body", check.body.rawValue)
      json.member("header", check.header.rawValue)
      json.member("reason", check.reason)
      if check.unsignedBytes > 0 { json.member("unsignedBytes", check.unsignedBytes) }
    }
  }

  /// What DNS servers answered about it.
  mutating func members(of names: [NameAnswer]) {
    list("dns", names) { json, name in
      json.member("name", name.answers.name)
      json.member("type", name.answers.kind == .text ? "TXT" : "MX")
      json.member("responseCode", Int(name.answers.responseCode))
      json.strings(
        "records", name.answers.records.map { String(decoding: $0.content, as: UTF8.self) })
      json.member("frame", name.frame)
    }
  }

  private mutating func list<Element>(
    _ name: String, _ elements: [Element],
    _ members: (inout JSONWriter, Element) -> Void
  ) {
    if elements.isEmpty { return }
    array(name) { json in
      for element in elements { json.object { members(&$0, element) } }
    }
  }

  private mutating func member(_ name: String, moment seconds: Int64) {
    let (nanoseconds, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    if !overflow { member(name, time: nanoseconds) }
  }
}
