@testable import Engine

/// One device of the virtual audience, exactly as it stands: what the figures of a node are held against.
struct ExactDevice {
    /// Sequence of the newest broadcast it has applied; 0 if none.
    var applied: Int64
    /// The stage it shows; nil if it has not been given one here.
    var stage: StageKey?
    var isConnected: Bool
    /// Where it stands in the newest broadcast, which is also why it lags; nil before the first.
    var line: DeliveryLine?
    /// Its wave of the newest broadcast, from 0.
    var wave: Int?
}

extension ModelledNode {
    /// A device of a topic by its index among the topic's devices; nil if it is not here.
    func device(_ device: Int, of topic: Topic, now: EngineInstant) -> ExactDevice? {
        guard let index = index(of: topic) else { return nil }
        let place = partitions[index].place, local = device - place.first
        guard (0..<place.count).contains(local) else { return nil }
        return partitions[index].exactDevice(local, now: TickAxis.tick(at: now))
    }

    /// The lines of one device in the reported broadcasts of its topic, oldest first: what the ledgers are sums of.
    func lines(of device: Int, topic: Topic, now: EngineInstant) -> [DeliveryLine] {
        guard let index = index(of: topic) else { return [] }
        let partition = partitions[index], now = TickAxis.tick(at: now)
        return partition.fates(of: device - partition.place.first, from: partition.reported.lowerBound).map {
            $0.line(at: now)
        }
    }
}

extension ModelledPartition {
    fileprivate func exactDevice(_ local: Int, now: Tick) -> ExactDevice {
        let state = device(local, now: now)
        return ExactDevice(
            applied: state.applied, stage: flights.last { $0.sequence == state.applied }?.publication.stage,
            isConnected: state.isConnected, line: state.line, wave: flights.last?.wave(of: local))
    }
}
