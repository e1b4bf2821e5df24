import Testing

@testable import GraphQL

/// What the parser says of documents that are none; the places are those of graphql-js. More of them, and every valid
/// form, are compared in `DifferentialTests`.
@Suite struct SyntaxTests {
    private static let faults: [(text: String, message: String, line: Int, column: Int)] = [
        ("", "Unexpected <EOF>.", 1, 1),
        ("{", "Expected Name, found <EOF>.", 1, 2),
        ("{ a", "Expected Name, found <EOF>.", 1, 4),
        ("{\n  a(b: }\n}", "Unexpected \"}\".", 2, 8),
        ("{\r\n\r a(é: 1) }", "Unexpected character: U+00E9.", 3, 4),
        ("{ a(b: \"漢字é\" ! ) }", "Expected Name, found \"!\".", 1, 14),
        ("\u{FEFF}{ ! }", "Expected Name, found \"!\".", 1, 4),
        ("{ a(b: \"x\n\") }", "Unterminated string.", 1, 10),
        ("{ a(b: \"\\q\") }", "Invalid character escape sequence: \"\\q\".", 1, 9),
        ("{ a(b: \"\\u{1F600}\") }", "Invalid Unicode escape sequence: \"\\u{1F6\".", 1, 9),
        ("{ a(b: \"\\ud83d\") }", "Invalid Unicode escape sequence: \"\\ud83d\".", 1, 9),
        ("{ a(b: \"\u{7}\") }", "Invalid character within String: U+0007.", 1, 9),
        ("{ a(b: 01) }", "Invalid number, unexpected digit after 0: \"1\".", 1, 9),
        ("{ a(b: 1.) }", "Invalid number, expected digit but got: \")\".", 1, 10),
        ("{ a(b: 1x) }", "Invalid number, expected digit but got: \"x\".", 1, 9),
        ("{ a('b') }", "Unexpected single quote character ('), did you mean to use a double quote (\")?", 1, 5),
        ("{ ...on }", "Expected Name, found \"}\".", 1, 9),
        ("fragment on on T { a }", "Unexpected Name \"on\".", 1, 10),
        ("query ($a: Int = $b) { a }", "Unexpected variable \"$b\" in constant value.", 1, 18),
        ("notanoperation Foo { field }", "Unexpected Name \"notanoperation\".", 1, 1),
        ("{ a .. b }", "Unexpected character: \".\".", 1, 5),
        ("enum E { true }", "Name \"true\" is reserved and cannot be used for an enum value.", 1, 10),
        ("directive @a on NOWHERE", "Unexpected Name \"NOWHERE\".", 1, 17),
    ]

    @Test(arguments: faults.indices)
    func aFaultIsToldWithItsPlace(_ index: Int) {
        let fault = Self.faults[index]
        let error = #expect(throws: GraphQLError.self) { try Document(parsing: fault.text) }
        #expect(error?.message == "Syntax Error: \(fault.message)")
        #expect(error?.locations == [SourceLocation(line: fault.line, column: fault.column)])
    }

    private static let strings: [(written: String, value: String)] = [
        (#""""#, ""), (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"), (#""\u00e9\ud83d\ude00""#, "é😀"),
        ("\"\"\"\n    one\n      two\n\n    three\n  \"\"\"", "one\n  two\n\nthree"),
        ("\"\"\"a \\\"\"\" b\"\"\"", "a \"\"\" b"),
        ("\"\"\"\\n\"\"\"", "\\n"), ("\"\"\"a\r\n  b\r  c\"\"\"", "a\nb\nc"), ("\"\"\"   \n\t\n \"\"\"", ""),
    ]

    @Test(arguments: strings.indices)
    func stringsMeanWhatTheSpecificationSays(_ index: Int) throws {
        let document = try Document(parsing: "{ a(b: \(Self.strings[index].written)) }")
        guard case .field(let field) = document.operations[0].selectionSet.selections[0],
            case .string(let value, _) = field.arguments[0].value.kind
        else { return #expect(Bool(false), "no string") }
        #expect(value == Self.strings[index].value)
        for printed in [
            BlockString.canPrint(value) ? BlockString.printed(value) : Literal.quoted(value), Literal.quoted(value),
        ] {
            let again = try Document(parsing: "{ a(b: \(printed)) }")
            guard case .field(let field) = again.operations[0].selectionSet.selections[0],
                case .string(let read, _) = field.arguments[0].value.kind
            else { return #expect(Bool(false), "no string") }
            #expect(read == value, "\(printed)")
        }
    }
}
