@testable import Engine
import Foundation
import TestSupport
import Testing

@Suite struct SignalEndpointTests {
    private let folder: ScratchFolder
    private let tokens: BearerTokens
    static let token = "0123456789abcdef0123"

    init() throws {
        folder = try ScratchFolder()
        tokens = BearerTokens(path: try folder.file("tokens", "# the truck\ntruck:\(Self.token)\n"))
    }

    private func post(
        _ body: String, to id: String = "fight-night", engine: ScriptedEngine, box: SnapshotBox = RoomFixture.box(),
        authorization: String? = "Bearer \(token)", contentType: String? = "application/json"
    ) async -> HTTPAnswer {
        let endpoints = HTTPEndpoints(
            snapshots: box, time: ManualTime(wall: RoomFixture.now), tokens: tokens, version: "1", handle: engine.handle
        )
        return await endpoints.answer(HTTPQuestion(
                "POST", "/v1/events/\(id)/signals", authorization: authorization, contentType: contentType,
                body: Array(body.utf8)))
    }

    private func engine(_ level: GuardLevel, needsWhy: Bool = false, applied: EngineReply = .done(42, "live is on air"))
        -> ScriptedEngine
    {
        ScriptedEngine { command in
            switch command {
            case .prepare(let intent): .plan(RoomFixture.plan(intent, level, needsWhy: needsWhy))
            case .apply: applied
            default: .done(43, "held")
            }
        }
    }

