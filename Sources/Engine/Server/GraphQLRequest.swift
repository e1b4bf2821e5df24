import GraphQL
import HTTPTypes

/// A GraphQL-over-HTTP request, read by the specification of September 2026
/// (https://graphql.github.io/graphql-over-http/draft/): where it stands in GET and POST, and what is wrong with it.
struct GraphQLRequest: Hashable, Sendable {
    /// Nil where only the hash of a persisted document came.
    var document: String?
    var operationName: String?
    var variables: ObjectValue
    /// `extensions.persistedQuery.sha256Hash`, as Apollo's clients send it.
    var persistedHash: String?

    /// - Throws: `GraphQLRefusal` with the status the specification asks for.
    init(_ question: HTTPQuestion) throws(GraphQLRefusal) {
        if question.method == "POST" {
            try Self.checkMediaType(question)
            guard let body = question.body else {
                throw GraphQLRefusal(413, "The body is larger than \(GraphQLEndpoint.bodyBytesMax / 1024) KiB.")
            }
            let value: Value
            do { value = try Value(json: body) } catch {
                throw GraphQLRefusal(400, "The body is not JSON: \(error.reason).")
            }
            guard let object = value.object else {
                let isBatch = value.list != nil
                throw GraphQLRefusal(422, isBatch
                        ? "Batches are not taken: send one request at a time."
                        : "The body must be a JSON object with the member “query”.")
            }
            try self.init(object)
        } else {
            try self.init(Self.parameters(of: question.query ?? ""))
        }
    }

    /// Only what a browser may not send across origins without asking first: everything else would open the door to
    /// forged requests.
    private static func checkMediaType(_ question: HTTPQuestion) throws(GraphQLRefusal) {
        let parts = (question.contentType ?? "").lowercased().split(separator: ";").map { $0.trimmed }
        guard parts.first == "application/json" else {
            throw GraphQLRefusal(415, "Send Content-Type: application/json.")
        }
        guard
            parts.dropFirst().allSatisfy({
                !$0.hasPrefix("charset=")
                    || ["charset=utf-8", "charset=\"utf-8\"", "charset=utf8"].contains(String($0))
            })
        else {
            throw GraphQLRefusal(415, "The body must be UTF-8.")
        }
        guard ["", "identity"].contains((question.headers[.contentEncoding] ?? "").lowercased()) else {
            throw GraphQLRefusal(415, "A compressed body is not taken.")
        }
    }

    private init(_ members: ObjectValue) throws(GraphQLRefusal) {
        document = try Self.text("query", in: members)
        operationName = try Self.text("operationName", in: members).flatMap { $0.isEmpty ? nil : $0 }
        variables = try Self.object("variables", in: members)
        persistedHash = try Self.persisted(try Self.object("extensions", in: members)["persistedQuery"])
        guard document != nil || persistedHash != nil else {
            throw GraphQLRefusal(422, "“query” is missing: send the text of a GraphQL document.")
        }
    }

    private static func text(_ name: String, in members: ObjectValue) throws(GraphQLRefusal) -> String? {
        switch members[name] {
        case nil, .null: return nil
        case .string(let text): return text
        default: throw GraphQLRefusal(422, "“\(name)” must be a string.")
        }
    }

    private static func object(_ name: String, in members: ObjectValue) throws(GraphQLRefusal) -> ObjectValue {
        switch members[name] {
        case nil, .null: return ObjectValue()
        case .object(let object): return object
        default: throw GraphQLRefusal(422, "“\(name)” must be an object.")
        }
    }

    private static func persisted(_ value: Value?) throws(GraphQLRefusal) -> String? {
        guard let value, !value.isNull else { return nil }
        guard value["version"]?.int == 1 else {
            throw GraphQLRefusal(422, "Unsupported persisted query version.", code: "PERSISTED_QUERY_NOT_SUPPORTED")
        }
        guard let hash = value["sha256Hash"]?.string, hash.utf8.count == 64 else {
            throw GraphQLRefusal(
                422,
                "“extensions.persistedQuery.sha256Hash” must be the SHA-256 of the document in 64 hexadecimal digits.")
        }
        return hash.lowercased()
    }

    // MARK: GET

    /// The parameters of an `application/x-www-form-urlencoded` query, `variables` and `extensions` read as JSON.
    private static func parameters(of query: String) throws(GraphQLRefusal) -> ObjectValue {
        var members = ObjectValue()
        for pair in query.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = decoded(parts[0]), let text = decoded(parts.count == 2 ? parts[1] : "") else {
                throw GraphQLRefusal(400, "The query of the address is not percent-encoded UTF-8.")
            }
            guard ["query", "operationName", "variables", "extensions"].contains(name) else { continue }
            guard members[name] == nil else { throw GraphQLRefusal(422, "“\(name)” stands twice in the address.") }
            if name == "query" || name == "operationName" {
                members[name] = .string(text)
            } else if !text.isEmpty {
                do { members[name] = try Value(json: Array(text.utf8)) } catch {
                    throw GraphQLRefusal(400, "“\(name)” is not JSON: \(error.reason).")
                }
            }
        }
        return members
    }

    private static func decoded(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "+"): bytes.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                let digits = rest.prefix(2)
                guard digits.count == 2, let high = digits.first.flatMap(hexadecimal),
                    let low = digits.last.flatMap(hexadecimal)
                else { return nil }
                bytes.append(high << 4 | low)
                rest = rest.dropFirst(2)
            default: bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func hexadecimal(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}

