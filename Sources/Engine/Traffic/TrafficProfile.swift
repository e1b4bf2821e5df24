/// The named shape of an audience's requests: when it comes, looks around, presses play and goes.
///
/// A shape is a table of straight lines in per mille of the class's peak, hung on stages; what the peak is stands in
/// the schedule (`audience: peak:`), or follows from the number of devices. Tables and integers, so that the same
/// moment gives the same number on any machine.
///
/// Where the shapes come from:
/// - that people look around and fetch ahead for hours, and all come at the start: Netflix, "Behind the Streams:
///   Real-Time Recommendations for Live Events, Part 3" (2025): prefetch while browsing, mini-herds hours before and
///   after, 100 million devices within a minute;
/// - that a match ends far above where it began: the IPL final of 2018 stood at 5 to 6 million and closed at 10.7
///   million
///   (https://officechai.com/stories/hotstar-nets-10-7-million-concurrent-users-ipl-final-sets-world-streaming-record/);
/// - that a premiere is a wall, not a hill, and that people search for it: the season premiere of November 2025
///   (https://dev.to/alamfatima1999/netflix-stranger-things-s5-premiere-outage-3plo).
/// The numbers of the tables are ours, drawn after these accounts: projections to be corrected by one's own last event.
public enum TrafficProfile: String, Codable, Sendable, CaseIterable {
    /// A match: a surge at each kick-off, a second one after the break, a third towards the end.
    case match
    /// A bout of a few rounds after a long card: a slow rise for hours, then everybody.
    case fight
    /// A show that is on at its minute: one steep wall.
    case premiere
    /// A channel that is always on: nothing in particular happens.
    case channel

    /// Requests a second at the peak for each million devices, where the schedule gives no peak.
    func peakPerMillion(of requestClass: RequestClass) -> Int {
        let steep = switch self {
        case .match: 10
        case .fight: 12
        case .premiere: 20
        case .channel: 2
        }
        return switch requestClass {
        case .playbackStart: 100 * steep
        case .logIn: 20 * steep
        case .browse: 150 * steep
        case .search: self == .premiere ? 60 * steep : 25 * steep
        case .prefetch: 300
        case .cacheRefresh: 0
        case .telemetry: 4000
        case .signal, .connect, .page, .metrics: 0
        }
    }

    /// The lines of one class.
    func lines(of requestClass: RequestClass) -> [TrafficLine] {
        switch requestClass {
        case .playbackStart: starts
        case .logIn: starts.map { $0.earlier(by: 60) }
        case .browse: browsing
        case .search:
            starts.map { $0.earlier(by: 90) } + [.around(.preShow, [(0, 0), (300, 200), (3600, 100), (7200, 0)])]
        case .prefetch:
            [
                .around(.preShow, [(-7200, 0), (-3600, 250), (0, 1000), (1800, 700), (7200, 100), (10_800, 0)]),
                         .around(.countdown, [(-600, 0), (0, 900), (600, 300), (1200, 0)])]
        case .cacheRefresh, .signal, .connect, .page, .metrics: []
        case .telemetry: watching
        }
    }

    private var starts: [TrafficLine] {
        switch self {
        case .match:
            [
                .around(
                    .live,
                    [
                        (-1800, 0), (-600, 80), (-120, 300), (0, 1000), (60, 850), (300, 350), (1200, 120), (5400, 40),
                        (7200, 0),
                    ]),
             .around(.laterLive, [(-300, 50), (0, 550), (120, 400), (900, 120), (3600, 0)]),
             .around(.ending, [(-1800, 60), (-300, 250), (0, 300), (120, 30), (600, 0)])]
        case .fight:
            [
                .around(
                    .live,
                    [
                        (-10_800, 0), (-3600, 60), (-900, 150), (-120, 400), (0, 1000), (120, 900), (600, 500),
                        (3600, 100), (7200, 0),
                    ]),
             .around(.laterLive, [(-600, 100), (0, 1000), (180, 700), (900, 200), (3600, 0)])]
        case .premiere:
            [
                .around(
                    .live, [(-300, 0), (-60, 150), (0, 1000), (30, 950), (120, 500), (600, 120), (3600, 20), (7200, 0)]),
             .around(.laterLive, [(-60, 30), (0, 300), (120, 100), (1800, 0)])]
        case .channel:
            [.around(.live, [(-600, 300), (0, 1000), (300, 600), (3600, 400), (86_400, 400)]),
             .around(.laterLive, [(-300, 400), (0, 800), (600, 500), (86_400, 400)])]
        }
    }

    private var browsing: [TrafficLine] {
        switch self {
        case .channel:
            [.around(.preShow, [(0, 500), (86_400, 500)]), .around(.live, [(-600, 500), (0, 1000), (600, 500)])]
        case .match, .fight, .premiere:
            [.around(.preShow, [(-3600, 100), (0, 250), (3600, 350), (7200, 100), (10_800, 0)]),
             .around(.live, [(-1200, 200), (-300, 700), (-60, 1000), (60, 600), (300, 200), (1800, 80), (3600, 0)]),
             .around(.intermission, [(-30, 50), (30, 500), (300, 350), (900, 120), (1500, 0)]),
             .around(.ending, [(-60, 80), (0, 400), (60, 900), (300, 500), (900, 150), (2700, 0)])]
        }
    }

    private var watching: [TrafficLine] {
        [.around(.preShow, [(-600, 0), (0, 60), (3600, 120), (14_400, 120)]),
         .around(.live, [(-1800, 40), (-60, 200), (120, 850), (600, 1000), (10_800, 1000), (14_400, 0)]),
         .around(.ending, [(-60, 800), (120, 600), (600, 200), (1800, 0)])]
    }
}

/// Straight lines between points around the stages of one kind.
struct TrafficLine: Sendable {
    enum Anchor: Sendable {
        case preShow, countdown
        /// The first stage of kind live.
        case live
        /// Every stage of kind live after the first.
        case laterLive
        case intermission, ending
    }

    let anchor: Anchor
    /// Seconds from the stage's start, rising, and per mille of the peak.
    let points: [(second: Int64, perMille: Int64)]

    static func around(_ anchor: Anchor, _ points: [(Int64, Int64)]) -> Self {
        Self(anchor: anchor, points: points.map { (second: $0.0, perMille: $0.1) })
    }

    func earlier(by seconds: Int64) -> Self {
        Self(anchor: anchor, points: points.map { (second: $0.second - seconds, perMille: $0.perMille) })
    }

    /// Millionths of the peak so many milliseconds after the stage's start; 0 outside the points.
    func millionths(at offset: Milliseconds) -> Int64 {
        guard let first = points.first, let last = points.last, offset >= first.second * 1000,
            offset < last.second * 1000,
              let next = points.firstIndex(where: { $0.second * 1000 > offset }), next > 0
        else { return 0 }
        let left = points[next - 1], right = points[next]
        let passed = offset - left.second * 1000, length = (right.second - left.second) * 1000
        return left.perMille * 1000 + (right.perMille - left.perMille) * 1000 * passed / length
    }
}
