/// Writes text into memory that is given to it; what does not fit is only counted. Nothing is allocated.
struct ByteWriter {
    private let memory: UnsafeMutableBufferPointer<UInt8>
    private var count = 0

    private init(_ memory: UnsafeMutableBufferPointer<UInt8>) { self.memory = memory }

    /// Hands over what `write` writes: on the stack, unless it is longer than nearly all messages of the edge are.
    static func collecting<Result>(
        _ write: (inout ByteWriter) -> Void, _ body: (UnsafeBufferPointer<UInt8>) -> Result
    ) -> Result {
        var needed = 512
        while true {
            let result = withUnsafeTemporaryAllocation(of: UInt8.self, capacity: needed) { memory -> Result? in
                var writer = ByteWriter(memory)
                write(&writer)
                needed = max(needed, writer.count)
                return writer.count <= memory.count ? body(UnsafeBufferPointer(rebasing: memory[..<writer.count])) : nil
            }
            if let result { return result }
        }
    }

    mutating func write(_ text: String) {
        for byte in text.utf8 { put(byte) }
    }

    mutating func write(_ number: Int64) {
        var digits = 1, power: UInt64 = 10
        while digits < 19, number.magnitude >= power {
            digits += 1
            power *= 10
        }
        if number < 0 { put(UInt8(ascii: "-")) }
        while power >= 10 {
            put(UInt8(ascii: "0") + UInt8(number.magnitude / (power / 10) % 10))
            power /= 10
        }
    }

    /// `text` as a JSON string.
    mutating func write(quoted text: String) {
        put(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                put(UInt8(ascii: "\\"))
                put(byte)
            case ..<0x20:
                write("\\u00")
                put(UInt8(ascii: "0") + byte >> 4)
                put(byte & 0x0F < 10 ? UInt8(ascii: "0") + byte & 0x0F : UInt8(ascii: "a") + byte & 0x0F - 10)
            default: put(byte)
            }
        }
        put(UInt8(ascii: "\""))
    }

    private mutating func put(_ byte: UInt8) {
        if count < memory.count { memory[count] = byte }
        count += 1
    }
}
