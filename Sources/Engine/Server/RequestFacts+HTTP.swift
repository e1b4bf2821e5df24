import HTTPTypes
import NIOCore

/// What a request's first line and headers say of its priority, before any work is done for it.
///
/// A device says its family (`X-Device-Family`), the live event it comes for (`X-Event`; else a GraphQL request is
/// glanced at) and, when it repeats a refused request, so (`X-Retry`, any value). None of it is trusted with more than
/// a place in the queue.
extension RequestFacts {
    /// The glance at a persisted document by its hash; nil for one that is not registered.
    typealias Registered = (_ hash: String) -> QueryGlance?

    /// - Returns: nil where the class cannot be known without the first piece of the body.
    init?(_ head: HTTPRequest, registered: Registered = { _ in nil }) {
        let (path, query) = Self.parts(of: head.path ?? "/")
        guard path == GraphQLEndpoint.path else {
            self.init(Self.requestClass(at: path))
            readHeaders(of: head)
            return
        }
        let isRefresh = head.headerFields[.ifNoneMatch] != nil
        if head.method == .post, !isRefresh { return nil }
        self.init(query.isEmpty ? .page : .browse)
        if !query.isEmpty { Self.undone(query).withUnsafeBytes { glance(at: $0, registered) } }
        if isRefresh { requestClass = .cacheRefresh }
        readHeaders(of: head)
    }

    /// A GraphQL request that came by POST.
    init(_ head: HTTPRequest, body: ByteBuffer, registered: Registered = { _ in nil }) {
        self.init(.browse)
        body.withUnsafeReadableBytes { glance(at: $0, registered) }
        readHeaders(of: head)
    }

    /// A hash that nobody has registered is taken to fetch stage maps, as nearly all do.
    private mutating func glance(at bytes: UnsafeRawBufferPointer, _ registered: Registered) {
        let glance = QueryGlance(bytes)
        let document = glance.isHashAlone ? glance.persistedHash.flatMap(registered) : nil
        let asksForStages = glance.isHashAlone ? document?.asksForStages ?? true : glance.asksForStages
        requestClass = asksForStages ? .prefetch : .browse
        event = glance.event(in: bytes, document: document)
    }

    private mutating func readHeaders(of head: HTTPRequest) {
        if let name = head.headerFields[.deviceFamily], name.utf8.count <= DeviceFamily.bytesMax {
            family = DeviceFamily(rawValue: name)
        }
        let (path, _) = Self.parts(of: head.path ?? "/")
        event =
            HTTPEndpoints.signalTarget(String(path)) ?? head.headerFields[.event].map { EventID(rawValue: $0) } ?? event
        isRetry = head.headerFields[.retry] != nil
    }

    private static func parts(of target: String) -> (path: Substring, query: Substring) {
        guard let mark = target.utf8.firstIndex(of: UInt8(ascii: "?")) else { return (target[...], "") }
        return (target[..<mark], target[target.utf8.index(after: mark)...])
    }

    private static func requestClass(at path: Substring) -> RequestClass {
        switch path {
        case "/metrics": .metrics
        case "/healthz", "/readyz": .signal
        case TelemetryEndpoint.path: .telemetry
        default: path.hasSuffix("/signals") ? .signal : .page
        }
    }

    /// The first bytes of an address' query with percent signs and pluses undone; what is no percent-encoding stays as
    /// it is.
    private static func undone(_ query: Substring) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(min(query.utf8.count, QueryGlance.bytesMax))
        var rest = query.utf8[...]
        while bytes.count < QueryGlance.bytesMax, let byte = rest.popFirst() {
            let digits = rest.prefix(2)
            if byte == UInt8(ascii: "%"), digits.count == 2, let high = digits.first.flatMap(hexadecimal),
                let low = digits.last.flatMap(hexadecimal)
            {
                bytes.append(high << 4 | low)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
            }
        }
        return bytes
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

extension HTTPField.Name {
    /// The live event a device comes for.
    static let event = Self("X-Event")!
    /// Present when a device repeats a request that was refused.
    static let retry = Self("X-Retry")!
}
