import DequeModule

/// The newest publications of one topic, in order and without a gap, each encoded once. Every connection reads from
/// here through a cursor of its own: no connection has a queue.
///
/// Bound: `RouterMessage.logMax`; the oldest gives way. What is older is asked of the router.
struct PublicationLog {
    struct Entry {
        var publication: Publication
        /// The stage frame of the publication.
        let frame: OutboundFrame
        fileprivate var resets: [(ResetReason, OutboundFrame)] = []
        /// When this node received it: wave k begins k intervals later.
        let receivedAt: EngineInstant
        /// 0...waves.total.
        var wavesBegun: Int
        /// Wave `paceWave` began then, or was allowed to; the others follow at the plan's interval.
        private var paceFrom: EngineInstant
        private var paceWave = 0

        var sequence: Int64 { publication.position.sequence }
        var areWavesDone: Bool { wavesBegun >= publication.waves.total }
        /// Whether only the devices of its waves may have it: nobody knows yet whether the stage is good.
        var isOnTrial: Bool { publication.waves.canary != nil && publication.order.isHeld }

        /// Waves that may have begun by `now`. The first one always may.
        func wavesDue(now: EngineInstant) -> Int {
            let waves = publication.waves
            if publication.order.isHeld { return max(wavesBegun, 1) }
            let elapsed = (now - paceFrom).wholeMilliseconds
            let due =
                waves.interval > 0 ? elapsed / waves.interval + 1 + Milliseconds(paceWave) : Milliseconds(waves.total)
            return Int(min(due, Milliseconds(waves.total)))
        }

        /// When the next wave begins; nil if none is to come, or none may.
        var nextWaveAt: EngineInstant? {
            guard !areWavesDone, !publication.order.isHeld || wavesBegun == 0 else { return nil }
            return paceFrom + .milliseconds(publication.waves.interval * Milliseconds(wavesBegun - paceWave))
        }

        fileprivate mutating func order(_ order: WaveOrder, now: EngineInstant) {
            publication.order = order
            guard !order.isHeld else { return }
            paceFrom = now
            paceWave = wavesBegun
        }

        init(_ publication: Publication, receivedAt: EngineInstant, wavesBegun: Int) {
            self.publication = publication
            self.receivedAt = receivedAt
            self.wavesBegun = wavesBegun
            paceFrom = receivedAt
            let position = publication.position
            frame = OutboundFrame(.stage(publication.topic, publication.stage, position))
        }
    }

    /// Where a device that claims a position goes on.
    enum Placement: Equatable {
        /// Give it the current stage.
        case current
        /// It has everything up to this sequence.
        case after(Int64)
        case reset(ResetReason)
        /// It names a position beyond what is held: of the future, or the node is behind.
        case ahead
        /// Only publications older than these can tell.
        case historyWanted(after: Int64)
    }

    private(set) var entries = Deque<Entry>()
    /// The smallest sequence from which the topic can be caught up, here or from the store.
    var oldest: Int64 = 1
    private var joined: (from: Int64, to: Int64, frame: OutboundFrame)?
    /// Grows with every change: what was derived from the log holds while it is the same.
    private(set) var version = 0

    /// The newest sequence; 0 while there is none.
    var head: Int64 { entries.last?.sequence ?? 0 }
    /// The oldest sequence held; one after `head` while there is none.
    var first: Int64 { entries.first?.sequence ?? 1 }
    /// The newest sequence that whoever comes is given; 0 while there is none.
    var newest: Int64 { newest(upTo: head) }

    func index(of sequence: Int64) -> Int? {
        (first...max(first, head)).contains(sequence) && !entries.isEmpty ? Int(sequence - first) : nil
    }

    subscript(sequence: Int64) -> Entry? { index(of: sequence).map { entries[$0] } }

    /// The newest sequence up to `limit` that is not aborted and not on trial; 0 if there is none.
    func newest(upTo limit: Int64) -> Int64 {
        var sequence = min(limit, head)
        while let entry = self[sequence] {
            if !entry.publication.isAborted, !entry.isOnTrial { return sequence }
            sequence -= 1
        }
        return 0
    }

    /// Whether an aborted publication lies in `after`+1...`upTo`.
    func hasAborted(after: Int64, upTo: Int64) -> Bool {
        var sequence = upTo
        while sequence > after, let entry = self[sequence] {
            if entry.publication.isAborted { return true }
            sequence -= 1
        }
        return false
    }

