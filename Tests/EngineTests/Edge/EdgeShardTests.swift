@testable import Engine
import Testing

@Suite struct EdgeShardTests {
    // MARK: Fan-out

    @Test func aPublicationReachesEveryDeviceOnceAndIsConfirmed() {
        var world = ShardWorld()
        let devices = (0..<5).map { world.connect("d\($0)") }
        world.log(nil)
        world.publish(1)
        for device in devices { world.expect(device, "welcome 1") }
        #expect(world.told.last == .confirmed(ShardWorld.topic, ShardWorld.position(1)))
        world.publish(1)
        for device in devices { world.expect(device, "") }
        #expect(world.told.last == .confirmed(ShardWorld.topic, ShardWorld.position(1)))
        #expect(world.shard.checkInvariants() == [])
    }

    /// A fan-out goes on in steps, and a write between two of them may end a connection.
    @Test func whoLeavesInMidFanOutTakesNobodysPlace() {
        for leaver in 0..<10 {
            var world = ShardWorld()
            let devices = (0..<10).map { world.connect("d\($0)") }
            world.log(nil)
            world.shard.receive(.publish(ShardWorld.publication(1)), now: world.now)
            world.step()
            #expect(world.shard.needsFlush)
            world.shard.disconnected(devices[leaver], now: world.now)
            world.run()
            for (number, device) in devices.enumerated() where number != leaver { world.expect(device, "welcome 1") }
            #expect(world.shard.checkInvariants() == [])
        }
    }

    @Test func whatIsDueTogetherLeavesInOneWrite() {
        var world = ShardWorld()
        let device = world.connect("d")
        world.log(nil)
        let before = world.writes[device] ?? 0
        for sequence in 1...10 as ClosedRange<Int64> {
            world.shard.receive(.publish(ShardWorld.publication(sequence)), now: world.now)
        }
        world.run()
        world.expect(device, "welcome 1 2 3 4 5 6 7 8 9 10")
        #expect(world.writes[device] == before + 1)
    }

    @Test func aGapIsAskedForAndHealsInOrder() {
        var world = ShardWorld()
        let device = world.connect("d")
        world.log(1...1)
        world.publish(3)
        #expect(world.told.last == .historyWanted(ShardWorld.topic, after: 1))
        world.expect(device, "welcome 1")
        world.log(1...3)
        world.expect(device, "2 3")
        #expect(world.ledger(3)?.connected == 1)
    }

    @Test func wavesBeginOneByOneAndAllDevicesAreInOne() {
        var world = ShardWorld()
        let devices = (0..<60).map { world.connect("d\($0)") }
        world.log(nil)
        for device in devices { _ = world.got(device) }
        let plan = WavePlan(count: 3, interval: 1000)
        world.publish(1, waves: plan)
        for wave in 0..<3 {
            for (number, device) in devices.enumerated() {
                let isDue = plan.wave(ofDeviceHash: KnownDevices.hash(of: "d\(number)")) == wave
                world.expect(device, (isDue ? "1" : ""))
            }
            #expect(world.delivery(1)?.wavesSent == wave + 1)
            world.advance(.milliseconds(1000))
        }
        #expect(world.ledger(1)?.waiting == 60)
    }

    @Test func aNewerPublicationTakesTheUnsentOlderOneAlongInOrder() {
        var world = ShardWorld()
        let devices = (0..<20).map { world.connect("d\($0)") }
        world.log(nil)
        for device in devices { _ = world.got(device) }
        world.publish(1, waves: WavePlan(count: 2, interval: 60_000))
        world.publish(2)
        let got = Set(devices.map { world.got($0) })
        #expect(got == ["1 2"])
        #expect(world.shard.checkInvariants() == [])
    }

