/// A value outside a document: a variable, a coerced argument, a leaf or a tree of plain data in a result.
///
/// Enum values are strings here; the schema knows which strings are allowed where.
public indirect enum Value: Hashable, Sendable {
    case null
    case boolean(Bool)
    case int(Int)
    case float(Double)
    case string(String)
    case list([Value])
    case object(ObjectValue)
}

/// The members of an object in their order.
public struct ObjectValue: Hashable, Sendable {
    public private(set) var members: [Member]
    /// Where each name stands; empty while there are so few that looking through them is faster.
    private var places: [String: Int] = [:]
    private static let indexedAbove = 8

    /// A name and its value.
    public struct Member: Hashable, Sendable {
        public var name: String
        public var value: Value
    }

    public init() { members = [] }

    /// Of members with one name the last is kept, at the place of the first.
    public init(_ members: some Sequence<(String, Value)>) {
        self.init()
        for (name, value) in members { self[name] = value }
    }

    /// The value of that name; nil if there is none. Setting nil is not possible: a member once given stays.
    public subscript(name: String) -> Value? {
        get { place(of: name).map { members[$0].value } }
        set {
            guard let newValue else { return }
            if let place = place(of: name) {
                members[place].value = newValue
                return
            }
            members.append(Member(name: name, value: newValue))
            if members.count > Self.indexedAbove {
                if places.isEmpty {
                    for (index, member) in members.enumerated() { places[member.name] = index }
                } else {
                    places[name] = members.count - 1
                }
            }
        }
    }

    private func place(of name: String) -> Int? {
        places.isEmpty ? members.firstIndex { $0.name == name } : places[name]
    }
}

extension Value {
    public var isNull: Bool { self == .null }
    public var boolean: Bool? { if case .boolean(let value) = self { value } else { nil } }
    public var int: Int? { if case .int(let value) = self { value } else { nil } }
    public var string: String? { if case .string(let value) = self { value } else { nil } }
    public var list: [Value]? { if case .list(let value) = self { value } else { nil } }
    public var object: ObjectValue? { if case .object(let value) = self { value } else { nil } }

    /// A member of an object; nil if this is none or has no such member.
    public subscript(name: String) -> Value? { object?[name] }
}

extension Value: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByStringLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral {
    public init(nilLiteral: ()) { self = .null }
    public init(booleanLiteral value: Bool) { self = .boolean(value) }
    public init(integerLiteral value: Int) { self = .int(value) }
    public init(floatLiteral value: Double) { self = .float(value) }
    public init(stringLiteral value: String) { self = .string(value) }
    public init(arrayLiteral elements: Value...) { self = .list(elements) }
    public init(dictionaryLiteral elements: (String, Value)...) { self = .object(ObjectValue(elements)) }
}
