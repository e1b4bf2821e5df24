/// Definitions and extensions of the type system (section 3).
extension Parser {
    /// The definition that `keyword` begins, before which a description may stand; nil if it begins none.
    mutating func typeSystemDefinition(_ keyword: String) throws(GraphQLError) -> Definition? {
        if keyword == "schema" { return .schema(try schema(isExtension: false)) }
        if keyword == "directive" { return .directive(try directive()) }
        guard let kind = TypeNode.Kind(rawValue: keyword) else { return nil }
        return .type(try type(kind, isExtension: false))
    }

    mutating func typeSystemExtension() throws(GraphQLError) -> Definition {
        let keyword = try lookahead()
        guard keyword.kind == .name, let word = keyword.text else { throw unexpected(keyword) }
        if word == "schema" { return .schema(try schema(isExtension: true)) }
        guard let kind = TypeNode.Kind(rawValue: word) else { throw unexpected(keyword) }
        return .type(try type(kind, isExtension: true))
    }

    private mutating func description() throws(GraphQLError) -> String? {
        guard token.kind == .string || token.kind == .blockString else { return nil }
        let text = token.text
        try advance()
        return text
    }

    private mutating func schema(isExtension: Bool) throws(GraphQLError) -> SchemaNode {
        let start = token.location
        let description = try description()
        if isExtension { try advance() }
        try expect(keyword: "schema")
        let directives = try directives(isConstant: true)
        let isOptional = isExtension && token.kind != .braceOpen
        if isOptional, directives.isEmpty { throw unexpected() }
        let operations = isOptional ? [] : try many(.braceOpen, .braceClose) { (parser) throws(GraphQLError) in
            try parser.operationType()
        }
        return SchemaNode(
            isExtension: isExtension, description: description, directives: directives, operations: operations,
            location: start)
    }

    private mutating func operationType() throws(GraphQLError) -> (kind: OperationKind, type: Name) {
        let kind = try operationKind()
        try expect(.colon)
        return (kind, try name())
    }

    private mutating func type(_ kind: TypeNode.Kind, isExtension: Bool) throws(GraphQLError) -> TypeNode {
        let start = token.location
        let description = try description()
        if isExtension { try advance() }
        try expect(keyword: kind.rawValue)
        var node = TypeNode(
            kind: kind, isExtension: isExtension, description: description, name: try name(), location: start)
        if kind == .object || kind == .interface { node.interfaces = try interfaces() }
        node.directives = try directives(isConstant: true)
        try body(of: &node)
        let isEmpty = node.interfaces.isEmpty && node.directives.isEmpty && node.fields.isEmpty
            && node.members.isEmpty && node.values.isEmpty && node.inputFields.isEmpty
        if isExtension, isEmpty { throw unexpected() }
        return node
    }

    private mutating func body(of node: inout TypeNode) throws(GraphQLError) {
        switch node.kind {
        case .scalar: break
        case .object, .interface:
            node.fields = try optionalMany(.braceOpen, .braceClose) { (parser) throws(GraphQLError) in
                try parser.fieldDefinition()
            }
        case .union:
            if try take(.equals) { node.members = try separated(by: .pipe) }
        case .enumeration:
            node.values = try optionalMany(.braceOpen, .braceClose) { (parser) throws(GraphQLError) in
                try parser.enumValue()
            }
        case .inputObject:
            node.inputFields = try optionalMany(.braceOpen, .braceClose) { (parser) throws(GraphQLError) in
                try parser.input()
            }
        }
    }

    private mutating func interfaces() throws(GraphQLError) -> [Name] {
        try take(keyword: "implements") ? try separated(by: .ampersand) : []
    }

    /// `A | B`, or with a separator before the first as well.
    private mutating func separated(by separator: Token.Kind) throws(GraphQLError) -> [Name] {
        _ = try take(separator)
        var names: [Name] = []
        repeat { names.append(try name()) } while try take(separator)
        return names
    }

    private mutating func fieldDefinition() throws(GraphQLError) -> FieldNode {
        let description = try description()
        let name = try name()
        let arguments = try optionalMany(.parenthesisOpen, .parenthesisClose) { (parser) throws(GraphQLError) in
            try parser.input()
        }
        try expect(.colon)
        return FieldNode(
            description: description, name: name, arguments: arguments, type: try typeReference(),
            directives: try directives(isConstant: true))
    }

    private mutating func input() throws(GraphQLError) -> InputNode {
        let description = try description()
        let name = try name()
        try expect(.colon)
        let type = try typeReference()
        let defaultValue = try take(.equals) ? try literal(isConstant: true) : nil
        return InputNode(
            description: description, name: name, type: type, defaultValue: defaultValue,
            directives: try directives(isConstant: true))
    }

    private mutating func enumValue() throws(GraphQLError) -> EnumValueNode {
        let description = try description()
        if ["true", "false", "null"].contains(where: { isAt(keyword: $0) }) {
            throw .syntax("\(token.description) is reserved and cannot be used for an enum value.", at: token.location)
        }
        return EnumValueNode(description: description, name: try name(), directives: try directives(isConstant: true))
    }

    private mutating func directive() throws(GraphQLError) -> DirectiveNode {
        let start = token.location
        let description = try description()
        try expect(keyword: "directive")
        try expect(.at)
        let name = try name()
        let arguments = try optionalMany(.parenthesisOpen, .parenthesisClose) { (parser) throws(GraphQLError) in
            try parser.input()
        }
        let isRepeatable = try take(keyword: "repeatable")
        try expect(keyword: "on")
        let locations = try separated(by: .pipe)
        for location in locations where DirectiveLocation(rawValue: location.text) == nil {
            throw .syntax("Unexpected Name \"\(location.text)\".", at: location.location)
        }
        return DirectiveNode(
            description: description, name: name, arguments: arguments, isRepeatable: isRepeatable,
            locations: locations, location: start)
    }
}