    /// The next publication; its sequence must be `head` + 1, or anything if the log is empty.
    mutating func append(_ publication: Publication, receivedAt: EngineInstant, wavesBegun: Int) {
        version += 1
        precondition(entries.isEmpty || publication.position.sequence == head + 1, "the log has no gaps")
        entries.append(Entry(publication, receivedAt: receivedAt, wavesBegun: wavesBegun))
        if entries.count > RouterMessage.logMax { entries.removeFirst() }
    }

    /// Takes older publications, newest last, as far as they join on to what is held and there is room.
    mutating func prepend(_ older: [Publication], receivedAt: EngineInstant) {
        version += 1
        for publication in older.reversed() {
            guard entries.count < RouterMessage.logMax else { return }
            guard publication.position.sequence == first - 1, !entries.isEmpty else { continue }
            entries.prepend(Entry(publication, receivedAt: receivedAt, wavesBegun: publication.waves.total))
        }
    }

    mutating func begin(waves: Int, of sequence: Int64) {
        if let index = index(of: sequence) { entries[index].wavesBegun = waves }
    }

    /// - Returns: false if the publication is not held, or this is not news.
    mutating func order(_ order: WaveOrder, of sequence: Int64, now: EngineInstant) -> Bool {
        guard let index = index(of: sequence), order.revision > entries[index].publication.order.revision else {
            return false
        }
        version += 1
        entries[index].order(order, now: now)
        return true
    }

    mutating func abort(_ sequence: Int64) {
        version += 1
        if let index = index(of: sequence) { entries[index].publication.isAborted = true }
        joined = nil
    }

    mutating func removeAll() {
        version += 1
        entries.removeAll()
        joined = nil
        oldest = 1
    }

    /// The stage frames of `from`...`to`, all of them held, as one write. Devices stand in step, so the last answer
    /// is mostly the next one.
    mutating func frames(from: Int64, to: Int64) -> OutboundFrame {
        let start = Int(from - first), end = Int(to - first)
        if start == end { return entries[start].frame }
        if let joined, joined.from == from, joined.to == to { return joined.frame }
        let frame = OutboundFrame(joining: entries[start...end].map(\.frame))
        joined = (from, to, frame)
        return frame
    }

    /// The reset to a sequence that is held, or to nothing (0) in a topic without a stage.
    mutating func reset(to sequence: Int64, of topic: Topic, _ reason: ResetReason) -> OutboundFrame {
        guard let index = index(of: sequence) else { return OutboundFrame(.reset(topic, nil, nil, reason)) }
        if let known = entries[index].resets.first(where: { $0.0 == reason }) { return known.1 }
        let publication = entries[index].publication
        let frame = OutboundFrame(.reset(topic, publication.stage, publication.position, reason))
        entries[index].resets.append((reason, frame))
        return frame
    }

    /// Places a claim. It proves itself by naming a sequence together with the timestamp that the sequence has here.
    ///
    /// - Parameters:
    ///   - catchUpMax: most broadcasts given one by one.
    ///   - hasAsked: whether the router was asked for older ones already; then what is not here is too old.
    func place(_ claim: ClaimedPosition?, catchUpMax: Int, hasAsked: Bool) -> Placement {
        guard let claim else { return .current }
        guard claim.timestamp >= 0, claim.sequence ?? 0 >= 0 else { return .reset(.invalid) }
        guard let sequence = claim.sequence else {
            return place(timestamp: claim.timestamp, catchUpMax: catchUpMax, hasAsked: hasAsked)
        }
        if sequence == 0 { return .current }
        guard sequence <= head else { return .ahead }
        if let entry = self[sequence] {
            let isOurs = entry.publication.position.timestamp.milliseconds == claim.timestamp
            return isOurs ? .after(sequence) : .reset(.otherHistory)
        }
        if sequence < oldest { return .reset(.tooOld) }
        if head - sequence > Int64(catchUpMax) { return .reset(.tooFarBehind) }
        return hasAsked ? .reset(.tooOld) : .historyWanted(after: sequence - 1)
    }

    private func place(timestamp: Int64, catchUpMax: Int, hasAsked: Bool) -> Placement {
        guard let last = entries.last, timestamp <= last.publication.position.timestamp.milliseconds else {
            return .ahead
        }
        if let entry = entries.last(where: { $0.publication.position.timestamp.milliseconds <= timestamp }) {
            return .after(entry.sequence)
        }
        if first == 1 { return .after(0) }
        if head - first >= Int64(catchUpMax) { return .reset(.tooFarBehind) }
        if hasAsked || first <= oldest { return .reset(.tooOld) }
        return .historyWanted(after: max(oldest, head - Int64(catchUpMax)) - 1)
    }
}
