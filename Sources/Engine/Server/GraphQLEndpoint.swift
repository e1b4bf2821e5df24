import GraphQL
import HTTPTypes
import NIOCore
import Synchronization

/// `/graphql`: what devices fetch ahead, by the GraphQL-over-HTTP specification of September 2026, with automatic
/// persisted queries as Apollo's clients send them.
///
/// The way of a request: media type (406) → method (405) → read (400, 413, 415, 422) → the kept answer of this request
/// and cohort, or a new one → the device is noted as having fetched → ETag (304), compression, and a time to live of
/// the device's own. Holds no state but two bounded memories: requests it has read, and persisted documents.
struct GraphQLEndpoint: Sendable {
    static let path = "/graphql"
    static let bodyBytesMax = 256 * 1024
    /// What an answer depends on.
    static let vary = "Accept, Accept-Encoding, Accept-Language, X-Device, X-Device-Family"
    /// What a browser page of another origin may send.
    /// Those of ours by name, and any other by `*`: GraphQL clients send their own name and version so. Browsers of
    /// before do not know the `*`.
    static let allowHeaders =
        "Content-Type, Accept-Language, X-Device, X-Device-Family, X-Event, X-Retry, If-None-Match, *"
    /// What such a page may read of the answer.
    static let exposeHeaders = "ETag, Retry-After"

    let prefetch: DevicePrefetch
    let register: PrefetchRegister
    let time: any TimeSource
    private let shelf: AnswerShelf
    private let memory: RequestMemory
    private let lifetimes: PrefetchJitter
    /// Says which levers are pulled; nil: none.
    private let gate: TrafficGate?
    /// Makes answers that may wait; nil: they are made where they are asked for.
    private let pool: WorkPool?

    init(
        prefetch: DevicePrefetch, register: PrefetchRegister, time: any TimeSource, gate: TrafficGate? = nil,
        pool: WorkPool? = nil
    ) {
        self.prefetch = prefetch
        self.register = register
        self.time = time
        self.gate = gate
        self.pool = pool
        let configuration = prefetch.configuration
        shelf = AnswerShelf(configuration)
        memory = RequestMemory()
        lifetimes = PrefetchJitter(
            ttl: configuration.deviceTTL, percent: configuration.jitterPercent, seed: configuration.seed)
    }

    var answerCounts: CacheCounts { shelf.counts }

    /// What a persisted document asks for, by its hash.
    func glance(ofHash hash: String) -> QueryGlance? { memory.glance(ofHash: hash) }

    func answer(_ question: HTTPQuestion) async -> HTTPAnswer {
        let isGet = question.method == "GET" || question.method == "HEAD"
        if question.method == "OPTIONS" { return preflight() }
        let mayBePage = isGet && question.query?.isEmpty ?? true
        guard let media = GraphQLMedia(accept: question.headers[.accept], mayBePage: mayBePage) else {
            return refuse(GraphQLRefusal(406, "Accept application/graphql-response+json or application/json."), .json)
        }
        if media == .page { return explorerPage(nonce: HTTPEndpoints.nonce()) }
        guard isGet || question.method == "POST" else {
            let refusal = GraphQLRefusal(
                405, "\(question.method) is not taken here: use GET or POST.", allow: "GET, HEAD, POST, OPTIONS")
            return refuse(refusal, media)
        }
        do throws(GraphQLRefusal) {
            return try await answer(question, media: media, isGet: isGet)
        } catch {
            return refuse(error, media)
        }
    }

    private func answer(_ question: HTTPQuestion, media: GraphQLMedia, isGet: Bool) async throws(GraphQLRefusal)
        -> HTTPAnswer
    {
        let known = try memory.read(question)
        guard let whole = prefetch.current() else {
            throw GraphQLRefusal(503, "The engine has not drawn its first snapshot yet: ask again in a second.")
        }
        let lineup = whole.economising(hasRows: !isPulled(.dropRows), mayRefresh: !isPulled(.serveStale))
        let family = question.headers[.deviceFamily]
        let key = AnswerShelf.Key(
            request: known.request, documentHash: known.documentHash,
            cohort: lineup.axes.cohort(locale: question.headers[.acceptLanguage], family: family, maturity: nil),
            media: media, host: hostName(question.host), hasRows: lineup.hasRows)
        if isGet { try refuseUnlessQuery(known.request) }
        let now = time.now().instant
        let stored = await shelf.answer(key, epoch: lineup.epoch, now: now, mayRefresh: lineup.mayRefresh) {
            gate?.notePrefetchMiss()
            guard question.mayWait, let pool else { return make(key, lineup, now: now) }
            return await pool.run { make(key, lineup, now: now) }
        }
        let device = stored.device ?? question.headers[.device]
        if let device, !stored.fetched.isEmpty {
            register.record(device, family: family.flatMap(Self.family), events: stored.fetched)
        }
        if stored.isKept, known.isNew { memory.keep(known, question) }
        return stored.answer(
            gzip: acceptsGzip(question.headers[.acceptEncoding]),
            maxAge: lifetime(for: device),
            matching: isGet ? question.headers[.ifNoneMatch] : nil)
    }

