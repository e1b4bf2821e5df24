import Engine
import Foundation

/// How a frame stands in the database: a key frame by itself, or as the difference from the frame before.
///
/// A blob is: version (1 byte), CRC-32 of the frame's JSON (4 bytes, big-endian), raw length (LEB128), deflated bytes.
/// Raw bytes of a key frame are its JSON; of a delta what `FrameDelta` makes. The JSON has sorted keys, so a picture
/// has one form, and the checksum proves that what comes out of a chain of deltas is what went in.
enum FrameCodec {
    enum Form: String, Sendable {
        /// JSON as text bytes, the form of release 0.1.
        case plain
        case key
        case delta
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private static let version: UInt8 = 1

    static func json(of snapshot: EngineSnapshot) throws -> [UInt8] { Array(try Columns.json(snapshot).utf8) }

    static func key(_ json: [UInt8]) throws -> [UInt8] { try blob(raw: json, checksum: Deflate.checksum(json)) }

    /// - Parameter checksum: of the new frame's JSON.
    static func delta(from old: FrameText, to new: FrameText, checksum: UInt32) throws -> [UInt8] {
        try blob(raw: FrameDelta.bytes(from: old, to: new), checksum: checksum)
    }

    private static func blob(raw: [UInt8], checksum: UInt32) throws -> [UInt8] {
        var head = ByteWriter()
        head.put(raw.count)
        let sum = (0..<4).map { UInt8(truncatingIfNeeded: checksum >> UInt32(24 - 8 * $0)) }
        return [version] + sum + head.bytes + (try Deflate.compressed(raw))
    }

    /// The frame that `blob` is.
    /// - Parameter old: the frame before, for a delta.
    /// - Throws: where the blob is damaged, cut short, of another version, or not the successor of `old`.
    static func text(_ blob: [UInt8], form: Form, after old: FrameText?) throws -> FrameText {
        if form == .plain { return try taken(apart: blob) }
        guard blob.first == version else { throw Failure(description: "the frame is of another version or empty") }
        guard blob.count > 5 else { throw Failure(description: "the frame is cut short") }
        var reader = ByteReader(blob[5...])
        let count = try reader.count(max: Deflate.rawBytesMax)
        let raw = try Deflate.expanded(reader.rest, count: count)
        if form == .key { return try taken(apart: raw) }
        guard let old else { throw Failure(description: "the frame it follows is missing") }
        return try FrameDelta.apply(raw[...], to: old)
    }

    private static func taken(apart json: [UInt8]) throws -> FrameText {
        guard !json.contains(FrameText.placeholder) else { throw Failure(description: "the frame is no JSON") }
        return FrameText(json: json)
    }

    /// The picture in the last blob of a chain.
    /// - Throws: as `text`, and where the checksum differs.
    static func snapshot(_ text: FrameText, of blob: [UInt8], form: Form) throws -> EngineSnapshot {
        if form != .plain { try verify(text, of: blob) }
        return try TolerantDecoder.decode(EngineSnapshot.self, from: Data(text.json))
    }

    /// - Throws: where the checksum in `blob` is not that of what was unfolded from it.
    static func verify(_ text: FrameText, of blob: [UInt8]) throws {
        let kept = blob[1...4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        guard kept == Deflate.checksum(text.json) else {
            throw Failure(description: "the frame's checksum does not match")
        }
    }
}
