import GraphQL
import HTTPTypes
import NIOCore

/// An answer to a GraphQL request as it is kept: bytes plain and compressed, headers, and what it means for the counts.
struct StoredAnswer: Sendable {
    let status: Int
    let media: GraphQLMedia
    private let plain: ByteBuffer
    private let packed: ByteBuffer?
    private let plainHeaders: HTTPFields
    private let packedHeaders: HTTPFields
    /// Quoted, without what marks the compressed one.
    private let tag: String
    /// Live events whose stage map is in it.
    let fetched: [EventID]
    /// The id that came as an argument; such an answer is one device's own.
    let device: String?
    /// Whether a cache may have it, here and at the device.
    let isKept: Bool

    init(_ response: Response, media: GraphQLMedia, fetched: [EventID], device: String?) {
        let isWhole = response.data != nil && response.errors.isEmpty
        // 294 belongs to the new media type; clients of before know 200.
        self.init(
            bytes: response.json, status: isWhole || media == .json ? 200 : 294, media: media,
            isKept: isWhole && device == nil,
            fetched: fetched, device: device)
    }

    init(_ refusal: GraphQLRefusal, media: GraphQLMedia) {
        self.init(
            bytes: Response(errors: refusal.errors).json, status: refusal.status, media: media, isKept: false,
            fetched: [], device: nil)
    }

    private init(bytes: [UInt8], status: Int, media: GraphQLMedia, isKept: Bool, fetched: [EventID], device: String?) {
        self.status = status
        self.media = media
        self.isKept = isKept
        self.fetched = fetched
        self.device = device
        plain = ByteBuffer(bytes: bytes)
        packed = isKept ? Gzip.compress(bytes).map { ByteBuffer(bytes: $0) } : nil
        tag = FNV1a.hash(bytes).hexadecimal
        var headers: HTTPFields = [
            .contentType: media.contentType, .xContentTypeOptions: "nosniff", .vary: GraphQLEndpoint.vary,
            .accessControlAllowOrigin: "*", .accessControlExposeHeaders: GraphQLEndpoint.exposeHeaders,
        ]
        if isKept { headers[.eTag] = "\"\(tag)\"" }
        plainHeaders = headers
        headers[.contentEncoding] = "gzip"
        if isKept { headers[.eTag] = "\"\(tag)-gzip\"" }
        packedHeaders = headers
    }

    /// About what it holds in memory, bytes.
    var bytes: Int { plain.readableBytes + (packed?.readableBytes ?? 0) + 2048 }

    /// The answer for one request.
    /// - Parameters:
    ///   - maxAge: seconds that this device may keep it.
    ///   - matching: `If-None-Match` of a GET; nil for any other method.
    func answer(gzip: Bool, maxAge: Int, matching: String?) -> HTTPAnswer {
        let isPacked = gzip && packed != nil
        var headers = isPacked ? packedHeaders : plainHeaders
        headers[.cacheControl] = isKept ? "private, max-age=\(maxAge)" : "no-store"
        if isKept, let matching, matches(matching) {
            headers[.contentType] = nil
            headers[.contentEncoding] = nil
            return HTTPAnswer(304, headers: headers, content: ByteBuffer())
        }
        return HTTPAnswer(status, headers: headers, content: isPacked ? packed ?? plain : plain)
    }

    /// Weak comparison, as RFC 9110 (13.1.2) asks for `If-None-Match`; plain and compressed say the same.
    private func matches(_ header: String) -> Bool {
        if header == "*" { return true }
        return header.split(separator: ",").prefix(16).contains { part in
            let quoted = part.drop { $0 == " " || $0 == "W" || $0 == "/" }.prefix { $0 != " " }
            return quoted == "\"\(tag)\"" || quoted == "\"\(tag)-gzip\""
        }
    }
}
