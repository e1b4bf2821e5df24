public import Engine

/// The bounds of a database: unit, default, and what happens at each.
public struct StoreLimits: Hashable, Sendable {
    /// Bytes of frames kept: about twenty long evenings on 512 edge nodes. Beyond it the oldest go, those of two
    /// minutes at a time; the newest two minutes always stay.
    public var frameBytesMax = 1024 * 1024 * 1024
    /// How long a frame is kept, ms, against the newest frame's time. Older ones go in the same way.
    public var framesFor: Milliseconds = 90 * 86_400_000
    /// How long after an event's end its publications can still be caught up, ms. Then only the newest can.
    public var retainedFor: Milliseconds = 86_400_000
    /// Up to this size, bytes, the whole file is checked at start; above it everything but the frames.
    public var wholeCheckBytesMax = 256 * 1024 * 1024

    /// How long a commit waits for somebody who has the file locked for writing (`sqlite3`), ms. Then it throws
    /// `.unwritable`.
    public var waitForLock: Milliseconds = 5000

    public init() {}

    /// Frames from one key frame to the next. More make the file smaller and a seek slower.
    static let framesPerKey = 120
    /// Key frames removed along with one new frame, each with its deltas: small steps, so that no commit waits long
    /// behind one.
    static let frameGroupsPrunedMax = 2
}
