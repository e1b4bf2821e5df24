import Engine

/// The length of a showing as the scrubber draws it: milliseconds from its beginning, in the order of recording.
///
/// Gaps keep their length, so that nothing is drawn where nothing was recorded. Where the clock stepped back, the
/// axis goes on: the piece after the step stands after the one before it, though both name the same hours.
struct TimelineAxis: Hashable, Sendable {
    /// A piece of the recording and where it lies.
    struct Span: Hashable, Sendable {
        var piece: RecordingPiece
        var start: Milliseconds
        /// Whether the clock stepped back before it.
        var isAfterStep: Bool

        var end: Milliseconds { start + piece.until.since(piece.from) }
    }

    let spans: [Span]
    /// The moment at 0.
    let origin: WallTime
    let length: Milliseconds

    /// What stands between two pieces where the clock stepped back, ms.
    private static let stepWidth: Milliseconds = 1000

    init(_ timeline: Timeline) {
        let showing = timeline.showing
        origin = min(showing.from, timeline.pieces.first?.from ?? showing.from)
        var spans: [Span] = []
        for piece in timeline.pieces {
            guard let last = spans.last else {
                spans.append(Span(piece: piece, start: piece.from.since(origin), isAfterStep: false))
                continue
            }
            let ahead = piece.from.since(last.piece.until)
            spans.append(
                Span(piece: piece, start: last.end + (ahead > 0 ? ahead : Self.stepWidth), isAfterStep: ahead <= 0))
        }
        self.spans = spans
        let end = spans.last.map { $0.end + max(0, showing.until.since($0.piece.until)) } ?? showing.until.since(origin)
        length = max(1000, end)
    }

    /// The span that `place` lies in; nil in a gap.
    func span(at place: Milliseconds) -> Span? { spans.last { $0.start <= place && place <= $0.end } }

    /// What the clock of the recording said at `place`; in a gap, what it would have said.
    func wall(at place: Milliseconds) -> WallTime {
        guard let span = spans.last(where: { $0.start <= place }) else { return origin + place }
        return span.piece.from + (place - span.start)
    }

    /// The first place not before `earliest` where the clock said `moment`; in a gap, where it would have. Nil if it
    /// never did.
    func place(of moment: WallTime, from earliest: Milliseconds = 0) -> Milliseconds? {
        for (index, span) in spans.enumerated() where span.end >= earliest {
            let end = index + 1 < spans.count ? spans[index + 1].start : length
            let place = span.start + moment.since(span.piece.from)
            if place >= max(span.start, earliest), place <= end { return place }
        }
        let place = moment.since(origin)
        return (earliest...max(earliest, spans.first?.start ?? length)).contains(place) ? place : nil
    }

    /// The places of moments that followed one another, whatever the clock said meanwhile; nil where it never said so.
    func places(of moments: [WallTime]) -> [Milliseconds?] {
        var earliest: Milliseconds = 0
        return moments.map { moment in
            guard let place = place(of: moment, from: earliest) else { return nil }
            earliest = place
            return place
        }
    }

    /// The stretches without a picture, longer than the ordinary distance of two frames.
    var gaps: [Range<Milliseconds>] {
        var gaps: [Range<Milliseconds>] = [], end: Milliseconds = 0
        for span in spans {
            if span.start - end > Self.stepWidth { gaps.append(end..<span.start) }
            end = span.end
        }
        if length - end > RecordingPiece.gap { gaps.append(end..<length) }
        return gaps
    }
}
