/// One topic at one edge node: its log, the devices that follow it, and the ledger of its newest broadcasts.
///
/// Owned by `EdgeShard`, which says who is connected and when; what a follower is given next is decided here and in
/// `TopicState+Delivery`.
///
/// A follower is in one of three stands:
/// 1. away – known, not connected; owed whatever is broadcast now;
/// 2. awaiting – connected, but its place in the history is not known yet, because the log (or an older part of
///    it) has been asked for;
/// 3. live – everything up to `cursor` was given to its connection.
struct TopicState {
    enum Stand: UInt8 { case away, awaiting, live }

    /// A device's following of this topic. It outlives the connection: a dropped device that comes back finds
    /// its lines of the ledger again.
    struct Follower {
        /// Index in `KnownDevices`; -1: the place is free.
        var device: Int32
        /// Index of the connection; -1 while away.
        var connection: Int32 = -1
        /// Place in `members`; -1 while away.
        var member: Int32 = -1
        var hash: UInt64
        var stand = Stand.away
        /// It came while the log was not known: no line of a broadcast that is older than its coming.
        var isArrival: Bool
        /// Since when it waits because its position is beyond the log; nil if it does not.
        var aheadSince: EngineInstant?
        /// The position it could not be caught up from; answered with a reset when it can be written to.
        var pendingReset: ResetReason?
        var resends: UInt8 = 0
        /// Everything up to here was given to the connection, or replaced by something newer.
        var cursor: Int64 = 0
        /// The highest sequence given to this connection, or proved by its claim; no ack may be beyond.
        var sentMax: Int64 = 0
        var acked: Int64 = 0
        /// Given up to here whatever the waves say: it reconnected and asked.
        var catchUpTo: Int64 = 0
        var lastSentAt = EngineInstant.start
        /// `LedgerLine` by `sequence % 4`.
        var lines = SIMD4<UInt8>(repeating: 0)
        /// When each was sent, ms after its t0; `unsent` if it was not.
        var sentAfter = SIMD4<UInt32>(repeating: Follower.unsent)

        static let unsent = UInt32.max

        func line(_ place: Int) -> LedgerLine { LedgerLine(rawValue: lines[place]) ?? .none }
    }

    /// One page of the log for whoever stands at `after` and is due everything up to `goal`.
    struct Page {
        let after: Int64
        let goal: Int64
        let end: Int64
        let frame: OutboundFrame
        let logVersion: Int
    }

    /// Connected, and waits for a part of the log.
    struct Awaiting {
        var follower: Int32
        var connection: ConnectionSlot
        var claim: ClaimedPosition?
        /// Whether the log is known and the router was asked for older publications.
        var hasAskedHistory: Bool
    }

    let name: Topic
    var log = PublicationLog()
    var followers: [Follower] = []
    private var freeFollowers: [Int32] = []
    private(set) var followerCount = 0
    /// Followers that are connected.
    private(set) var members: [Int32] = []
    /// By `sequence % 4`.
    var tallies = [BroadcastTally?](repeating: nil, count: NodeReport.broadcastsMax)
    var awaiting: [Awaiting] = []
    /// What the last follower was given. Followers stand in step, so it is mostly what the next one gets.
    var lastPage: Page?
    /// Aborts that overtook their publication; bounded, the oldest gives way.
    var abortedAhead: [Int64] = []

    /// Whether the log is known to be the topic's: the router sent it since the node's interest began.
    var isCurrent = false
    /// What the router was last told of our interest.
    var isAnnounced = false
    /// Whether somebody may be due something.
    var isDirty = false
    /// Members that the fan-out under way has still to look at: those below in `members`. Counted down, so that who
    /// leaves meanwhile gives his place to somebody who has been looked at.
    var fanOutLeft = 0
    /// Whether `fanOut` has something to do.
    var isFanningOut: Bool { isDirty || fanOutLeft > 0 }
    /// Whether it stands in the shard's list of topics with deadlines.
    var isActive = false
    /// The newest sequence, not aborted, whose waves have all begun; 0 if there is none.
    var settled: Int64 = 0
    /// Whether a newer one, not aborted, has waves to come.
    var isWaving = false
    /// When to look for followers that have not acked in time.
    var sweepAt: EngineInstant?
    /// Rises whenever somebody follows or follows no more.
    private(set) var followRevision: UInt64 = 0
    /// Who of the followers has fetched ahead, as last counted; nil: not counted, or nobody can know.
    var coverage: FollowerCoverage?

