import Foundation
@testable import GraphQL
import Testing

/// Damaged documents, seeded: whatever comes, the answer is a response that is JSON, and nothing crashes or hangs.
/// `FUZZ_COUNT` and `FUZZ_SEED` make a longer run.
@Suite struct FuzzTests {
    private struct Draws: RandomNumberGenerator {
        var state: UInt64

        /// SplitMix64, Steele, Lea, Flood 2014.
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }
    }

    private static let seeds = [
        "query Q($a: Int! = 3, $b: [In!]) @d { x: a(n: $a, i: {s: \"\\u00e9\", l: [1, 2.5e3]}) @skip(if: false) { ...F ... on Query { b } } }"
            + " fragment F on Query { a { __typename b } }",
        "{ __schema { types { name fields(includeDeprecated: true) { name type { ofType { kind } } } } } }",
        "subscription { tick } mutation M { b } \"\"\"block\n  \\\"\"\" text\"\"\" type T implements A & B { f(a: Int = 1): [T!]! }",
        "extend schema @x { query: Q } directive @y(a: In = {s: null}) repeatable on FIELD | QUERY union U = | A | B",
    ]
    private static let pieces = [
        "{", "}", "(", ")", "[", "]", "...", "\"", "\"\"\"", "\\u", "\\", "$", "@", "!", ":", "=", "&", "|", "on",
        "null", "fragment F on Query",
        "...F", "{a{a{a", "-", "1e", "0.", "#", "\n", "\r", "\u{FEFF}", "é", "🎬", "\u{0}", "true", "__typename",
        "__schema", "$a", "in", ",",
    ]

    @Test func damagedDocumentsAreAnsweredWithWords() throws {
        let schema = try Schema(
            "type Query { a(n: Int, i: In): Query b: Int } input In { s: String l: [Float] i: In } type Subscription { tick: Int }",
            resolvers: ["Query.a": { _ in .value([:]) }, "Query.b": { _ in .value(1) }])
        let environment = ProcessInfo.processInfo.environment
        var draws = Draws(state: environment["FUZZ_SEED"].flatMap(UInt64.init) ?? 4)
        for _ in 0..<(environment["FUZZ_COUNT"].flatMap(Int.init) ?? 2_000) {
            let bytes = damaged(Array(Self.seeds.randomElement(using: &draws)!.utf8), &draws)
            do {
                let document = try Document(parsing: String(decoding: bytes, as: UTF8.self))
                let errors = schema.validate(document)
                guard errors.isEmpty else { continue }
                let response = try schema.operation(in: document, variables: ObjectValue([("a", 1)])).execute()
                _ = try Value(json: response.json)
                #expect(try Document(parsing: document.printed).printed == document.printed)
            } catch let error as GraphQLError {
                #expect(error.locations.allSatisfy { $0.line > 0 && $0.column > 0 })
            } catch is RequestErrors {
                continue
            }
        }
    }

    private func damaged(_ bytes: [UInt8], _ draws: inout Draws) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...6, using: &draws) {
            let start = Int.random(in: 0...bytes.count, using: &draws)
            let end = min(bytes.count, start + Int.random(in: 0...12, using: &draws))
            switch Int.random(in: 0..<5, using: &draws) {
            case 0: bytes.removeSubrange(start..<end)
            case 1: bytes.insert(contentsOf: bytes[start..<end], at: Int.random(in: 0...bytes.count, using: &draws))
            case 2: bytes.insert(UInt8.random(in: .min ... .max, using: &draws), at: start)
            default: bytes.replaceSubrange(start..<end, with: Array(Self.pieces.randomElement(using: &draws)!.utf8))
            }
        }
        return bytes
    }

    @Test func damagedJSONIsRefusedOrReadAsWhatItSays() {
        var draws = Draws(state: 5)
        let seed = Array(
            #"{"query":"{ a }","variables":{"n":-1.5e3,"s":"\u00e9\ud83d\ude00\n","l":[true,false,null,[],{}]}}"#.utf8)
        for _ in 0..<2_000 {
            let bytes = damaged(seed, &draws)
            guard let value = try? Value(json: bytes) else { continue }
            #expect((try? Value(json: value.json)) == value)
            #expect(
                (try? JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)) != nil,
                "\(String(decoding: bytes, as: UTF8.self))")
        }
    }
}
