internal import CZlib

/// zlib's deflate over whole blocks of bytes.
enum Deflate {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// Raw lengths above this are refused, bytes: no frame is a hundredth of it, and a damaged length must not take the
    /// memory.
    static let rawBytesMax = 64 << 20

    static func compressed(_ bytes: [UInt8]) throws -> [UInt8] {
        var length = compressBound(uLong(bytes.count))
        var out = [UInt8](repeating: 0, count: Int(length))
        let code = compress2(&out, &length, bytes, uLong(bytes.count), 6)
        guard code == Z_OK else { throw Failure(description: "zlib could not compress (\(code))") }
        out.removeLast(out.count - Int(length))
        return out
    }

    /// - Parameter count: the raw length, bytes.
    static func expanded(_ bytes: ArraySlice<UInt8>, count: Int) throws -> [UInt8] {
        guard (0...rawBytesMax).contains(count) else {
            throw Failure(description: "\(count) bytes are more than a frame can have")
        }
        var out = [UInt8](repeating: 0, count: count), length = uLong(count)
        let code = bytes.withUnsafeBufferPointer { uncompress(&out, &length, $0.baseAddress, uLong($0.count)) }
        guard code == Z_OK, Int(length) == count else {
            throw Failure(description: "the compressed bytes are damaged or cut short")
        }
        return out
    }

    static func checksum(_ bytes: [UInt8]) -> UInt32 {
        UInt32(truncatingIfNeeded: crc32_z(0, bytes, bytes.count))
    }
}
