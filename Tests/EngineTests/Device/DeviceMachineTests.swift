@testable import Engine
import Testing

/// One device, line by line of Documentation/WireProtocol.md.
@Suite struct DeviceMachineTests {
    private let topic: Topic = "event/a"
    private let now = EngineInstant.start

    private func position(_ sequence: Int64) -> BroadcastPosition {
        BroadcastPosition(sequence: sequence, timestamp: WallTime(milliseconds: 1000 + sequence))
    }
    private func stage(_ sequence: Int64) -> EdgeMessage { .stage(topic, "live", position(sequence)) }
    private let welcome = EdgeMessage.welcome(
        Welcome(node: "edge-1", ackWithin: 10_000, pingEvery: 25_000, retryMin: 500, retryMax: 4000))

    private func greeted(at sequence: Int64? = nil) -> DeviceMachine {
        var device = DeviceMachine(id: "tv", topics: [topic])
        _ = device.hello()
        _ = device.take(welcome, now: now)
        if let sequence { _ = device.take(.reset(topic, "live", position(sequence), .tooOld), now: now) }
        return device
    }

    @Test func theFirstStageIsTakenWhateverItsPlace() {
        var device = greeted()
        #expect(device.take(stage(7), now: now) == .applied(holding: 0, wasGap: false))
        #expect(device.ack(0) == .ack(topic, sequence: 7))
    }

    @Test func aCopyChangesNothingAndIsAckedAgain() {
        var device = greeted(at: 7)
        #expect(device.take(stage(7), now: now) == .copy(holding: 0, isOutOfOrder: false))
        #expect(device.position(of: topic) == position(7))
    }

    @Test func aGapIsSaidOnceAndHealsInOrder() {
        var device = greeted(at: 5)
        #expect(device.take(stage(7), now: now) == .gap(holding: 0, ask: true))
        #expect(device.take(stage(8), now: now + .milliseconds(10)) == .gap(holding: 0, ask: false))
        #expect(
            device.catchUpRequest(0)
                == .subscribe([TopicRequest(topic: topic, position: ClaimedPosition(sequence: 5, timestamp: 1005))]))
        #expect(device.take(stage(6), now: now) == .applied(holding: 0, wasGap: true))
        #expect(device.take(stage(7), now: now) == .applied(holding: 0, wasGap: true))
        #expect(device.take(stage(8), now: now) == .applied(holding: 0, wasGap: true))
        #expect(device.take(stage(9), now: now) == .applied(holding: 0, wasGap: false))
    }

    @Test func whatComesBehindANewerOneIsOutOfOrder() {
        var device = greeted(at: 5)
        _ = device.take(stage(6), now: now)
        #expect(device.take(stage(5), now: now) == .copy(holding: 0, isOutOfOrder: true))
    }

    @Test func aPositionWithTwoContentsIsNonsense() {
        var device = greeted(at: 5)
        let other = BroadcastPosition(sequence: 5, timestamp: WallTime(milliseconds: 9))
        guard case .nonsense = device.take(.stage(topic, "live", other), now: now) else { return #expect(Bool(false)) }
    }

    @Test func aResetReplacesWhatIsHeldBackwardsToo() {
        var device = greeted(at: 5)
        #expect(
            device.take(.reset(topic, "pre-show", position(2), .otherHistory), now: now)
                == .reset(holding: 0, .otherHistory))
        #expect(device.position(of: topic) == position(2))
        #expect(device.take(.reset(topic, nil, nil, .tooOld), now: now) == .reset(holding: 0, .tooOld))
        #expect(device.ack(0) == nil)
    }

    @Test func theNextHelloNamesTheLastPosition() {
        var device = greeted(at: 5)
        #expect(device.hello() == .hello(device: "tv", token: nil, topics: [
            TopicRequest(topic: topic, position: ClaimedPosition(sequence: 5, timestamp: 1005))
        ]))
    }

    @Test(arguments: CloseReason.allCases)
    func aDeviceComesBackExactlyWhereTheTableSaysSo(reason: CloseReason) {
        var device = greeted(), random = SeededGenerator(seed: 1)
        let ending = device.ended(code: reason.code, using: &random)
        #expect((ending == .over) == !reason.shouldReconnect)
    }

    @Test func delaysAreDrawnBelowABoundThatDoublesToTheWelcomesMost() {
        var device = greeted(), random = SeededGenerator(seed: 1)
        for bound: Milliseconds in [500, 1000, 2000, 4000, 4000, 4000] {
            guard case .retry(let delay, _) = device.ended(code: nil, using: &random) else {
                return #expect(Bool(false))
            }
            #expect(delay <= .milliseconds(bound))
        }
        _ = device.hello()
        _ = device.take(welcome, now: now)
        guard case .retry(let delay, _) = device.ended(code: nil, using: &random) else { return #expect(Bool(false)) }
        #expect(delay <= .milliseconds(500))
    }

    @Test func aFullNodesRetryAfterIsObeyed() {
        var device = greeted(), random = SeededGenerator(seed: 1)
        guard case .retry(let delay, true) = device.refused(status: 503, retryAfter: 8, using: &random) else {
            return #expect(Bool(false))
        }
        #expect(delay >= .seconds(8))
        #expect(device.refused(status: 404, retryAfter: nil, using: &random) == .over)
    }
}
