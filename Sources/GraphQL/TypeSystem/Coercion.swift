/// Brings literals and variables into the form of an input type (section 3, "Input Coercion" of each kind).
struct Coercion {
    let schema: Schema
    /// The coerced variables of the operation; a variable that was not given is absent.
    var variables = ObjectValue()
    /// How many defaults inside defaults are being filled in; an input type whose default contains itself would have no
    /// end.
    private var nesting = 0

    init(schema: Schema, variables: ObjectValue = ObjectValue()) {
        self.schema = schema
        self.variables = variables
    }

    // MARK: Literals

    /// The value of a literal, or nil if it does not fit the type (or is a variable that was not given).
    func value(of literal: Literal, as type: TypeReference) -> Value? {
        if let name = literal.variableName {
            guard let value = variables[name], !(value.isNull && type.isNonNull) else { return nil }
            return value
        }
        if case .nonNull(let inner) = type { return literal.isNull ? nil : value(of: literal, as: inner) }
        if literal.isNull { return .null }
        if case .list(let item) = type { return list(literal, of: item) }
        switch schema.type(type.name) {
        case .inputObject(let input): return object(literal, as: input)
        case .enumeration(let type):
            guard case .enumeration(let name) = literal.kind, type.hasValue(name) else { return nil }
            return .string(name)
        case .scalar(let scalar): return try? self.scalar(literal, as: scalar)
        default: return nil
        }
    }

    private func list(_ literal: Literal, of item: TypeReference) -> Value? {
        guard case .list(let literals) = literal.kind else { return value(of: literal, as: item).map { .list([$0]) } }
        var items: [Value] = []
        for literal in literals {
            if isMissingVariable(literal) {
                guard !item.isNonNull else { return nil }
                items.append(.null)
            } else {
                guard let value = value(of: literal, as: item) else { return nil }
                items.append(value)
            }
        }
        return .list(items)
    }

    private func isMissingVariable(_ literal: Literal) -> Bool {
        literal.variableName.map { variables[$0] == nil } ?? false
    }

    private func object(_ literal: Literal, as type: InputObjectType) -> Value? {
        guard case .object(let members) = literal.kind else { return nil }
        var object = ObjectValue()
        for field in type.fields {
            if let member = members.last(where: { $0.name.text == field.name }), !isMissingVariable(member.value) {
                guard let value = value(of: member.value, as: field.type) else { return nil }
                object[field.name] = value
            } else if let value = defaultValue(of: field) {
                object[field.name] = value
            } else if field.type.isNonNull {
                return nil
            }
        }
        return .object(object)
    }

    func defaultValue(of input: InputValue) -> Value? {
        if let value = input.defaultValue { return value }
        guard let literal = input.defaultLiteral, nesting < Limits.nestingMax else { return nil }
        var deeper = self
        deeper.nesting += 1
        return deeper.value(of: literal, as: input.type)
    }

    /// What a literal means to a scalar.
    /// - Returns: nil if the scalar refuses it without a sentence of its own.
    func scalar(_ literal: Literal, as type: ScalarType) throws(GraphQLError) -> Value? {
        guard let builtIn = BuiltInScalar(rawValue: type.name) else { return try type.coercion.input(untyped(literal)) }
        switch (builtIn, literal.kind) {
        case (.string, .string(let text, _)), (.id, .string(let text, _)), (.id, .int(let text)): return .string(text)
        case (.boolean, .boolean(let flag)): return .boolean(flag)
        case (.float, .int(let text)), (.float, .float(let text)): return Double(text).map(Value.float)
        case (.int, .int(let text)):
            guard let number = Int32(text) else {
                throw GraphQLError(
                    "Int cannot represent non 32-bit signed integer value: \(text)", at: [literal.location])
            }
            return .int(Int(number))
        case (.id, _):
            throw GraphQLError(
                "ID cannot represent a non-string and non-integer value: \(literal.printed)", at: [literal.location])
        default:
            var refusal = builtIn.refusal(written: literal.printed)
            refusal.locations = [literal.location]
            throw refusal
        }
    }

    private func untyped(_ literal: Literal) -> Value {
        switch literal.kind {
        case .variable(let name): variables[name] ?? .null
        case .int(let text): Int(text).map(Value.int) ?? Double(text).map(Value.float) ?? .null
        case .float(let text): Double(text).map(Value.float) ?? .null
        case .string(let text, _), .enumeration(let text): .string(text)
        case .boolean(let flag): .boolean(flag)
        case .null: .null
        case .list(let items): .list(items.map(untyped))
        case .object(let members): .object(ObjectValue(members.map { ($0.name.text, untyped($0.value)) }))
        }
    }
}
