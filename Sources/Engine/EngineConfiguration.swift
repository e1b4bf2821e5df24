/// Every knob of the engine: unit, default, and what happens at the limit.
public struct EngineConfiguration: Hashable, Sendable {
    /// How long a device has to confirm before the edge sends once more and calls it lagging.
    public var ackWithin: Duration = .seconds(10)
    /// Time between two pings on an idle connection. A connection that says nothing for two of them is closed (4409).
    public var pingEvery: Duration = .seconds(25)
    /// Reconnect delays that devices are told in the welcome: jittered exponential backoff between these.
    public var retryMin: Duration = .milliseconds(500)
    public var retryMax: Duration = .seconds(30)
    /// Time a new connection has for its handshake and hello; then it is closed (4408).
    public var helloWithin: Duration = .seconds(10)
    /// The same for `connection_init` of a GraphQL client, from the handshake on.
    public var initialiseWithin: Duration = .seconds(3)

    /// Most connections of one real edge node; one more is refused with 503 and Retry-After.
    public var connectionsMax = 18_000
    /// Most devices one real edge node lets in within a second; one more is refused with 503 and a Retry-After that
    /// spreads the rest. At 10 000 the letting in takes less than half of one core, and the other half is for whoever
    /// is connected already.
    public var connectsPerSecondMax = 10_000
    /// Most topics one connection may follow; the hello that asks for more is closed (4400).
    public var topicsPerConnectionMax = 32
    /// Largest message from a device, bytes; a larger one is closed (1009).
    public var deviceMessageBytesMax = 1024
    /// Bytes that may wait in one connection's outbound buffer before it stops being written to and catches up by
    /// cursor.
    public var pendingBytesSoft = 16 * 1024
    /// A connection over `pendingBytesSoft` for this long is closed (4413: reconnect and catch up).
    public var pendingSoftFor: Duration = .seconds(10)
    /// A connection over this many waiting bytes is closed at once (4413).
    public var pendingBytesMax = 256 * 1024
    /// A device further behind than this many broadcasts is given a reset to the newest one in their place.
    public var catchUpMax = 64
    /// Known devices each edge node remembers; beyond it the one away longest is forgotten (ledger: expired).
    public var knownDevicesMax = 200_000

    /// Time between two heartbeats of an edge node.
    public var heartbeat: Duration = .seconds(1)
    /// Time between two reports of an edge node whose counters change.
    public var reportInterval: Duration = .milliseconds(200)
    /// An edge node silent for this long is shown as stale and repeated to until it confirms.
    public var nodeLease: Duration = .seconds(5)
    /// How long the bus may hold a message up. A device's position beyond what its node holds is believed to be from
    /// the future only after this, and after the router has answered: the node may merely be behind.
    public var busDelayMax: Duration = .seconds(2)
    /// Drain window when the operator names none; longer if `herdMax` asks for it.
    public var drainWindow: Duration = .seconds(30)
    /// Most devices a second that a drain may send to the other edge nodes; a faster one is refused, with the window
    /// that would do.
    public var herdMax = 2000
    /// First repeat of a message a node has not confirmed; doubles up to `repeatMax`.
    public var repeatAfter: Duration = .milliseconds(250)
    public var repeatMax: Duration = .seconds(4)

    /// Countdown of an armed G3 plan.
    public var armedFor: Duration = .seconds(3)
    /// A prepared plan is forgotten after this.
    public var planLifetime: Duration = .seconds(300)
    /// Plans kept at once; beyond it the oldest unarmed one is forgotten.
    public var plansMax = 64
    /// How late an AUTO stage may fire after downtime; later than that the event is held for a person to decide.
    public var lateStartMax: Duration = .seconds(15 * 60)
    /// After downtime a stage later than this is skipped when its successor is due as well.
    public var skipLateAfter: Duration = .seconds(5)
    /// With nobody at the desk for this long the engine takes a MANUAL stage itself; nil: it waits for a person.
    /// Set only where a show must end by itself: `--exit-when-done` without a terminal.
    public var unattendedAfter: Duration?
    /// A larger disagreement of the two clocks between two ticks is a step: told, and not followed until acknowledged.
    public var clockStepMax: Duration = .milliseconds(100)
    /// A broadcast is final when everyone acked, or this long after its last wave.
    public var broadcastDeadline: Duration = .seconds(120)
    /// TAKE counts as on plan within this time of the planned one.
    public var onPlanWithin: Duration = .seconds(60)
    /// How far ahead fan-outs are held against each other; a collision is warned of as soon as it is this near.
    public var airspaceAhead: Duration = .seconds(30 * 60)
    /// Time between two snapshots while something changes, and while nothing does.
    public var snapshotInterval: Duration = .milliseconds(100)
    public var idleSnapshotInterval: Duration = .seconds(1)
    /// Journal entries a snapshot carries.
    public var journalLinesMax = 50

    /// What pictures of the room are marked as: `.staging` for a staging fleet.
    public var mode = DataMode.real

    public init() {}

    /// Broken relations between knobs, one sentence each; empty when all is well.
    public func problems() -> [String] {
        var found: [String] = []
        func require(_ holds: Bool, _ sentence: String) { if !holds { found.append(sentence) } }
        require(pendingBytesSoft < pendingBytesMax, "pendingBytesSoft must be below pendingBytesMax")
        require(retryMin <= retryMax, "retryMin must not exceed retryMax")
        require(heartbeat * 2 < nodeLease, "nodeLease must be more than two heartbeats")
        require(repeatAfter <= repeatMax, "repeatAfter must not exceed repeatMax")
        require((1...1_000_000).contains(connectionsMax), "connectionsMax must be 1...1000000")
        require(connectsPerSecondMax >= 1, "connectsPerSecondMax must be at least 1")
        require(
            catchUpMax <= RouterMessage.logMax,
            "catchUpMax must not exceed RouterMessage.logMax (\(RouterMessage.logMax))")
        require(
            airspaceAhead >= .seconds(600),
            "airspaceAhead must be at least ten minutes: a move needs time to be decided")
        return found
    }
}
