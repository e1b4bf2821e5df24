import DequeModule
import GraphQL
import HTTPTypes
import Synchronization

/// Remembers requests it has read, so that the same bytes are not read twice, and persisted documents by their hash.
///
/// Bounds: `readBytesMax` bytes of requests, `documentsMax` documents of `documentBytesMax` bytes together; what came
/// first goes first. Only what was answered in full is remembered, so nobody fills it with rubbish.
final class RequestMemory: Sendable {
    private static let readBytesMax = 8 << 20
    private static let documentsMax = 1000, documentBytesMax = 4 << 20

    /// A request that was read.
    struct Known: Sendable {
        var request: GraphQLRequest
        var documentHash: UInt64
        /// Whether it had to be read just now.
        var isNew: Bool
    }

    /// What tells one request's bytes from another's.
    private struct Wire: Hashable {
        var query: String?
        var body: [UInt8]
        var contentType: String?
        var contentEncoding: String?

        init(_ question: HTTPQuestion) {
            query = question.method == "POST" ? nil : question.query
            body = question.body ?? []
            contentType = question.method == "POST" ? question.contentType : nil
            contentEncoding = question.method == "POST" ? question.headers[.contentEncoding] : nil
        }

        var bytes: Int { body.count + (query?.utf8.count ?? 0) + 256 }

        /// The body in one piece: an array hashes itself byte by byte.
        func hash(into hasher: inout Hasher) {
            body.withUnsafeBytes { hasher.combine(bytes: $0) }
            hasher.combine(query)
        }
    }

    private struct State {
        var read: [Wire: Known] = [:]
        var order = Deque<Wire>()
        var readBytes = 0
        var documents: [String: Registered] = [:]
        var documentOrder = Deque<String>()
        var documentBytes = 0
        var lifetimeNumber: UInt64 = 0
    }

    /// A persisted document, and what it asks at a glance.
    private struct Registered {
        var text: String
        var glance: QueryGlance

        init(_ text: String) {
            self.text = text
            glance = QueryGlance(document: text)
        }
    }

    private let state = Mutex(State())

    /// What the document of this hash asks for; nil where none is registered. Asked on event loops, before a request is
    /// admitted.
    func glance(ofHash hash: String) -> QueryGlance? { state.withLock { $0.documents[hash]?.glance } }

    /// The request, from memory or read now; a persisted one with its document.
    func read(_ question: HTTPQuestion) throws(GraphQLRefusal) -> Known {
        if question.body != nil, let known = state.withLock({ $0.read[Wire(question)] }) { return known }
        var request = try GraphQLRequest(question)
        try resolve(&request)
        let hash = FNV1a.hash((request.document ?? "").utf8)
        return Known(request: request, documentHash: hash, isNew: true)
    }

    /// Automatic persisted queries (https://www.apollographql.com/docs/apollo-server/performance/apq): a hash alone
    /// asks for the document that came with it before.
    private func resolve(_ request: inout GraphQLRequest) throws(GraphQLRefusal) {
        guard let hash = request.persistedHash else { return }
        guard let document = request.document else {
            guard let found = state.withLock({ $0.documents[hash] }) else {
                throw GraphQLRefusal(422, "PersistedQueryNotFound", code: "PERSISTED_QUERY_NOT_FOUND")
            }
            request.document = found.text
            return
        }
        guard SHA256.text(document.utf8) == hash else {
            throw GraphQLRefusal(422, "provided sha does not match query", code: "PERSISTED_QUERY_HASH_MISMATCH")
        }
    }

    /// Keeps a request that was answered in full.
    func keep(_ known: Known, _ question: HTTPQuestion) {
        let wire = Wire(question)
        var kept = known
        kept.isNew = false
        state.withLock { state in
            if state.read.updateValue(kept, forKey: wire) == nil {
                state.order.append(wire)
                state.readBytes += wire.bytes
            }
            while state.readBytes > Self.readBytesMax, let first = state.order.popFirst() {
                state.read[first] = nil
                state.readBytes -= first.bytes
            }
            guard let hash = known.request.persistedHash, let document = known.request.document,
                state.documents.updateValue(Registered(document), forKey: hash) == nil
            else { return }
            state.documentOrder.append(hash)
            state.documentBytes += document.utf8.count
            while state.documents.count > Self.documentsMax || state.documentBytes > Self.documentBytesMax,
                let first = state.documentOrder.popFirst() {
                state.documentBytes -= state.documents.removeValue(forKey: first)?.text.utf8.count ?? 0
            }
        }
    }

    /// The time to live for a device that does not say its name: the next draw.
    func nextLifetime(_ jitter: PrefetchJitter) -> Int {
        let number = state.withLock { state in
            state.lifetimeNumber += 1
            return state.lifetimeNumber
        }
        return max(1, Int(jitter.ttl(for: SeededGenerator.mix(number)).wholeMilliseconds / 1000))
    }
}
