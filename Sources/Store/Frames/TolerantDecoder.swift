import Foundation

/// Reads frames of earlier releases: a picture has gained fields since, and what an old frame does not say is empty
/// (zero, no text, no rows, nil, the first word of an enumeration). A frame of this release never comes here,
/// because nothing is missing from it.
struct TolerantDecoder: Decoder {
    private let value: JSONValue?
    let codingPath: [any CodingKey]
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    /// - Throws: `DecodingError` where a field has another type than it is given, or cannot be empty.
    static func decode<Value: Decodable>(_ type: Value.Type, from data: Data) throws -> Value {
        do { return try JSONDecoder().decode(type, from: data) } catch DecodingError.keyNotFound {
            let value = try JSONDecoder().decode(JSONValue.self, from: data)
            return try Value(from: TolerantDecoder(value: value, codingPath: []))
        }
    }

    fileprivate init(value: JSONValue?, codingPath: [any CodingKey]) {
        self.value = value
        self.codingPath = codingPath
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        switch value {
        case .object(let fields)?: KeyedDecodingContainer(Keyed(fields: fields, codingPath: codingPath))
        case nil: KeyedDecodingContainer(Keyed(fields: [:], codingPath: codingPath))
        case _?: throw mismatch("an object", type)
        }
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        switch value {
        case .list(let values)?: Unkeyed(values: values, codingPath: codingPath)
        case nil: Unkeyed(values: [], codingPath: codingPath)
        case _?: throw mismatch("a list", [Any].self)
        }
    }

    func singleValueContainer() throws -> any SingleValueDecodingContainer { self }

    private func mismatch(_ wanted: String, _ type: Any.Type) -> DecodingError {
        .typeMismatch(type, .init(codingPath: codingPath, debugDescription: "this is not \(wanted)"))
    }

    fileprivate func read<Value: Decodable>(_ type: Value.Type) throws -> Value {
        if value == nil, let words = type as? any CaseIterable.Type, let first = Self.first(of: words) as? Value {
            return first
        }
        return try Value(from: self)
    }

    private static func first<Words: CaseIterable>(of type: Words.Type) -> Any? { type.allCases.first }
}

extension TolerantDecoder: SingleValueDecodingContainer {
    func decodeNil() -> Bool { value == nil || value == .null }

    func decode(_ type: Bool.Type) throws -> Bool {
        switch value {
        case .flag(let flag)?: flag
        case nil: false
        case _?: throw mismatch("true or false", type)
        }
    }

    func decode(_ type: String.Type) throws -> String {
        switch value {
        case .text(let text)?: text
        case nil: ""
        case _?: throw mismatch("text", type)
        }
    }

    func decode(_ type: Double.Type) throws -> Double {
        switch value {
        case .fraction(let number)?: number
        case .whole(let number)?: Double(number)
        case nil: 0
        case _?: throw mismatch("a number", type)
        }
    }

    func decode(_ type: Float.Type) throws -> Float { Float(try decode(Double.self)) }
    func decode(_ type: Int.Type) throws -> Int { try whole(type) }
    func decode(_ type: Int8.Type) throws -> Int8 { try whole(type) }
    func decode(_ type: Int16.Type) throws -> Int16 { try whole(type) }
    func decode(_ type: Int32.Type) throws -> Int32 { try whole(type) }
    func decode(_ type: Int64.Type) throws -> Int64 { try whole(type) }
    func decode(_ type: UInt.Type) throws -> UInt { try whole(type) }
    func decode(_ type: UInt8.Type) throws -> UInt8 { try whole(type) }
    func decode(_ type: UInt16.Type) throws -> UInt16 { try whole(type) }
    func decode(_ type: UInt32.Type) throws -> UInt32 { try whole(type) }
    func decode(_ type: UInt64.Type) throws -> UInt64 { try whole(type) }
    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try read(type) }

    private func whole<Number: FixedWidthInteger>(_ type: Number.Type) throws -> Number {
        switch value {
        case .whole(let number)?:
            guard let exact = Number(exactly: number) else { throw mismatch("a number of that size", type) }
            return exact
        case nil: return 0
        case _?: throw mismatch("a whole number", type)
        }
    }
}

/// JSON as it stands.
private enum JSONValue: Equatable, Decodable {
    case null
    case flag(Bool)
    case whole(Int64)
    case fraction(Double)
    case text(String)
    case list([JSONValue])
    case object([String: JSONValue])

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let number = try? container.decode(Int64.self) { self = .whole(number) }
        else if let text = try? container.decode(String.self) { self = .text(text) }
        else if let fields = try? container.decode([String: JSONValue].self) { self = .object(fields) }
        else if let values = try? container.decode([JSONValue].self) { self = .list(values) }
        else if let flag = try? container.decode(Bool.self) { self = .flag(flag) }
        else if let number = try? container.decode(Double.self) { self = .fraction(number) }
        else { self = .null }
    }
}

private struct Keyed<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let fields: [String: JSONValue]
    let codingPath: [any CodingKey]

    var allKeys: [Key] { fields.keys.sorted().compactMap(Key.init(stringValue:)) }
    func contains(_ key: Key) -> Bool { fields[key.stringValue] != nil }
    func decodeNil(forKey key: Key) -> Bool { fields[key.stringValue] ?? .null == .null }

    private func decoder(_ key: any CodingKey) -> TolerantDecoder {
        TolerantDecoder(value: fields[key.stringValue], codingPath: codingPath + [key])
    }

    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value { try decoder(key).read(type) }

    func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type, forKey key: Key) throws
        -> KeyedDecodingContainer<Nested>
    {
        try decoder(key).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try decoder(key).unkeyedContainer()
    }
    func superDecoder() throws -> any Decoder { TolerantDecoder(value: .object(fields), codingPath: codingPath) }
    func superDecoder(forKey key: Key) throws -> any Decoder { decoder(key) }
}

private struct Unkeyed: UnkeyedDecodingContainer {
    let values: [JSONValue]
    let codingPath: [any CodingKey]
    private(set) var currentIndex = 0

    init(values: [JSONValue], codingPath: [any CodingKey]) {
        self.values = values
        self.codingPath = codingPath
    }

    var count: Int? { values.count }
    var isAtEnd: Bool { currentIndex >= values.count }

    mutating func decodeNil() throws -> Bool {
        guard !isAtEnd, values[currentIndex] == .null else { return false }
        currentIndex += 1
        return true
    }

    private mutating func next() throws -> TolerantDecoder {
        guard !isAtEnd else {
            throw DecodingError.valueNotFound(
                Any.self, .init(codingPath: codingPath, debugDescription: "the list is too short"))
        }
        defer { currentIndex += 1 }
        return TolerantDecoder(value: values[currentIndex], codingPath: codingPath)
    }

    mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try next().read(type) }

    mutating func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) throws -> KeyedDecodingContainer<Nested>
    {
        try next().container(keyedBy: type)
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer { try next().unkeyedContainer() }
    mutating func superDecoder() throws -> any Decoder { try next() }
}