    @Test func abortStopsTheWavesThatAreNotSent() throws {
        var world = ShardWorld()
        let devices = (0..<40).map { world.connect("d\($0)") }
        world.log(1...1)
        for device in devices { _ = world.got(device) }
        for device in devices { world.ack(1, device) }
        world.publish(2, waves: WavePlan(count: 2, interval: 1000))
        world.receive(.abort(ShardWorld.topic, sequence: 2))
        world.advance(.seconds(5))
        let reached = devices.filter { world.got($0) == "2" }
        let ledger = try #require(world.ledger(2))
        #expect(!reached.isEmpty && reached.count < 40)
        #expect(ledger.notSent == 40 - reached.count)
        #expect(world.delivery(2)?.wavesSent == 1)
        world.publish(3)
        for device in devices {
            world.expect(device, (reached.contains(device) ? "3" : "reset(aborted)3"))
            world.ack(3, device)
        }
        #expect(world.ledger(2)?.notSent == ledger.notSent)
        #expect(world.ledger(2)?.acked == reached.count)
        #expect(world.shard.checkInvariants() == [])
    }

    @Test func anAbortThatOvertakesItsPublicationStillCounts() {
        var world = ShardWorld()
        let device = world.connect("d")
        world.log(1...1)
        world.receive(.abort(ShardWorld.topic, sequence: 2))
        world.publish(2)
        world.expect(device, "welcome 1")
    }

    // MARK: Catch-up

    @Test(arguments: [
        (nil, "welcome 10"),
        (ClaimedPosition(sequence: 10, timestamp: 900_010), "welcome"),
        (ClaimedPosition(sequence: 7, timestamp: 900_007), "welcome 8 9 10"),
        (ClaimedPosition(sequence: 0, timestamp: 0), "welcome 10"),
        (ClaimedPosition(sequence: 7, timestamp: 900_008), "welcome reset(other-history)10"),
        (ClaimedPosition(sequence: -1, timestamp: 900_007), "welcome reset(invalid)10"),
        (ClaimedPosition(sequence: 7, timestamp: -1), "welcome reset(invalid)10"),
        (ClaimedPosition(sequence: 2, timestamp: 900_002), "welcome reset(too-old)10"),
        (ClaimedPosition(sequence: nil, timestamp: 900_008), "welcome 9 10"),
        (ClaimedPosition(sequence: nil, timestamp: 5), "welcome reset(too-old)10"),
    ] as [(ClaimedPosition?, String)])
    func aReturningDeviceIsAnsweredHonestly(claim: ClaimedPosition?, answer: String) {
        var world = ShardWorld()
        let first = world.connect("first")
        world.log(5...10, oldest: 5)
        _ = world.got(first)
        let device = world.connect("d", claim: claim)
        world.expect(device, answer)
        world.publish(11)
        world.expect(device, "11")
        world.ack(11, device)
        #expect(world.closed.isEmpty)
    }

    @Test(arguments: [
        ClaimedPosition(sequence: 11, timestamp: 900_012), ClaimedPosition(sequence: .max, timestamp: .max),
        ClaimedPosition(sequence: nil, timestamp: 999_999),
    ])
    func aPositionIsOfTheFutureOnlyWhenTheRouterDoesNotKnowItEither(claim: ClaimedPosition) {
        var world = ShardWorld()
        _ = world.connect("first")
        world.log(1...10)
        let device = world.connect("d", claim: claim)
        #expect(world.told.last == .historyWanted(ShardWorld.topic, after: 10))
        world.log(1...10)
        #expect(world.got(device) == "welcome")
        world.advance(.seconds(2))
        world.log(1...10)
        #expect(world.got(device) == "reset(from-the-future)10")
        world.publish(11)
        #expect(world.got(device) == "11")
    }

    @Test func aDeviceThatKnowsMoreThanItsNodeIsNotSetBack() {
        var world = ShardWorld()
        _ = world.connect("first")
        world.log(1...10)
        let live = world.connect("live", at: 11), answered = world.connect("answered", at: 12)
        world.publish(11)
        #expect(world.got(live) == "welcome")
        world.log(1...13)
        #expect(world.got(live) == "12 13")
        #expect(world.got(answered) == "welcome 13")
        #expect(world.shard.checkInvariants() == [])
    }

    @Test func nobodyIsSentAnOlderStageAgainAfterAnAbortedOne() {
        var world = ShardWorld()
        let device = world.connect("d")
        world.log(1...1)
        world.publish(2)
        #expect(world.got(device) == "welcome 1 2")
        world.receive(.abort(ShardWorld.topic, sequence: 2))
        world.advance(.seconds(21))
        #expect(world.got(device) == "")
        world.publish(3)
        #expect(world.got(device) == "3")
    }