/// Why a request is not answered with data: the status, and the errors of the body.
struct GraphQLRefusal: Error, Hashable, Sendable {
    var status: Int
    var errors: [GraphQLError]
    var allow: String?

    init(_ status: Int, _ sentence: String, code: String? = nil, allow: String? = nil) {
        self.init(status, [GraphQLError(sentence, code: code)], allow: allow)
    }

    init(_ status: Int, _ errors: [GraphQLError], allow: String? = nil) {
        self.status = status
        self.errors = errors
        self.allow = allow
    }

    /// 400 for a document that cannot be read, 422 for one that is not valid, as the specification has it.
    init(_ refused: RequestErrors) {
        let isSyntax = refused.errors.first?.message.hasPrefix("Syntax Error") ?? false
        self.init(isSyntax ? 400 : 422, refused.errors)
    }
}

/// The media type of an answer, chosen by the `Accept` header and its q values (RFC 9110, 12.5.1).
enum GraphQLMedia: Hashable, Sendable {
    /// `application/graphql-response+json`: the status tells what happened.
    case response
    /// `application/json`, for clients of before.
    case json
    /// A person with a browser: the explorer page.
    case page

    var contentType: String {
        switch self {
        case .response: "application/graphql-response+json; charset=utf-8"
        case .json: "application/json; charset=utf-8"
        case .page: "text/html; charset=utf-8"
        }
    }

    /// - Parameter mayBePage: whether a page would be an answer at all.
    /// - Returns: nil if nothing that we have is acceptable.
    init?(accept: String?, mayBePage: Bool) {
        guard let accept, !accept.isEmpty else {
            self = .response
            return
        }
        var best: (media: GraphQLMedia, quality: Int, precision: Int)?
        for offer in mayBePage ? [.response, .json, .page] : [.response, .json] as [GraphQLMedia] {
            // The most precise range that names it decides; of equals the first offer wins.
            var judged: (quality: Int, precision: Int)?
            for range in accept.lowercased().split(separator: ",").prefix(32) {
                guard let (quality, precision) = offer.judge(range) else { continue }
                if let known = judged, known.precision > precision { continue }
                judged = (quality, precision)
            }
            guard let judged, judged.quality > 0 else { continue }
            if let best, (best.quality, best.precision) >= judged { continue }
            best = (offer, judged.quality, judged.precision)
        }
        guard let best else { return nil }
        self = best.media
    }

    /// How much a range wants this media type, in thousandths, and how precisely it names it; nil if it does not.
    private func judge(_ range: Substring) -> (quality: Int, precision: Int)? {
        let parts = range.split(separator: ";").map { $0.trimmed }
        let names = switch self {
        case .response: ["application/graphql-response+json"]
        case .json: ["application/json"]
        case .page: ["text/html", "application/xhtml+xml"]
        }
        let precision: Int
        switch parts.first ?? "" {
        case let name where names.contains(String(name)): precision = 2
        case "application/*" where self != .page, "text/*" where self == .page: precision = 1
        case "*/*": precision = 0
        default: return nil
        }
        let isForeign = parts.dropFirst().contains {
            $0.hasPrefix("charset=") && !$0.contains("utf-8") && !$0.contains("utf8")
        }
        if isForeign { return nil }
        let quality = parts.dropFirst().first { $0.hasPrefix("q=") }.map { Self.thousandths($0.dropFirst(2)) } ?? 1000
        return (quality, precision)
    }

    /// `0.5` is 500; what is no number counts as 0.
    static func thousandths(_ text: some StringProtocol) -> Int {
        guard text.utf8.count <= 8, let value = Double(text), (0...1).contains(value) else { return 0 }
        return Int(value * 1000)
    }
}

/// Whether an answer may be sent compressed: `Accept-Encoding` names gzip, or everything, with a q above 0.
func acceptsGzip(_ header: String?) -> Bool {
    guard let header, header != "gzip" else { return header != nil }
    var all = false
    for part in header.lowercased().split(separator: ",").prefix(16) {
        let words = part.split(separator: ";").map { $0.trimmed }
        let quality =
            words.dropFirst().first { $0.hasPrefix("q=") }.map { GraphQLMedia.thousandths($0.dropFirst(2)) } ?? 1000
        if words.first == "gzip" || words.first == "x-gzip" { return quality > 0 }
        if words.first == "*" { all = quality > 0 }
    }
    return all
}

extension Substring {
    /// Without spaces and tabs at its ends.
    fileprivate var trimmed: Substring {
        let isText: (UInt8) -> Bool = { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") }
        guard let first = utf8.firstIndex(where: isText), let last = utf8.lastIndex(where: isText) else { return "" }
        return self[first...last]
    }
}
