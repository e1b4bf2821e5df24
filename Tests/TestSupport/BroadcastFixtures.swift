import Foundation
public import Engine

/// Builds broadcasts whose figures add up, because they are summed from their nodes.
public enum BroadcastFixture {
    /// How far one edge node is.
    public struct NodeShare {
        /// Of the node's connected devices: sent to, and of those acked; 0...1.
        var sent: Double
        var acked: Double
        var lag99: Milliseconds?

        public init(sent: Double, acked: Double, lag99: Milliseconds?) {
            self.sent = sent
            self.acked = acked
            self.lag99 = lag99
        }
    }

    public static func ledger(connected: Int, offline: Int, share: NodeShare) -> DeliveryLedger {
        var ledger = DeliveryLedger()
        ledger.connected = connected
        ledger.offline = offline
        ledger.known = connected + offline
        let sent = min(connected, Int(Double(connected) * share.sent))
        ledger.acked = min(sent, Int(Double(sent) * share.acked))
        ledger.notSent = connected - sent
        let open = sent - ledger.acked
        ledger.retrying = open / 12
        ledger.dropped = open / 36
        ledger.waiting = open - ledger.retrying - ledger.dropped
        ledger.caughtUp = offline / 20
        ledger.expired = offline / 5000
        ledger.owed = offline - ledger.caughtUp - ledger.expired
        ledger.duplicates = ledger.acked / 125
        ledger.joined = ledger.connected / 900
        return ledger
    }

    /// Figures over `nodes`, each as far as `share` says.
    public static func figures(
        over nodes: [NodeSnapshot], share: (Int, NodeSnapshot) -> NodeShare,
        t50: Milliseconds?, t90: Milliseconds?, t99: Milliseconds?, t999: Milliseconds?
    ) -> BroadcastFigures {
        var figures = BroadcastFigures()
        for (index, node) in nodes.enumerated() {
            let share = share(index, node)
            let ledger = ledger(connected: node.connections, offline: node.offline, share: share)
            figures.nodes.append(NodeFigures(
                node: node.id, kind: node.description.kind, region: node.description.region,
                ledger: ledger, lag99: share.lag99
            ))
            if node.description.kind == .real { figures.real += ledger } else { figures.modelled += ledger }
        }
        (figures.t50, figures.t90, figures.t99, figures.t999) = (t50, t90, t99, t999)
        return figures
    }

    public static func record(
        _ number: Int64, _ event: EventSnapshot, _ stage: StageKey, at: WallTime, planned: WallTime?,
        by actor: Actor = .engine, state: BroadcastRecord.State = .sending, completed: WallTime? = nil,
        waves: WavePlan = .single, figures: BroadcastFigures, forecast: BroadcastForecast? = nil
    ) -> BroadcastRecord {
        let publication = Publication(
            broadcast: BroadcastID(number), topic: Topic(event: event.id), stage: stage,
            position: BroadcastPosition(sequence: number, timestamp: at), waves: waves
        )
        return BroadcastRecord(
            publication: publication, event: event.id, eventTitle: event.title, tier: event.tier, actor: actor,
            state: state, planned: planned, completed: completed, figures: figures, forecast: forecast
        )
    }

    /// The picture of a record `elapsed` after its timestamp.
    public static func snapshot(
        _ record: BroadcastRecord, elapsed: Milliseconds, budget: Milliseconds = 60_000, wavesSent: Int = 1,
        ackRate: Int, ackRatePeak: Int, lags: [Milliseconds], forecast999: Milliseconds?
    ) -> BroadcastSnapshot {
        let total = record.figures.total
        let weights = [9.9, 14.8, 21.0, 19.3, 13.9, 6.8, 2.1, 0, 0]
        let points = max(1, Int(min(elapsed, 120_000) / 250))
        // A logistic rise that reaches the acked count at the last point.
        func rise(_ step: Int) -> Double { 1 / (1 + exp(-12 * (Double(step) / Double(points) - 0.45))) }
        let curve = (0...points).map { step in
            Int(Double(total.acked) * (rise(step) - rise(0)) / (rise(points) - rise(0)))
        }
        return BroadcastSnapshot(
            record: record, elapsed: elapsed, budget: budget, wavesSent: wavesSent, ackRate: ackRate,
            ackRatePeak: ackRatePeak, curve: curve, curveStep: 250,
            lagBuckets: weights.map { Int($0 / 87.8 * Double(total.acked)) },
            lag50: lags[0], lag95: lags[1], lag99: lags[2], lagMax: lags[3],
            forecast999: forecast999, isBalanced: total.isBalanced
        )
    }
}
