/// Whole numbers of few bytes where they are small (LEB128), and runs of zeros in two.
struct ByteWriter {
    private(set) var bytes: [UInt8] = []
    private var zeroCount: UInt64 = 0

    mutating func put(_ value: Int) { put(UInt64(value)) }

    mutating func put(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    mutating func put(_ slice: ArraySlice<UInt8>) { bytes.append(contentsOf: slice) }

    /// A difference: small either way is short. `endRun` must follow the last one.
    mutating func put(difference: Int64) {
        if difference == 0 {
            zeroCount += 1
            return
        }
        endRun()
        put(UInt64(bitPattern: (difference << 1) ^ (difference >> 63)))
    }

    mutating func endRun() {
        guard zeroCount > 0 else { return }
        put(UInt64(0))
        put(zeroCount - 1)
        zeroCount = 0
    }
}

/// Reads what a `ByteWriter` wrote. Whatever is wrong with the bytes, it throws and never reads beyond them.
struct ByteReader {
    struct Failure: Error, CustomStringConvertible {
        let description = "the frame's bytes end too early or make no sense"
    }

    private let bytes: ArraySlice<UInt8>
    private var place: Int
    private var zeroCount: UInt64 = 0

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        place = bytes.startIndex
    }

    var rest: ArraySlice<UInt8> { bytes[place...] }

    mutating func number() throws -> UInt64 {
        var value: UInt64 = 0, shift: UInt64 = 0
        while place < bytes.endIndex, shift < 64 {
            let byte = bytes[place]
            place += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte & 0x80 == 0 { return value }
            shift += 7
        }
        throw Failure()
    }

    /// A number of things of which there can be at most `limit`.
    mutating func count(max limit: Int) throws -> Int {
        guard let value = Int(exactly: try number()), value <= limit else { throw Failure() }
        return value
    }

    mutating func slice(_ count: Int) throws -> ArraySlice<UInt8> {
        guard count >= 0, count <= bytes.endIndex - place else { throw Failure() }
        defer { place += count }
        return bytes[place..<place + count]
    }

    mutating func difference() throws -> Int64 {
        if zeroCount > 0 {
            zeroCount -= 1
            return 0
        }
        let value = try number()
        if value == 0 {
            zeroCount = try number()
            return 0
        }
        return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
    }
}
