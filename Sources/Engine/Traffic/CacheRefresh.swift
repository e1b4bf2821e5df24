/// When devices fetch again what they hold, because its time to live has run out: the mini-herds hours before and after
/// an event.
///
/// A herd is everybody who fetched within the same few minutes. Without jitter each of them comes back after exactly
/// one TTL, together, again and again. With jitter a TTL is drawn evenly from TTL ± share, so every generation is
/// spread over a wider window than the one before (Netflix, "Behind the Streams", part 3: jittered TTLs on servers and
/// devices). The curve is computed, not drawn: generation by generation the counts are shifted by the shortest TTL and
/// smeared evenly over the spread, in integers that lose nobody.
public struct CacheRefresh: Hashable, Sendable {
    /// So many devices fetched evenly over a window from this moment on.
    public struct Herd: Hashable, Sendable {
        public var at: WallTime
        public var window: Milliseconds
        public var devices: Int

        public init(at: WallTime, window: Milliseconds, devices: Int) {
            self.at = at
            self.window = window
            self.devices = devices
        }
    }

    /// Width of one step of the curve.
    public static let step: Milliseconds = 10_000
    public static let standardTTL: Milliseconds = 30 * 60_000
    /// Per cent of the TTL, to both sides.
    public static let standardJitter = 20

    public var ttl: Milliseconds
    /// 0...90 per cent of the TTL, to both sides.
    public var jitter: Int

    public init(ttl: Milliseconds = standardTTL, jitter: Int = standardJitter) {
        self.ttl = max(Self.step, ttl)
        self.jitter = min(max(jitter, 0), 90)
    }

    /// Requests in each step of `span`, for all herds together. At most 24 hours: what lies beyond is cut off.
    public func requests(of herds: [Herd], in span: ClosedRange<WallTime>) -> [Int] {
        let length = min(span.upperBound.since(span.lowerBound), 86_400_000)
        var total = [Int](repeating: 0, count: Int(length / Self.step) + 1)
        var generation = total
        for herd in herds { spread(herd, from: span.lowerBound, over: &generation) }
        let spreadSteps = Int(2 * ttl * Milliseconds(jitter) / 100 / Self.step)
        let shortest = max(1, Int(ttl / Self.step) - spreadSteps / 2)
        while let first = generation.firstIndex(where: { $0 > 0 }), first + shortest < total.count {
            generation = Self.shifted(generation, by: shortest, smearedOver: spreadSteps + 1)
            for index in total.indices { total[index] += generation[index] }
        }
        return total
    }

    /// Requests a second at each step from `from` until `until`, of herds that may have begun before: at most 22 hours
    /// before `until`. Of older ones, which are spread over everything by then, only what fell due later is counted.
    public func perSecond(of herds: [Herd], from: WallTime, until: WallTime) -> [Int] {
        let count = Int(until.since(from) / Self.step) + 1
        let first = max(herds.map(\.at).min() ?? from, until - 22 * 3_600_000)
        let begins = first < from ? from - (from.since(first) + Self.step - 1) / Self.step * Self.step : from
        let perStep = requests(of: herds, in: begins...until).suffix(count)
        return perStep.map { $0 * 1000 / Int(Self.step) }
    }

    /// The herds of a live event: the share of its devices, in per cent, that fetch ahead within a few minutes when the
    /// event is announced to them six hours before it goes live, and at its countdown. The others come one by one.
    /// - Parameter starts: in the order of the run of show.
    public static func herds(of event: LiveEvent, _ starts: [EventTraffic.StageStart]) -> [Herd] {
        let devices = event.audience.devices
        guard let live = starts.first(where: { $0.kind == .live }) ?? starts.first, devices > 0 else { return [] }
        let early = Herd(
            at: live.at - announced.before, window: announced.window, devices: devices * announced.percent / 100)
        let late = starts.first { $0.kind == .countdown }.map {
            Herd(at: $0.at, window: countdown.window, devices: devices * countdown.percent / 100)
        }
        return [early] + [late].compactMap { $0 }
    }

    private static let announced = (before: Milliseconds(6 * 3_600_000), percent: 40, window: Milliseconds(10 * 60_000))
    private static let countdown = (percent: 35, window: Milliseconds(5 * 60_000))

    /// The first fetch itself is not a refresh. What a herd fetched before the span is not in it, nor what comes of
    /// that.
    private func spread(_ herd: Herd, from origin: WallTime, over counts: inout [Int]) {
        let steps = max(1, Int(herd.window / Self.step))
        let first = Int(herd.at.since(origin) / Self.step)
        var given = 0
        for step in 0..<steps {
            let upTo = herd.devices * (step + 1) / steps
            if counts.indices.contains(first + step) { counts[first + step] += upTo - given }
            given = upTo
        }
    }

    /// Each count moved on by `shift` and divided evenly over `width` steps; sums of fractions are carried, so the
    /// total stays.
    private static func shifted(_ counts: [Int], by shift: Int, smearedOver width: Int) -> [Int] {
        var result = [Int](repeating: 0, count: counts.count)
        var window = 0, carried = 0
        for index in counts.indices {
            let entering = index - shift, leaving = entering - width
            if entering >= 0 { window += counts[entering] }
            if leaving >= 0 { window -= counts[leaving] }
            carried += window
            result[index] = carried / width
            carried %= width
        }
        return result
    }
}
