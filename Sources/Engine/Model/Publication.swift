/// One message in a topic: the stage that every device of a live event switches to.
///
/// Crosses the bus, possibly twice; whoever receives it applies it by its position, so a second
/// copy changes nothing.
public struct Publication: Hashable, Codable, Sendable {
    public var broadcast: BroadcastID
    public var topic: Topic
    public var stage: StageKey
    public var position: BroadcastPosition
    public var waves: WavePlan
    /// Whether waves go on; a broadcast with a canary begins held.
    public var order: WaveOrder {
        get { said ?? firstOrder }
        set { said = newValue == firstOrder ? nil : newValue }
    }
    private var said: WaveOrder?
    private var firstOrder: WaveOrder { WaveOrder(revision: 0, isHeld: waves.canary != nil) }
    /// Set once an operator aborted it: devices that do not have it are never given it.
    public var isAborted: Bool

    public init(
        broadcast: BroadcastID, topic: Topic, stage: StageKey, position: BroadcastPosition,
        waves: WavePlan = .single, isAborted: Bool = false
    ) {
        self.broadcast = broadcast
        self.topic = topic
        self.stage = stage
        self.position = position
        self.waves = waves
        self.isAborted = isAborted
    }
}
