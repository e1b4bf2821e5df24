import Testing

@testable import Engine

struct BroadcastMachineTests {
    private let start = ModelledNodeTests.wall
    private func moment(_ milliseconds: Int64) -> Moment { ModelledNodeTests.moment(milliseconds) }

    private func machine(waves: WavePlan = .single, deadline: Duration = .seconds(120)) -> BroadcastMachine {
        BroadcastMachine(
            record: BroadcastRecord(
                publication: ModelledNodeTests.publication(1, at: 0, waves: waves), event: "fight-night",
                eventTitle: "Fight Night 12", tier: .bigBet, actor: .engine),
            budget: 60_000, deadline: deadline)
    }

    private func delivery(
        _ node: String, kind: AudienceKind = .real, connected: Int, acks: [Milliseconds], notSent: Int = 0
    ) -> NodeDelivery {
        var delivery = NodeDelivery(
            node: NodeID(node), kind: kind, topic: ModelledNodeTests.topic, sequence: 1, wavesSent: 1)
        delivery.ledger.connected = connected
        delivery.ledger.known = connected
        delivery.ledger.acked = acks.count
        delivery.ledger.notSent = notSent
        delivery.ledger.waiting = connected - acks.count - notSent
        for ack in acks { delivery.ackTimes.record(ack); delivery.lags.record(ack / 2) }
        return delivery
    }

    @Test func itsPercentilesRunOverAllDevicesConnectedAtTheStart() throws {
        var random = SeededGenerator(seed: 5), machine = machine(), all: [Milliseconds] = [], connected = 0
        for node in 0..<40 {
            let acks = (0..<100).map { _ in Milliseconds(random.next() % 20_000) }
            machine.receive(
                delivery("n-\(node)", kind: node % 2 == 0 ? .real : .modelled, connected: 101, acks: acks),
                region: "eu", now: moment(500).instant)
            all += acks
            connected += 101
        }
        #expect(machine.tick(now: moment(30_000)) == nil)
        all.sort()
        let figures = machine.figures
        for (share, found) in [(0.5, figures.t50), (0.9, figures.t90)] {
            let exact = all[Int((share * Double(connected)).rounded(.up)) - 1], found = try #require(found)
            #expect(found >= exact && found <= exact + exact / 16)
        }
        // 40 of 4040 have not acked: 99 % have, 99.9 % have not.
        #expect(figures.t99 != nil && figures.t999 == nil)
        #expect(figures.real.connected == 2020 && figures.modelled.connected == 2020)
        #expect(figures.nodes.map(\.node) == figures.nodes.map(\.node).sorted() && figures.nodes.count == 40)
        #expect(machine.snapshot(now: moment(30_000)).isBalanced)
    }

    @Test func itIsCompleteWhenEveryExpectedNodeHasReportedAndEveryoneAcked() {
        var machine = machine()
        machine.expect(["a", "b"])
        #expect(machine.tick(now: moment(0)) == nil)
        machine.receive(delivery("a", connected: 2, acks: [100, 200]), region: "eu", now: moment(900).instant)
        #expect(machine.tick(now: moment(1500)) == nil, "b has not reported")
        machine.receive(delivery("b", connected: 1, acks: []), region: "eu", now: moment(1600).instant)
        #expect(machine.tick(now: moment(1700)) == nil)
        machine.receive(delivery("b", connected: 1, acks: [1650]), region: "eu", now: moment(1800).instant)
        #expect(machine.tick(now: moment(1900)) == .complete)
        #expect(machine.tick(now: moment(2000)) == nil)
        #expect(machine.record.state == .complete && machine.record.completed == start + 1900)
        #expect(machine.record.figures.total.acked == 3)
        #expect(machine.snapshot(now: moment(60_000)).elapsed == 1900)
    }

    @Test func theDeadlineAfterTheLastWaveEndsIt() {
        var machine = machine(waves: WavePlan(count: 3, interval: 10_000), deadline: .seconds(30))
        machine.expect(["a"])
        machine.receive(delivery("a", connected: 2, acks: [100]), region: "eu", now: moment(10).instant)
        #expect(machine.tick(now: moment(0)) == nil)
        #expect(machine.tick(now: moment(49_999)) == nil)
        #expect(machine.tick(now: moment(50_000)) == .complete)
    }

    @Test func anAbortedOneEndsWhenNothingIsInFlight() {
        var machine = machine()
        machine.expect(["a"])
        #expect(machine.tick(now: moment(0)) == nil)
        machine.receive(delivery("a", connected: 10, acks: [100], notSent: 5), region: "eu", now: moment(10).instant)
        machine.abort()
        #expect(machine.tick(now: moment(2000)) == nil)
        machine.receive(
            delivery("a", connected: 10, acks: [100, 1, 1, 1, 1], notSent: 5), region: "eu", now: moment(2100).instant)
        #expect(machine.tick(now: moment(2200)) == .aborted)
        #expect(machine.record.state == .aborted && machine.record.publication.isAborted)
    }

