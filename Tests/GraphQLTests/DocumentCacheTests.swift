import GraphQL
import Testing

@Suite struct DocumentCacheTests {
    private let schema: Schema

    init() throws { schema = try Schema("type Query { a: Int b: Int c: Int }") }

    @Test func aTextIsReadOnceWhileItIsKept() throws {
        var cache = DocumentCache(countMax: 2)
        for text in ["{a}", "{b}", "{a}", "{c}", "{a}", "{b}"] { _ = try cache.document(for: text, in: schema) }
        #expect(cache.hitCount == 2, "{b} went when {c} came, {a} stayed")
        #expect(cache.missCount == 4)
    }

    @Test func itHoldsNoMoreBytesThanItMay() throws {
        var cache = DocumentCache(countMax: 100, bytesMax: 100)
        for number in 0..<50 { _ = try cache.document(for: "{ x\(number): a }", in: schema) }
        #expect(cache.byteCount <= 100)
        for number in 47..<50 { _ = try cache.document(for: "{ x\(number): a }", in: schema) }
        #expect(cache.hitCount == 3, "the newest stay")
        _ = try cache.document(for: "{ a }" + String(repeating: " ", count: 50), in: schema)
        #expect(cache.byteCount <= 100)
    }

    @Test func whatIsRefusedIsNotKept() {
        var cache = DocumentCache()
        for text in ["{", "{ d }"] {
            #expect(throws: RequestErrors.self) { try cache.document(for: text, in: schema) }
        }
        #expect(cache.byteCount == 0)
    }
}
