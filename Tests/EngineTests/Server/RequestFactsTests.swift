@testable import Engine
import HTTPTypes
import NIOCore
import Testing

/// What a request's head says of its priority.
@Suite struct RequestFactsTests {
    private func head(_ method: HTTPRequest.Method, _ path: String, _ headers: HTTPFields = [:]) -> HTTPRequest {
        HTTPRequest(method: method, scheme: nil, authority: nil, path: path, headerFields: headers)
    }

    @Test(arguments: [
        (HTTPRequest.Method.get, "/", RequestClass.page), (.get, "/healthz", .signal), (.get, "/readyz?x=1", .signal), (.get, "/metrics", .metrics),
        (.post, "/v1/telemetry", .telemetry), (.post, "/v1/events/fight-night/signals", .signal), (.get, "/graphql", .page),
        (.get, "/graphql?query=%7Bevents%7Bid%7D%7D", .browse), (.get, "/graphql?query=%7Bevents%7BstageMap%7Bversion%7D%7D%7D", .prefetch),
        (.get, "/nothing", .page),
    ])
    func theHeadSaysTheClass(method: HTTPRequest.Method, path: String, expected: RequestClass) {
        #expect(RequestFacts(head(method, path))?.requestClass == expected)
    }

    @Test(arguments: [
        (#"{"query":"{ events { id } }"}"#, RequestClass.browse), (#"{"query":"{ events { stageMap { version } } }"}"#, .prefetch),
        (#"{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"ab"}}}"#, .prefetch), ("", .browse),
    ])
    func aPostedDocumentSaysWhatItAsks(body: String, expected: RequestClass) {
        let post = head(.post, "/graphql")
        #expect(RequestFacts(post) == nil)
        #expect(RequestFacts(post, body: ByteBuffer(string: body)).requestClass == expected)
    }

    @Test func headersSayWhoAsksForWhatAndWhetherAgain() {
        let facts = RequestFacts(head(.post, "/graphql", [
            .deviceFamily: "tv/lgx 2019", .event: "fight-night", .retry: "1", .ifNoneMatch: "\"a\"",
        ]))
        #expect(facts == RequestFacts(.cacheRefresh, family: "tv/lgx 2019", event: "fight-night", isRetry: true))
        #expect(RequestFacts(head(.post, "/v1/events/cup-final/signals"))?.event == "cup-final")
    }
}
