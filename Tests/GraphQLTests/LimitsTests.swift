import GraphQL
import Testing

/// Rows 23, 24 and 26 of the abuse table: whatever the text, the answer is an error, soon and without the stack running
/// over.
@Suite struct LimitsTests {
    private let schema: Schema

    init() throws {
        schema = try Schema(
            "type Query { a(list: [Int], in: In): Query b: Int c: [Query] } input In { in: In list: [In] }",
            resolvers: ["Query.a": { _ in .value([:]) }])
    }

    private func refusal(_ text: String) -> String {
        String(decoding: schema.execute(Request(text)).json.prefix(300), as: UTF8.self)
    }

    private func nested(_ open: String, _ inside: String, _ close: String, _ count: Int) -> String {
        String(repeating: open, count: count) + inside + String(repeating: close, count: count)
    }

    @Test func aMillionTokensAreNotRead() {
        #expect(refusal("{" + String(repeating: " b", count: 1_000_000) + "}").contains("more than 2000 tokens"))
        #expect(refusal("{ b }" + String(repeating: "#", count: 1_000_000)) == #"{"data":{"b":null}}"#)
    }

    @Test func nestingOfEveryKindIsRefused() {
        let many = 100_000
        #expect(refusal(nested("{a", "{b}", "}", many)).contains("LIMIT_EXCEEDED"))
        #expect(refusal("{ a(list: \(nested("[", "", "]", many))) { b } }").contains("LIMIT_EXCEEDED"))
        #expect(refusal("{ a(in: \(nested("{in:", "1", "}", many))) { b } }").contains("LIMIT_EXCEEDED"))
        #expect(refusal("query ($v: \(nested("[", "Int", "]", many))) { b }").contains("LIMIT_EXCEEDED"))
        #expect(refusal(nested("{...", "{b}", "}", many)).contains("LIMIT_EXCEEDED"))
        #expect(refusal(nested("{a", "{b}", "}", 13)).contains("14 fields deep, more than 12"))
        #expect(throws: Value.JSONFault.self) { try Value(json: Array(nested("[", "", "]", many).utf8)) }
    }

    @Test func aliasesDirectivesAndListsAreCounted() {
        let aliases = (0..<50_000).map { " x\($0): b" }.joined()
        #expect(refusal("{\(aliases) }").contains("more than 30 aliases"))
        let directives = String(repeating: " @skip(if: false)", count: 20_000)
        #expect(refusal("{ b\(directives) }").contains("more than 50 directives"))
        #expect(refusal("{ a(list: [\(String(repeating: "1 ", count: 101))]) { b } }").contains("more than 100 items"))
        let variables = ObjectValue([("l", .list(Array(repeating: 1, count: 101)))])
        let response = schema.execute(Request("query ($l: [Int]) { a(list: $l) { b } }", variables: variables))
        #expect(response.errors.map(\.message) == ["Variable \"$l\" has a list of more than 100 items."])
    }

    @Test func fragmentBombsAndCyclesAreRefused() {
        let bomb = (0..<60).map { "fragment F\($0) on Query { ...F\($0 + 1) ...F\($0 + 1) }" }.joined(separator: " ")
        #expect(refusal("{ ...F0 } \(bomb) fragment F60 on Query { b }").contains("LIMIT_EXCEEDED"))
        #expect(
            refusal("{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }").contains("within itself via"))
        let deep = (0..<100).map { "fragment F\($0) on Query { a { ...F\($0 + 1) } }" }.joined(separator: " ")
        #expect(refusal("{ ...F0 } \(deep) fragment F100 on Query { b }").contains("fields deep, more than 12"))
    }

    @Test func comparingFieldsStaysBounded() {
        var limits = Limits()
        limits.complexityMax = 100_000
        let same = "{ " + String(repeating: "b ", count: 1_900) + "}"
        let response = schema.execute(Request(same), limits: limits)
        #expect(response.errors.map(\.code) == ["LIMIT_EXCEEDED"])
        let nestedSame = "{ " + String(repeating: "c { c { b } } ", count: 120) + "}"
        #expect(schema.execute(Request(nestedSame)).errors.map(\.code) == ["LIMIT_EXCEEDED"])
    }

    @Test func noMoreThanTwentyErrorsAreTold() throws {
        let unknown = "{ " + (0..<100).map { "x\($0) " }.joined() + "}"
        #expect(schema.validate(try Document(parsing: unknown)).count == 20)
    }

    @Test func introspectionCannotBeMadeToRepeatItself() {
        let types = nested("fields{type{", "name", "}}", 3)
        #expect(refusal("{ __schema { types { \(types) } } }").contains("Maximum introspection depth exceeded."))
        let honest = nested("fields{type{", "name", "}}", 2)
        #expect(refusal("{ __schema { types { \(honest) } } }").hasPrefix(#"{"data""#))
    }
}
