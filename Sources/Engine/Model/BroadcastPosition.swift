/// The place of a broadcast in its topic, given by the journal and by nothing else.
///
/// `sequence` counts the topic's broadcasts from 1 without a gap, so a device sees a gap.
/// `timestamp` rises strictly within a topic even when the wall clock steps back, and proves that
/// both sides speak of the same history: the same sequence with another timestamp belongs to a
/// lost or foreign database. It plays the part that centrifuge gives to its epoch.
public struct BroadcastPosition: Hashable, Codable, Sendable, CustomStringConvertible {
    public let sequence: Int64
    public let timestamp: WallTime

    public init(sequence: Int64, timestamp: WallTime) {
        self.sequence = sequence
        self.timestamp = timestamp
    }

    public var description: String { "\(sequence)@\(timestamp.milliseconds)" }

    /// The position of the next broadcast of a topic whose newest one is at `head`.
    ///
    /// - Parameter now: the wall clock's word, used unless it is not after the head's timestamp.
    public static func next(after head: BroadcastPosition?, now: WallTime) -> BroadcastPosition {
        guard let head else { return BroadcastPosition(sequence: 1, timestamp: now) }
        return BroadcastPosition(
            sequence: head.sequence + 1,
            timestamp: max(now, WallTime(milliseconds: head.timestamp.milliseconds + 1))
        )
    }
}