    @Test func anEmptyAudienceIsCompleteAfterTheGrace() {
        var machine = machine()
        #expect(machine.tick(now: moment(0)) == nil)
        #expect(machine.tick(now: moment(9999)) == nil)
        #expect(machine.tick(now: moment(10_000)) == .complete)
        #expect(machine.figures.t50 == nil)
    }

    @Test func aLateCopyOfAReportIsNotBelievedAndANodeThatBeganAnewIs() {
        var machine = machine()
        _ = machine.tick(now: moment(0))
        machine.receive(delivery("a", connected: 3, acks: [1, 2]), region: "eu", now: moment(100).instant)
        machine.receive(delivery("a", connected: 3, acks: [1]), region: "eu", now: moment(200).instant)
        #expect(machine.total.acked == 2)
        machine.receive(delivery("a", connected: 3, acks: [1]), region: "eu", now: moment(2300).instant)
        #expect(machine.total.acked == 1)
        var foreign = delivery("b", connected: 3, acks: [1])
        foreign.sequence = 2
        machine.receive(foreign, region: "eu", now: moment(2400).instant)
        #expect(machine.figures.nodes.count == 1)
    }

    @Test func aBrokenLedgerIsSeenEvenIfTheSumsHappenToBalance() {
        var machine = machine()
        var first = delivery("a", connected: 3, acks: [1]), second = delivery("b", connected: 3, acks: [1])
        first.ledger.waiting += 1
        second.ledger.waiting -= 1
        machine.receive(first, region: "eu", now: moment(100).instant)
        machine.receive(second, region: "eu", now: moment(100).instant)
        #expect(machine.total.isBalanced && !machine.snapshot(now: moment(200)).isBalanced)
    }

    @Test func theCurveRisesInEqualStepsAndStaysBounded() {
        var points = DeliveryCurvePoints()
        for elapsed in stride(from: Int64(0), through: 4_000_000, by: 130) {
            points.note(Int(elapsed), elapsed: elapsed)
            #expect(points.points.count <= DeliveryCurvePoints.pointsMax)
        }
        #expect(points.points == points.points.sorted() && points.points.count >= DeliveryCurvePoints.pointsMax / 2)
        #expect(Milliseconds(points.points.count - 1) * points.step <= 4_000_000)
        var late = DeliveryCurvePoints()
        late.note(5, elapsed: 90_000_000)
        #expect(late.points.count <= DeliveryCurvePoints.pointsMax && late.points.first == 0 && late.points.last == 5)
    }

    @Test func theRateIsThatOfTheLastSecond() {
        var meter = AckRateMeter()
        for step in 0...30 { meter.note(step * 500, at: moment(Int64(step) * 100).instant) }
        #expect(meter.perSecond == 5000 && meter.peak >= 5000)
        for step in 31...60 { meter.note(15_000, at: moment(Int64(step) * 100).instant) }
        #expect(meter.perSecond == 0 && meter.peak >= 5000)
    }

    @Test func theForecastMeetsWhatHappensForAModelledAudience() throws {
        var layout = AudienceLayout(seed: 3), machine = machine(), forecasts: [Milliseconds] = []
        let profile = AudienceProfile(devices: 6000), topic = ModelledNodeTests.topic
        let shares = layout.place(topic, devices: profile.devices)
        var nodes = layout.nodes.map { ModelledNode(description: $0.description, seed: 3, pace: $0.pace) }
        machine.expect(nodes.map(\.description.id))
        for share in shares {
            _ = nodes[share.node].follow(topic, profile: profile, devices: share.devices, now: moment(0))
            _ = nodes[share.node].receive(.publish(machine.record.publication), now: moment(0))
        }
        for time in stride(from: Int64(200), through: 130_000, by: 200) {
            for index in nodes.indices {
                for case .report(let report) in nodes[index].tick(now: moment(time)) {
                    for delivery in report.broadcasts {
                        machine.receive(delivery, region: nodes[index].description.region, now: moment(time).instant)
                    }
                }
            }
            let outcome = machine.tick(now: moment(time)), snapshot = machine.snapshot(now: moment(time))
            #expect(snapshot.isBalanced && snapshot.curve == snapshot.curve.sorted())
            if let forecast = snapshot.forecast999 { forecasts.append(forecast) }
            if outcome != nil { break }
        }
        #expect(machine.isFinal && machine.record.state == .complete)
        let real = try #require(machine.record.figures.t999)
        #expect(forecasts.last == real && forecasts.allSatisfy { $0 < 3 * real })
    }
}
