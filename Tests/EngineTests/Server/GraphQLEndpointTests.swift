@testable import Engine
import Foundation
import GraphQL
import HTTPTypes
import NIOCore
import TestSupport
import Testing

/// `/graphql` by the GraphQL-over-HTTP specification, Apollo's persisted queries, and what devices may keep.
@Suite struct GraphQLEndpointTests {
    private let box = RoomFixture.box()
    private let register = PrefetchRegister()
    private let time = ManualTime(wall: RoomFixture.now)

    private func endpoint(_ change: (inout PrefetchConfiguration) -> Void = { _ in }) -> GraphQLEndpoint {
        var configuration = PrefetchConfiguration()
        change(&configuration)
        return GraphQLEndpoint(
            prefetch: DevicePrefetch(snapshots: box, configuration: configuration), register: register, time: time)
    }

    /// Levers pulled by hand.
    private func pulling(_ levers: DegradationLever...) -> TrafficSteering {
        var steering = TrafficSteering()
        steering.levers = levers.map { LeverHold(lever: $0, by: "kris", until: RoomFixture.now + 600_000) }
        return steering
    }

    /// Each lever does what it says, and the answers before and after it are not mixed up.
    @Test func leversLeaveRowsOutStretchLifetimesAndServeWhatIsOld() async throws {
        let prefetch = DevicePrefetch(snapshots: box), gate = TrafficGate(rules: .standard, seed: 1, time: time)
        prefetch.take(
            RecommendationCatalogue(rows: [
                .init(row: "Comedies", position: 2, titles: [.init(id: "c1", title: "A comedy")])
            ]))
        let endpoint = GraphQLEndpoint(prefetch: prefetch, register: register, time: time, gate: gate)
        let ask = post(
            #"{"query":"{ event(id: \"fight-night\") { stageMap { homeRow { stages { rows { row } } } } } }"}"#,
            device: "tv-1")
        func lifetime(_ answer: HTTPAnswer) -> Int {
            answer.headers[.cacheControl]?.split(separator: "=").last.flatMap { Int($0) } ?? 0
        }
        let before = await endpoint.answer(ask)
        #expect(before.body.contains("Comedies") && before.body.contains("Live now"))
        gate.steer(pulling(.dropRows, .stretchTTL))
        let lean = await endpoint.answer(ask)
        #expect(!lean.body.contains("Comedies") && lean.body.contains("Live now"))
        #expect(lifetime(lean) == 4 * lifetime(before))
        gate.steer(TrafficSteering())
        #expect(await endpoint.answer(ask).body == before.body)
    }

    private func post(_ json: String, accept: String? = nil, device: String? = nil, type: String = "application/json")
        -> HTTPQuestion
    {
        var headers: HTTPFields = [.contentType: type]
        headers[.accept] = accept
        headers[.device] = device
        return HTTPQuestion("POST", "/graphql", host: "room:8080", headers: headers, body: Array(json.utf8))
    }

    private func get(_ query: String, _ headers: HTTPFields = [:]) -> HTTPQuestion {
        HTTPQuestion("GET", "/graphql", query: query, host: "room:8080", headers: headers)
    }

    private static let whole =
        #"{"query":"{ event(id: \"fight-night\") { stageMap { version homeRow { stages { key badge } } } } }"}"#

