import HTTPTypes
import NIOCore

/// What a request's first line and headers say of its priority, before any work is done for it.
///
/// A device says its family (`X-Device-Family`), the live event it comes for (`X-Event`) and, when it repeats a refused request, so
/// (`X-Retry`, any value). None of it is trusted with more than a place in the queue.
extension RequestFacts {
    /// Bytes of a GraphQL document that are looked at for what it asks.
    private static let lookBytes = 4096

    /// - Returns: nil where the class cannot be known without the first piece of the body.
    init?(_ head: HTTPRequest) {
        let (path, query) = Self.parts(of: head.path ?? "/")
        if path == GraphQLEndpoint.path, head.method == .post, head.headerFields[.ifNoneMatch] == nil { return nil }
        self.init(Self.requestClass(at: path, query: query, head))
        readHeaders(of: head)
    }

    /// A GraphQL request that came by POST.
    init(_ head: HTTPRequest, body: ByteBuffer) {
        let look = body.getSlice(at: body.readerIndex, length: min(body.readableBytes, Self.lookBytes)) ?? body
        self.init(Self.asksForStages(look.readableBytesView) ? .prefetch : .browse)
        readHeaders(of: head)
    }

    private mutating func readHeaders(of head: HTTPRequest) {
        if let name = head.headerFields[.deviceFamily], name.utf8.count <= DeviceFamily.bytesMax { family = DeviceFamily(rawValue: name) }
        let (path, _) = Self.parts(of: head.path ?? "/")
        event = HTTPEndpoints.signalTarget(String(path)) ?? head.headerFields[.event].map { EventID(rawValue: $0) }
        isRetry = head.headerFields[.retry] != nil
    }

    private static func parts(of target: String) -> (path: Substring, query: Substring) {
        guard let mark = target.utf8.firstIndex(of: UInt8(ascii: "?")) else { return (target[...], "") }
        return (target[..<mark], target[target.utf8.index(after: mark)...])
    }

    private static func requestClass(at path: Substring, query: Substring, _ head: HTTPRequest) -> RequestClass {
        switch path {
        case GraphQLEndpoint.path:
            if head.headerFields[.ifNoneMatch] != nil { return .cacheRefresh }
            if query.isEmpty { return .page }
            return asksForStages(query.utf8) ? .prefetch : .browse
        case "/metrics": return .metrics
        case "/healthz", "/readyz": return .signal
        case TelemetryEndpoint.path: return .telemetry
        default: return path.hasSuffix("/signals") ? .signal : .page
        }
    }

    /// Whether a document fetches stage maps; one that came as its hash alone is taken to.
    private static func asksForStages(_ text: some Collection<UInt8>) -> Bool {
        contains("stageMap", text) || (contains("persistedQuery", text) && !contains("\"query\"", text))
    }

    private static func contains(_ word: StaticString, _ text: some Collection<UInt8>) -> Bool {
        let wanted = UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount)
        guard let first = wanted.first else { return true }
        var rest = text[...]
        while let start = rest.firstIndex(of: first) {
            rest = rest[start...]
            if rest.starts(with: wanted) { return true }
            rest = rest.dropFirst()
        }
        return false
    }
}

extension HTTPField.Name {
    /// The live event a device comes for.
    static let event = Self("X-Event")!
    /// Present when a device repeats a request that was refused.
    static let retry = Self("X-Retry")!
}
