@testable import Engine
import Foundation
import NIOCore
import NIOPosix
import TestSupport
import Testing

/// Recommendations from a real HTTP server on loopback that is slow, dead, or sends rubbish.
@Suite struct RecommendationHTTPServerTests {
    private static let good = #"{"recommendations": [{"row": "A", "titles": [{"id": "a", "title": "A"}]}]}"#

    /// What the server does once it has been asked.
    private enum Reply {
        case text(String)
        /// A head that promises more, and then a space every 50 ms.
        case drip
        case silence
        /// Spaces without end.
        case flood
    }

    private static func reply(_ body: String, status: String = "200 OK", headers: String = "", length: Int? = nil)
        -> Reply
    {
        .text(
            "HTTP/1.1 \(status)\r\nContent-Length: \(length ?? body.utf8.count)\r\nConnection: close\r\n\(headers)\r\n\(body)"
        )
    }

    private final class Server: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let reply: Reply
        init(_ reply: Reply) { self.reply = reply }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let channel = context.channel, head = "HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n"
            switch reply {
            case .text(let text):
                channel.writeAndFlush(ByteBuffer(string: text)).whenComplete { _ in channel.close(promise: nil) }
            case .silence: break
            case .drip:
                channel.writeAndFlush(ByteBuffer(string: head), promise: nil)
                channel.eventLoop.scheduleRepeatedTask(initialDelay: .zero, delay: .milliseconds(50)) { task in
                    guard channel.isActive else { return task.cancel() }
                    channel.writeAndFlush(ByteBuffer(string: " "), promise: nil)
                }
            case .flood:
                channel.writeAndFlush(ByteBuffer(string: head), promise: nil)
                channel.eventLoop.scheduleRepeatedTask(initialDelay: .zero, delay: .milliseconds(1)) { task in
                    guard channel.isActive else { return task.cancel() }
                    if channel.isWritable {
                        channel.writeAndFlush(ByteBuffer(repeating: UInt8(ascii: " "), count: 256 * 1024), promise: nil)
                    }
                }
            }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }

    /// A source on a server that answers everybody alike.
    private func withSource<Result>(
        _ reply: Reply, patience: Duration = .seconds(5), _ body: (HTTPRecommendations) async throws -> Result
    ) async throws -> Result {
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Server(reply)) }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(listener.localAddress?.port)
        let result = try await body(
            HTTPRecommendations(url: "http://127.0.0.1:\(port)/rows?key=secret", patience: patience))
        try await listener.close()
        return result
    }

    @Test func whatAServerSendsWrongIsRefusedInWordsAndNeverHoldsAnythingUp() async throws {
        let cases: [(name: String, reply: Reply, patience: Duration, words: String)] = [
            (
                "an error", Self.reply("oops", status: "500 Internal Server Error"), .seconds(5),
                "answered with status 500"
            ),
            ("no such page", Self.reply("", status: "404 Not Found"), .seconds(5), "answered with status 404"),
            (
                "a redirect", Self.reply("", status: "302 Found", headers: "Location: http://127.0.0.1:1/\r\n"),
                .seconds(5), "answered with a redirect"
            ),
            ("cut short", Self.reply(Self.good, length: 1000), .seconds(5), "broke off its answer"),
            ("no HTTP", .text("220 mail.example ESMTP\r\n"), .seconds(5), "could not be reached"),
            ("silence", .silence, .milliseconds(300), "gave no whole answer within"),
            ("a byte now and then", .drip, .milliseconds(300), "gave no whole answer within"),
            ("no end", .flood, .seconds(5), "answered with more than"),
        ]
        for (name, reply, patience, words) in cases {
            let begun = ContinuousClock.now
            let fault = try await withSource(reply, patience: patience) { source in
                await #expect(throws: RecommendationFault.self, "\(name)") { try await source.fetch() }
            }
            #expect(fault?.description.contains(words) == true, "\(name): \(fault?.description ?? "no fault")")
            #expect(fault?.description.contains("secret") == false)
            #expect(ContinuousClock.now - begun < .seconds(4), "\(name)")
        }
        let dead = try HTTPRecommendations(url: "http://127.0.0.1:1/")
        let fault = await #expect(throws: RecommendationFault.self) { try await dead.fetch() }
        #expect(fault?.description.contains("could not be reached") == true)
    }

    @Test func rubbishIsNoCatalogueAndAGoodAnswerIs() async throws {
        for rubbish in [
            "", "<html>log in</html>", "\u{0}\u{1}\u{FFFD}", "recommendations: 7",
            String(repeating: "[", count: 100_000),
        ] {
            let file = try await withSource(Self.reply(rubbish)) { try await $0.fetch() }
            #expect(RecommendationReader.read(file).catalogue == nil, "\(rubbish.prefix(20))")
        }
        let file = try await withSource(Self.reply(Self.good)) { try await $0.fetch() }
        #expect(RecommendationReader.read(file).catalogue?.titleCount == 1)
        #expect(!file.name.contains("secret"))
    }

    @Test func aServerThatIsDownDoesNotKeepTheEngineFromStarting() async throws {
        let prefetch = DevicePrefetch(snapshots: RoomFixture.box())
        let feed = RecommendationFeed(
            source: try HTTPRecommendations(url: "http://127.0.0.1:1/rows"), prefetch: prefetch,
            time: ManualTime(wall: RoomFixture.now))
        try await feed.start(isFirstNeeded: false)
        feed.stop()
        var figures = PrefetchServerFigures()
        feed.describe(in: &figures)
        #expect(figures.fault?.contains("127.0.0.1:1") == true && figures.deliveredAt == nil)
        await #expect(throws: RecommendationFault.self) { try await feed.start(isFirstNeeded: true) }
    }
}
