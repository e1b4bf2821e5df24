/// What a client is answered (section 7.1).
public struct Response: Hashable, Sendable {
    /// The result as JSON; nil if the request was refused before execution.
    public var data: [UInt8]?
    public var errors: [GraphQLError]

    public init(data: [UInt8]? = nil, errors: [GraphQLError] = []) {
        self.data = data
        self.errors = errors
    }

    /// The whole response as JSON: `errors` first, as the specification advises, then `data`.
    public var json: [UInt8] {
        var text = JSONText()
        text.write("{")
        if !errors.isEmpty {
            text.write("\"errors\":")
            text.write(raw: errors.json)
        }
        if let data {
            text.write(errors.isEmpty ? "\"data\":" : ",\"data\":")
            text.write(raw: data)
        }
        text.write("}")
        return text.bytes
    }
}

extension [GraphQLError] {
    /// The errors as a JSON list, each in the form of section 7.1.2.
    public var json: [UInt8] { Value.list(map(\.value)).json }
}

extension GraphQLError {
    var value: Value {
        var object = ObjectValue([("message", .string(message))])
        if !locations.isEmpty {
            object["locations"] = .list(locations.map { ["line": .int($0.line), "column": .int($0.column)] })
        }
        if let path {
            object["path"] = .list(
                path.map { element in
                    switch element {
                    case .key(let key): .string(key)
                    case .index(let index): .int(index)
                    }
                })
        }
        if let code { object["extensions"] = ["code": .string(code)] }
        return .object(object)
    }
}
