import Engine

/// A past showing or a rehearsal with a cursor in it: where it stands, whether it runs, and the picture there. While
/// the room has one, every screen shows that picture, and no command reaches the engine.
struct Scrubber: Hashable, Sendable {
    /// Something to jump to.
    struct Marker: Hashable, Sendable {
        enum Kind: Hashable, Sendable {
            case stage, alert, command, gap, step, bookmark
        }
        var place: Milliseconds
        var kind: Kind
        var severity: Severity
        var text: String
    }

    /// What the pictures are marked as: `.replay` or `.rehearsal`.
    let mode: DataMode
    let timeline: Timeline
    let axis: TimelineAxis
    /// Markers of the recording in order; bookmarks are apart.
    let markers: [Marker]
    private(set) var bookmarks: [Marker] = []
    /// Whether curves and alerts are the whole room's; else this event's.
    private(set) var isWholeRoom: Bool
    /// Only markers and deeds that contain it are shown and jumped to; empty: all.
    var filter = ""
    private(set) var cursor: Milliseconds
    private(set) var speed: Int
    private(set) var isPlaying = false
    private var playedAt: EngineInstant?
    /// The picture at the cursor, marked with `mode`; nil in a gap, and until it has come.
    private(set) var frame: EngineSnapshot?
    /// Where the picture was asked for; nil when nothing is awaited.
    private(set) var awaited: Milliseconds?
    /// Where the picture that came last was asked for.
    private(set) var answered: Milliseconds?
    /// Why the picture could not be read.
    private(set) var fault: String?

    static let speeds = [1, 2, 5, 10, 30, 60, 120, 300, 600, 1200, 3600]
    /// What a rehearsal begins with: hours in which little happens.
    private static let rehearsalSpeed = 60
    static let bookmarksMax = 26

    /// - Parameter moment: where to begin; nil: where the recording does.
    init(_ timeline: Timeline, at moment: WallTime? = nil, mode: DataMode = .replay) {
        self.mode = mode
        isWholeRoom = timeline.roomSamples.isEmpty
        speed = mode == .rehearsal ? Self.rehearsalSpeed : 1
        self.timeline = timeline
        let axis = TimelineAxis(timeline)
        self.axis = axis
        markers = Self.markers(of: timeline, on: axis)
        cursor = moment.flatMap { axis.place(of: $0) } ?? axis.spans.first?.start ?? 0
    }

    /// What the clock of the recording says at the cursor.
    var wall: WallTime { axis.wall(at: cursor) }

    // MARK: The picture

    /// The picture to ask for next; nil where there is none to ask for, or it is here, or another is awaited.
    var wanted: RecordingQuery? {
        guard awaited == nil, answered != cursor, let span = axis.span(at: cursor) else { return nil }
        return .frame(span.piece, at: wall)
    }

    mutating func ask() { awaited = cursor }

    mutating func take(_ snapshot: EngineSnapshot?) {
        answered = awaited
        awaited = nil
        fault = snapshot == nil ? "The picture of \(Format.time(wall)) is not in the database any more." : nil
        frame = snapshot
        frame?.mode = mode
    }

    mutating func fail(_ sentence: String) {
        answered = awaited
        awaited = nil
        frame = nil
        fault = sentence
    }

    /// Why there is no picture, in words.
    var emptiness: String {
        if let fault { return fault }
        if axis.spans.isEmpty {
            return "No pictures of this showing are kept: its figures are, in the list of broadcasts."
        }
        if let gap = axis.gaps.first(where: { $0.contains(cursor) }) {
            return
                "Nothing was recorded from \(Format.time(axis.wall(at: gap.lowerBound))) to \(Format.time(axis.wall(at: gap.upperBound)))."
        }
        return "Reading the picture of \(Format.time(wall)) …"
    }

    // MARK: What is laid out

    /// What the curves are drawn from.
    var samples: [TimelineSample] {
        isWholeRoom && !timeline.roomSamples.isEmpty ? timeline.roomSamples : timeline.samples
    }

    /// Shows the room's curves in place of the event's, or the event's again.
    /// - Returns: false where the recording does not keep them apart.
    mutating func toggleScope() -> Bool {
        guard !timeline.roomSamples.isEmpty else { return false }
        isWholeRoom.toggle()
        return true
    }

    /// What people and the engine did that passes the filter, oldest first.
    var entries: [JournalEntry] {
        timeline.entries.filter {
            matches(filter, Wording.what($0.kind), $0.actor.description, $0.before, $0.after, $0.why)
        }
    }

