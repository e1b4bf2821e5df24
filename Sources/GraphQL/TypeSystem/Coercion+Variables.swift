/// Variables come from outside as JSON; everything wrong with them is told at once (section 6.1.2).
extension Coercion {
    /// The variables of an operation as its declared types want them.
    static func variables(
        _ given: ObjectValue, of operation: OperationDefinition, schema: Schema, limits: Limits
    ) throws(RequestErrors) -> ObjectValue {
        var inputs = VariableInputs(coercion: Coercion(schema: schema), limits: limits)
        var coerced = ObjectValue()
        for definition in operation.variables {
            if let value = inputs.variable(definition, given: given[definition.name.text]) {
                coerced[definition.name.text] = value
            }
        }
        guard inputs.errors.isEmpty else { throw RequestErrors(inputs.errors) }
        return coerced
    }
}

private struct VariableInputs {
    let coercion: Coercion
    let limits: Limits
    private(set) var errors: [GraphQLError] = []
    private var definition: VariableDefinition?

    init(coercion: Coercion, limits: Limits) {
        self.coercion = coercion
        self.limits = limits
    }

    mutating func variable(_ definition: VariableDefinition, given: Value?) -> Value? {
        let name = definition.name.text, type = definition.type
        self.definition = definition
        guard coercion.schema.type(type.name)?.isInput == true else {
            report(
                "Variable \"$\(name)\" expected value of type \"\(type)\" which cannot be used as an input type.",
                at: definition.typeLocation)
            return nil
        }
        guard let given else {
            if let literal = definition.defaultValue { return coercion.value(of: literal, as: type) }
            if type.isNonNull { report("Variable \"$\(name)\" of required type \"\(type)\" was not provided.") }
            return nil
        }
        if given.isNull, type.isNonNull {
            report("Variable \"$\(name)\" of non-null type \"\(type)\" must not be null.")
            return nil
        }
        return value(given, as: type, at: [])
    }

    private mutating func report(_ message: String, at location: SourceLocation? = nil) {
        guard errors.count < limits.errorCountMax else { return }
        errors.append(GraphQLError(message, at: [location ?? definition!.location]))
    }

    private mutating func refuse(_ value: Value, at path: [PathElement], _ reason: String) {
        let name = definition!.name.text
        let place = path.isEmpty ? "" : " at \"\(name)\(path.written)\""
        report("Variable \"$\(name)\" got invalid value \(value.inspected)\(place); \(reason)")
    }

    private mutating func value(_ value: Value, as type: TypeReference, at path: [PathElement]) -> Value? {
        switch type {
        case .nonNull(let inner):
            guard value.isNull else { return self.value(value, as: inner, at: path) }
            refuse(value, at: path, "Expected non-nullable type \"\(type)\" not to be null.")
            return nil
        case _ where value.isNull: return .null
        case .list(let item): return list(value, of: item, at: path)
        case .named(let name): return named(value, as: name, at: path)
        }
    }

    private mutating func list(_ value: Value, of item: TypeReference, at path: [PathElement]) -> Value? {
        guard case .list(let items) = value else { return self.value(value, as: item, at: path).map { .list([$0]) } }
        guard items.count <= limits.listCountMax else {
            report("Variable \"$\(definition!.name.text)\" has a list of more than \(limits.listCountMax) items.")
            return nil
        }
        var coerced: [Value] = []
        for (index, element) in items.enumerated() {
            coerced.append(self.value(element, as: item, at: path + [.index(index)]) ?? .null)
        }
        return .list(coerced)
    }

    private mutating func named(_ value: Value, as name: String, at path: [PathElement]) -> Value? {
        switch coercion.schema.type(name) {
        case .inputObject(let type): return object(value, as: type, at: path)
        case .enumeration(let type):
            if let text = value.string {
                if type.hasValue(text) { return value }
                refuse(value, at: path, "Value \"\(text)\" does not exist in \"\(name)\" enum.")
            } else {
                refuse(value, at: path, "Enum \"\(name)\" cannot represent non-string value: \(value.inspected).")
            }
        case .scalar(let type):
            do {
                if let coerced = try type.coercion.input(value) { return coerced }
                refuse(value, at: path, "Expected type \"\(name)\".")
            } catch {
                refuse(value, at: path, error.message)
            }
        default: break
        }
        return nil
    }

    private mutating func object(_ value: Value, as type: InputObjectType, at path: [PathElement]) -> Value? {
        guard case .object(let given) = value else {
            refuse(value, at: path, "Expected type \"\(type.name)\" to be an object.")
            return nil
        }
        var coerced = ObjectValue()
        for field in type.fields {
            if let member = given[field.name] {
                coerced[field.name] = self.value(member, as: field.type, at: path + [.key(field.name)])
            } else if let value = coercion.defaultValue(of: field) {
                coerced[field.name] = value
            } else if field.type.isNonNull {
                refuse(value, at: path, "Field \"\(field.name)\" of required type \"\(field.type)\" was not provided.")
            }
        }
        for member in given.members where !type.fields.contains(where: { $0.name == member.name }) {
            refuse(value, at: path, "Field \"\(member.name)\" is not defined by type \"\(type.name)\".")
        }
        return .object(coerced)
    }
}

extension [PathElement] {
    /// `.rows[2].title`
    var written: String {
        map { element in
            switch element {
            case .key(let key): ".\(key)"
            case .index(let index): "[\(index)]"
            }
        }.joined()
    }
}

extension Value {
    /// For error messages: short, and the same every time.
    var inspected: String { inspected(depth: 0) }

    private func inspected(depth: Int) -> String {
        let depthMax = 2, countMax = 10
        switch self {
        case .list(let items):
            if items.isEmpty { return "[]" }
            if depth >= depthMax { return "[Array]" }
            let shown = items.prefix(countMax).map { $0.inspected(depth: depth + 1) }
            let rest = items.count - countMax
            return "["
                + (shown + (rest > 0 ? ["... \(rest) more item\(rest > 1 ? "s" : "")"] : [])).joined(separator: ", ")
                + "]"
        case .object(let object):
            if object.members.isEmpty { return "{}" }
            if depth >= depthMax { return "[Object]" }
            return "{ " + object.members.prefix(countMax).map { "\($0.name): \($0.value.inspected(depth: depth + 1))" }
                .joined(separator: ", ") + " }"
        case .float(let number) where number == number.rounded() && abs(number) < 1e15: return String(Int(number))
        default: return String(decoding: json.prefix(200), as: UTF8.self)
        }
    }
}
