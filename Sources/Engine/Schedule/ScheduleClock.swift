/// The time by which stages fire: wall time that does not jump.
///
/// It runs with the monotonic clock from an anchor and follows the wall clock only while the two agree
/// to within `stepMax` from one reading to the next, as they do under NTP's slewing. A larger disagreement is a
/// step: the schedule runs on undisturbed, fires nothing twice and drops nothing, and the operator is told; when
/// the operator acknowledges it the schedule adopts the clock's new word.
public struct ScheduleClock: Hashable, Sendable {
    private var anchor: Moment
    private let stepMax: Milliseconds
    /// How far the wall clock is ahead of the schedule since it stepped, ms; 0 while they agree.
    public private(set) var step: Milliseconds = 0

    public init(now: Moment, stepMax: Duration) {
        anchor = now
        self.stepMax = stepMax.wholeMilliseconds
    }

    /// Schedule time at `now`.
    public func time(at now: Moment) -> WallTime { anchor.wall(at: now.instant) }

    /// The instant at which schedule time will be `wall`.
    public func instant(at wall: WallTime) -> EngineInstant { anchor.instant(at: wall) }

    /// Takes note of both clocks. Called at every tick.
    /// - Returns: the size of a step that has just been noticed, ms.
    public mutating func observe(_ now: Moment) -> Milliseconds? {
        let difference = now.wall.since(time(at: now))
        if abs(difference - step) <= stepMax {
            // Agreement, or slewing on top of a step that nobody has acknowledged yet.
            if step == 0 { anchor = now }
            return nil
        }
        step = abs(difference) <= stepMax ? 0 : difference
        return difference
    }

    /// The schedule follows the wall clock again, wherever it stands now.
    public mutating func adopt(_ now: Moment) {
        anchor = now
        step = 0
    }
}
