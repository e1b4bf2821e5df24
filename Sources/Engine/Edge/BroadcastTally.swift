/// Where one known device stands in one broadcast: its line of the ledger.
enum LedgerLine: UInt8, Sendable {
    /// In no line: it was not known when the broadcast began, and has not been given it.
    case none = 0
    case notSent, waiting, retrying, acked, dropped
    case owed, caughtUp
    case joined
    case unknownStage
}

/// The ledger of one broadcast at this node, kept by adding and taking away where things happen.
/// `EdgeShard.checkInvariants` counts it again from the devices.
struct BroadcastTally {
    /// What was true of the broadcast when it began here, and whether it goes on.
    struct Facts {
        let sequence: Int64
        let timestamp: WallTime
        /// t0.
        let receivedAt: EngineInstant
        var isAborted: Bool
    }

    /// Apart from the counts, so that reading them copies no histogram.
    var facts: Facts
    private(set) var ledger = DeliveryLedger()
    /// What of `ledger` stands for devices that are remembered no more.
    private(set) var forgotten = DeliveryLedger()
    var ackTimes = LatencyCounts()
    var lags = LatencyCounts()

    init(_ publication: Publication, receivedAt: EngineInstant) {
        facts = Facts(
            sequence: publication.position.sequence, timestamp: publication.position.timestamp,
            receivedAt: receivedAt, isAborted: publication.isAborted)
    }

    /// A device that is known at t0.
    mutating func begin(isConnected: Bool) -> LedgerLine {
        ledger.known += 1
        if isConnected { ledger.connected += 1 } else { ledger.offline += 1 }
        let line: LedgerLine = isConnected ? .notSent : .owed
        ledger.add(1, to: line)
        return line
    }

    mutating func move(from old: LedgerLine, to new: LedgerLine) {
        ledger.add(-1, to: old)
        ledger.add(1, to: new)
    }

    mutating func countDuplicate() { ledger.duplicates += 1 }

    /// A device leaves the memory of the node in this line; who is owed to, expires.
    mutating func forget(_ line: LedgerLine) {
        guard line == .owed else { return forgotten.add(1, to: line) }
        ledger.owed -= 1
        ledger.expired += 1
        forgotten.expired += 1
    }
}

extension DeliveryLedger {
    mutating func add(_ count: Int, to line: LedgerLine) {
        switch line {
        case .none: break
        case .notSent: notSent += count
        case .waiting: waiting += count
        case .retrying: retrying += count
        case .acked: acked += count
        case .dropped: dropped += count
        case .owed: owed += count
        case .caughtUp: caughtUp += count
        case .joined: joined += count
        case .unknownStage: unknownStage += count
        }
    }
}
