import GraphQL
import Testing

/// The promises of section 6: what a valid request is answered.
@Suite struct ExecutionTests {
    private func run(
        _ query: String, _ variables: ObjectValue = ObjectValue(), in schema: Schema, root: any Sendable = Value.null
    ) -> String {
        let request = Request(query, variables: variables)
        return String(decoding: schema.execute(request, root: root).json, as: UTF8.self)
    }

    @Test func resolversAndPlainDataAnswerTogether() throws {
        let schema = try Schema(
            "type Query { greeting(name: String = \"you\"): String! show: Show } type Show { title: String stages: [Stage!]! } "
                + "type Stage { key: ID! at: Float }",
            resolvers: [
                "Query.greeting": { call in .value(.string("Hello, \(call.arguments["name"]!.string!)")) },
                "Query.show": { _ in
                    .value(["title": "Fight Night", "stages": [["key": "live", "at": 1.5], ["key": "ended"]]])
                },
            ])
        #expect(
            run("{ a: greeting greeting(name: \"Ana\") show { title stages { key at __typename } } }", in: schema)
                == #"{"data":{"a":"Hello, you","greeting":"Hello, Ana","show":{"title":"Fight Night","stages":[{"key":"live","at":1.5,"__typename":"Stage"},{"key":"ended","at":null,"__typename":"Stage"}]}}}"#
        )
    }

    @Test func aNullBubblesToTheNearestPlaceThatMayBeNull() throws {
        let schema = try Schema(
            "type Query { list: [Item] strict: [Item!] } type Item { name: String! inner: Item }",
            resolvers: [
                "Query.list": { _ in .value([["name": "a"], ["name": nil], ["name": "c", "inner": ["name": nil]]]) },
                "Query.strict": { _ in .value([["name": "a"], ["name": nil]]) },
            ])
        #expect(
            run("{ list { name inner { name } } }", in: schema)
                == #"{"errors":[{"message":"Cannot return null for non-nullable field Item.name.","locations":[{"line":1,"column":10}],"path":["list",1,"name"]},{"message":"Cannot return null for non-nullable field Item.name.","locations":[{"line":1,"column":23}],"path":["list",2,"inner","name"]}],"data":{"list":[{"name":"a","inner":null},null,{"name":"c","inner":null}]}}"#
        )
        #expect(run("{ strict { name } }", in: schema).hasSuffix(#""data":{"strict":null}}"#))
    }

    @Test func whatAResolverThrowsIsTheErrorOfItsField() throws {
        struct Inside: Error {}
        let schema = try Schema(
            "type Query { ours: Int other: Int }",
            resolvers: [
                "Query.ours": { _ in throw GraphQLError("No such show.", code: "NOT_FOUND") },
                "Query.other": { _ in throw Inside() },
            ])
        #expect(
            run("{ ours other }", in: schema)
                == #"{"errors":[{"message":"No such show.","locations":[{"line":1,"column":3}],"path":["ours"],"extensions":{"code":"NOT_FOUND"}},{"message":"Internal error.","locations":[{"line":1,"column":8}],"path":["other"],"extensions":{"code":"INTERNAL"}}],"data":{"ours":null,"other":null}}"#
        )
    }

    @Test func aSubscriptionIsExecutedOncePerEvent() throws {
        let schema = try Schema(
            "type Query { a: Int } type Subscription { changed(code: ID!): Change } type Change { stage: String }",
            resolvers: [
                "Subscription.changed": { call in .object(try call.source(as: String.self)) },
                "Change.stage": { call in
                .value(.string(try call.source(as: String.self)))
            }])
        let document = try Document(parsing: "subscription ($c: ID!) { changed(code: $c) { stage } }")
        #expect(schema.validate(document) == [])
        let operation = try schema.operation(in: document, variables: ObjectValue([("c", "FN1")]))
        #expect(operation.kind == .subscription)
        #expect(operation.rootFields.map(\.name) == ["changed"])
        #expect(operation.rootFields[0].arguments?["code"] == "FN1")
        for stage in ["live", "ended"] {
            let response = operation.execute(root: stage)
            #expect(String(decoding: response.json, as: UTF8.self) == #"{"data":{"changed":{"stage":"\#(stage)"}}}"#)
        }
    }

    @Test func aRequestIsRefusedBeforeAnythingRuns() throws {
        let schema = try Schema("type Query { a(n: Int!): Int }", resolvers: ["Query.a": { _ in .value(1) }])
        #expect(
            run("{ a(n: }", in: schema)
                == #"{"errors":[{"message":"Syntax Error: Unexpected \"}\".","locations":[{"line":1,"column":8}]}]}"#)
        #expect(
            run("query ($n: Int!) { a(n: $n) }", ObjectValue([("n", "x")]), in: schema)
                == #"{"errors":[{"message":"Variable \"$n\" got invalid value \"x\"; Int cannot represent non-integer value: \"x\"","locations":[{"line":1,"column":8}]}]}"#
        )
    }
}
