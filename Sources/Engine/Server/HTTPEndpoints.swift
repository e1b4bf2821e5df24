/// What the engine's HTTP port answers: the device page, health, metrics and production signals. Holds no
/// state of its own; it reads the newest snapshot, and what changes anything goes through the engine's door
/// with the same guards as an operator.
///
/// `GET /` device page · `GET /healthz` the process lives · `GET /readyz` it can do its work · `GET /metrics`
/// Prometheus text · `POST /v1/events/{id}/signals` (`HTTPEndpoints+Signals.swift`) · `/graphql` what devices fetch
/// ahead (`GraphQLEndpoint`) · `POST /v1/telemetry` what devices report (`TelemetryEndpoint`).
public struct HTTPEndpoints: Sendable {
    let snapshots: SnapshotBox
    let time: any TimeSource
    let tokens: BearerTokens?
    let version: String
    let graphQL: GraphQLEndpoint
    let telemetry: TelemetryEndpoint
    let pool: WorkPool?
    let handle: @Sendable (EngineCommand, Actor) async -> EngineReply

    /// Largest body of a signal; a longer one is answered with 413.
    static let bodyBytesMax = 16 * 1024
    /// Longest target, query and all; a longer one is answered with 414.
    static let targetBytesMax = 8 * 1024

    /// Largest body that is read at a path.
    static func bodyBytesMax(of path: String) -> Int {
        switch path {
        case GraphQLEndpoint.path: GraphQLEndpoint.bodyBytesMax
        case TelemetryEndpoint.path: TelemetryEndpoint.bodyBytesMax
        default: bodyBytesMax
        }
    }

    /// A snapshot older than this means the engine is stuck, ms.
    static let snapshotAgeMax: Milliseconds = 5000

    /// - Parameters:
    ///   - tokens: who may send signals; with nil, nobody.
    ///   - version: of the program, for the metrics' build info.
    ///   - prefetch: answers `/graphql`; nil: with the newest picture, and counting nobody.
    ///   - register: where devices that fetched ahead are noted.
    ///   - gate: says which lever is pulled, and holds the log budget; nil: none is, and everything is kept.
    ///   - log: where telemetry goes; nil: nowhere.
    ///   - pool: does what may wait; nil: all is done where it comes in.
    ///   - handle: the engine's door.
    public init(
        snapshots: SnapshotBox, time: any TimeSource, tokens: BearerTokens?, version: String,
        prefetch: DevicePrefetch? = nil, register: PrefetchRegister = PrefetchRegister(),
        gate: TrafficGate? = nil, log: (any TelemetryLog)? = nil, pool: WorkPool? = nil,
        handle: @escaping @Sendable (EngineCommand, Actor) async -> EngineReply
    ) {
        self.snapshots = snapshots
        self.time = time
        self.tokens = tokens
        self.version = version
        graphQL = GraphQLEndpoint(
            prefetch: prefetch ?? DevicePrefetch(snapshots: snapshots), register: register, time: time, gate: gate,
            pool: pool)
        self.pool = pool
        telemetry = TelemetryEndpoint(gate: gate, log: log)
        self.handle = handle
    }

    /// What the caches behind `/graphql` have done.
    public var prefetchFigures: PrefetchServerFigures {
        let configuration = graphQL.prefetch.configuration
        var figures = PrefetchServerFigures()
        figures.maps = graphQL.prefetch.mapCounts
        figures.answers = graphQL.answerCounts
        figures.deviceTTL = configuration.deviceTTL.wholeMilliseconds
        figures.jitterPercent = configuration.jitterPercent
        return figures
    }

    func answer(_ question: HTTPQuestion) async -> HTTPAnswer {
        guard question.path.utf8.count + (question.query?.utf8.count ?? 0) < Self.targetBytesMax else {
            return .error(
                414, "The address is longer than \(Self.targetBytesMax / 1024) KiB: send a long query by POST.")
        }
        switch question.path {
        case GraphQLEndpoint.path: return await graphQL.answer(question)
        case TelemetryEndpoint.path:
            guard question.method == "POST" else { return Self.notAllowed(question.method, allow: "POST") }
            return await unhurried(question) { telemetry.answer(question) }
        case "/": return onlyGet(question) { page(question) }
        case "/healthz": return onlyGet(question) { .text(200, "The process lives.") }
        case "/readyz": return onlyGet(question, readiness)
        case "/metrics": return await unhurried(question) { onlyGet(question, metrics) }
        default: break
        }
        if let event = Self.signalTarget(question.path) {
            guard question.method == "POST" else { return Self.notAllowed(question.method, allow: "POST") }
            return await signal(question, to: event)
        }
        return .error(
            404,
            "There is nothing here. Try /, /graphql, /healthz, /readyz, /metrics, POST /v1/telemetry or POST /v1/events/{id}/signals."
        )
    }

    /// Done by the pool where it may wait.
    private func unhurried(_ question: HTTPQuestion, _ answer: @escaping @Sendable () -> HTTPAnswer) async -> HTTPAnswer
    {
        guard question.mayWait, let pool else { return answer() }
        return await pool.run(answer)
    }

    private func onlyGet(_ question: HTTPQuestion, _ answer: () -> HTTPAnswer) -> HTTPAnswer {
        guard question.method == "GET" || question.method == "HEAD" else {
            return Self.notAllowed(question.method, allow: "GET, HEAD")
        }
        return answer()
    }

    private static func notAllowed(_ method: String, allow: String) -> HTTPAnswer {
        .error(405, "\(method) is not taken here: use \(allow).", headers: [.init(name: "Allow", value: allow)])
    }

    /// Whether the engine draws snapshots and can write its journal: without either, nothing it promises is true.
    private func readiness() -> HTTPAnswer {
        guard let snapshot = snapshots.snapshot else {
            return .error(503, "The engine has not drawn its first snapshot yet: ask again in a second.")
        }
        let age = time.now().wall.since(snapshot.at)
        guard age <= Self.snapshotAgeMax else {
            return .error(
                503,
                "The newest snapshot is \(age / 1000) s old: the engine is stuck or was stopped; look at process \(snapshot.engine.process)."
            )
        }
        if let alert = snapshot.alerts.first(where: { $0.id == .journal }) {
            return .error(503, "The journal cannot be written, so nothing is broadcast: \(alert.text)")
        }
        return .text(200, "The engine is ready: snapshot \(snapshot.number), \(snapshot.events.count) live events.")
    }

    private func metrics() -> HTTPAnswer {
        HTTPAnswer(
            200, type: "text/plain; version=0.0.4; charset=utf-8",
            body: metricsText(
                of: snapshots.snapshot, at: time.now().wall, version: version,
                lostTelemetry: telemetry.log?.droppedCount))
    }

    private func page(_ question: HTTPQuestion) -> HTTPAnswer {
        guard HostName(header: question.host) != nil else {
            return .error(
                400, "The Host header is missing or is no host name: open the page by the engine's name or address.")
        }
        let nonce = Self.nonce()
        let room = DeviceRoom(at: time.now().wall, edgeURLs: graphQL.edgeURLs(host: question.host))
        return HTTPAnswer(
            200, type: "text/html; charset=utf-8", body: devicePage(room: room, nonce: nonce),
            headers: [
                .init(name: "Content-Security-Policy", value: room.contentSecurityPolicy(nonce: nonce)),
                .init(name: "Referrer-Policy", value: "no-referrer"),
            ])
    }

    /// 128 random bits that tie the page's own script and style to this one answer.
    static func nonce() -> String {
        var generator = SystemRandomNumberGenerator()
        return String(generator.next(), radix: 36) + String(generator.next(), radix: 36)
    }
}
