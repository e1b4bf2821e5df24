import Foundation
import HTTPTypes
import NIOCore

/// What the endpoints need to know of a request: plain values, so that every answer can be tested without a socket.
struct HTTPQuestion: Sendable {
    var method: String
    /// As sent, without the query; still percent-encoded.
    var path: String
    /// What follows the `?`, still percent-encoded; nil if there is none.
    var query: String?
    /// The `Host` header.
    var host: String?
    var headers: HTTPFields
    /// Nil when it was larger than `HTTPEndpoints.bodyBytesMax(of:)`.
    var body: [UInt8]?
    /// In which it was admitted; nil where no gate stands before the server.
    var bucket: PriorityBucket?

    init(
        _ method: String, _ path: String, query: String? = nil, host: String? = nil, headers: HTTPFields = HTTPFields(),
        body: [UInt8]? = []
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.host = host
        self.headers = headers
        self.body = body
    }

    var authorization: String? { headers[.authorization] }
    var contentType: String? { headers[.contentType] }

    /// Whether its work may wait for other work.
    var mayWait: Bool { bucket.map { $0 != .critical } ?? false }
}

/// What goes back.
struct HTTPAnswer: Equatable, Sendable {
    struct Header: Equatable, Sendable {
        var name: String
        var value: String
    }

    var status: Int
    var headers: HTTPFields
    var content: ByteBuffer

    /// An answer that no cache may keep and nobody may read as another type than it says.
    init(_ status: Int, type: String, body: String, headers: [Header] = []) {
        self.status = status
        self.headers = [.contentType: type, .cacheControl: "no-store", .xContentTypeOptions: "nosniff"]
        content = ByteBuffer(string: body)
        for header in headers { self[header.name] = header.value }
    }

    /// An answer that says everything about itself.
    init(_ status: Int, headers: HTTPFields, content: ByteBuffer) {
        self.status = status
        self.headers = headers
        self.content = content
    }

    static func text(_ status: Int, _ sentence: String) -> HTTPAnswer {
        HTTPAnswer(status, type: "text/plain; charset=utf-8", body: sentence + "\n")
    }

    static func json(_ status: Int, _ value: some Encodable, headers: [Header] = []) -> HTTPAnswer {
        HTTPAnswer(status, type: "application/json", body: compactJSON(value) + "\n", headers: headers)
    }

    static func error(_ status: Int, _ sentence: String, headers: [Header] = []) -> HTTPAnswer {
        json(status, ["error": sentence], headers: headers)
    }

    subscript(name: String) -> String? {
        get { HTTPField.Name(name).flatMap { headers[$0] } }
        set { if let name = HTTPField.Name(name) { headers[name] = newValue } }
    }
}

/// `value` as JSON on one line, fields in order of name.
func compactJSON(_ value: some Encodable) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // The values encoded here are texts, whole numbers and truth values of our own, which JSON always has a form for.
    guard let data = try? encoder.encode(value) else { preconditionFailure("\(type(of: value)) has no JSON form") }
    return String(decoding: data, as: UTF8.self)
}