    @Test(arguments: [
        (nil, "application/graphql-response+json"), ("*/*", "application/graphql-response+json"),
            ("application/json", "application/json"),
            ("application/json;q=0.9, application/graphql-response+json;q=0.8", "application/json"),
            ("application/json;q=0.5, application/*;q=0.6", "application/graphql-response+json"),
            ("text/plain, application/json;q=0.1", "application/json"),
        ("application/graphql-response+json;q=0, */*", "application/json"), ("text/html", nil), ("image/png", nil),
    ] as [(String?, String?)])
    func theMediaTypeIsTheOneAskedForMost(accept: String?, type: String?) async {
        let answer = await endpoint().answer(post(#"{"query":"{ __typename }"}"#, accept: accept))
        #expect(answer.status == (type == nil ? 406 : 200))
        if let type { #expect(answer.headers[.contentType] == type + "; charset=utf-8") }
    }

    @Test func statusesAreThoseOfTheSpecification() async {
        let endpoint = endpoint()
        for (json, status) in [
            (#"{"query":"{ __typename }"}"#, 200), (#"{"query":"{"}"#, 400), ("{", 400), ("[]", 422), ("{}", 422),
            (#"{"query":"{ x }"}"#, 422),
            (#"{"query":"query A{__typename} query B{__typename}"}"#, 422),
            (#"{"query":"query($i:Int!){events(first:$i){id}}"}"#, 422),
            (#"{"query":"{ events(after: \"none\") { id } }"}"#, 294),
            (#"{"query":"subscription { stageChanged(event: \"x\") { stage } }"}"#, 422),
        ] {
            #expect(await endpoint.answer(post(json)).status == status, "\(json)")
        }
        #expect(
            await endpoint.answer(post(#"{"query":"{ events(after: \"none\") { id } }"}"#, accept: "application/json"))
                .status == 200)
        let put = await endpoint.answer(HTTPQuestion("PUT", "/graphql"))
        #expect(put.status == 405 && put.headers[.allow] == "GET, HEAD, POST, OPTIONS")
        #expect(await endpoint.answer(get("query=mutation%7Bx%7D")).status == 405)
        #expect(await endpoint.answer(get("query=%7B__typename%7D")).status == 200)
        #expect(await endpoint.answer(get("query=%7B__typename%7D&variables=7")).status == 422)
        #expect(await endpoint.answer(get("query=%zz")).status == 400)
        #expect(await endpoint.answer(post("{}", type: "text/plain")).status == 415)
        #expect(await endpoint.answer(HTTPQuestion("OPTIONS", "/graphql")).headers[.accessControlAllowOrigin] == "*")
        #expect(await endpoint.answer(get("", [.accept: "text/html"])).body.contains("<title>GraphQL"))
    }

    @Test func aPageOfAnotherOriginMaySendAndReadWhatItNeeds() async throws {
        let allowed = await endpoint().answer(HTTPQuestion("OPTIONS", "/graphql")).headers[.accessControlAllowHeaders]
        #expect(allowed?.contains("X-Device") == true && allowed?.hasSuffix("*") == true)
        let young = GraphQLEndpoint(prefetch: DevicePrefetch(snapshots: SnapshotBox()), register: register, time: time)
        for (answer, status) in [
            (await young.answer(post(#"{"query":"{ __typename }"}"#)), 503),
            (await endpoint().answer(post(#"{"query":"{ __typename }"}"#, accept: "image/png")), 406),
        ] {
            #expect(answer.status == status && answer.body.hasPrefix(#"{"errors":[{"message":"#))
            #expect(answer.headers[.accessControlAllowOrigin] == "*")
            #expect(answer.headers[.retryAfter] == (status == 503 ? "1" : nil))
            #expect(answer.headers[.accessControlExposeHeaders]?.contains("Retry-After") == true)
        }
    }

    /// What a newcomer copies first must work as it stands.
    @Test func theCommandsOfTheDeviceGuideAreAnswered() async throws {
        let guide = try String(contentsOf: repositoryRoot.appending(path: "Documentation/Devices.md"), encoding: .utf8)
        let documents = guide.components(separatedBy: "--data-urlencode 'query=").dropFirst().map {
            $0.prefix { $0 != "'" }
        }
        #expect(!documents.isEmpty)
        for document in documents {
            let text = document.replacing("\"tonight\"", with: "\"fight-night\"")
            let query = try #require(text.addingPercentEncoding(withAllowedCharacters: .alphanumerics))
            let answer = await endpoint().answer(get("query=" + query, [.device: "tv-1"]))
            #expect(
                answer.status == 200 && answer.body.hasPrefix(#"{"data":{"event":{"#),
                "\(document): \(answer.body.prefix(200))")
        }
        for body in guide.components(separatedBy: " -d '").dropFirst().map({ $0.prefix { $0 != "'" } }) {
            #expect(await endpoint().answer(post(String(body))).status < 400, "\(body)")
        }
    }

    @Test func persistedQueriesComeByTheirHashOnceTheirTextHasCome() async {
        let endpoint = endpoint(), text = "{ __typename }"
        let hash = SHA256.text(text.utf8)
        let alone = #"{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"\#(hash)"}}}"#
        let unknown = await endpoint.answer(post(alone))
        #expect(
            unknown.status == 422 && unknown.body.contains("PersistedQueryNotFound")
                && unknown.body.contains("PERSISTED_QUERY_NOT_FOUND"))
        let wrong = await endpoint.answer(
            post(#"{"query":"{ a }","extensions":{"persistedQuery":{"version":1,"sha256Hash":"\#(hash)"}}}"#))
        #expect(wrong.body.contains("provided sha does not match query"))
        #expect(
            await endpoint.answer(
                post(#"{"query":"\#(text)","extensions":{"persistedQuery":{"version":1,"sha256Hash":"\#(hash)"}}}"#)
            ).status == 200)
        #expect(await endpoint.answer(post(alone)).body == #"{"data":{"__typename":"Query"}}"#)
    }

    @Test func anAnswerIsKeptUntilTheStageChangesAndADeviceKeepsItForATimeOfItsOwn() async throws {
        let endpoint = endpoint()
        let first = await endpoint.answer(post(Self.whole, device: "tv-1")),
            again = await endpoint.answer(post(Self.whole, device: "tv-2"))
        #expect(
            first.content == again.content && endpoint.answerCounts.hitCount == 1
                && endpoint.answerCounts.missCount == 1)
        #expect(first.headers[.cacheControl] != again.headers[.cacheControl])
        #expect(
            await endpoint.answer(post(Self.whole, device: "tv-1")).headers[.cacheControl]
                == first.headers[.cacheControl])
        #expect(
            register.read { $0.hasFetched("tv-1", "fight-night") }
                && register.read { $0.hasFetched("tv-2", "fight-night") })
        var snapshot = RoomFixture.snapshot(number: 8)
        snapshot.events[0].current = "live"
        box.put(snapshot)
        _ = await endpoint.answer(post(Self.whole))
        #expect(endpoint.answerCounts.missCount == 2)
    }

    @Test func aGetThatKnowsTheAnswerIsToldSo() async throws {
        let endpoint = endpoint(), query = "query=%7Bevents%7Bid%20stageMap%7Bversion%7D%7D%7D"
        let first = await endpoint.answer(get(query))
        let tag = try #require(first.headers[.eTag])
        let second = await endpoint.answer(get(query, [.ifNoneMatch: "W/\(tag)", .device: "tv-3"]))
        #expect(second.status == 304 && second.content.readableBytes == 0 && second.headers[.eTag] == tag)
        #expect(register.read { $0.hasFetched("tv-3", "fight-night") })
        #expect(await endpoint.answer(get(query, [.ifNoneMatch: "\"other\""])).status == 200)
    }

    @Test func aLargeAnswerIsCompressedForWhoeverTakesIt() async {
        let endpoint = endpoint()
        let query =
            #"{"query":"{ a: events { ...E } b: events { ...E } } fragment E on LiveEvent { stageMap { homeRow { stages { key badge title link artwork { url color } rows { row titles { title synopsis link } } } } } }"}"#
        var question = post(query)
        let plain = await endpoint.answer(question)
        question.headers[.acceptEncoding] = "br, gzip;q=0.5"
        let packed = await endpoint.answer(question)
        #expect(
            packed.headers[.contentEncoding] == "gzip" && packed.content.readableBytes < plain.content.readableBytes / 2
        )
        question.headers[.acceptEncoding] = "gzip;q=0, *"
        #expect(await endpoint.answer(question).headers[.contentEncoding] == nil)
    }

    @Test func manyWhoAskAtOnceAreAnsweredByOneMaking() async {
        let endpoint = endpoint()
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<200 {
                group.addTask { _ = await endpoint.answer(post(Self.whole, device: "d\(number)")) }
            }
        }
        #expect(endpoint.answerCounts.missCount == 1 && endpoint.answerCounts.askedCount >= 200)
    }

    @Test func introspectionCanBeSwitchedOff() async {
        let off = endpoint { $0.isIntrospectable = false }
        for query in ["{ __schema { types { name } } }", "{ __type(name: \\\"Query\\\") { name } }"] {
            #expect(await off.answer(post(#"{"query":"\#(query)"}"#)).status == 422)
        }
        #expect(await off.answer(post(#"{"query":"{ __typename }"}"#)).status == 200)
        let near = await off.answer(post(#"{"query":"{ evnts { id } }"}"#))
        #expect(!near.body.contains("Did you mean"))
    }
}