    @Test func aPositionOlderThanMemoryIsAskedOfTheRouter() {
        var world = ShardWorld()
        _ = world.connect("first")
        world.log(8...10)
        let device = world.connect("d", at: 5)
        world.expect(device, "welcome")
        #expect(world.told.last == .historyWanted(ShardWorld.topic, after: 4))
        world.advance(.seconds(1))
        #expect(world.told.last == .historyWanted(ShardWorld.topic, after: 0))
        world.log(5...10)
        world.expect(device, "6 7 8 9 10")
        let liar = world.connect("liar", claim: ClaimedPosition(sequence: 5, timestamp: 1))
        world.expect(liar, "welcome reset(other-history)10")
    }

    @Test func whatTheRouterCannotFindIsTooOld() {
        var world = ShardWorld()
        _ = world.connect("first")
        world.log(8...10)
        let device = world.connect("d", at: 5)
        world.log(8...10)
        world.expect(device, "welcome reset(too-old)10")
    }

    @Test func whoIsTooFarBehindGetsTheNewestAlone() {
        var world = ShardWorld()
        _ = world.connect("first")
        world.log(1...100)
        let far = world.connect("far", at: 35)
        world.expect(far, "welcome reset(too-far-behind)100")
        let near = world.connect("near", at: 36)
        world.expect(near, "welcome " + (37...100).map(String.init).joined(separator: " "))
    }

    @Test func anAbortedBroadcastIsNeverGivenInCatchUp() {
        var world = ShardWorld()
        _ = world.connect("first")
        world.log(1...5)
        world.receive(.abort(ShardWorld.topic, sequence: 4))
        let before = world.connect("before", at: 2)
        world.expect(before, "welcome reset(aborted)5")
        world.receive(.abort(ShardWorld.topic, sequence: 5))
        let behind = world.connect("behind", at: 2)
        world.expect(behind, "welcome 3")
        let none = world.connect("none")
        world.expect(none, "welcome 3")
    }

    @Test func aTopicWithoutAStageResetsWhoClaimsOne() {
        var world = ShardWorld()
        let device = world.connect("d", at: 3)
        world.log(nil)
        world.advance(.seconds(2))
        world.log(nil)
        world.expect(device, "welcome reset(from-the-future)0")
        world.publish(1)
        world.expect(device, "1")
    }

    @Test func aDeviceThatSeesAGapAsksAgain() {
        var world = ShardWorld()
        let device = world.connect("d")
        world.log(1...3)
        _ = world.got(device)
        world.say(
            .subscribe([
                TopicRequest(topic: ShardWorld.topic, position: ClaimedPosition(sequence: 1, timestamp: 900_001))
            ]), device)
        world.expect(device, "2 3")
    }

    @Test func anotherHistoryResetsEveryone() {
        var world = ShardWorld()
        let device = world.connect("d")
        world.log(1...3)
        _ = world.got(device)
        var other = ShardWorld.publication(3)
        other.position = BroadcastPosition(sequence: 3, timestamp: WallTime(milliseconds: 5))
        world.receive(.publish(other))
        #expect(world.told.last == .interest(ShardWorld.topic, isInterested: true))
        world.receive(.topicLog(ShardWorld.topic, [other], oldest: 1))
        world.expect(device, "reset(other-history)3")
        #expect(world.shard.checkInvariants() == [])
    }

    // MARK: Interest

    @Test func interestFollowsTheFirstAndTheLastDevice() {
        var world = ShardWorld()
        let first = world.connect("a"), second = world.connect("b")
        #expect(world.told.filter { $0 == .interest(ShardWorld.topic, isInterested: true) }.count == 1)
        world.log(nil)
        world.leave(first)
        #expect(!world.told.contains(.interest(ShardWorld.topic, isInterested: false)))
        world.leave(second)
        #expect(world.told.last == .interest(ShardWorld.topic, isInterested: false))
    }

    @Test func interestIsRepeatedUntilTheLogComes() {
        var world = ShardWorld()
        _ = world.connect("a")
        world.told = []
        world.advance(.seconds(2))
        #expect(world.told.filter { $0 == .interest(ShardWorld.topic, isInterested: true) }.count == 2)
    }

