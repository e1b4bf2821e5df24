import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// Stands behind the HTTP parser of each connection and asks the gate before anything else sees a request. A refused
/// one is answered here, 503 with `Retry-After`, and its body is dropped as it comes.
///
/// Confined to the connection's event loop. A request that has been admitted owes the gate a `finish`: at the end of
/// its answer, or when the connection ends before. Answers leave in the order of the requests: a refusal behind a
/// request that is still worked on waits for it. Bound: `turnsMax` requests of one connection that wait for their
/// answers; then the connection is closed.
final class AdmissionHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    /// Where the reading of a request stands.
    private enum Reading {
        case betweenRequests
        /// The head is held back until the first piece of the body says what is asked.
        case undecided(HTTPRequest)
        case admitted
        case refused
    }

    /// A request whose answer has not left.
    private enum Turn {
        case admitted(AdmissionController.Ticket)
        case refused(RefusalCause, retryAfter: Milliseconds, closes: Bool)
    }

    static let turnsMax = 64

    private let gate: TrafficGate
    private let lane: TrafficLane?
    private let registered: @Sendable (_ hash: String) -> QueryGlance?
    private var reading = Reading.betweenRequests
    private var turns: [Turn] = []

    /// - Parameters:
    ///   - lane: of all that comes by this listener; nil: as the request says.
    ///   - registered: the glance at a persisted document, by its hash.
    init(gate: TrafficGate, lane: TrafficLane?, registered: @escaping @Sendable (_ hash: String) -> QueryGlance?) {
        self.gate = gate
        self.lane = lane
        self.registered = registered
    }

    // MARK: Requests

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        switch (part, reading) {
        case (.head(let head), _):
            if let facts = RequestFacts(head, registered: registered) {
                decide(facts, head, context)
            } else {
                reading = .undecided(head)
            }
        case (.body(let bytes), .undecided(let head)):
            decide(RequestFacts(head, body: bytes, registered: registered), head, context)
            if case .admitted = reading { context.fireChannelRead(data) }
        case (.end, .undecided(let head)):
            decide(RequestFacts(head, body: ByteBuffer(), registered: registered), head, context)
            if case .admitted = reading { context.fireChannelRead(data) }
            reading = .betweenRequests
        case (.end, .refused): reading = .betweenRequests
        case (.body, .refused): break
        case (.body, _): context.fireChannelRead(data)
        case (.end, _):
            reading = .betweenRequests
            context.fireChannelRead(data)
        }
    }

    private func decide(_ facts: RequestFacts, _ head: HTTPRequest, _ context: ChannelHandlerContext) {
        guard turns.count < Self.turnsMax else { return context.close(promise: nil) }
        switch gate.admit(facts, lane: lane) {
        case .admitted(let ticket):
            reading = .admitted
            turns.append(.admitted(ticket))
            var head = head
            head.headerFields[.bucket] = ticket.bucket.rawValue
            context.fireChannelRead(wrapInboundOut(.head(head)))
        case .refused(let cause, let retryAfter):
            reading = .refused
            let closes = head.headerFields[.connection]?.lowercased() == "close"
            turns.append(.refused(cause, retryAfter: retryAfter, closes: closes))
            if turns.count == 1 { answerRefused(context) }
        }
    }

    // MARK: Answers

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let part = unwrapOutboundIn(data)
        context.write(data, promise: promise)
        guard case .end = part, case .admitted(let ticket) = turns.first else { return }
        turns.removeFirst()
        gate.finish(ticket)
        if !turns.isEmpty { answerRefused(context) }
    }

    /// Answers the refused requests whose turn it is.
    private func answerRefused(_ context: ChannelHandlerContext) {
        var hasAnswered = false
        while case .refused(let cause, let retryAfter, let closes) = turns.first {
            turns.removeFirst()
            hasAnswered = true
            let answer = RefusalAnswer(cause, retryAfter: retryAfter)
            context.write(wrapOutboundOut(.head(answer.head)), promise: nil)
            context.write(wrapOutboundOut(.body(answer.body)), promise: nil)
            context.write(wrapOutboundOut(.end(nil)), promise: nil)
            guard closes else { continue }
            context.flush()
            return context.close(mode: .all, promise: nil)
        }
        if hasAnswered { context.flush() }
    }

    // MARK: The end

    func channelInactive(context: ChannelHandlerContext) {
        settle()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { settle() }

    /// Gives back what the gate counts as under way.
    private func settle() {
        for case .admitted(let ticket) in turns { gate.finish(ticket) }
        turns = []
    }
}

extension HTTPField.Name {
    /// How the gate's verdict travels with a request inside the server; what a client writes there is overwritten.
    static let bucket = Self("X-Bucket")!
}

/// What a refused client is told. Made with as little work as can be: three bodies, and a head with one figure of its
/// own.
struct RefusalAnswer {
    let head: HTTPResponse
    let body: ByteBuffer

    private static let bodies: [RefusalCause: ByteBuffer] = Dictionary(uniqueKeysWithValues: RefusalCause.allCases.map {
        ($0, HTTPAnswer.error(503, sentence(for: $0)).content)
    })

    /// - Parameter retryAfter: ms; told in whole seconds, rounded up.
    init(_ cause: RefusalCause, retryAfter: Milliseconds) {
        body = Self.bodies[cause] ?? ByteBuffer()
        head = HTTPResponse(status: .serviceUnavailable, headerFields: [
            .retryAfter: String((retryAfter + 999) / 1000), .contentType: "application/json", .cacheControl: "no-store",
            .contentLength: String(body.readableBytes), .accessControlAllowOrigin: "*",
            .accessControlExposeHeaders: GraphQLEndpoint.exposeHeaders,
        ])
    }

    private static func sentence(for cause: RefusalCause) -> String {
        switch cause {
        case .shed: "The service is busy and does what is more important first: come back after Retry-After seconds."
        case .full: "The service works on as much as it can: come back after Retry-After seconds."
        case .override: "An operator holds requests like this back: come back after Retry-After seconds."
        }
    }
}
