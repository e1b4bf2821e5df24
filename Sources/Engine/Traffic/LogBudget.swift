/// Bytes a second that may be spent on lines nobody needs to read at once. A token bucket of one second.
///
/// Essential lines (errors, the journal, audit) never ask it. What it refuses is counted, so that a gap in the log is
/// known to be one.
struct LogBudget: Hashable, Sendable {
    private let bytesPerSecond: Int
    private var level: Double
    private var at: EngineInstant
    private(set) var writtenBytes = 0
    private(set) var droppedLines = 0

    init(bytesPerSecond: Int, now: EngineInstant) {
        self.bytesPerSecond = bytesPerSecond
        level = Double(bytesPerSecond)
        at = now
    }

    /// The same counts under another budget.
    func resized(to bytesPerSecond: Int, now: EngineInstant) -> Self {
        var result = Self(bytesPerSecond: bytesPerSecond, now: now)
        (result.writtenBytes, result.droppedLines) = (writtenBytes, droppedLines)
        return result
    }

    /// Whether a non-essential line of so many bytes may be written. `isSampledOut` is a line that sampling has left
    /// out already.
    mutating func spend(_ bytes: Int, isSampledOut: Bool = false, now: EngineInstant) -> Bool {
        level = min(Double(bytesPerSecond), level + Double((now - at).wholeNanoseconds) / 1e9 * Double(bytesPerSecond))
        at = now
        guard !isSampledOut, level >= Double(bytes) else {
            droppedLines += 1
            return false
        }
        level -= Double(bytes)
        writtenBytes += bytes
        return true
    }
}
