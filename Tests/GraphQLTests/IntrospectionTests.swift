import GraphQL
import Testing

@Suite struct IntrospectionTests {
    private let schema: Schema

    init() throws { schema = try Schema("type Query { a(n: [Int!]! = [1]): Int @deprecated }") }

    @Test func aSchemaTellsOfItself() {
        let query = "{ __schema { queryType { name } } __type(name: \"Query\") { kind fields(includeDeprecated: true) "
            + "{ name isDeprecated deprecationReason args { defaultValue type { kind ofType { kind } } } } } }"
        #expect(
            String(decoding: schema.execute(Request(query)).json, as: UTF8.self)
                == #"{"data":{"__schema":{"queryType":{"name":"Query"}},"__type":{"kind":"OBJECT","fields":[{"name":"a","isDeprecated":true,"deprecationReason":"No longer supported","args":[{"defaultValue":"[1]","type":{"kind":"NON_NULL","ofType":{"kind":"LIST"}}}]}]}}}"#
        )
    }

    @Test func itCanBeSwitchedOff() throws {
        for field in ["__schema { queryType { name } }", "__type(name: \"Query\") { name }"] {
            let document = try Document(parsing: "{ \(field) }")
            #expect(schema.validate(document, introspection: false).count == 1)
            #expect(schema.validate(document).isEmpty)
        }
        #expect(schema.validate(try Document(parsing: "{ __typename }"), introspection: false).isEmpty)
    }
}