    init(name: Topic) { self.name = name }

    // MARK: Followers

    mutating func follow(device: Int32, hash: UInt64) -> Int32 {
        followerCount += 1
        followRevision += 1
        let follower = Follower(device: device, hash: hash, isArrival: !isCurrent)
        guard let reused = freeFollowers.popLast() else {
            followers.append(follower)
            return Int32(followers.count - 1)
        }
        followers[Int(reused)] = follower
        return reused
    }

    mutating func attach(_ index: Int32, to connection: Int32) {
        followers[Int(index)].connection = connection
        followers[Int(index)].aheadSince = nil
        followers[Int(index)].member = Int32(members.count)
        followers[Int(index)].stand = .awaiting
        members.append(index)
    }

    /// The connection is gone: what it had not acked is dropped, and owed to it on its return.
    mutating func detach(_ index: Int32) {
        let place = Int(followers[Int(index)].member)
        guard place >= 0 else { return }
        members.swapAt(place, members.count - 1)
        followers[Int(members[place])].member = Int32(place)
        members.removeLast()
        for line in tallies.indices {
            guard let tally = tallies[line]?.facts else { continue }
            switch followers[Int(index)].line(line) {
            case .waiting, .retrying: set(index, line, .dropped)
            case .notSent where !tally.isAborted: set(index, line, .dropped)
            default: break
            }
        }
        followers[Int(index)].connection = -1
        followers[Int(index)].member = -1
        followers[Int(index)].stand = .away
        followers[Int(index)].pendingReset = nil
    }

    /// The device follows no more, or is forgotten.
    mutating func unfollow(_ index: Int32) {
        detach(index)
        for place in tallies.indices { tallies[place]?.forget(followers[Int(index)].line(place)) }
        followers[Int(index)] = Follower(device: -1, hash: 0, isArrival: false)
        freeFollowers.append(index)
        followerCount -= 1
        followRevision += 1
    }

    /// Puts a connected follower at its place in the history.
    ///
    /// - Returns: after which sequence history must be asked for, if its place is older than the log.
    mutating func place(
        _ index: Int32, claim: ClaimedPosition?, hasAskedHistory: Bool, connection: ConnectionSlot,
        _ configuration: EngineConfiguration, now: Moment
    ) -> Int64? {
        let newest = log.newest
        var cursor: Int64 = 0
        let aheadSince = followers[Int(index)].aheadSince
        followers[Int(index)].aheadSince = nil
        followers[Int(index)].pendingReset = nil
        switch log.place(claim, catchUpMax: configuration.catchUpMax, hasAsked: hasAskedHistory) {
        case .ahead where now.instant - (aheadSince ?? now.instant) < configuration.busDelayMax:
            followers[Int(index)].stand = .awaiting
            followers[Int(index)].aheadSince = aheadSince ?? now.instant
            awaiting.append(Awaiting(follower: index, connection: connection, claim: claim, hasAskedHistory: false))
            return aheadSince == nil ? log.head : nil
        case .ahead:
            followers[Int(index)].pendingReset = .fromTheFuture
        case .historyWanted(let after):
            followers[Int(index)].stand = .awaiting
            awaiting.append(Awaiting(follower: index, connection: connection, claim: claim, hasAskedHistory: true))
            return after
        case .current:
            cursor = max(0, newest - 1)
            supersede(index, after: 0, before: newest, now: now.instant)
        case .after(let sequence):
            cursor = sequence
            followers[Int(index)].sentMax = max(sequence, followers[Int(index)].sentMax)
            settle(index, upTo: sequence, now: now)
        case .reset(let reason):
            followers[Int(index)].pendingReset = reason
        }
        followers[Int(index)].stand = .live
        followers[Int(index)].isArrival = false
        followers[Int(index)].cursor = cursor
        followers[Int(index)].acked = cursor
        followers[Int(index)].catchUpTo = newest
        followers[Int(index)].resends = 0
        return nil
    }

