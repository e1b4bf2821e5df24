/// Arguments, literals and types (sections 2.6, 2.9, 2.11).
extension Parser {
    mutating func arguments(isConstant: Bool) throws(GraphQLError) -> [Argument] {
        try optionalMany(.parenthesisOpen, .parenthesisClose) { (parser) throws(GraphQLError) in
            try parser.argument(isConstant: isConstant)
        }
    }

    private mutating func argument(isConstant: Bool) throws(GraphQLError) -> Argument {
        let name = try name()
        try expect(.colon)
        return Argument(name: name, value: try literal(isConstant: isConstant), location: name.location)
    }

    /// - Parameter isConstant: whether variables are forbidden here.
    mutating func literal(isConstant: Bool) throws(GraphQLError) -> Literal {
        let start = token
        return Literal(kind: try literalKind(isConstant: isConstant), location: start.location)
    }

    private mutating func literalKind(isConstant: Bool) throws(GraphQLError) -> Literal.Kind {
        let start = token
        switch start.kind {
        case .bracketOpen: return .list(try list(isConstant: isConstant))
        case .braceOpen:
            return .object(
                try any(.braceOpen, .braceClose) { (parser) throws(GraphQLError) in
                    try parser.argument(isConstant: isConstant)
                })
        case .dollar: return .variable(try variable(isConstant: isConstant))
        case .int, .float, .string, .blockString, .name:
            try advance()
            return scalar(start)
        default: throw unexpected()
        }
    }

    private func scalar(_ token: Token) -> Literal.Kind {
        let text = token.text!
        switch (token.kind, text) {
        case (.int, _): return .int(text)
        case (.float, _): return .float(text)
        case (.string, _), (.blockString, _): return .string(text, isBlock: token.kind == .blockString)
        case (_, "true"): return .boolean(true)
        case (_, "false"): return .boolean(false)
        case (_, "null"): return .null
        default: return .enumeration(text)
        }
    }

    private mutating func list(isConstant: Bool) throws(GraphQLError) -> [Literal] {
        var count = 0
        return try any(.bracketOpen, .bracketClose) { (parser) throws(GraphQLError) in
            count += 1
            guard count <= parser.limits.listCountMax else {
                throw .limit("A list holds more than \(parser.limits.listCountMax) items.", at: parser.token.location)
            }
            return try parser.literal(isConstant: isConstant)
        }
    }

    private mutating func variable(isConstant: Bool) throws(GraphQLError) -> String {
        let dollar = try expect(.dollar)
        guard isConstant else { return try name().text }
        guard token.kind == .name else { throw unexpected(dollar) }
        throw .syntax("Unexpected variable \"$\(token.text!)\" in constant value.", at: dollar.location)
    }

    mutating func typeReference() throws(GraphQLError) -> TypeReference {
        let type: TypeReference
        if token.kind == .bracketOpen {
            let items = try many(.bracketOpen, .bracketClose) { (parser) throws(GraphQLError) in
                let item = try parser.typeReference()
                guard parser.token.kind == .bracketClose else {
                    throw .syntax("Expected \"]\", found \(parser.token.description).", at: parser.token.location)
                }
                return item
            }
            type = .list(items[0])
        } else {
            typeNameLocation = token.location
            type = .named(try name().text)
        }
        return try take(.bang) ? .nonNull(type) : type
    }
}
