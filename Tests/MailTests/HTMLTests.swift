import Fields
import Testing

@testable import Mail

@Suite struct HTMLTests {
  struct Case: CustomTestStringConvertible, Sendable {
    var testDescription: String { html }
    var html: String
    var text: String
    /// `source|url|label`
    var links: [String] = []
  }

  static let cases = [
    Case(html: "<p>One</p><p>Two<br>three</p>", text: "One\n\nTwo\nthree\n"),
    Case(html: "  a \r\n b&nbsp;c ", text: "a b\u{A0}c\n"),
    Case(
      html: "&lt;b&gt; &amp;amp; &#65;&#x42; &euro; &#150; &bogus; &",
      text: "<b> &amp; AB € – &bogus; &\n"),
    Case(
      html: "<a href=\"https://example.org/?a=1&amp;b=2\">here</a>.",
      text: "here <https://example.org/?a=1&b=2>.\n",
      links: ["a href|https://example.org/?a=1&b=2|here"]),
    Case(
      html: "<a href=https://example.org>https://example.org</a>", text: "https://example.org\n",
      links: ["a href|https://example.org|"]),
    Case(
      html: "<A\nHREF = ' java\tscript:x '>a</A>", text: "a <javascript:x>\n",
      links: ["a href|javascript:x|a"]),
    Case(html: "<script>if (a<b) '<a href=x>'</script >b<style>p{}</style>", text: "b\n"),
    Case(html: "a<!-- <a href=x> -- > -->b<!-->c", text: "abc\n"),
    Case(html: "<!DOCTYPE html><?xml ?>a", text: "a\n"),
    Case(
      html: "<img src=\"http://t.example/p.gif\" alt='A cat'><img src=cid:1>", text: "[A cat]\n",
      links: ["img src|http://t.example/p.gif|"]),
    Case(
      html: "<form action=/go><meta http-equiv=refresh content='0; url=http://x.example'>",
      text: "",
      links: ["form action|/go|", "meta refresh|http://x.example|"]),
    Case(html: "<ul><li>a<li>b</ul>c", text: "* a\n* b\n\nc\n"),
    Case(html: "<table><tr><td>a<td>b</tr><tr><td>c</table>", text: "a b\nc\n"),
    Case(html: "<pre>a  b\n c</pre>", text: "a  b\n c\n"),
    Case(html: "1 < 2 <> 3", text: "1 < 2 <> 3\n"),
    Case(html: "<a href='x", text: ""),
    Case(
      html: "<a href=http://a.example>b<a href=http://c.example>d",
      text: "b <http://a.example>d <http://c.example>\n",
      links: ["a href|http://a.example|b", "a href|http://c.example|d"]),
  ]

  @Test(arguments: cases) func text(_ expected: Case) {
    for size in [1, 4, 1000] {
      var html = HTMLText()
      var text = TextBuffer()
      var links: [String] = []
      let bytes = Array(expected.html.utf8)
      func take(_ link: MessageLink) {
        links.append("\(link.source)|\(link.url)|\(link.label ?? "")")
      }
      for start in stride(from: 0, to: bytes.count, by: size) {
        let piece = Array(bytes[start..<min(start + size, bytes.count)])
        html.receive(piece.span, to: &text) { take($0) }
      }
      html.finish(to: &text) { take($0) }
      #expect(text.string == expected.text)
      #expect(links == expected.links)
    }
  }

  @Test(arguments: [
    ("See https://example.org/a_(b). Or", ["https://example.org/a_(b)"]),
    ("(http://example.org/x)", ["http://example.org/x"]),
    ("<HTTP://EXAMPLE.ORG>", ["HTTP://EXAMPLE.ORG"]),
    ("www.example.org, awww.example.org", ["www.example.org"]),
    ("a\nftp://x/\nhxxps://y.example/z!", ["ftp://x/", "hxxps://y.example/z"]),
    ("http:// nothing http:/x", []),
    ("x=\"http://example.org/?u=http://b.example\"", ["http://example.org/?u=http://b.example"]),
    ("mailto:ann@example.org?subject=x.", ["mailto:ann@example.org?subject=x"]),
  ]) func linksOfText(_ text: String, _ right: [String]) {
    var finder = LinkFinder()
    var found: [String] = []
    let bytes = Array(text.utf8)
    for index in bytes.indices {
      let piece = [bytes[index]]
      finder.receive(piece.span) { found.append($0.url) }
    }
    finder.finish { found.append($0.url) }
    #expect(found == right)
  }

  @Test(arguments: [
    (
      "https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fexample.org%2Fa&data=x",
      "https://example.org/a"
    ),
    (
      "https://urldefense.proofpoint.com/v2/url?u=https-3A__example.org_a&d=x",
      "https://example.org/a"
    ),
    ("https://urldefense.com/v3/__https://example.org/a__;!!x", "https://example.org/a"),
    ("https://www.google.com/url?q=https://example.org/a&sa=D", "https://example.org/a"),
    ("https://example.org/?url=https://b.example", nil),
  ]) func target(_ url: String, _ right: String?) {
    #expect(MessageLink("text", url).target == right)
  }

  @Test(arguments: [
    ("https://evil.example/", "https://bank.example.com/login", "bank.example.com"),
    ("https://evil.example/", "www.bank.com", "www.bank.com"),
    ("https://www.bank.com/x", "bank.com", nil), ("https://evil.example/", "click here", nil),
    ("https://evil.example/", "invoice.pdf", nil), ("https://evil.example/", "ann@bank.com", nil),
  ]) func label(_ url: String, _ label: String, _ host: String?) {
    #expect(MessageLink("a href", url, label: label).contradictedHost == host)
  }
}
