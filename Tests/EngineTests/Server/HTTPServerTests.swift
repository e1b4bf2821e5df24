@testable import Engine
import Foundation
import NIOCore
import NIOPosix
import TestSupport
import Testing

/// Over a real loopback socket: what only the framing around the endpoints can show.
@Suite struct HTTPServerTests {
    private func withServer(gate: TrafficGate? = nil, _ body: (HTTPServer, Int) async throws -> Void) async throws {
        let folder = try ScratchFolder()
        let tokens = BearerTokens(path: try folder.file("tokens", "truck:0123456789abcdef0123\n"))
        let server = HTTPServer(host: "127.0.0.1", port: 0, endpoints: HTTPEndpoints(
            snapshots: RoomFixture.box(), time: ManualTime(wall: RoomFixture.now), tokens: tokens, version: "1",
            handle: { _, _ in .done(1, "held") }), gate: gate)
        let address = try await server.start()
        let port = try #require(address.split(separator: ":").last.flatMap { Int($0) })
        do { try await body(server, port) } catch {
            await server.stop()
            throw error
        }
        await server.stop()
    }

    /// Sends `text` as it stands and returns everything until the server closes or a second passes.
    private func exchange(_ port: Int, _ text: String) async throws -> String {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let answer = loop.makePromise(of: String.self)
        let channel = try await ClientBootstrap(group: loop)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Collector(answer)) }
            }
            .connect(host: "127.0.0.1", port: port).get()
        let cut = loop.scheduleTask(in: .seconds(1)) { channel.close(promise: nil) }
        try? await channel.writeAndFlush(ByteBuffer(string: text))
        let result = try await answer.futureResult.get()
        cut.cancel()
        return result
    }

    private final class Collector: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let answer: EventLoopPromise<String>
        private var text = ""
        init(_ answer: EventLoopPromise<String>) { self.answer = answer }
        func channelRead(context: ChannelHandlerContext, data: NIOAny) { text += String(buffer: unwrapInboundIn(data)) }
        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
        func channelInactive(context: ChannelHandlerContext) { answer.succeed(text) }
    }

    private func request(_ line: String, _ headers: String = "", body: String = "") -> String {
        "\(line) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\(headers)\r\n\(body)"
    }

    @Test func servesPagesAndTakesSignals() async throws {
        try await withServer { _, port in
            let page = try await exchange(port, request("GET /?event=fight-night"))
            #expect(page.hasPrefix("HTTP/1.1 200"))
            #expect(page.contains("localhost:8081"))
            #expect(page.lowercased().contains("content-security-policy: default-src 'none'"))
            let head = try await exchange(port, request("HEAD /metrics"))
            #expect(head.hasPrefix("HTTP/1.1 200") && head.hasSuffix("\r\n\r\n"))
            let body = #"{"hold":true}"#
            let held = try await exchange(port, request(
                "POST /v1/events/fight-night/signals",
                "Authorization: Bearer 0123456789abcdef0123\r\nContent-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n", body: body))
            #expect(held.hasPrefix("HTTP/1.1 200"))
            #expect(held.hasSuffix(#"{"entry":1,"message":"held"}"# + "\n"))
            let large = try await exchange(port, request(
                "POST /v1/events/fight-night/signals",
                "Authorization: Bearer 0123456789abcdef0123\r\nContent-Type: application/json\r\nContent-Length: 20000\r\n",
                body: String(repeating: " ", count: 20_000)))
            #expect(large.hasPrefix("HTTP/1.1 413"), "\(large.prefix(80))")
        }
    }

    /// A gate that holds BULK back, as an operator may.
    private func strictGate() -> TrafficGate {
        let gate = TrafficGate(rules: .standard, seed: 1, time: ManualTime(wall: RoomFixture.now))
        var steering = TrafficSteering()
        steering.overrides = [BucketOverride(bucket: .bulk, kept: 0, by: "kris", until: RoomFixture.now + 600_000)]
        gate.steer(steering)
        return gate
    }

    @Test func whatTheGateRefusesIsToldWhenToComeBack() async throws {
        let gate = strictGate()
        try await withServer(gate: gate) { _, port in
            let metrics = try await exchange(port, request("GET /metrics"))
            #expect(metrics.hasPrefix("HTTP/1.1 503") && metrics.contains("An operator holds requests like this back"))
            let wait = metrics.lowercased().firstMatch(of: /retry-after: ([0-9]+)/).flatMap { Int($0.1) }
            #expect((2...4).contains(wait ?? 0))
            let body = #"{"level":"info"}"#
            let telemetry = try await exchange(port, request(
                "POST /v1/telemetry", "Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n", body: body))
            #expect(telemetry.hasPrefix("HTTP/1.1 503"))
            #expect(try await exchange(port, request("GET /healthz")).hasPrefix("HTTP/1.1 200"))
            let query = #"{"query":"{ event(id: \"fight-night\") { id } }"}"#
            let answer = try await exchange(port, request(
                "POST /graphql", "X-Bucket: BULK\r\nContent-Type: application/json\r\nContent-Length: \(query.utf8.count)\r\n", body: query))
            #expect(answer.hasPrefix("HTTP/1.1 200") && answer.hasSuffix(#"{"data":{"event":{"id":"fight-night"}}}"#), "\(answer)")
        }
        #expect(gate.inFlight == 0)
    }

    @Test func refusalsKeepTheirPlaceBetweenAnswers() async throws {
        let gate = strictGate()
        try await withServer(gate: gate) { _, port in
            let all = try await exchange(port, ["/healthz", "/metrics", "/readyz", "/metrics", "/healthz"].map {
                "GET \($0) HTTP/1.1\r\nHost: localhost\r\n\r\n"
            }.joined() + request("GET /metrics"))
            let statuses = all.matches(of: /HTTP\/1.1 ([0-9]+)/).map { String($0.1) }
            #expect(statuses == ["200", "503", "200", "503", "200", "503"], "\(all)")
        }
        #expect(gate.inFlight == 0)
    }

    @Test(arguments: [
        "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", "Content-Length: 4\r\nContent-Length: 5\r\n", "Content-Length : 4\r\n",
        "Content-Length: -1\r\n", "X-Name: a\u{0}b\r\n", "Transfer-Encoding: chunked, identity\r\n",
    ])
    func smuggledFramingIsRefused(headers: String) async throws {
        try await withServer { _, port in
            let answer = try await exchange(
                port, "POST /v1/events/x/signals HTTP/1.1\r\nHost: localhost\r\n\(headers)\r\n0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 400"), "\(answer.prefix(80))")
            #expect(!answer.contains("The process lives"))
        }
    }

    @Test func hugeHeadersAndPathsAreRefusedByTheirStatus() async throws {
        try await withServer { _, port in
            let header = try await exchange(port, request("GET /healthz", "X-Big: \(String(repeating: "a", count: 200_000))\r\n"))
            #expect(header.hasPrefix("HTTP/1.1 431"), "\(header.prefix(80))")
            let many = try await exchange(port, request("GET /healthz", String(repeating: "X-A: b\r\n", count: 10_000)))
            #expect(many.hasPrefix("HTTP/1.1 431"), "\(many.prefix(80))")
            for length in [9_000, 200_000] {
                let path = try await exchange(port, request("GET /graphql?query=\(String(repeating: "a", count: length))"))
                #expect(path.hasPrefix("HTTP/1.1 414"), "\(path.prefix(80))")
            }
        }
    }

    /// The rows of RELIABILITY.md about GraphQL and forged requests, each with the status it must have; none takes two seconds.
    @Test func badGraphQLRequestsAreRefusedQuickly() async throws {
        func deep(_ count: Int) -> String { "{" + String(repeating: "a{", count: count) }
        let documents: [(String, String)] = [
            ("a query of 1 MB", String(repeating: "{events{id}} ", count: 80_000)), ("deep", deep(50_000)),
            ("aliases", "{" + (0..<10_000).map { "a\($0):__typename " }.joined() + "}"),
            ("directives", "{__typename" + String(repeating: "@skip(if:false)", count: 10_000) + "}"),
            ("cycle", "{...A} fragment A on Query{...B} fragment B on Query{...A}"),
            ("lists", "{events(first:" + String(repeating: "[", count: 50_000) + ")}"), ("unfinished", "{events{id"),
            ("unknown", "{nothing}"), ("subscription", "subscription{a}"),
        ]
        try await withServer { _, port in
            for (name, document) in documents {
                let body = compactJSON(["query": document])
                let began = ContinuousClock.now
                let answer = try await exchange(port, request(
                    "POST /graphql", "Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n", body: body))
                #expect(["400", "413", "422"].contains(answer.dropFirst(9).prefix(3)), "\(name): \(answer.prefix(120))")
                #expect(ContinuousClock.now - began < .seconds(2), "\(name)")
            }
            let strange: [(String, String, String)] = [
                ("415", "text/plain", "{}"), ("415", "application/x-www-form-urlencoded", "query={events{id}}"),
                ("415", "multipart/form-data; boundary=x", "--x--"), ("415", "application/json; charset=latin1", "{}"),
                ("422", "application/json", "[{},{}]"), ("422", "application/json", "{}"), ("422", "application/json", #"{"query":7}"#),
                ("400", "application/json", #"{"query":"#), ("400", "application/json", "\u{FF}\u{0}"),
            ]
            for (status, type, body) in strange {
                let answer = try await exchange(port, request(
                    "POST /graphql", "Content-Type: \(type)\r\nContent-Length: \(body.utf8.count)\r\n", body: body))
                #expect(answer.hasPrefix("HTTP/1.1 \(status)"), "\(type) \(body): \(answer.prefix(60))")
            }
            for path in ["/graphql/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/graphql%00"] {
                #expect(try await exchange(port, request("GET \(path)")).hasPrefix("HTTP/1.1 4"), "\(path)")
            }
            let cut = try await exchange(port, request(
                "POST /graphql", "Content-Type: application/json\r\nContent-Length: 500\r\n", body: "{\"query\""))
            #expect(!cut.hasPrefix("HTTP/1.1 200"))
            #expect(try await exchange(port, request("GET /healthz")).contains("The process lives"))
        }
    }

    @Test func takenPortIsSaidInWords() async throws {
        try await withServer { _, port in
            let second = HTTPServer(host: "127.0.0.1", port: port, endpoints: HTTPEndpoints(
                snapshots: RoomFixture.box(), time: ManualTime(wall: RoomFixture.now), tokens: nil, version: "1", handle: { _, _ in .refused("") }))
            let error = await #expect(throws: ServerStartError.self) { try await second.start() }
            #expect(error?.sentence == "Port \(port) of 127.0.0.1 is taken by another program: stop it, or choose another with --http HOST:PORT.")
        }
    }
}
