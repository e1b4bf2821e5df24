extension Schema {
    /// Holds a document against the rules of section 5 of the specification, and against the limits.
    /// - Parameter introspection: whether `__schema` and `__type` may be asked for; `__typename` always may.
    /// - Returns: what is wrong, at most `limits.errorCountMax` of it; empty if the document may be executed.
    public func validate(
        _ document: Document, limits: Limits = Limits(), introspection: Bool = true
    ) -> [GraphQLError] {
        let index = DocumentIndex(document)
        if let excess = LimitCheck(document: document, index: index, limits: limits).excess() { return [excess] }
        var context = ValidationContext(schema: self, document: document, index: index, limits: limits)
        var walk = ValidationWalk(rules: Validation.rules(introspection: introspection))
        walk.walk(document, &context)
        return Array(context.errors.prefix(limits.errorCountMax))
    }
}

enum Validation {
    /// A fresh set, in the order in which errors at one place are told.
    static func rules(introspection: Bool) -> [any ValidationRule] {
        let rules: [any ValidationRule] = [
            ExecutableDefinitions(), OperationNameUniqueness(), LoneAnonymousOperation(), SingleRootField(),
            FragmentSpreadTypeExistence(), FragmentsOnCompositeTypes(), VariablesAreInputTypes(), LeafFieldSelections(),
            FieldSelections(), FragmentNameUniqueness(), FragmentSpreadTargetDefined(), FragmentsMustBeUsed(),
            FragmentSpreadIsPossible(), FragmentSpreadsMustNotFormCycles(), VariableUniqueness(),
            AllVariableUsesDefined(), AllVariablesUsed(), DirectivesAreDefined(), DirectivesAreInValidLocations(),
            DirectivesAreUniquePerLocation(), ArgumentNames(), ArgumentUniqueness(), ValuesOfCorrectType(),
            InputObjectFieldNames(), InputObjectRequiredFields(), RequiredArguments(), AllVariableUsagesAreAllowed(),
            FieldSelectionMerging(), InputObjectFieldUniqueness(),
        ]
        return introspection ? rules : [IntrospectionOff()] + rules
    }
}

/// One rule of section 5. It is shown every node of a document, in the order of the text, and reports what breaks it.
protocol ValidationRule {
    mutating func enter(_ node: VisitedNode, _ context: inout ValidationContext)
    mutating func leave(_ node: VisitedNode, _ context: inout ValidationContext)
    /// After the whole document: for rules that need to have seen all of it.
    mutating func finish(_ document: Document, _ context: inout ValidationContext)
}

extension ValidationRule {
    mutating func enter(_ node: VisitedNode, _ context: inout ValidationContext) {}
    mutating func leave(_ node: VisitedNode, _ context: inout ValidationContext) {}
    mutating func finish(_ document: Document, _ context: inout ValidationContext) {}
}

enum VisitedNode {
    case operation(OperationDefinition)
    case fragment(FragmentDefinition)
    case variable(VariableDefinition)
    case selectionSet(SelectionSet)
    case field(FieldSelection)
    case spread(FragmentSpread)
    case inline(InlineFragment)
    /// All directives of one place, before each of them.
    case directives([DirectiveUse])
    case directive(DirectiveUse, DirectiveLocation)
    /// All arguments of a field or directive, before each of them.
    case arguments([Argument])
    case argument(Argument)
    case literal(Literal)
    case objectField(Argument)
}
