import GraphQL
import Testing

@Suite struct SchemaTests {
    private static let wrong: [(sdl: String, problem: String)] = [
        ("type A { a: Int }", "Query root type must be an Object type, it cannot be \"Query\"."),
        ("type Query { a: Nothing }", "Unknown type \"Nothing\" of Query.a."),
        ("type Query { a: In } input In { b: Int }", "The type of Query.a must be Output Type but got: In."),
        ("type Query { a(b: Query): Int }", "The type of Query.a(b:) must be Input Type but got: Query."),
        ("type Query { a(b: Int = \"x\"): Int }", "The default of Query.a(b:) is no Int: \"x\"."),
        ("type Query { a: Int a: Int }", "Field \"Query.a\" can only be defined once."),
        (
            "type Query { __a: Int }",
            "Name \"__a\" must not begin with \"__\", which is reserved by GraphQL introspection."
        ),
        (
            "type Query implements N { a: Int } interface N { b: Int }",
            "Interface field N.b expected but Query does not provide it."
        ),
        (
            "type Query implements N { b: [Int] } interface N { b: Int }",
            "Interface field N.b expects type Int but Query.b is type [Int]."
        ),
        (
            "type Query { a: U } union U = Query | Int",
            "Union type U can only include Object types, it cannot include Int."
        ),
        ("type Query { a: E } enum E { A A }", "Enum value \"E.A\" can only be defined once."),
        (
            "type Query { a(i: I): Int } input I { i: I! }",
            "Cannot reference Input Object \"I\" within itself through a series of non-null fields."
        ),
        ("type Query { a: Int } type Query { a: Int }", "There can be only one type named \"Query\"."),
        ("type Query { a: Int", "Syntax Error: Expected Name, found <EOF>."),
    ]

    @Test(arguments: wrong.indices)
    func aSchemaThatExistsIsValid(_ index: Int) {
        let error = #expect(throws: SchemaError.self) { try Schema(Self.wrong[index].sdl) }
        #expect(
            error?.problems.map(\.message).contains(Self.wrong[index].problem) == true,
            "\(error?.description ?? "valid")")
    }

    @Test func aResolverWithoutAFieldIsAnError() {
        let error = #expect(throws: SchemaError.self) {
            try Schema("type Query { a: Int }", resolvers: ["Query.b": { _ in .null }])
        }
        #expect(error?.description == "There is a resolver for \"Query.b\", but no such field.")
    }

    @Test func extensionsAreMergedAndWhatIsPrintedIsReadAgain() throws {
        let schema = try Schema(
            #"""
            "What the show is." schema { query: Root }
            type Root { "One show." a("Of it." id: ID! = "x", n: [Int!] = [1, 2]): E @deprecated(reason: "old") }
            enum E { A }
            extend enum E { B @deprecated }
            extend type Root implements N { id: ID! }
            interface N { id: ID! }
            extend schema { subscription: Sub }
            type Sub { tick: Int }
            """#)
        #expect(try Schema(schema.sdl).sdl == schema.sdl)
        #expect(schema.subscriptionType == "Sub")
        #expect(schema.sdl.contains("type Root implements N {"))
        #expect(schema.sdl.contains("  B @deprecated\n"))
    }
}
