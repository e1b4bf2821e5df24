/// Goes through a document in the order of its text, tells the context which type belongs to each place, and shows
/// every node to every rule.
struct ValidationWalk {
    private var rules: [any ValidationRule]

    init(rules: [any ValidationRule]) { self.rules = rules }

    mutating func walk(_ document: Document, _ context: inout ValidationContext) {
        var operationCount = 0
        for definition in document.definitions {
            switch definition {
            case .operation(let operation):
                context.definition = .operation(operationCount)
                operationCount += 1
                walk(operation, &context)
            case .fragment(let fragment):
                context.definition = .fragment(fragment.name.text)
                context.variableUses[context.definition] = []
                walk(fragment, &context)
            case .schema, .type, .directive: break
            }
        }
        for index in rules.indices { rules[index].finish(document, &context) }
    }

    /// Shows a node, goes on inside it, shows it again; then the context is what it was, but for what was found.
    private mutating func visit(
        _ node: VisitedNode, _ context: inout ValidationContext,
        inside: (inout ValidationWalk, inout ValidationContext) -> Void
    ) {
        guard !context.isFull else { return }
        for index in rules.indices { rules[index].enter(node, &context) }
        inside(&self, &context)
        for index in rules.indices { rules[index].leave(node, &context) }
    }

    // MARK: Definitions

    private mutating func walk(_ operation: OperationDefinition, _ context: inout ValidationContext) {
        context.type = context.schema.rootType(operation.kind).map { .named($0.name) }
        visit(.operation(operation), &context) { walk, context in
            for variable in operation.variables { walk.walk(variable, &context) }
            let location: DirectiveLocation = switch operation.kind {
            case .query: .query
            case .mutation: .mutation
            case .subscription: .subscription
            }
            walk.walk(operation.directives, at: location, &context)
            walk.walk(operation.selectionSet, &context)
        }
        context.type = nil
    }

    private mutating func walk(_ fragment: FragmentDefinition, _ context: inout ValidationContext) {
        context.type = context.outputType(named: fragment.typeCondition.text)
        visit(.fragment(fragment), &context) { walk, context in
            walk.walk(fragment.directives, at: .fragmentDefinition, &context)
            walk.walk(fragment.selectionSet, &context)
        }
        context.type = nil
    }

    private mutating func walk(_ variable: VariableDefinition, _ context: inout ValidationContext) {
        context.inputType = context.named(variable.type)?.isInput == true ? variable.type : nil
        visit(.variable(variable), &context) { walk, context in
            if let literal = variable.defaultValue { walk.walk(literal, &context) }
            walk.walk(variable.directives, at: .variableDefinition, &context)
        }
        context.inputType = nil
    }

    // MARK: Selections

    private mutating func walk(_ selectionSet: SelectionSet, _ context: inout ValidationContext) {
        let outer = context.parentType
        context.parentType = context.named(context.type).flatMap { $0.isComposite ? $0 : nil }
        visit(.selectionSet(selectionSet), &context) { walk, context in
            for selection in selectionSet.selections {
                switch selection {
                case .field(let field): walk.walk(field, &context)
                case .inline(let fragment): walk.walk(fragment, &context)
                case .spread(let spread):
                    walk.visit(.spread(spread), &context) { walk, context in
                        walk.walk(spread.directives, at: .fragmentSpread, &context)
                    }
                }
            }
        }
        context.parentType = outer
    }

    private mutating func walk(_ selection: FieldSelection, _ context: inout ValidationContext) {
        let outer = (context.type, context.field)
        context.field = context.parentType.flatMap { context.schema.field(selection.name.text, of: $0) }
        context.type = context.field?.type
        visit(.field(selection), &context) { walk, context in
            walk.walk(selection.arguments, &context)
            walk.walk(selection.directives, at: .field, &context)
            if let selectionSet = selection.selectionSet { walk.walk(selectionSet, &context) }
        }
        (context.type, context.field) = outer
    }

    private mutating func walk(_ fragment: InlineFragment, _ context: inout ValidationContext) {
        let outer = context.type
        context.type = fragment.typeCondition.map { context.outputType(named: $0.text) }
            ?? outer.map { .named($0.name) }
        visit(.inline(fragment), &context) { walk, context in
            walk.walk(fragment.directives, at: .inlineFragment, &context)
            walk.walk(fragment.selectionSet, &context)
        }
        context.type = outer
    }

    private mutating func walk(
        _ directives: [DirectiveUse], at location: DirectiveLocation, _ context: inout ValidationContext
    ) {
        guard !directives.isEmpty else { return }
        visit(.directives(directives), &context) { walk, context in
            for directive in directives {
                context.isInDirective = true
                context.directive = context.schema.directive(directive.name.text)
                walk.visit(.directive(directive, location), &context) { $0.walk(directive.arguments, &$1) }
                context.directive = nil
                context.isInDirective = false
            }
        }
    }

    // MARK: Arguments and literals

    private mutating func walk(_ arguments: [Argument], _ context: inout ValidationContext) {
        guard !arguments.isEmpty else { return }
        visit(.arguments(arguments), &context) { walk, context in
            let inputs = context.directive?.arguments ?? context.field?.arguments ?? []
            for argument in arguments {
                context.argument = inputs.first { $0.name == argument.name.text }
                context.expect(context.argument)
                walk.visit(.argument(argument), &context) { $0.walk(argument.value, &$1) }
                context.argument = nil
                context.expect(nil)
            }
        }
    }

    private mutating func walk(_ literal: Literal, _ context: inout ValidationContext) {
        let outer = (context.inputType, context.parentInputType, context.hasLocationDefault, context.isMisplaced)
        if case .list = literal.kind { context.inputType = outer.0?.nullable }
        if let name = literal.variableName { context.use(variable: name, at: literal.location) }
        visit(.literal(literal), &context) { walk, context in
            switch literal.kind {
            case .list(let items):
                context.isMisplaced = outer.3 || outer.0?.item == nil
                context.inputType = outer.0.map { $0.item ?? $0.nullable }
                context.hasLocationDefault = false
                for item in items { walk.walk(item, &context) }
            case .object(let members):
                walk.walk(members, ofObject: outer.0, &context)
            default: break
            }
        }
        (context.inputType, context.parentInputType, context.hasLocationDefault, context.isMisplaced) = outer
    }

    private mutating func walk(_ members: [Argument], ofObject type: TypeReference?, _ context: inout ValidationContext)
    {
        var fields: [InputValue] = []
        if case .inputObject(let input) = context.named(type) {
            fields = input.fields
        } else {
            context.isMisplaced = true
        }
        for member in members {
            context.parentInputType = type
            context.expect(fields.first { $0.name == member.name.text })
            visit(.objectField(member), &context) { $0.walk(member.value, &$1) }
        }
    }
}

extension ValidationContext {
    fileprivate func outputType(named name: String) -> TypeReference? {
        schema.type(name)?.isOutput == true ? .named(name) : nil
    }

    /// What the next literal should be.
    fileprivate mutating func expect(_ input: InputValue?) {
        inputType = input.flatMap { named($0.type)?.isInput == true ? $0.type : nil }
        hasLocationDefault = input?.defaultLiteral != nil
    }

    fileprivate mutating func use(variable name: String, at location: SourceLocation) {
        variableUses[definition, default: []].append(
            VariableUse(name: name, location: location, type: inputType, hasLocationDefault: hasLocationDefault))
    }
}