    private func isPulled(_ lever: DegradationLever) -> Bool { gate?.isPulled(lever) ?? false }

    /// Seconds that this device may keep its answer: its own draw, longer while the lever is pulled.
    private func lifetime(for device: String?) -> Int {
        let drawn = device.map(lifetimes.seconds(forDevice:)) ?? memory.nextLifetime(lifetimes)
        return isPulled(.stretchTTL) ? drawn * DegradationLever.stretch : drawn
    }

    /// Reads, checks and executes.
    private func make(_ key: AnswerShelf.Key, _ lineup: Lineup, now: EngineInstant) -> StoredAnswer {
        do throws(GraphQLRefusal) {
            let operation = try operation(of: key.request)
            guard operation.kind != .subscription else {
                throw GraphQLRefusal(
                    422,
                    "Subscriptions are not served over HTTP: connect to the WebSocket in LiveEvent.connection with graphql-transport-ws."
                )
            }
            let result = prefetch.execute(operation, in: lineup, cohort: key.cohort, host: key.host, now: now)
            return StoredAnswer(result.response, media: key.media, fetched: result.fetched, device: result.device)
        } catch {
            return StoredAnswer(error, media: key.media)
        }
    }

    private func operation(of request: GraphQLRequest) throws(GraphQLRefusal) -> GraphQL.Operation {
        do throws(RequestErrors) {
            let document = try prefetch.document(for: request.document ?? "")
            return try prefetch.schema.operation(
                in: document, named: request.operationName, variables: request.variables)
        } catch {
            throw GraphQLRefusal(error)
        }
    }

    /// GET must change nothing: a mutation is told to come by POST. (A document that cannot be read is answered later,
    /// as any other.)
    private func refuseUnlessQuery(_ request: GraphQLRequest) throws(GraphQLRefusal) {
        guard request.document?.contains("mutation") ?? false,
            let document = try? Document(parsing: request.document ?? "")
        else { return }
        let named = document.operations.filter {
            request.operationName == nil || $0.name?.text == request.operationName
        }
        if named.contains(where: { $0.kind == .mutation }) {
            throw GraphQLRefusal(405, "Mutations are not taken by GET: use POST.", allow: "POST")
        }
    }

    /// Where a device that called us by this name finds edge nodes; empty while none listens.
    func edgeURLs(host: String?) -> [String] {
        prefetch.current()?.edgeURLs(for: nil, host: hostName(host), told: prefetch.configuration.edgeURL) ?? []
    }

    /// The name a device used for us; nil where nothing that it is told depends on it.
    private func hostName(_ header: String?) -> String? {
        prefetch.configuration.edgeURL == nil ? HostName(header: header)?.name : nil
    }

    private static func family(_ text: String) -> DeviceFamily? {
        text.utf8.count <= DeviceFamily.bytesMax && !text.isEmpty ? DeviceFamily(text) : nil
    }

    private func refuse(_ refusal: GraphQLRefusal, _ media: GraphQLMedia) -> HTTPAnswer {
        var answer = StoredAnswer(refusal, media: media).answer(gzip: false, maxAge: 0, matching: nil)
        if let allow = refusal.allow { answer.headers[.allow] = allow }
        if refusal.status == 503 { answer.headers[.retryAfter] = "1" }
        return answer
    }

    /// Any page may ask: what devices fetch is no secret, and nothing here goes by cookies.
    private func preflight() -> HTTPAnswer {
        HTTPAnswer(
            204,
            headers: [
                .accessControlAllowOrigin: "*", .accessControlAllowMethods: "GET, POST, OPTIONS",
                .accessControlAllowHeaders: Self.allowHeaders, .accessControlMaxAge: "86400",
                .allow: "GET, HEAD, POST, OPTIONS"
            ],
            content: ByteBuffer())
    }
}

extension HTTPField.Name {
    /// The device's own id.
    static let device = Self("X-Device")!
    static let deviceFamily = Self("X-Device-Family")!
}
