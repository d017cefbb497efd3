import Applications
import Fields
import TestSupport
import Testing

/// Content by its type, as the body of a response shows it.
private struct ContentCase: CustomTestStringConvertible {
  var testDescription: String
  var type: String
  var content: String
  /// The whole of what follows the section of HTTP.
  var tree: String
  var info: String
}

@Suite struct ContentTests {
  private static let cases = [
    ContentCase(
      testDescription: "JSON", type: "application/json",
      content: #" {"a":[1,"x\u00e9\n",{}],"b":true} [null] "#,
      tree: #"""
        JavaScript Object Notation: application/json
          Object
            Member: a
              Array
                [Path with value: /a/[]:1]
                [Member with value: []:1]
                Number value: 1
                [Path with value: /a/[]:xé\n]
                [Member with value: []:xé\n]
                String value: xé\n
                Object
              Key: a
              [Path: /a]
            Member: b
              [Path with value: /b:true]
              [Member with value: b:true]
              True value
              Key: b
              [Path: /b]
          Array
            [Path with value: /[]:null]
            [Member with value: []:null]
            Null value

        """#, info: ", JavaScript Object Notation (application/json)"),
    ContentCase(
      testDescription: "JSON that is none behind some that is", type: "application/json",
      content: #"{}[1,]"#,
      tree: """
        JavaScript Object Notation: application/json
          Object
        Line-based text data: application/json (1 lines)
          [1,]

        """, info: ", JavaScript Object Notation (application/json)"),
    ContentCase(
      testDescription: "numbers that are none", type: "application/json", content: "[01]",
      tree: """
        JavaScript Object Notation: application/json
        Line-based text data: application/json (1 lines)
          [01]

        """, info: ", JavaScript Object Notation (application/json)"),
    ContentCase(
      testDescription: "form", type: "application/x-www-form-urlencoded", content: "a=b+c%21&d",
      tree: """
        HTML Form URL Encoded: application/x-www-form-urlencoded
          Form item: "a" = "b c!"
            Key: a
            Value: b c!
          Form item: "d" = ""
            Key: d
            Value: 

        """, info: " (application/x-www-form-urlencoded)"),
    ContentCase(
      testDescription: "form with a bad escape", type: "application/x-www-form-urlencoded",
      content: "a=%4&c=d",
      tree: """
        HTML Form URL Encoded: application/x-www-form-urlencoded
          Form item: "a"
            Key: a

        """, info: " (application/x-www-form-urlencoded)"),
    ContentCase(
      testDescription: "XML", type: "text/xml",
      content: "<?xml version=\"1.0\"?>\n<!-- c --><a b='c' d=\"e\"> t <f/></a>",
      tree: """
        eXtensible Markup Language
          <?xml
            version="1.0"
            ?>
          <!-- c -->
          <a
            b='c'
            d="e">
            t
            <f/>
            </a>

        """, info: ""),
    ContentCase(
      testDescription: "XML that calls itself HTML", type: "text/html", content: "<?xml?><a/>",
      tree: """
        eXtensible Markup Language
          <?xml
            ?>
          <a/>

        """, info: ""),
    ContentCase(
      testDescription: "GIF", type: "image/gif", content: "GIF89a\u{1}\0\u{2}\0\0\0\0",
      tree: """
        Compuserve GIF, Version: GIF89a
          Version: GIF89a
          Screen width: 1
          Screen height: 2

        """, info: " (GIF89a)"),
    ContentCase(
      testDescription: "octets", type: "application/octet-stream", content: "x",
      tree: """
        Data (1 byte)
          Data: 78
          [Length: 1]

        """, info: ""),
    ContentCase(
      testDescription: "multipart without a boundary", type: "multipart/mixed", content: "x",
      tree: """
        The multipart dissector could not find a required parameter.
          [Expert Info (Error/Protocol): The multipart dissector could not find a required parameter.]
            [The multipart dissector could not find a required parameter.]
            [Severity level: Error]
            [Group: Protocol]
        Data (1 byte)
          Data: 78
          [Length: 1]

        """, info: ""),
    ContentCase(
      testDescription: "part without a header", type: "multipart/mixed; boundary=B",
      content: "--B\r\n\r\nx\r\n--B--",
      tree: """
        MIME Multipart Media Encapsulation, Type: multipart/mixed, Boundary: "B"
          [Type: multipart/mixed]
          First boundary: --B\\r\\n
          Encapsulated multipart part: 
            Data (3 bytes)
              Data: 0d0a78
              [Length: 3]
          Last boundary: \\r\\n--B--

        """, info: ""),
  ]

  @Test(arguments: cases) private func content(_ test: ContentCase) throws {
    var wire = DescribedConversation(HTTPPackets(), serverPort: 80)
    _ = wire.say(.client, "GET / HTTP/1.1\r\n\r\n")
    let shown = wire.say(
      .server,
      "HTTP/1.1 200 OK\r\nContent-Type: \(test.type)\r\nContent-Length: "
        + "\(test.content.utf8.count)\r\n\r\n\(test.content)")
    let size = "  File Data: \(test.content.utf8.count) bytes\n"
    let start = try #require(shown.tree.firstRange(of: size))
    #expect(shown.tree[start.upperBound...] == test.tree)
    #expect(shown.info == "HTTP/1.1 200 OK \(test.info)")
  }
}
