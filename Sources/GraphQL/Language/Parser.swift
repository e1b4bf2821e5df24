/// Reads definitions from tokens by recursive descent (section 2, appendix B). How deep it descends is bounded by
/// `Limits.nestingMax`, how much it reads by the other limits, each checked the moment it is passed.
struct Parser {
    let limits: Limits
    private var lexer: Lexer
    private(set) var token: Token
    private var tokenCount = 0
    private var aliasCount = 0
    private var directiveCount = 0
    private var selectionSetCount = 0
    private var nesting = 0
    /// Where the name of the type read last stands.
    var typeNameLocation = SourceLocation(line: 1, column: 1)

    init(_ bytes: [UInt8], limits: Limits) throws(GraphQLError) {
        self.limits = limits
        lexer = Lexer(bytes)
        token = Token(kind: .start, location: SourceLocation(line: 1, column: 1))
        try advance()
    }

    mutating func document() throws(GraphQLError) -> [Definition] {
        var definitions: [Definition] = []
        repeat { definitions.append(try definition()) } while token.kind != .end
        return definitions
    }

    // MARK: Tokens

    mutating func advance() throws(GraphQLError) {
        token = try lexer.next()
        if token.kind != .end { tokenCount += 1 }
        let countMax = limits == .ours ? .max : min(limits.tokenCountMax, Limits.tokenCountCeiling)
        guard tokenCount <= countMax else {
            throw .limit("Document contains more than \(countMax) tokens. Parsing aborted.", at: token.location)
        }
    }

    /// The token after the present one, unread.
    func lookahead() throws(GraphQLError) -> Token {
        var ahead = lexer
        return try ahead.next()
    }

    func unexpected(_ found: Token? = nil) -> GraphQLError {
        .syntax("Unexpected \((found ?? token).description).", at: (found ?? token).location)
    }

    func isAt(keyword: String) -> Bool { token.kind == .name && token.text == keyword }

    @discardableResult
    mutating func expect(_ kind: Token.Kind) throws(GraphQLError) -> Token {
        guard token.kind == kind else {
            throw .syntax("Expected \(kind.words), found \(token.description).", at: token.location)
        }
        let expected = token
        try advance()
        return expected
    }

    mutating func take(_ kind: Token.Kind) throws(GraphQLError) -> Bool {
        guard token.kind == kind else { return false }
        try advance()
        return true
    }

    mutating func expect(keyword: String) throws(GraphQLError) {
        guard isAt(keyword: keyword) else {
            throw .syntax("Expected \"\(keyword)\", found \(token.description).", at: token.location)
        }
        try advance()
    }

    mutating func take(keyword: String) throws(GraphQLError) -> Bool {
        guard isAt(keyword: keyword) else { return false }
        try advance()
        return true
    }

    /// One item or more between brackets.
    mutating func many<Item>(
        _ open: Token.Kind, _ close: Token.Kind, _ item: (inout Parser) throws(GraphQLError) -> Item
    ) throws(GraphQLError) -> [Item] {
        try expect(open)
        try enter()
        var items: [Item] = []
        repeat { items.append(try item(&self)) } while try !take(close)
        nesting -= 1
        return items
    }

    /// Any number of items between brackets, none included.
    mutating func any<Item>(
        _ open: Token.Kind, _ close: Token.Kind, _ item: (inout Parser) throws(GraphQLError) -> Item
    ) throws(GraphQLError) -> [Item] {
        try expect(open)
        try enter()
        var items: [Item] = []
        while try !take(close) { items.append(try item(&self)) }
        nesting -= 1
        return items
    }

    /// No brackets, or one item or more between them.
    mutating func optionalMany<Item>(
        _ open: Token.Kind, _ close: Token.Kind, _ item: (inout Parser) throws(GraphQLError) -> Item
    ) throws(GraphQLError) -> [Item] {
        token.kind == open ? try many(open, close, item) : []
    }

    private mutating func enter() throws(GraphQLError) {
        nesting += 1
        guard nesting <= Limits.nestingMax else {
            throw .limit("Document is nested deeper than \(Limits.nestingMax) levels.", at: token.location)
        }
    }

    mutating func name() throws(GraphQLError) -> Name {
        let token = try expect(.name)
        return Name(text: token.text!, location: token.location)
    }

    // MARK: Definitions that can be executed

