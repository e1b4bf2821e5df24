/// A person at a terminal.
public struct Operator: Hashable, Codable, Sendable {
    /// 1...32 characters, the name that stands in the audit.
    public var name: String
    /// The desk's role, `SCO`, `BCO`, `lead`; free text of at most 16 characters.
    public var role: String
    /// Which terminal, `pts/3@host:4711`: a second operator must sit at another one.
    public var terminal: String

    public init(name: String, role: String, terminal: String) {
        self.name = name
        self.role = role
        self.terminal = terminal
    }
}

/// Who caused a journal entry.
public enum Actor: Hashable, Codable, Sendable, CustomStringConvertible {
    /// The engine by itself: an AUTO stage at its time, a gate that held the clock.
    case engine
    case person(Operator)
    /// A production system with a token, by the token's name.
    case signal(String)

    public var description: String {
        switch self {
        case .engine: "engine"
        case .person(let person): person.name
        case .signal(let name): "signal:\(name)"
        }
    }
}