    @Test func takeIsPreparedThenApplied() async {
        let engine = engine(.g2)
        let answer = await post(#"{"take":"live","why":"bell"}"#, engine: engine)
        #expect(answer.status == 200)
        #expect(answer.body == #"{"entry":42,"message":"live is on air"}"# + "\n")
        #expect(engine.commands == [.prepare(.take("fight-night", "live")), .apply(3, .key, why: "bell")])
        #expect(engine.askers == [.signal("truck"), .signal("truck")])
    }

    @Test func holdActsAtOnce() async {
        let engine = engine(.g2)
        let answer = await post(#"{"hold":true}"#, engine: engine)
        #expect(answer.status == 200)
        #expect(engine.commands == [.perform(.hold("fight-night"))])
    }

    @Test func resumeAndDelayArePlans() async {
        let engine = engine(.g2)
        #expect(await post(#"{"hold":false}"#, engine: engine).status == 200)
        #expect(await post(#"{"delay":"-PT5S"}"#, engine: engine).status == 200)
        #expect(engine.commands.first == .prepare(.resume("fight-night")))
        #expect(engine.commands.contains(.prepare(.reschedule("fight-night", "live", .by(-5000)))))
    }

    @Test func g3NeedsTheCodeAndLeavesNoPlanBehind() async {
        let engine = engine(.g3, applied: .armed(3, at: RoomFixture.now))
        let refused = await post(#"{"take":"live"}"#, engine: engine)
        #expect(refused.status == 409)
        #expect(refused.body.contains("guard level G3"))
        #expect(!refused.body.contains("FN12"))
        #expect(engine.commands.last == .discard(3))
        let armed = await post(#"{"take":"live","code":"FN12"}"#, engine: engine)
        #expect(armed.status == 202)
        #expect(armed.body.contains(#""state":"armed""#))
        #expect(engine.commands.last == .apply(3, .code("FN12")))
    }

    @Test func reasonIsAskedForWhereThePlanNeedsOne() async {
        let answer = await post(#"{"take":"live"}"#, engine: engine(.g2, needsWhy: true))
        #expect(answer.status == 409)
        #expect(answer.body.contains("why"))
    }

    @Test(arguments: [
            (.awaitingSecondOperator(3), 202), (.stale("kris moved live"), 409),
            (.refused("gate ingest is NO-GO"), 409), (.history([]), 500),
    ] as [(EngineReply, Int)])
    func engineRepliesBecomeStatuses(reply: EngineReply, status: Int) async {
        let answer = await post(#"{"take":"live"}"#, engine: engine(.g2, applied: reply))
        #expect(answer.status == status)
        if case .stale(let sentence) = reply { #expect(answer.body == "{\"error\":\"\(sentence)\"}\n") }
    }

    @Test func refusedPlanIsDiscarded() async {
        let engine = engine(.g2, applied: .refused("no"))
        _ = await post(#"{"take":"live"}"#, engine: engine)
        #expect(engine.commands.last == .discard(3))
    }

    @Test(arguments: [
            nil, "", "Bearer", "Bearer ", "Bearer 0123456789abcdef012", "Bearer 0123456789abcdef01234",
            "Basic 0123456789abcdef0123",
        "0123456789abcdef0123",
    ] as [String?])
    func wrongTokenIs401(authorization: String?) async {
        let engine = engine(.g2)
        let answer = await post("not even JSON", to: "nothing", engine: engine, authorization: authorization)
        #expect(answer.status == 401)
        #expect(answer["WWW-Authenticate"] == "Bearer realm=\"control-room\"")
        #expect(engine.commands.isEmpty)
    }

    @Test func formsOfWebPagesAre415() async {
        for type in [
            nil, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
            "application/json; charset=latin1",
        ] {
            #expect(await post(#"{"hold":true}"#, engine: engine(.g2), contentType: type).status == 415)
        }
        #expect(
            await post(#"{"hold":true}"#, engine: engine(.g2), contentType: "Application/JSON; charset=UTF-8").status
                == 200)
    }

    @Test func unknownEventIs404AndNamesTheKnown() async {
        let answer = await post(#"{"hold":true}"#, to: "fight%2Dnigth", engine: engine(.g2))
        #expect(answer.status == 404)
        #expect(answer.body.contains("“fight-nigth”"))
        #expect(answer.body.contains("This engine runs fight-night."))
    }

    @Test func badBodyIs400AndTooLargeIs413() async {
        #expect(await post(#"{"take":"live","x":true}"#, engine: engine(.g2)).status == 400)
        let endpoints = HTTPEndpoints(
            snapshots: RoomFixture.box(), time: ManualTime(wall: RoomFixture.now), tokens: tokens, version: "1",
            handle: engine(.g2).handle)
        let question = HTTPQuestion(
            "POST", "/v1/events/fight-night/signals", authorization: "Bearer \(Self.token)",
            contentType: "application/json", body: nil)
        #expect(await endpoints.answer(question).status == 413)
    }

    @Test func otherMethodsAre405WithAllow() async {
        let endpoints = HTTPEndpoints(
            snapshots: RoomFixture.box(), time: ManualTime(wall: RoomFixture.now), tokens: tokens, version: "1",
            handle: engine(.g2).handle)
        let signals = await endpoints.answer(HTTPQuestion("GET", "/v1/events/fight-night/signals"))
        #expect(signals.status == 405)
        #expect(signals["Allow"] == "POST")
        let metrics = await endpoints.answer(HTTPQuestion("DELETE", "/metrics"))
        #expect(metrics.status == 405)
        #expect(metrics["Allow"] == "GET, HEAD")
        #expect(await endpoints.answer(HTTPQuestion("GET", "/v1/events/../signals/x")).status == 404)
    }

    @Test func withoutTokensNobodyIsLetIn() async {
        let endpoints = HTTPEndpoints(
            snapshots: RoomFixture.box(), time: ManualTime(wall: RoomFixture.now), tokens: nil, version: "1",
            handle: engine(.g2).handle)
        let question = HTTPQuestion(
            "POST", "/v1/events/fight-night/signals", contentType: "application/json", body: Array("{}".utf8))
        #expect(await endpoints.answer(question).status == 403)
    }

    @Test func documentedSignalsAreTaken() async throws {
        let text = try String(contentsOf: documentation, encoding: .utf8)
        let bodies = text.split(separator: "\n").compactMap { line -> String? in
            guard let start = line.range(of: "-d '"),
                let end = line.range(of: "'", range: start.upperBound..<line.endIndex)
            else { return nil }
            return String(line[start.upperBound..<end.lowerBound])
        }
        #expect(bodies.count >= 5)
        for body in bodies { #expect(await post(body, engine: engine(.g2)).status == 200, "\(body)") }
        for status in ["200", "202", "400", "401", "403", "404", "405", "409", "413", "415", "503"] {
            #expect(text.contains("| \(status) "))
        }
    }

    private var documentation: URL {
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Documentation/Signals.md")
    }
}

@Suite struct BearerTokensTests {
    private let folder: ScratchFolder
    init() throws { folder = try ScratchFolder() }

    @Test func changesOfTheFileCountAtOnce() throws {
        let path = try folder.file("tokens", "truck:aaaaaaaaaaaaaaaa\n")
        let tokens = BearerTokens(path: path)
        #expect(tokens.judge("aaaaaaaaaaaaaaaa") == .known(name: "truck"))
        _ = try folder.file("tokens", "truck:aaaaaaaaaaaaaaaa\nclock:bbbbbbbbbbbbbbbbb\n")
        #expect(tokens.judge("bbbbbbbbbbbbbbbbb") == .known(name: "clock"))
        try FileManager.default.setAttributes([.posixPermissions: 0o604], ofItemAtPath: path)
        guard case .unusable(let sentence) = tokens.judge("aaaaaaaaaaaaaaaa") else { return #expect(Bool(false)) }
        #expect(sentence.contains("chmod 600"))
        try FileManager.default.removeItem(atPath: path)
        #expect(tokens.problem?.contains("cannot be opened") == true)
    }

    @Test(arguments: [
        ("", "holds no token"), ("# only a comment\n", "holds no token"), ("truck\n", "Line 1"),
        ("truck:short\n", "Line 1"),
        ("a:aaaaaaaaaaaaaaaa\n\na:bbbbbbbbbbbbbbbb\n", "Line 3"),
        ("a:aaaaaaaaaaaaaaaa\nb:aaaaaaaaaaaaaaaa\n", "repeats"),
        ("bad name:aaaaaaaaaaaaaaaa\n", "Line 1"), ("a:aaaaaaaa aaaaaaaa\n", "Line 1"),
    ])
    func badFilesLetNobodyIn(text: String, part: String) throws {
        let tokens = BearerTokens(path: try folder.file("tokens", text))
        #expect(tokens.problem?.contains(part) == true, "\(tokens.problem ?? "")")
        guard case .unusable = tokens.judge("aaaaaaaaaaaaaaaa") else { return #expect(Bool(false)) }
    }

    @Test func foldersAreNoTokenFiles() {
        #expect(BearerTokens(path: folder.path).problem?.contains("regular file") == true)
    }
}
