/// Undoes a content coding of HTTP (gzip or deflate, RFC 9110 section 8.4.1): what is known of the content, nil where
/// the bytes are not so encoded. Whoever has a library for it gives one.
public typealias ContentDecoder = @Sendable (_ encoded: Span<UInt8>) -> [UInt8]?
