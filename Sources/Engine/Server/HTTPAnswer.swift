import Foundation

/// What the endpoints need to know of a request: plain values, so that every answer can be tested without a socket.
struct HTTPQuestion: Sendable {
    var method: String
    /// As sent, without the query; still percent-encoded.
    var path: String
    /// The `Host` header.
    var host: String?
    var authorization: String?
    var contentType: String?
    /// Nil when it was larger than `HTTPEndpoints.bodyBytesMax`.
    var body: [UInt8]?

    init(
        _ method: String, _ path: String, host: String? = nil, authorization: String? = nil,
        contentType: String? = nil, body: [UInt8]? = []
    ) {
        self.method = method
        self.path = path
        self.host = host
        self.authorization = authorization
        self.contentType = contentType
        self.body = body
    }
}

/// What goes back.
struct HTTPAnswer: Equatable, Sendable {
    struct Header: Equatable, Sendable {
        var name: String
        var value: String
    }

    var status: Int
    var headers: [Header]
    var body: String

    init(_ status: Int, type: String, body: String, headers: [Header] = []) {
        self.status = status
        // No answer here may be kept by a cache or read as another type than it says.
        self.headers = [
            Header(name: "Content-Type", value: type),
            Header(name: "Cache-Control", value: "no-store"),
            Header(name: "X-Content-Type-Options", value: "nosniff"),
        ] + headers
        self.body = body
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

    subscript(name: String) -> String? { headers.first { $0.name == name }?.value }
}

/// `value` as JSON on one line, fields in order of name.
func compactJSON(_ value: some Encodable) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // The values encoded here are texts, whole numbers and truth values of our own, which JSON always has a form for.
    guard let data = try? encoder.encode(value) else { preconditionFailure("\(type(of: value)) has no JSON form") }
    return String(decoding: data, as: UTF8.self)
}
