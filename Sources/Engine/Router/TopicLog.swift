import DequeModule

/// The newest publications of one topic, by position: what the router hands an edge node that is new or behind.
///
/// Holds at most `RouterMessage.logMax`; older ones are in the store.
struct TopicLog: Hashable, Sendable {
    private(set) var publications: Deque<Publication> = []
    /// Smallest sequence that can still be caught up, from here or from the store.
    var oldest: Int64 = 1

    init() {}

    init(publications: [Publication], oldest: Int64) {
        self.publications = Deque(publications.suffix(RouterMessage.logMax))
        self.oldest = oldest
    }

    var head: Publication? { publications.last }

    /// The next position of the topic, given the wall clock.
    func nextPosition(now: WallTime) -> BroadcastPosition { .next(after: head?.position, now: now) }

    mutating func append(_ publication: Publication) {
        precondition(
            publication.position.sequence == (head?.position.sequence ?? 0) + 1, "sequences of a topic have no gap")
        publications.append(publication)
        if publications.count > RouterMessage.logMax { publications.removeFirst() }
    }

    mutating func markAborted(_ sequence: Int64) {
        guard let index = publications.firstIndex(where: { $0.position.sequence == sequence }) else { return }
        publications[index].isAborted = true
    }

    mutating func order(_ order: WaveOrder, of sequence: Int64) {
        guard let index = publications.firstIndex(where: { $0.position.sequence == sequence }) else { return }
        publications[index].order = order
    }

    /// Whether the position is one of ours: same sequence, same timestamp.
    func contains(_ position: BroadcastPosition) -> Bool {
        publications.contains { $0.position == position }
    }
}
