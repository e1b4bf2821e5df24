import Engine

/// What goes wrong in one simulation, and how often: each seed draws its own mix, many with few kinds of fault,
/// some with all of them ("swarm testing"), because a fault that is always there hides what happens without it.
struct FaultMix {
    /// Shares (0...1) of bus messages that are lost, come twice, or are held up for seconds.
    var busLoss = 0.0
    var busCopies = 0.0
    var busDelays = 0.0
    /// Mean milliseconds between two faults of a kind; nil: this kind does not happen.
    var partitions: Int64?
    var deviceCuts: Int64?
    var deviceStalls: Int64?
    var nodeCrashes: Int64?
    var engineCrashes: Int64?
    var journalFaults: Int64?
    var clockSteps: Int64?
    var commands: Int64?
    /// Between two duties that an operator gives an edge node: cordon, drain, uncordon.
    var duties: Int64?
    /// Share of acks that a device forgets to send.
    var acksForgotten = 0.0
    /// Share of the cuts after which a device has lost its position.
    var positionsLost = 0.0
    /// Share of the engine's commits after which it dies before it sends.
    var deathsAfterCommit = 0.0

    init(_ random: inout SeededGenerator) {
        var own = random
        if own.next() % 2 == 0 { duties = Int64(2000 + own.next() % 8000) }
        func happens(_ share: Double) -> Bool { Double.random(in: 0..<1, using: &random) < share }
        func every(_ range: ClosedRange<Int64>) -> Int64? {
            happens(0.5) ? Int64.random(in: range, using: &random) : nil
        }
        if happens(0.5) { busLoss = Double.random(in: 0.01...0.4, using: &random) }
        if happens(0.5) { busCopies = Double.random(in: 0.01...0.4, using: &random) }
        if happens(0.5) { busDelays = Double.random(in: 0.01...0.3, using: &random) }
        partitions = every(3000...20_000)
        deviceCuts = every(50...3000)
        deviceStalls = every(300...5000)
        nodeCrashes = every(4000...20_000)
        engineCrashes = every(3000...20_000)
        journalFaults = every(3000...20_000)
        clockSteps = every(5000...20_000)
        commands = happens(0.75) ? Int64.random(in: 300...5000, using: &random) : nil
        if happens(0.3) { acksForgotten = Double.random(in: 0.01...0.5, using: &random) }
        if happens(0.3) { positionsLost = Double.random(in: 0.01...0.3, using: &random) }
        if happens(0.3) { deathsAfterCommit = Double.random(in: 0.02...0.4, using: &random) }
    }
}

/// Bugs built into the simulated world, never into the product, to prove that the checkers see them.
enum PlantedBug: String, CaseIterable {
    /// The edge leaves out one stage for one device.
    case stageLeftOut
    /// The engine sends first and commits afterwards.
    case sentBeforeCommit
    /// The edge sends an older stage after a newer one, and the device takes it.
    case olderStageTaken
    /// What was synced last is gone after a crash, and its sequence is used again.
    case commitForgotten
    /// The operator is told "done" although the journal refused.
    case doneWithoutDisk
    /// A node's report loses an ack.
    case ackLostInReport
    /// The device applies a copy a second time.
    case copyApplied
    /// The engine's schedule runs two seconds ahead.
    case firedEarly
    /// The schedule follows the wall clock wherever it jumps.
    case wallClockBelieved
    /// After a restart the run of show is the one before the last stage.
    case runForgotten
}
