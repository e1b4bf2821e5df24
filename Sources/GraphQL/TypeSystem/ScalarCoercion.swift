/// How the values of a scalar come in and go out (section 3.5). Each function returns nil for a value that it refuses,
/// and throws a `GraphQLError` to refuse it with a sentence of its own.
public struct ScalarCoercion: Sendable {
    /// A variable, or a literal without variables, to what resolvers see.
    public var input: @Sendable (Value) throws(GraphQLError) -> Value?
    /// What a resolver gave to what the client sees.
    public var output: @Sendable (Value) throws(GraphQLError) -> Value?

    public init(
        input: @escaping @Sendable (Value) throws(GraphQLError) -> Value?,
        output: @escaping @Sendable (Value) throws(GraphQLError) -> Value?
    ) {
        self.input = input
        self.output = output
    }

    /// Any value both ways: for a scalar about which nothing is said.
    public static let anything = ScalarCoercion(
        input: { (value) throws(GraphQLError) in value }, output: { (value) throws(GraphQLError) in value })

    /// A 64-bit count of milliseconds and the like, beyond what `Int` may carry: JSON numbers without fraction.
    public static let integer = ScalarCoercion(
        input: { (value) throws(GraphQLError) in value.integral.map(Value.int) },
        output: { (value) throws(GraphQLError) in value.integral.map(Value.int) })
}

extension Value {
    /// The whole number that this is, also if it is written with a fraction of zero.
    var integral: Int? {
        switch self {
        case .int(let value): value
        case .float(let value): Int(exactly: value)
        default: nil
        }
    }
}

/// The five scalars of the specification (section 3.5.1 to 3.5.5).
enum BuiltInScalar: String, CaseIterable {
    case string = "String", int = "Int", float = "Float", boolean = "Boolean", id = "ID"

    var type: ScalarType {
        ScalarType(name: rawValue, description: description, specifiedBy: nil, coercion: coercion)
    }

    private var coercion: ScalarCoercion {
        let scalar = self
        return ScalarCoercion(
            input: { (value) throws(GraphQLError) in try scalar.input(value) },
            output: { (value) throws(GraphQLError) in try scalar.output(value) })
    }

    private func input(_ value: Value) throws(GraphQLError) -> Value {
        switch (self, value) {
        case (.string, .string), (.boolean, .boolean), (.id, .string): return value
        case (.int, _): return .int(try int32(value))
        case (.float, .int(let number)): return .float(Double(number))
        case (.float, .float(let number)) where number.isFinite: return value
        case (.id, _):
            if let number = value.integral { return .string(String(number)) }
        default: break
        }
        throw refusal(value)
    }

    private func output(_ value: Value) throws(GraphQLError) -> Value {
        switch (self, value) {
        case (.string, .boolean(let flag)): return .string(flag ? "true" : "false")
        case (.string, .int(let number)): return .string(String(number))
        case (.string, .float(let number)) where number.isFinite: return .string(String(number))
        case (.int, .boolean(let flag)): return .int(flag ? 1 : 0)
        case (.int, .string(let text)):
            guard let number = Int(text) else { throw refusal(value) }
            return .int(try int32(.int(number)))
        case (.float, .boolean(let flag)): return .int(flag ? 1 : 0)
        case (.float, .string(let text)):
            guard let number = Double(text), number.isFinite else { throw refusal(value) }
            return .float(number)
        case (.boolean, .int(let number)): return .boolean(number != 0)
        case (.boolean, .float(let number)) where number.isFinite: return .boolean(number != 0)
        default: break
        }
        do {
            return try input(value)
        } catch {
            throw self == .string || self == .id
                ? GraphQLError("\(rawValue) cannot represent value: \(value.inspected)") : error
        }
    }

    private func int32(_ value: Value) throws(GraphQLError) -> Int {
        if case .float(let number) = value, number.isFinite, number == number.rounded(), Int32(exactly: number) == nil {
            throw GraphQLError("Int cannot represent non 32-bit signed integer value: \(value.inspected)")
        }
        guard let number = value.integral else { throw refusal(value) }
        guard Int32(exactly: number) != nil else {
            throw GraphQLError("Int cannot represent non 32-bit signed integer value: \(value.inspected)")
        }
        return number
    }

    /// - Parameter written: the value as the client wrote it.
    func refusal(written: String) -> GraphQLError {
        switch self {
        case .string: GraphQLError("String cannot represent a non string value: \(written)")
        case .int: GraphQLError("Int cannot represent non-integer value: \(written)")
        case .float: GraphQLError("Float cannot represent non numeric value: \(written)")
        case .boolean: GraphQLError("Boolean cannot represent a non boolean value: \(written)")
        case .id: GraphQLError("ID cannot represent value: \(written)")
        }
    }

    private func refusal(_ value: Value) -> GraphQLError { refusal(written: value.inspected) }

    private var description: String {
        switch self {
        case .string: "Text: any Unicode characters."
        case .int: "A whole number from -2147483648 to 2147483647."
        case .float: "A number with a fraction, of IEEE 754 double precision."
        case .boolean: "`true` or `false`."
        case .id:
            "A name that tells one thing from every other; nothing is to be read out of it. Text in answers, text or a whole number where it is given."
        }
    }
}