    // MARK: Moving

    mutating func move(to place: Milliseconds) {
        cursor = min(max(0, place), axis.length)
        if axis.span(at: cursor) == nil {
            frame = nil
            answered = nil
            fault = nil
        }
    }

    mutating func step(by change: Milliseconds) {
        isPlaying = false
        move(to: cursor + change)
    }

    /// Goes to the next or previous marker that `isWanted`.
    /// - Returns: it; nil if there is none that way.
    mutating func jump(_ direction: Int, to isWanted: (Marker) -> Bool) -> Marker? {
        let all = (markers + bookmarks).sorted { ($0.place, $0.text) < ($1.place, $1.text) }
            .filter { isWanted($0) && matches(filter, $0.text) }
        guard
            let found = direction > 0 ? all.first(where: { $0.place > cursor }) : all.last(where: { $0.place < cursor })
        else { return nil }
        isPlaying = false
        move(to: found.place)
        return found
    }

    /// The next marker ahead, for the panel beside the list.
    var next: Marker? { (markers + bookmarks).sorted { $0.place < $1.place }.first { $0.place > cursor } }

    mutating func bookmark() -> String? {
        guard bookmarks.count < Self.bookmarksMax else { return nil }
        let name = "b\(bookmarks.count + 1)"
        bookmarks.append(Marker(place: cursor, kind: .bookmark, severity: .info, text: name))
        return name
    }

    // MARK: Playing

    mutating func togglePlaying(now: EngineInstant) {
        isPlaying.toggle()
        playedAt = isPlaying ? now : nil
        if isPlaying, cursor >= axis.length { move(to: axis.spans.first?.start ?? 0) }
    }

    mutating func changeSpeed(_ direction: Int) {
        let place = Self.speeds.firstIndex(of: speed) ?? 0
        speed = Self.speeds[min(max(0, place + direction), Self.speeds.count - 1)]
    }

    /// Moves on by what has passed. Stops at the end.
    mutating func play(now: EngineInstant) {
        guard isPlaying, let before = playedAt, now > before else { return }
        playedAt = now
        move(to: cursor + (now - before).wholeMilliseconds * Milliseconds(speed))
        if cursor >= axis.length { isPlaying = false }
    }

    // MARK: Markers

    private static func markers(of timeline: Timeline, on axis: TimelineAxis) -> [Marker] {
        var found: [Marker] = []
        for (stage, place) in zip(timeline.stages, axis.places(of: timeline.stages.map(\.at))) {
            guard let place else { continue }
            found.append(Marker(place: place, kind: .stage, severity: .info, text: "\(stage.stage) \(stage.broadcast)"))
        }
        for gap in axis.gaps {
            let length = Format.duration(gap.upperBound - gap.lowerBound)
            found.append(
                Marker(place: gap.lowerBound, kind: .gap, severity: .warn, text: "gap of \(length) in the recording"))
        }
        for span in axis.spans where span.isAfterStep {
            found.append(
                Marker(
                    place: span.start, kind: .step, severity: .warn,
                    text: "the clock stepped back to \(Format.time(span.piece.from))"))
        }
        // Entries are in order, so each lies not before the one ahead of it, whatever the clock said.
        var earliest: Milliseconds = 0
        for entry in timeline.entries where entry.actor != .engine {
            guard let place = axis.place(of: entry.at, from: earliest) else { continue }
            earliest = place
            found.append(
                Marker(
                    place: place, kind: .command, severity: .info, text: "\(Wording.what(entry.kind)) by \(entry.actor)"
                ))
        }
        return (found + alerts(of: timeline, on: axis)).sorted { ($0.place, $0.text) < ($1.place, $1.text) }
    }

    /// Where more alerts stood than before.
    private static func alerts(of timeline: Timeline, on axis: TimelineAxis) -> [Marker] {
        var found: [Marker] = [], earliest: Milliseconds = 0, warnings = 0, criticals = 0
        for sample in timeline.samples {
            guard let place = axis.place(of: sample.at, from: earliest) else { continue }
            earliest = place
            if sample.criticalCount > criticals {
                found.append(
                    Marker(place: place, kind: .alert, severity: .critical, text: "!! \(sample.criticalCount) critical")
                )
            } else if sample.warnCount > warnings {
                found.append(Marker(place: place, kind: .alert, severity: .warn, text: "! \(sample.warnCount) alerts"))
            }
            (warnings, criticals) = (sample.warnCount, sample.criticalCount)
        }
        return found
    }
}
