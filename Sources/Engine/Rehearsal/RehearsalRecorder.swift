/// What a rehearsal wrote down while it ran.
public struct RehearsalRecord: Sendable {
    /// Fingerprint of every frame and entry, kept or not.
    public var digest: String
    public var frameCount: Int
    /// Frames to look at, in order of time: all, or every second, fourth … of them.
    public var frames: [EngineSnapshot]
    /// The newest `RehearsalRunner.entriesMax`, in order.
    public var entries: [JournalEntry]
    public var broadcasts: [Broadcast]
    /// Every alert that stood, once, in order of its beginning; at most `alertsMax`.
    public var alerts: [Alert]
    /// Acks a second, all events together, at each frame of a fan-out.
    public var ackRates: [(at: WallTime, perSecond: Int)]

    static let alertsMax = 500
    static let ackRatesMax = 100_000

    /// A broadcast with its last picture.
    public struct Broadcast: Hashable, Codable, Sendable {
        public var record: BroadcastRecord
        public var budget: Milliseconds
        /// Devices acked, at equal steps from the timestamp on.
        public var curve: [Int]
        public var curveStep: Milliseconds
        public var ackRatePeak: Int
        public var isBalanced: Bool
    }
}

/// Takes the frames of a rehearsal in: all into the digest, some to be kept, from each the figures the report needs.
struct RehearsalRecorder {
    private var digest = FrameDigest()
    private var frameCount = 0
    private var frames: [EngineSnapshot] = []
    private let framesKept: Int
    /// Every so many-th frame is kept.
    private var stride = 1
    private var entries: [JournalEntry] = []
    private var broadcasts: [RehearsalRecord.Broadcast] = []
    private var alerts: [Alert] = []
    private var seenAlerts: Set<AlertID> = []
    private var ackRates: [(at: WallTime, perSecond: Int)] = []
    private var last: EngineSnapshot?
    private var lastSecondWritten: Int64 = .min

    init(framesKept: Int) { self.framesKept = min(max(framesKept, 0), RehearsalShow.framesMax) }

    mutating func record(_ picture: EngineSnapshot, journal: (any Journal)?) throws {
        var picture = picture
        picture.mode = .rehearsal
        takeIntoDigest(picture)
        keep(picture)
        note(picture)
        let second = picture.at.milliseconds / 1000
        if let journal, second != lastSecondWritten {
            lastSecondWritten = second
            try journal.record(picture)
        }
        last = picture
    }

    mutating func note(_ batch: JournalBatch) {
        for entry in batch.entries { digest.add(entry) }
        entries += batch.entries
        if entries.count > RehearsalRunner.entriesMax {
            entries.removeFirst(entries.count - RehearsalRunner.entriesMax)
        }
        for record in batch.broadcasts {
            if let index = broadcasts.firstIndex(where: { $0.record.id == record.id }) {
                broadcasts[index].record = record
            } else {
                broadcasts.append(RehearsalRecord.Broadcast(
                    record: record, budget: 0, curve: [], curveStep: 100, ackRatePeak: 0, isBalanced: true))
            }
        }
    }

    var finished: RehearsalRecord {
        RehearsalRecord(
            digest: digest.text, frameCount: frameCount, frames: frames, entries: entries, broadcasts: broadcasts,
            alerts: alerts,
            ackRates: ackRates)
    }

    /// Parts that are as they were in the frame before count as one word; journal entries are taken in once, when
    /// written.
    private mutating func takeIntoDigest(_ picture: EngineSnapshot) {
        frameCount += 1
        var rest = picture
        rest.journal = []
        rest.nodes = []
        rest.broadcasts = []
        rest.events = []
        rest.prefetch = nil
        digest.add(rest)
        add(picture.prefetch, after: last?.prefetch)
        for count in [picture.events.count, picture.nodes.count, picture.broadcasts.count] {
            digest.add(word: UInt64(count))
        }
        for (index, event) in picture.events.enumerated() { add(event, after: last?.events.at(index)) }
        for (index, node) in picture.nodes.enumerated() { add(node, after: last?.nodes.at(index)) }
        for broadcast in picture.broadcasts { add(broadcast, after: last?.broadcasts.first { $0.id == broadcast.id }) }
    }

    private mutating func add(_ event: EventSnapshot, after before: EventSnapshot?) {
        var rest = event
        rest.stages = []
        digest.add(rest)
        digest.add(word: UInt64(event.stages.count))
        for (index, stage) in event.stages.enumerated() { add(stage, after: before?.stages.at(index)) }
    }

    /// What a node is changes seldom, what it counts with every report.
    private mutating func add(_ node: NodeSnapshot, after before: NodeSnapshot?) {
        add(node.description, after: before?.description)
        digest.add(text: node.state.rawValue)
        // Word by word, not by its `Codable` form: 512 nodes in every frame are most of what there is to take in.
        for count in [node.connections, node.offline, node.queuedBytes, node.topicCount, Int(node.silence)] {
            digest.add(word: UInt64(bitPattern: Int64(count)))
        }
    }

    private mutating func add(_ broadcast: BroadcastSnapshot, after before: BroadcastSnapshot?) {
        guard broadcast != before else { return digest.add(word: 3) }
        var rest = broadcast
        rest.record.figures.nodes = []
        digest.add(rest)
        let nodes = before?.record.figures.nodes
        digest.add(word: UInt64(broadcast.record.figures.nodes.count))
        for (index, node) in broadcast.record.figures.nodes.enumerated() { add(node, after: nodes?.at(index)) }
    }

    private mutating func add<Part: Hashable & Encodable>(_ part: Part, after before: Part?) {
        if part == before { digest.add(word: 3) } else { digest.add(part) }
    }

    /// When there is no more room every second frame goes, and from then on only half as many are kept.
    private mutating func keep(_ picture: EngineSnapshot) {
        guard framesKept > 0, (frameCount - 1) % stride == 0 else { return }
        frames.append(picture)
        guard frames.count > framesKept else { return }
        frames = Swift.stride(from: 0, to: frames.count, by: 2).map { frames[$0] }
        stride *= 2
    }

    private mutating func note(_ picture: EngineSnapshot) {
        for alert in picture.alerts
        where seenAlerts.insert(alert.id).inserted && alerts.count < RehearsalRecord.alertsMax {
            alerts.append(alert)
        }
        if picture.load.ackRate > 0 || (ackRates.last?.perSecond ?? 0) > 0, ackRates.count < RehearsalRecord.ackRatesMax
        {
            ackRates.append((picture.at, picture.load.ackRate))
        }
        for snapshot in picture.broadcasts {
            guard let index = broadcasts.lastIndex(where: { $0.record.id == snapshot.id }) else { continue }
            broadcasts[index].budget = snapshot.budget
            broadcasts[index].curve = snapshot.curve
            broadcasts[index].curveStep = snapshot.curveStep
            broadcasts[index].ackRatePeak = snapshot.ackRatePeak
            broadcasts[index].isBalanced = snapshot.isBalanced
        }
    }
}

extension Array {
    fileprivate func at(_ index: Int) -> Element? { index < count ? self[index] : nil }
}
