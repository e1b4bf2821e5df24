import Engine

/// A rehearsal as the room looks at it: its frames with a cursor in them. While the room has one, every screen shows the frame at
/// the cursor, marked REHEARSAL, and no command reaches the engine.
struct RehearsedShow: Hashable, Sendable {
    /// In order of time, at least one.
    private let frames: [EngineSnapshot]
    /// The verdict, and how it was played.
    let verdict: String
    let seed: UInt64
    /// The event that was under the cursor in the show.
    var selectedBefore: EventID?
    private(set) var place = 0
    private(set) var isPlaying = false
    private var playedAt: EngineInstant?

    /// Frames a second while it plays.
    private static let framesPerSecond: Int64 = 10
    static let keys = ["h l step", "[ ] fan-outs", "PgUp PgDn far", "Space play", "g G ends", "1 2 3 screens", "q leaves"]

    /// - Returns: nil if there is no frame.
    init?(frames: [EngineSnapshot], verdict: String, seed: UInt64) {
        guard !frames.isEmpty else { return nil }
        self.frames = frames
        self.verdict = verdict
        self.seed = seed
        // Where something is to be seen: the first fan-out under way.
        place = frames.firstIndex { $0.broadcasts.contains { $0.record.state == .sending } } ?? 0
    }

    var frame: EngineSnapshot { frames[place] }

    /// What the operator is told on the alert line.
    var line: String { "REHEARSAL seed \(seed), frame \(place + 1) of \(frames.count): \(verdict)" }

    mutating func step(by count: Int) {
        isPlaying = false
        place = min(max(0, place + count), frames.count - 1)
    }

    /// The next or previous frame in which a fan-out begins.
    /// - Returns: false if there is none that way.
    mutating func jump(_ direction: Int) -> Bool {
        let ahead = direction > 0 ? Array(frames.indices[(place + 1)...]) : frames.indices[..<place].reversed()
        guard let found = ahead.first(where: { $0 > 0 && newest(of: $0) > newest(of: $0 - 1) }) else { return false }
        isPlaying = false
        place = found
        return true
    }

    private func newest(of index: Int) -> BroadcastID { frames[index].broadcasts.map(\.id).max() ?? BroadcastID(0) }

    mutating func togglePlaying(now: EngineInstant) {
        isPlaying.toggle()
        playedAt = isPlaying ? now : nil
        if isPlaying, place == frames.count - 1 { place = 0 }
    }

    /// The clock went on. Stops at the end.
    mutating func play(now: EngineInstant) {
        guard isPlaying, let before = playedAt else { return }
        let count = (now - before).wholeMilliseconds * Self.framesPerSecond / 1000
        guard count > 0 else { return }
        playedAt = now
        place = min(place + Int(count), frames.count - 1)
        if place == frames.count - 1 { isPlaying = false }
    }
}
