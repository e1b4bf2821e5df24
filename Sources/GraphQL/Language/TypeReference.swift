/// A type as fields and variables name it (section 2.11): `Int`, `[Row!]!`.
public indirect enum TypeReference: Hashable, Sendable, CustomStringConvertible {
    case named(String)
    case list(TypeReference)
    case nonNull(TypeReference)

    public var description: String {
        switch self {
        case .named(let name): name
        case .list(let item): "[\(item)]"
        case .nonNull(let type): "\(type)!"
        }
    }

    /// The name inside all lists and marks.
    public var name: String {
        switch self {
        case .named(let name): name
        case .list(let inner), .nonNull(let inner): inner.name
        }
    }

    var isNonNull: Bool { if case .nonNull = self { true } else { false } }

    /// Without an outermost `!`.
    var nullable: TypeReference { if case .nonNull(let type) = self { type } else { self } }

    /// What a list holds, whether or not the list may be null; nil if it is none.
    var item: TypeReference? { if case .list(let item) = nullable { item } else { nil } }
}
