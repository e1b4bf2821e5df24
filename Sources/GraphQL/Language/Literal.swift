/// A value as it is written in a document (section 2.9), with variables not yet filled in.
struct Literal: Sendable {
    indirect enum Kind: Sendable {
        case variable(String)
        /// The digits as written.
        case int(String)
        case float(String)
        case string(String, isBlock: Bool)
        case boolean(Bool)
        case null
        case enumeration(String)
        case list([Literal])
        case object([Argument])
    }

    var kind: Kind
    var location: SourceLocation
}

extension Literal {
    var isNull: Bool { if case .null = kind { true } else { false } }

    var variableName: String? { if case .variable(let name) = kind { name } else { nil } }
}
