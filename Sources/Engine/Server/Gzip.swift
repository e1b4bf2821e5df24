import CZlib

/// Compression of an answer that is kept: done once, sent many times.
///
/// zlib at once, not `NIOHTTPCompression`: that compresses a response as it passes, each time anew.
enum Gzip {
    /// Smaller bodies are sent as they are: a packet is a packet.
    static let bytesMin = 1024
    private static let level: Int32 = 6

    /// The bytes as gzip; nil if that would not be smaller.
    static func compress(_ bytes: [UInt8]) -> [UInt8]? {
        guard bytes.count >= bytesMin, bytes.count < Int(UInt32.max) else { return nil }
        var count = 0
        let packed = [UInt8](unsafeUninitializedCapacity: bytes.count) { buffer, written in
            count = czlib_gzip(bytes, bytes.count, buffer.baseAddress, buffer.count, level)
            written = count
        }
        return count == 0 ? nil : packed
    }
}
