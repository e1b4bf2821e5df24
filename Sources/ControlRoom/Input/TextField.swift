/// A line of text being typed: insertion point, the editing keys of a shell, a bound on its length.
struct TextField: Hashable, Sendable {
    private(set) var text = ""
    /// Characters before the insertion point.
    private(set) var cursor = 0
    /// Characters it takes at most; more are refused.
    let limit: Int

    init(_ text: String = "", limit: Int = 200) {
        self.limit = limit
        set(text)
    }

    var isEmpty: Bool { text.isEmpty }

    mutating func set(_ text: String) {
        self.text = String(text.prefix(limit))
        cursor = self.text.count
    }

    /// Whether `key` is one of its own; all others are for whoever owns the field.
    mutating func handle(_ key: Key) -> Bool {
        switch key {
        case .character(let character): insert(character)
        case .backspace where cursor > 0: remove(cursor - 1)
        case .delete where cursor < text.count: remove(cursor)
        case .backspace, .delete: break
        case .left, .control("b"): cursor = max(0, cursor - 1)
        case .right, .control("f"): cursor = min(text.count, cursor + 1)
        case .home, .control("a"): cursor = 0
        case .end, .control("e"): cursor = text.count
        case .control("u"):
            text = String(text.dropFirst(cursor))
            cursor = 0
        case .control("w"):
            let head = text.prefix(cursor), tail = text.dropFirst(cursor)
            let kept = head.reversed().drop { $0 == " " }.drop { $0 != " " }.reversed()
            text = String(kept) + tail
            cursor = kept.count
        default: return false
        }
        return true
    }

    private mutating func insert(_ character: Character) {
        guard text.count < limit else { return }
        text.insert(character, at: text.index(text.startIndex, offsetBy: cursor))
        cursor = min(text.count, cursor + 1)
    }

    private mutating func remove(_ place: Int) {
        text.remove(at: text.index(text.startIndex, offsetBy: place))
        cursor = min(place, text.count)
    }
}