    // MARK: The ledger

    /// A broadcast begins here: t0.
    ///
    /// - Parameter isLive: false if it was missed while the node had no interest; then everyone known was offline.
    mutating func begin(_ publication: Publication, now: EngineInstant, isLive: Bool) {
        let place = Self.place(of: publication.position.sequence)
        var tally = BroadcastTally(publication, receivedAt: now)
        for index in followers.indices where followers[index].device >= 0 {
            var line = LedgerLine.none
            if !followers[index].isArrival {
                line = tally.begin(isConnected: isLive && followers[index].connection >= 0)
            }
            followers[index].lines[place] = line.rawValue
            followers[index].sentAfter[place] = Follower.unsent
        }
        tallies[place] = tally
    }

    static func place(of sequence: Int64) -> Int { Int(sequence % Int64(NodeReport.broadcastsMax)) }

    mutating func set(_ index: Int32, _ place: Int, _ line: LedgerLine) {
        tallies[place]?.move(from: followers[Int(index)].line(place), to: line)
        followers[Int(index)].lines[place] = line.rawValue
    }

    /// `sequence` goes out to the follower now.
    mutating func markSent(_ index: Int32, _ sequence: Int64, now: EngineInstant) {
        let place = Self.place(of: sequence)
        guard let tally = tallies[place]?.facts, tally.sequence == sequence else { return }
        let wasSent = followers[Int(index)].sentAfter[place] != Follower.unsent
        let line = followers[Int(index)].line(place)
        switch line {
        case .none: set(index, place, .joined)
        case .notSent: set(index, place, .waiting)
        case .waiting, .retrying, .acked, .dropped, .unknownStage, .owed, .caughtUp, .joined: break
        }
        if wasSent { tallies[place]?.countDuplicate() }
        // Lag counts from the first send of the connection that is to ack it.
        if !wasSent || line == .dropped || line == .owed {
            followers[Int(index)].sentAfter[place] = Self.milliseconds(from: tally.receivedAt, to: now)
        }
    }

    /// Something newer goes out in the place of what lies between.
    mutating func supersede(_ index: Int32, after: Int64, before: Int64, now: EngineInstant) {
        for place in tallies.indices {
            guard let tally = tallies[place]?.facts, tally.sequence > after, tally.sequence < before else { continue }
            switch followers[Int(index)].line(place) {
            case .owed: set(index, place, .caughtUp)
            case .notSent where !tally.isAborted:
                set(index, place, .waiting)
                followers[Int(index)].sentAfter[place] = Self.milliseconds(from: tally.receivedAt, to: now)
            default: break
            }
        }
    }

    /// The follower has applied everything up to `sequence`.
    mutating func settle(_ index: Int32, upTo sequence: Int64, now: Moment) {
        for place in tallies.indices {
            guard let tally = tallies[place]?.facts, tally.sequence <= sequence else { continue }
            switch followers[Int(index)].line(place) {
            case .waiting, .retrying, .dropped, .unknownStage:
                set(index, place, .acked)
                tallies[place]?.ackTimes.record(now.wall.since(tally.timestamp))
                let sent = followers[Int(index)].sentAfter[place]
                if sent != Follower.unsent {
                    let lag = Self.milliseconds(from: tally.receivedAt, to: now.instant)
                    tallies[place]?.lags.record(Milliseconds(lag) - Milliseconds(sent))
                }
            case .owed: set(index, place, .caughtUp)
            case .none, .notSent, .acked, .caughtUp, .joined: break
            }
        }
    }

    mutating func abort(_ sequence: Int64) {
        log.abort(sequence)
        let place = Self.place(of: sequence)
        guard tallies[place]?.facts.sequence == sequence else { return }
        tallies[place]?.facts.isAborted = true
        for index in followers.indices where followers[index].line(place) == .dropped {
            if followers[index].sentAfter[place] == Follower.unsent { set(Int32(index), place, .notSent) }
        }
    }

    static func milliseconds(from start: EngineInstant, to end: EngineInstant) -> UInt32 {
        UInt32(clamping: min((end.nanoseconds - start.nanoseconds) / 1_000_000, Int64(Follower.unsent - 1)))
    }
}
