/// What the first bytes of a GraphQL request say of its priority: whether stage maps are asked for, and of which live
/// event.
///
/// A glance, not a reading: one pass over the names in at most `bytesMax` bytes, a few microseconds, before anything is
/// admitted. A body of `POST` is looked at as it is, JSON escapes and all; the query of a `GET` once its percent signs
/// are undone. What cannot be told is left open: a wrong glance costs a request its place in the queue and nothing
/// else. Defaults of variables are not looked at.
struct QueryGlance: Hashable, Sendable {
    /// What stands behind `event(id:`, the first time.
    enum Target: Hashable, Sendable {
        case none
        case literal(EventID)
        case variable(String)
    }

    static let bytesMax = 4096

    private(set) var asksForStages = false
    private(set) var target = Target.none
    /// The hash of a persisted document, in lower case; nil where none is named.
    private(set) var persistedHash: String?
    /// Whether the document itself is there.
    private(set) var hasDocument = false
    private var isPersisted = false
    /// Where the variables begin.
    private var variablesAt: Int?

    /// Of a document's own text, as it was registered.
    init(document: String) {
        var text = document
        self = text.withUTF8 { QueryGlance(UnsafeRawBufferPointer($0)) }
        hasDocument = true
    }

    /// Of a request's bytes; those beyond `bytesMax` are not looked at.
    init(_ bytes: UnsafeRawBufferPointer) {
        var scan = Scan(bytes: UnsafeRawBufferPointer(rebasing: bytes.prefix(Self.bytesMax)))
        while let name = scan.nextName() { take(name, &scan) }
    }

    /// Only the hash came, so what is asked stands in the document that was registered under it.
    var isHashAlone: Bool { isPersisted && !hasDocument }

    /// The live event: named in the document, or in the variables of the request in `bytes`.
    /// - Parameter document: the glance at the document, where the request holds its hash alone.
    func event(in bytes: UnsafeRawBufferPointer, document: QueryGlance? = nil) -> EventID? {
        switch (document ?? self).target {
        case .none: return nil
        case .literal(let event): return event
        case .variable(let name):
            guard let variablesAt else { return nil }
            return Scan(bytes: UnsafeRawBufferPointer(rebasing: bytes.prefix(Self.bytesMax))).member(
                name, from: variablesAt
            ).map(EventID.init(rawValue:))
        }
    }

    private mutating func take(_ name: Range<Int>, _ scan: inout Scan) {
        if scan.isWord("stageMap", name) { asksForStages = true }
        if scan.isWord("variables", name), variablesAt == nil { variablesAt = name.upperBound }
        if scan.isWord("persistedQuery", name) { isPersisted = true }
        // A member of the body, or a parameter of the address; not the keyword in front of an operation.
        if scan.isWord("query", name), scan.isNext("\"") || scan.isNext("=") { hasDocument = true }
        if scan.isWord("sha256Hash", name), persistedHash == nil { persistedHash = scan.hash() }
        if scan.isWord("event", name), target == .none { target = scan.eventArgument() }
    }
}

/// A place in the bytes of a request.
private struct Scan {
    let bytes: UnsafeRawBufferPointer
    private(set) var place = 0

    private static let nameBytesMax = 64

    init(bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    /// The next run of letters, digits and underscores.
    mutating func nextName() -> Range<Int>? {
        while place < bytes.count, !Self.isNameByte(bytes[place]) {
            // The letter of an escape (`\n`) is no beginning of a name.
            place += bytes[place] == UInt8(ascii: "\\") ? 2 : 1
        }
        guard place < bytes.count else { return nil }
        let start = place
        while place < bytes.count, Self.isNameByte(bytes[place]) { place += 1 }
        return start..<place
    }

    func isWord(_ word: StaticString, _ name: Range<Int>) -> Bool {
        guard name.count == word.utf8CodeUnitCount else { return false }
        return (0..<name.count).allSatisfy { bytes[name.lowerBound + $0] == word.utf8Start[$0] }
    }

    func isNext(_ character: Unicode.Scalar) -> Bool { place < bytes.count && bytes[place] == UInt8(ascii: character) }

    /// Behind `event`: `(id: "fight-night"` or `(id: $id`. Leaves the place where it is if it is anything else.
    mutating func eventArgument() -> QueryGlance.Target {
        var ahead = self
        ahead.skipBlank()
        guard ahead.skip("("), let name = ahead.wordHere(), ahead.isWord("id", name) else { return .none }
        ahead.skipBlank()
        guard ahead.skip(":") else { return .none }
        ahead.skipBlank()
        if ahead.skip("$") {
            guard let variable = ahead.wordHere(), variable.count <= Self.nameBytesMax else { return .none }
            place = ahead.place
            return .variable(ahead.text(variable))
        }
        return ahead.quoted().map { .literal(EventID(rawValue: $0)) } ?? .none
    }

    /// The string that a JSON object has under a name, looked for from a place on.
    func member(_ name: String, from start: Int) -> String? {
        var ahead = self
        ahead.place = start
        while let found = ahead.nextName() {
            let isMember =
                found.lowerBound > 0 && bytes[found.lowerBound - 1] == UInt8(ascii: "\"") && ahead.isNext("\"")
            guard isMember, found.count == name.utf8.count, zip(bytes[found], name.utf8).allSatisfy({ $0 == $1 }) else {
                continue
            }
            var value = ahead
            value.place += 1
            value.skipBlank()
            guard value.skip(":") else { continue }
            value.skipBlank()
            return value.quoted()
        }
        return nil
    }

    /// Behind `sha256Hash`: `": "` and 64 hexadecimal digits.
    func hash() -> String? {
        var ahead = self
        guard ahead.skip("\"") else { return nil }
        ahead.skipBlank()
        guard ahead.skip(":") else { return nil }
        ahead.skipBlank()
        guard ahead.skip("\""), let name = ahead.wordHere(), name.count == 64 else { return nil }
        return ahead.text(name).lowercased()
    }

    /// A string of letters, digits and `-_.`, in quotes or in escaped ones; nil for any other.
    private mutating func quoted() -> String? {
        _ = skip("\\")
        guard skip("\"") else { return nil }
        let start = place
        while place < bytes.count,
            Self.isNameByte(bytes[place]) || bytes[place] == UInt8(ascii: "-") || bytes[place] == UInt8(ascii: ".")
        { place += 1 }
        guard (1...Self.nameBytesMax).contains(place - start), isNext("\"") || isNext("\\") else { return nil }
        return text(start..<place)
    }

    private mutating func wordHere() -> Range<Int>? {
        skipBlank()
        let start = place
        while place < bytes.count, Self.isNameByte(bytes[place]) { place += 1 }
        return place > start ? start..<place : nil
    }

    private mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard isNext(character) else { return false }
        place += 1
        return true
    }

    /// What GraphQL and JSON do not mind, as it is or escaped.
    private mutating func skipBlank() {
        while place < bytes.count {
            switch bytes[place] {
            case UInt8(ascii: " "), UInt8(ascii: ","), 9, 10, 13: place += 1
            case UInt8(ascii: "\\")
            where place + 1 < bytes.count
                && [UInt8(ascii: "n"), UInt8(ascii: "t"), UInt8(ascii: "r")].contains(bytes[place + 1]):
                place += 2
            default: return
            }
        }
    }

    private func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