    private mutating func definition() throws(GraphQLError) -> Definition {
        if token.kind == .braceOpen { return .operation(try operation()) }
        let isDescribed = token.kind == .string || token.kind == .blockString
        let keyword = isDescribed ? try lookahead() : token
        guard keyword.kind == .name, let word = keyword.text else { throw unexpected(keyword) }
        if let definition = try typeSystemDefinition(word) { return definition }
        guard !isDescribed else {
            throw .syntax(
                "Unexpected description, descriptions are supported only on type definitions.", at: token.location)
        }
        if OperationKind(rawValue: word) != nil { return .operation(try operation()) }
        switch word {
        case "fragment": return .fragment(try fragment())
        case "extend": return try typeSystemExtension()
        default: throw unexpected(keyword)
        }
    }

    private mutating func operation() throws(GraphQLError) -> OperationDefinition {
        let start = token.location
        var operation = OperationDefinition(
            kind: .query, name: nil, variables: [], directives: [],
            selectionSet: SelectionSet(number: 0, selections: [], location: start), location: start)
        if token.kind != .braceOpen {
            operation.kind = try operationKind()
            if token.kind == .name { operation.name = try name() }
            operation.variables = try optionalMany(.parenthesisOpen, .parenthesisClose) {
                (parser) throws(GraphQLError) in try parser.variableDefinition()
            }
            operation.directives = try directives(isConstant: false)
        }
        operation.selectionSet = try selectionSet()
        return operation
    }

    mutating func operationKind() throws(GraphQLError) -> OperationKind {
        let token = try expect(.name)
        guard let kind = OperationKind(rawValue: token.text!) else { throw unexpected(token) }
        return kind
    }

    private mutating func variableDefinition() throws(GraphQLError) -> VariableDefinition {
        let start = token.location
        try expect(.dollar)
        let name = try name()
        try expect(.colon)
        let typeLocation = token.location
        let type = try typeReference(), typeNameLocation = typeNameLocation
        let defaultValue = try take(.equals) ? try literal(isConstant: true) : nil
        return VariableDefinition(
            name: name, type: type, typeLocation: typeLocation, typeNameLocation: typeNameLocation,
            defaultValue: defaultValue, directives: try directives(isConstant: true), location: start)
    }

    private mutating func fragment() throws(GraphQLError) -> FragmentDefinition {
        let start = token.location
        try expect(keyword: "fragment")
        if isAt(keyword: "on") { throw unexpected() }
        let name = try name()
        try expect(keyword: "on")
        return FragmentDefinition(
            name: name, typeCondition: try self.name(), directives: try directives(isConstant: false),
            selectionSet: try selectionSet(), location: start)
    }

    // MARK: Selections

    private mutating func selectionSet() throws(GraphQLError) -> SelectionSet {
        let start = token.location
        selectionSetCount += 1
        let number = selectionSetCount
        let selections = try many(.braceOpen, .braceClose) { (parser) throws(GraphQLError) in try parser.selection() }
        return SelectionSet(number: number, selections: selections, location: start)
    }

    private mutating func selection() throws(GraphQLError) -> Selection {
        token.kind == .spread ? try spreadOrInlineFragment() : .field(try field())
    }

    private mutating func field() throws(GraphQLError) -> FieldSelection {
        let start = token.location
        var name = try name(), alias: Name?
        if try take(.colon) {
            (alias, name) = (name, try self.name())
            aliasCount += 1
            guard aliasCount <= limits.aliasCountMax else {
                throw .limit("Document contains more than \(limits.aliasCountMax) aliases.", at: start)
            }
        }
        return FieldSelection(
            alias: alias, name: name, arguments: try arguments(isConstant: false),
            directives: try directives(isConstant: false),
            selectionSet: token.kind == .braceOpen ? try selectionSet() : nil, location: start)
    }

    private mutating func spreadOrInlineFragment() throws(GraphQLError) -> Selection {
        let start = token.location
        try expect(.spread)
        let hasCondition = try take(keyword: "on")
        if !hasCondition, token.kind == .name {
            let name = try name()
            return .spread(FragmentSpread(name: name, directives: try directives(isConstant: false), location: start))
        }
        return .inline(
            InlineFragment(
                typeCondition: hasCondition ? try name() : nil, directives: try directives(isConstant: false),
                selectionSet: try selectionSet(), location: start))
    }

    mutating func directives(isConstant: Bool) throws(GraphQLError) -> [DirectiveUse] {
        var directives: [DirectiveUse] = []
        while token.kind == .at {
            let start = token.location
            directiveCount += 1
            guard directiveCount <= limits.directiveCountMax else {
                throw .limit("Document contains more than \(limits.directiveCountMax) directives.", at: start)
            }
            try advance()
            let name = try name()
            directives.append(
                DirectiveUse(name: name, arguments: try arguments(isConstant: isConstant), location: start))
        }
        return directives
    }
}