    @Test func anUnknownTopicEndsTheConnection() {
        var world = ShardWorld()
        let device = world.connect("a")
        world.receive(.unknownTopic(ShardWorld.topic))
        #expect(world.closed[device] == .unknownTopic)
        #expect(world.shard.checkInvariants() == [])
        _ = world.connect("b")
        world.log(1...1)
        #expect(world.shard.checkInvariants() == [])
    }

    // MARK: Acks and the ledger

    @Test func unackedStagesAreSentAgainThreeTimes() {
        var world = ShardWorld { $0.ackWithin = .seconds(10) }
        let quick = world.connect("quick"), mute = world.connect("mute")
        world.log(nil)
        _ = (world.got(quick), world.got(mute))
        world.publish(1)
        world.advance(.milliseconds(120))
        world.ack(1, quick)
        #expect(world.delivery(1)?.ackTimes.maximum == world.now.wall.milliseconds - 900_001)
        world.advance(.seconds(60))
        world.expect(quick, "1")
        #expect(world.closed.isEmpty || world.closed[mute] == .silent)
        world.expect(mute, "1 1 1 1")
        #expect(world.ledger(1)?.duplicates == 3)
    }

    @Test func theLedgerFollowsADeviceOverItsReconnect() {
        var world = ShardWorld()
        let a = world.connect("a"), b = world.connect("b")
        let gone = world.connect("gone")
        world.log(nil)
        world.leave(gone)
        world.publish(1)
        var ledger = world.ledger(1)
        #expect(ledger?.known == 3 && ledger?.connected == 2 && ledger?.offline == 1)
        #expect(ledger?.waiting == 2 && ledger?.owed == 1)
        world.ack(1, a)
        world.leave(b)
        ledger = world.ledger(1)
        #expect(ledger?.acked == 1 && ledger?.dropped == 1)
        let again = world.connect("b"), back = world.connect("gone"), new = world.connect("new")
        world.ack(1, again)
        world.ack(1, back)
        world.ack(1, new)
        ledger = world.ledger(1)
        #expect(ledger?.acked == 2 && ledger?.dropped == 0 && ledger?.caughtUp == 1 && ledger?.joined == 1)
        #expect(world.shard.checkInvariants() == [])
    }

    @Test func whoIsAwayLongestIsForgottenAndExpires() {
        var world = ShardWorld { $0.knownDevicesMax = 3 }
        let stays = world.connect("stays")
        world.log(nil)
        for name in ["first", "second"] {
            let slot = world.connect(name)
            world.leave(slot)
        }
        world.publish(1)
        #expect(world.ledger(1)?.owed == 2)
        _ = world.connect("new")
        #expect(world.ledger(1)?.owed == 1)
        #expect(world.ledger(1)?.expired == 1)
        #expect(world.shard.devices.index(of: "first") == nil)
        #expect(world.shard.devices.index(of: "second") != nil)
        world.ack(1, stays)
        #expect(world.shard.checkInvariants() == [])
    }

    @Test func aBroadcastMissedWithoutInterestIsOwedToEveryoneKnown() {
        var world = ShardWorld()
        let device = world.connect("d")
        world.log(1...1)
        world.ack(1, device)
        world.leave(device)
        let again = world.connect("d", at: 1)
        world.log(1...2)
        world.expect(again, "welcome 2")
        world.ack(2, again)
        #expect(world.ledger(2)?.known == 1)
        #expect(world.ledger(2)?.caughtUp == 1)
    }

    @Test func aFalseAckEndsTheConnection() {
        var world = ShardWorld()
        let future = world.connect("future"), foreign = world.connect("foreign")
        world.log(1...1)
        world.ack(2, future)
        #expect(world.closed[future] == .badMessage)
        world.say(.ack("event/other", sequence: 1), foreign)
        #expect(world.closed[foreign] == .badMessage)
    }

    // MARK: Limits

    @Test func aFullNodeRefuses() {
        var world = ShardWorld(connectionsMax: 2)
        _ = world.connect("a")
        let b = world.connect("b")
        let third = world.shard.accept(now: world.now)
        #expect(third == nil)
        world.leave(b)
        let fourth = world.shard.accept(now: world.now)
        #expect(fourth != nil)
    }

