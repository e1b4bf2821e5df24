/// Documents that were read and found valid, by a hash of their text, so that a text asked again costs one look-up.
///
/// A value: whoever owns it decides where it lives. Invalid documents are not kept. Bounded by count and by bytes of
/// text; the one unused for longest goes first. The text is compared as well, so two texts with one hash are told
/// apart.
public struct DocumentCache: Sendable {
    /// Documents kept at most.
    public let countMax: Int
    /// Bytes of text kept at most. A document of more than a quarter of it is never kept.
    public let bytesMax: Int
    public private(set) var byteCount = 0
    public private(set) var hitCount = 0
    public private(set) var missCount = 0

    private var entries: [String: Entry] = [:]
    /// Texts by their last use, oldest first; stale lines, whose use is not the entry's last, are passed over.
    private var uses: [(use: Int, text: String)] = []
    private var useCount = 0

    private struct Entry {
        var document: Document
        var lastUse: Int
    }

    public init(countMax: Int = 500, bytesMax: Int = 1 << 20) {
        self.countMax = countMax
        self.bytesMax = bytesMax
    }

    /// The document of that text: kept, or read and validated now.
    public mutating func document(
        for text: String, in schema: Schema, limits: Limits = Limits(), introspection: Bool = true
    ) throws(RequestErrors) -> Document {
        useCount += 1
        if let entry = entries[text] {
            hitCount += 1
            touch(text)
            return entry.document
        }
        missCount += 1
        let document = try Self.read(text, schema, limits, introspection)
        keep(document, for: text)
        return document
    }

    private static func read(
        _ text: String, _ schema: Schema, _ limits: Limits, _ introspection: Bool
    ) throws(RequestErrors) -> Document {
        let document: Document
        do {
            document = try Document(parsing: text, limits: limits)
        } catch {
            throw RequestErrors([error])
        }
        let errors = schema.validate(document, limits: limits, introspection: introspection)
        guard errors.isEmpty else { throw RequestErrors(errors) }
        return document
    }

    private mutating func keep(_ document: Document, for text: String) {
        guard document.byteCount <= bytesMax / 4, countMax > 0 else { return }
        entries[text] = Entry(document: document, lastUse: useCount)
        uses.append((useCount, text))
        byteCount += document.byteCount
        while entries.count > countMax || byteCount > bytesMax { evictOldest() }
    }

    private mutating func touch(_ text: String) {
        entries[text]?.lastUse = useCount
        uses.append((useCount, text))
        if uses.count > 8 * (countMax + 8) { uses.removeAll { entries[$0.text]?.lastUse != $0.use } }
    }

    private mutating func evictOldest() {
        let passed = uses.firstIndex { entries[$0.text]?.lastUse == $0.use }
        guard let passed, let entry = entries.removeValue(forKey: uses[passed].text) else { return }
        byteCount -= entry.document.byteCount
        uses.removeSubrange(...passed)
    }
}
