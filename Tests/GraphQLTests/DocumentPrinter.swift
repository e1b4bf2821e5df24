@testable import GraphQL

/// Writes documents in one form, whatever they looked like: two spaces of indentation, one selection a line.
struct Printer {
    private(set) var text = ""
    private var indentation = ""

    mutating func write(_ string: String) { text += string }

    /// `{ … }` over lines, what is inside one step further in.
    mutating func block(_ inside: (inout Printer) -> Void) {
        text += "{\n"
        indented(inside)
        text += "\(indentation)}"
    }

    mutating func indented(_ inside: (inout Printer) -> Void) {
        let outer = indentation
        indentation += "  "
        inside(&self)
        indentation = outer
    }

    // MARK: Documents

    mutating func print(_ operation: OperationDefinition) {
        let isShort =
            operation.kind == .query && operation.name == nil && operation.variables.isEmpty
            && operation.directives.isEmpty
        if !isShort {
            write(operation.kind.rawValue)
            if let name = operation.name { write(" \(name.text)") }
            if !operation.variables.isEmpty {
                if operation.name == nil { write(" ") }
                write("(" + operation.variables.map(Self.written).joined(separator: ", ") + ")")
            }
            write(Self.written(operation.directives) + " ")
        }
        print(operation.selectionSet)
    }

    mutating func print(_ fragment: FragmentDefinition) {
        write("fragment \(fragment.name.text) on \(fragment.typeCondition.text)\(Self.written(fragment.directives)) ")
        print(fragment.selectionSet)
    }

    private mutating func print(_ selectionSet: SelectionSet) {
        block { printer in
            for selection in selectionSet.selections {
                printer.write(printer.indentation)
                printer.print(selection)
                printer.write("\n")
            }
        }
    }

    private mutating func print(_ selection: Selection) {
        switch selection {
        case .field(let field):
            if let alias = field.alias { write("\(alias.text): ") }
            write(field.name.text + Self.written(field.arguments) + Self.written(field.directives))
            if let selectionSet = field.selectionSet {
                write(" ")
                print(selectionSet)
            }
        case .spread(let spread): write("...\(spread.name.text)\(Self.written(spread.directives))")
        case .inline(let fragment):
            write(
                "..." + (fragment.typeCondition.map { " on \($0.text)" } ?? "") + Self.written(fragment.directives)
                    + " ")
            print(fragment.selectionSet)
        }
    }

    private static func written(_ variable: VariableDefinition) -> String {
        "$\(variable.name.text): \(variable.type)" + (variable.defaultValue.map { " = \($0.printed)" } ?? "")
            + written(variable.directives)
    }

    private static func written(_ arguments: [Argument]) -> String {
        arguments.isEmpty
            ? "" : "(" + arguments.map { "\($0.name.text): \($0.value.printed)" }.joined(separator: ", ") + ")"
    }

    private static func written(_ directives: [DirectiveUse]) -> String {
        directives.map { " @\($0.name.text)\(written($0.arguments))" }.joined()
    }
}

extension Document {
    /// The operations and fragments as text, in one form.
    var printed: String {
        var parts: [String] = []
        for definition in definitions {
            var printer = Printer()
            switch definition {
            case .operation(let operation): printer.print(operation)
            case .fragment(let fragment): printer.print(fragment)
            case .schema, .type, .directive: continue
            }
            parts.append(printer.text)
        }
        return parts.joined(separator: "\n\n") + "\n"
    }
}