    @Test func aConnectionWithoutHelloEndsInTime() {
        var world = ShardWorld()
        let slot = world.accept()
        world.advance(.milliseconds(9_999))
        #expect(world.closed[slot] == nil)
        world.advance(.milliseconds(1))
        #expect(world.closed[slot] == .helloTimeout)
    }

    @Test func aSilentConnectionIsPingedThenEnded() {
        var world = ShardWorld()
        let slot = world.connect("d"), talker = world.connect("talker")
        world.advance(.seconds(25))
        #expect(world.pings == 2)
        world.shard.heard(talker, now: world.now)
        world.advance(.seconds(25))
        #expect(world.closed == [slot: .silent])
    }

    @Test func theSameDeviceAgainEndsTheFirst() {
        var world = ShardWorld()
        let first = world.connect("d"), second = world.connect("d")
        #expect(world.closed == [first: .superseded])
        world.log(1...1)
        world.expect(second, "welcome 1")
        world.leave(first)
        #expect(world.shard.connections.count == 1)
        #expect(world.shard.checkInvariants() == [])
    }

    @Test func topicsAndRequestsAreBounded() {
        var world = ShardWorld()
        let requests = (0..<33).map { TopicRequest(topic: Topic("event/\($0)"), position: nil) }
        let greedy = world.accept()
        world.say(.hello(device: "greedy", token: nil, topics: requests), greedy)
        #expect(world.closed[greedy] == .badMessage)
        let later = world.connect("later")
        world.say(.subscribe(Array(requests.prefix(32))), later)
        #expect(world.closed[later] == .tooMany)
        let flood = world.connect("flood")
        for _ in 0..<65 { world.say(.subscribe([TopicRequest(topic: ShardWorld.topic, position: nil)]), flood) }
        #expect(world.closed[flood] == .tooMany)
        let twice = world.connect("twice")
        world.say(.hello(device: "twice", token: nil, topics: []), twice)
        #expect(world.closed[twice] == .badMessage)
        #expect(world.shard.checkInvariants() == [])
    }

    // MARK: Slow connections

    @Test func aSlowConnectionGoesOnInOrderWhenItCan() {
        var world = ShardWorld()
        let slow = world.connect("slow"), quick = world.connect("quick")
        world.log(1...1)
        _ = (world.got(slow), world.got(quick))
        world.shard.pendingChanged(slow, bytes: 20_000, now: world.now)
        for sequence in 2...4 as ClosedRange<Int64> { world.publish(sequence) }
        world.expect(slow, "")
        world.expect(quick, "2 3 4")
        #expect(world.shard.report(now: world.now).queuedBytes == 20_000)
        world.shard.pendingChanged(slow, bytes: 0, now: world.now)
        world.run()
        world.expect(slow, "2 3 4")
    }

    @Test func aSlowConnectionFarBehindGetsTheNewest() {
        var world = ShardWorld()
        let slow = world.connect("slow")
        world.log(1...1)
        _ = world.got(slow)
        world.shard.pendingChanged(slow, bytes: 20_000, now: world.now)
        for sequence in 2...200 as ClosedRange<Int64> { world.publish(sequence) }
        world.shard.pendingChanged(slow, bytes: 0, now: world.now)
        world.run()
        world.expect(slow, "reset(too-far-behind)200")
        #expect(world.shard.checkInvariants() == [])
    }

    @Test func slowForTooLongOrFarTooMuchIsEnded() {
        var world = ShardWorld()
        let soft = world.connect("soft"), hard = world.connect("hard"), recovers = world.connect("recovers")
        world.log(nil)
        for slot in [soft, recovers] { world.shard.pendingChanged(slot, bytes: 20_000, now: world.now) }
        world.shard.pendingChanged(hard, bytes: 300_000, now: world.now)
        world.run()
        #expect(world.closed == [hard: .slow])
        world.advance(.seconds(9))
        world.shard.pendingChanged(recovers, bytes: 0, now: world.now)
        world.shard.pendingChanged(recovers, bytes: 20_000, now: world.now)
        world.advance(.seconds(1))
        #expect(world.closed == [hard: .slow, soft: .slow])
        #expect(world.shard.report(now: world.now).closed == [CloseCount(code: 4413, count: 2)])
    }
}
