import HTTPTypes
import NIOCore

/// `POST /v1/telemetry`: what devices report of themselves, a JSON object or several, one a line.
///
/// The first traffic to go: BULK at the door, sampled by the lever `sample-logs`, and held to the byte budget of the
/// rules. Lines that say `"level":"error"` are essential: sampling and budget never drop them. What is dropped is
/// counted, here in the answer and in `/metrics`.
struct TelemetryEndpoint: Sendable {
    static let path = "/v1/telemetry"
    static let bodyBytesMax = 64 * 1024
    /// Longest line; a longer one is refused with the whole request, 422.
    static let lineBytesMax = 8 * 1024

    private struct Taken: Encodable { var kept: Int, dropped: Int }

    let gate: TrafficGate?
    /// Where lines go; nil: they are checked, counted and forgotten.
    let log: (any TelemetryLog)?

    func answer(_ question: HTTPQuestion) -> HTTPAnswer {
        let type = (question.contentType ?? "").lowercased()
        guard type.hasPrefix("application/json") || type.hasPrefix("application/x-ndjson") else {
            return .error(415, "Telemetry is JSON lines: send Content-Type: application/x-ndjson.")
        }
        guard let body = question.body else {
            return .error(413, "The body is larger than \(Self.bodyBytesMax / 1024) KiB: send fewer lines at a time.")
        }
        let lines = body.split(separator: UInt8(ascii: "\n")).filter { $0.contains { !Self.isSpace($0) } }
        for (number, line) in lines.enumerated() {
            if let fault = Self.fault(in: line) { return .error(422, "Line \(number + 1) \(fault)") }
        }
        var kept = 0
        for line in lines where Self.isEssential(line) || gate?.mayLog(bytes: line.count + 1) ?? true {
            kept += 1
            log?.write(line)
        }
        return .json(202, Taken(kept: kept, dropped: lines.count - kept))
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D }

    /// What a line may not be; the content is whoever reads the log's to judge.
    private static func fault(in line: ArraySlice<UInt8>) -> String? {
        guard line.count <= lineBytesMax else { return "is longer than \(lineBytesMax / 1024) KiB." }
        let inner = line.drop(while: isSpace)
        guard inner.first == UInt8(ascii: "{"), line.last(where: { !isSpace($0) }) == UInt8(ascii: "}") else {
            return "is no JSON object: write one object a line."
        }
        guard !line.contains(where: { $0 < 0x20 && !isSpace($0) }), String(validating: line, as: UTF8.self) != nil
        else {
            return "is not UTF-8 text."
        }
        return nil
    }

    /// `"level":"error"`, with or without spaces around the colon.
    private static func isEssential(_ line: ArraySlice<UInt8>) -> Bool {
        let text = String(decoding: line, as: UTF8.self)
        guard let level = text.firstRange(of: "\"level\"") else { return false }
        let rest = text[level.upperBound...].drop { $0 == " " || $0 == ":" }
        return rest.hasPrefix("\"error\"") || rest.hasPrefix("\"fatal\"")
    }
}

/// Where lines of telemetry go. Writes are handed over at once and never waited for.
public protocol TelemetryLog: Sendable {
    func write(_ line: ArraySlice<UInt8>)

    /// Lines that were kept and then could not be written, since the start.
    var droppedCount: Int { get }
}
