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
        (HTTPRequest.Method.get, "/", RequestClass.page), (.get, "/healthz", .signal), (.get, "/readyz?x=1", .signal),
        (.get, "/metrics", .metrics),
        (.post, "/v1/telemetry", .telemetry), (.post, "/v1/events/fight-night/signals", .signal),
        (.get, "/graphql", .page),
        (.get, "/graphql?query=%7Bevents%7Bid%7D%7D", .browse),
        (.get, "/graphql?query=%7Bevents%7BstageMap%7Bversion%7D%7D%7D", .prefetch),
        (.get, "/nothing", .page),
    ])
    func theHeadSaysTheClass(method: HTTPRequest.Method, path: String, expected: RequestClass) {
        #expect(RequestFacts(head(method, path))?.requestClass == expected)
    }

    @Test(arguments: [
        (#"{"query":"{ events { id } }"}"#, RequestClass.browse),
        (#"{"query":"{ events { stageMap { version } } }"}"#, .prefetch),
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

    // MARK: The event of a GraphQL request

    private static let hash = String(repeating: "ab", count: 32)

    @Test(arguments: [
        // Inline, as clients write it into JSON.
        (#"{"query":"{ event(id: \"fight-night\") { stageMap { version } } }"}"#, "fight-night"),
        (#"{"query":"query{event(id:\"cup.final_2\"){title}}"}"#, "cup.final_2"),
        (#"{"query":"{\nevent\n(\n  id :\n \"x\") { id } }"}"#, "x"),
        (#"{"query":"{ a: event(id: \"one\") { id } b: event(id: \"two\") { id } }"}"#, "one"),
        // In variables, before and after the document.
            (
                #"{"query":"query Q($e: ID!) { event(id: $e) { stageMap { version } } }","variables":{"n":1,"e":"fight-night"}}"#,
                "fight-night"
            ),
        (#"{"variables": { "e" : "fight-night" }, "query":"query($e:ID!){event(id:$e){id}}"}"#, "fight-night"),
        // Nothing that could be told.
        (#"{"query":"{ events(first: 3) { id } }"}"#, nil),
        (#"{"query":"{ event(first: 3, id: \"x\") { id } }"}"#, nil),
        (#"{"query":"query($e: ID = \"x\"){event(id:$e){id}}"}"#, nil),
        (#"{"query":"query($e:ID!){event(id:$e){id}}","variables":{"e":7}}"#, nil),
        (#"{"query":"query($e:ID!){event(id:$e){id}}","variables":{"f":"x"}}"#, nil),
        (#"{"query":"query($e:ID!){event(id:$e){id}}","variables":{"e":"a b"}}"#, nil),
        (#"{"query":"{ event(id: \"\") { id } }"}"#, nil),
        (#"{"query":"{ event(id: \"<script>\") { id } }"}"#, nil),
        (#"{"query":"{ event(id: 7) { id } }"}"#, nil),
            (#"{"query":"{ event(id: \"x"#, nil), (#"{"query":"{ event(id: \"#, nil), (#"{"query":"{ event(id:$"#, nil),
            (#"{"query":"{ event("#, nil),
        (#"{"query":"{ prevent(id: \"x\") { id } }"}"#, nil), ("\\", nil), ("\u{0}\u{ff}", nil), ("", nil),
    ] as [(String, String?)])
    func aPostedRequestSaysItsEvent(body: String, event: String?) {
        #expect(RequestFacts(head(.post, "/graphql"), body: ByteBuffer(string: body)).event?.rawValue == event)
    }

    @Test(arguments: [
        ("query=%7Bevent(id:%22fight-night%22)%7BstageMap%7Bversion%7D%7D%7D", "fight-night", RequestClass.prefetch),
        ("query=query(%24e:ID!)%7Bevent(id:%24e)%7Btitle%7D%7D&variables=%7B%22e%22:%22cup%22%7D", "cup", .browse),
        ("variables=%7B%22e%22:%22cup%22%7D&query=query(%24e:ID!)%7Bevent(id:+%24e)%7Btitle%7D%7D", "cup", .browse),
            ("query=%7Bevent(id:%22%ZZ%22)%7Bid%7D%7D", nil, .browse), ("query=%", nil, .browse), ("%%%", nil, .browse),
            ("&=&", nil, .browse),
    ] as [(String, String?, RequestClass)])
    func anAddressSaysItsEvent(query: String, event: String?, expected: RequestClass) {
        let facts = RequestFacts(head(.get, "/graphql?" + query))
        #expect(facts?.event?.rawValue == event)
        #expect(facts?.requestClass == expected)
    }

    @Test func theHeaderGoesBeforeTheDocument() {
        let body = ByteBuffer(string: #"{"query":"{ event(id: \"fight-night\") { id } }"}"#)
        #expect(RequestFacts(head(.post, "/graphql", [.event: "cup-final"]), body: body).event == "cup-final")
    }

    @Test(arguments: [
            ("{ events { id } }", #"{}"#, RequestClass.browse, nil),
            ("{ event(id: \"cup\") { stageMap { version } } }", "{}", .prefetch, "cup"),
            ("query($e: ID!) { event(id: $e) { title } }", #"{"e":"cup"}"#, .browse, "cup"),
            (nil, #"{"e":"cup"}"#, .prefetch, nil),
    ] as [(String?, String, RequestClass, String?)])
    func aHashAsksForWhatItsRegisteredDocumentAsks(
        document: String?, variables: String, expected: RequestClass, event: String?
    ) {
        let body =
            #"{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"\#(Self.hash.uppercased())"}},"variables":\#(variables)}"#
        let facts = RequestFacts(head(.post, "/graphql"), body: ByteBuffer(string: body)) { hash in
            hash == Self.hash ? document.map { QueryGlance(document: $0) } : nil
        }
        #expect(facts.requestClass == expected)
        #expect(facts.event?.rawValue == event)
    }

    @Test func whatLiesBeyondTheFirstFourKilobytesIsNotLookedAt() {
        let padding = String(repeating: "#", count: QueryGlance.bytesMax)
        let body = ByteBuffer(
            string: #"{"query":"\#(padding){ event(id: \"fight-night\") { stageMap { version } } }"}"#)
        let facts = RequestFacts(head(.post, "/graphql"), body: body)
        #expect(facts.event == nil)
        #expect(facts.requestClass == .browse)
    }
}
