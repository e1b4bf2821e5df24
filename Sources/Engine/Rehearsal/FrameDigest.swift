/// A fingerprint of a sequence of values: 128 bits, the same on any machine for the same values in the same order.
///
/// Two lanes over 64-bit words: one is SplitMix64's finaliser, the other FNV-1a's step on whole words. Good for telling
/// two rehearsals apart, no protection against anybody who means harm. Values are taken in by their `Codable` form, so
/// a field that is added to a frame is in the fingerprint without anybody thinking of it (`NodeSnapshot` alone is taken
/// in by hand, and a test counts its fields); no field may hold a dictionary or a set.
public struct FrameDigest: Sendable {
    private var first: UInt64 = 0x9E37_79B9_7F4A_7C15
    private var second: UInt64 = 0xCBF2_9CE4_8422_2325
    /// Values taken in.
    public private(set) var count = 0

    public init() {}

    /// 32 hexadecimal digits.
    public var text: String {
        SeededGenerator.mix(first ^ UInt64(count)).hexadecimal + SeededGenerator.mix(second).hexadecimal
    }

    public mutating func add(_ value: some Encodable) {
        count += 1
        let encoder = DigestEncoder(self)
        // The encoder below refuses nothing, and our values encode what they hold.
        try? value.encode(to: encoder)
        self = encoder.box.digest
    }

    mutating func add(word: UInt64) {
        first = SeededGenerator.mix(first ^ word)
        second = (second ^ word) &* 0x0000_0100_0000_01B3
        second ^= second >> 29
    }

    /// At most eight bytes, the first one highest.
    private static func word(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) -> UInt64 {
        bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }

    mutating func add(text: String) {
        var text = text
        text.withUTF8 { bytes in
            let whole = bytes.count & ~7
            for start in stride(from: 0, to: whole, by: 8) { add(word: Self.word(bytes[start..<start + 8])) }
            add(word: Self.word(bytes[whole...]) ^ UInt64(bytes.count) << 56)
        }
    }
}

/// Hands whatever a value encodes to a digest: names, order and values.
private struct DigestEncoder: Encoder {
    final class Box {
        var digest: FrameDigest
        init(_ digest: FrameDigest) { self.digest = digest }
    }

    let box: Box
    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    init(_ digest: FrameDigest) { box = Box(digest) }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        KeyedEncodingContainer(Keyed<Key>(encoder: self))
    }
    func unkeyedContainer() -> any UnkeyedEncodingContainer { Unkeyed(encoder: self) }
    func singleValueContainer() -> any SingleValueEncodingContainer { Single(encoder: self) }

    func note(_ name: String) { box.digest.add(text: name) }
    func note(_ word: UInt64) { box.digest.add(word: word) }

    func write(_ value: some Encodable) throws {
        switch value {
        case let value as Int: note(UInt64(bitPattern: Int64(value)))
        case let value as Int64: note(UInt64(bitPattern: value))
        case let value as String: note(value)
        case let value as Bool: note(value ? 1 : 2)
        default: try value.encode(to: self)
        }
    }

    struct Keyed<Key: CodingKey>: KeyedEncodingContainerProtocol {
        let encoder: DigestEncoder
        var codingPath: [any CodingKey] { [] }

        private func name(_ key: Key) { encoder.note(key.stringValue) }
        mutating func encodeNil(forKey key: Key) { name(key) }
        mutating func encode(_ value: Bool, forKey key: Key) {
            name(key)
            encoder.note(value ? 1 : 2)
        }
        mutating func encode(_ value: String, forKey key: Key) {
            name(key)
            encoder.note(value)
        }
        mutating func encode(_ value: Int, forKey key: Key) {
            name(key)
            encoder.note(UInt64(bitPattern: Int64(value)))
        }
        mutating func encode(_ value: Int64, forKey key: Key) {
            name(key)
            encoder.note(UInt64(bitPattern: value))
        }
        mutating func encode(_ value: Double, forKey key: Key) {
            name(key)
            encoder.note(value.bitPattern)
        }
        mutating func encode<Value: Encodable>(_ value: Value, forKey key: Key) throws {
            name(key)
            try encoder.write(value)
        }
        mutating func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type, forKey key: Key)
            -> KeyedEncodingContainer<Nested>
        {
            name(key)
            return encoder.container(keyedBy: type)
        }
        mutating func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
            name(key)
            return encoder.unkeyedContainer()
        }
        mutating func superEncoder() -> any Encoder { encoder }
        mutating func superEncoder(forKey key: Key) -> any Encoder {
            name(key)
            return encoder
        }
    }

    struct Unkeyed: UnkeyedEncodingContainer {
        let encoder: DigestEncoder
        var count = 0
        var codingPath: [any CodingKey] { [] }

        init(encoder: DigestEncoder) { self.encoder = encoder }

        mutating func encodeNil() { encoder.note(0) }
        mutating func encode<Value: Encodable>(_ value: Value) throws {
            count += 1
            encoder.note(UInt64(count))
            try encoder.write(value)
        }
        mutating func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
            encoder.container(keyedBy: type)
        }
        mutating func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { encoder.unkeyedContainer() }
        mutating func superEncoder() -> any Encoder { encoder }
    }

    struct Single: SingleValueEncodingContainer {
        let encoder: DigestEncoder
        var codingPath: [any CodingKey] { [] }

        mutating func encodeNil() { encoder.note(0) }
        mutating func encode(_ value: Bool) { encoder.note(value ? 1 : 2) }
        mutating func encode(_ value: String) { encoder.note(value) }
        mutating func encode(_ value: Double) { encoder.note(value.bitPattern) }
        mutating func encode(_ value: Float) { encoder.note(UInt64(value.bitPattern)) }
        mutating func encode(_ value: Int) { encoder.note(UInt64(bitPattern: Int64(value))) }
        mutating func encode(_ value: Int8) { encoder.note(UInt64(bitPattern: Int64(value))) }
        mutating func encode(_ value: Int16) { encoder.note(UInt64(bitPattern: Int64(value))) }
        mutating func encode(_ value: Int32) { encoder.note(UInt64(bitPattern: Int64(value))) }
        mutating func encode(_ value: Int64) { encoder.note(UInt64(bitPattern: value)) }
        mutating func encode(_ value: UInt) { encoder.note(UInt64(value)) }
        mutating func encode(_ value: UInt8) { encoder.note(UInt64(value)) }
        mutating func encode(_ value: UInt16) { encoder.note(UInt64(value)) }
        mutating func encode(_ value: UInt32) { encoder.note(UInt64(value)) }
        mutating func encode(_ value: UInt64) { encoder.note(value) }
        mutating func encode<Value: Encodable>(_ value: Value) throws { try value.encode(to: encoder) }
    }
}
