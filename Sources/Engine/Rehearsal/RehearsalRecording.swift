/// A rehearsal as a recording: answers from memory what `Store` answers of a show from its database, so the room looks
/// at both in the same way.
///
/// Bounded by the rehearsal: at most `RehearsalShow.framesMax` frames and `RehearsalRunner.entriesMax` entries.
public struct RehearsalRecording: Hashable, Sendable {
    /// In order of time, at least one. Frame numbers are places in it, from 1.
    private let frames: [EngineSnapshot]
    /// Oldest first.
    private let entries: [JournalEntry]
    private let broadcasts: [BroadcastRecord]
    /// One for each event, in the order in which they go on air.
    public let showings: [Showing]
    /// How it was played and what came out, in a sentence.
    public let caption: String

    /// - Returns: nil if no frame was kept.
    public init?(_ result: RehearsalResult, caption: String) {
        guard let first = result.record.frames.first, let last = result.record.frames.last else { return nil }
        frames = result.record.frames
        entries = result.record.entries
        broadcasts = result.record.broadcasts.map(\.record)
        self.caption = caption
        let records = broadcasts
        showings = result.runs.map { run in
            Showing(run, records.filter { $0.event == run.id }, from: first.at, until: max(last.at, first.at))
        }.sorted { ($0.first, $0.event) < ($1.first, $1.event) }
    }

    /// What `Journal.recording` answers.
    public func answer(_ query: RecordingQuery) -> RecordingAnswer {
        switch query {
        case .showings(let before, let limit):
            .showings(Array(showings.reversed().filter { before == nil || $0.last < before! }.prefix(limit)))
        case .timeline(let showing): .timeline(timeline(of: showing))
        case .frame(let piece, let moment): .frame(frame(of: piece, at: moment))
        // What was played already is played again with its schedule and its seed.
        case .script: .script(nil)
        }
    }

    /// The newest `limit` entries with numbers below `before`, newest first.
    public func entries(before: EntryNumber?, limit: Int) -> [JournalEntry] {
        Array(entries.reversed().lazy.filter { before == nil || $0.number < before! }.prefix(limit))
    }

    private func timeline(of showing: Showing) -> Timeline {
        var timeline = Timeline(showing: showing)
        timeline.pieces = pieces
        timeline.samples = frames.enumerated().map { TimelineSample($1, frame: Int64($0 + 1), of: showing.event) }
        timeline.roomSamples = frames.enumerated().map { TimelineSample($1, frame: Int64($0 + 1)) }
        timeline.stages = broadcasts.filter { $0.event == showing.event }.map {
            TimelineStage(stage: $0.publication.stage, at: $0.publication.position.timestamp, broadcast: $0.id)
        }
        timeline.entries = Array(
            entries.filter { $0.event == nil || $0.event == showing.event }.suffix(Timeline.entriesMax))
        return timeline
    }

    /// A rehearsal has no gaps: between two frames nothing happened that would be worth one. Only a clock that steps
    /// back begins a new piece.
    private var pieces: [RecordingPiece] {
        var pieces: [RecordingPiece] = []
        for (index, frame) in frames.enumerated() {
            let number = Int64(index + 1)
            if let last = pieces.last, frame.at >= last.until {
                pieces[pieces.count - 1].last = number
                pieces[pieces.count - 1].until = frame.at
            } else {
                pieces.append(RecordingPiece(first: number, last: number, from: frame.at, until: frame.at))
            }
        }
        return pieces
    }

    private func frame(of piece: RecordingPiece, at moment: WallTime) -> EngineSnapshot? {
        guard piece.first >= 1, piece.last <= Int64(frames.count), piece.first <= piece.last else { return nil }
        return frames[Int(piece.first - 1)..<Int(piece.last)].last { $0.at <= moment }
    }
}

extension Showing {
    /// A run of show that was rehearsed from its first picture to its last.
    fileprivate init(_ run: RunOfShow, _ records: [BroadcastRecord], from: WallTime, until: WallTime) {
        self.init(
            event: run.id, title: run.event.title, tier: run.event.tier, first: records.first?.id ?? BroadcastID(0),
            from: from)
        last = records.last?.id ?? first
        self.until = until
        broadcastCount = records.count
        for record in records {
            let late = record.planned.map { record.publication.position.timestamp.since($0) } ?? 0
            if record.planned != nil, late.magnitude >= (lateMax ?? 0).magnitude { lateMax = late }
            if let t999 = record.figures.t999 { t999Max = max(t999Max ?? 0, t999) }
            connected += record.figures.total.connected
            acked += record.figures.total.acked
            abortedCount += record.state == .aborted ? 1 : 0
        }
        hasFrames = true
    }
}
