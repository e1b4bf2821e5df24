import Testing

@testable import Engine

/// Answers of edge nodes added up.
struct LagTableTests {
    private let query = LagQuery(topic: "event/a", sampleMax: 3)

    private func answer(_ node: String, _ counts: [(LagCause, String, Int, Milliseconds)], query: LagQuery? = nil)
        -> NodeLag
    {
        let description = NodeDescription(id: NodeID(node), kind: .modelled, region: "eu-west", connectionsMax: 1)
        var answer = NodeLag(query: query ?? self.query, node: description, sequence: 1)
        answer.counts = counts.map { cause, family, devices, oldest in
            LagCount(
                cause: cause, make: DeviceMake(family: DeviceFamily(family), build: "1"), devices: devices,
                oldest: oldest,
                queue: cause == .queue ? Int64(devices) * 900 : 0, network: Int64(devices) * 100, client: 0)
        }
        answer.freshCount = 5
        return answer
    }

    private func moment(_ seconds: Int) -> EngineInstant { .start + .seconds(seconds) }

    @Test func countsAreExactAndGroupedAsAsked() {
        var table = LagTable()
        table.ask(query, of: ["a", "b", "c"], now: moment(0))
        table.receive(answer("a", [(.queue, "web", 30, 12_000), (.dropped, "web", 5, 40_000)]))
        table.receive(answer("b", [(.queue, "tv", 20, 30_000)]))
        table.receive(answer("stranger", [(.queue, "tv", 1000, 1)]))
        table.receive(answer("a", [(.queue, "web", 30, 12_000), (.dropped, "web", 5, 40_000)]))
        let report = table.report(query, nil, at: WallTime(milliseconds: 0))
        #expect(report.devices == 55 && report.freshCount == 10 && report.nodesHeard == 2 && report.nodesAsked == 3)
        #expect(report.rows.map(\.name) == ["queue", "dropped"] && report.rows.map(\.devices) == [50, 5])
        #expect(report.rows[0].oldest == 30_000 && report.rows[0].queue == 90 && report.rows[0].network == 10)
        #expect(report.families.map(\.name) == ["web", "tv"] && report.families.map(\.devices) == [35, 20])
    }

    @Test func nodesAreAskedEveryTwoSecondsHoweverOftenSomebodyLooks() {
        var table = LagTable()
        #expect(table.isDue(query, now: moment(0)))
        table.ask(query, of: ["a"], now: moment(0))
        #expect(!table.isDue(query, now: moment(1)) && table.isDue(query, now: moment(2)))
        #expect(table.isDue(LagQuery(topic: "event/a", grouping: .node), now: moment(1)))
    }

    @Test func whatGetsShorterDrainsAndWhatDoesNotNeverDoes() {
        var table = LagTable()
        for look in 0..<5 {
            table.ask(query, of: ["a"], now: moment(look * 2))
            table.receive(answer("a", [(.queue, "web", 100 - 10 * look, 1), (.client, "web", 7, 1)]))
        }
        let rows = table.report(query, nil, at: WallTime(milliseconds: 0)).rows
        #expect(rows[0].trend == [100, 90, 80, 70, 60] && rows[0].drainsIn == 9000)
        #expect(rows[1].drainsIn == nil)
    }

    @Test func moreQueriesThanThereIsRoomForForgetTheOldest() {
        var table = LagTable()
        for number in 0...LagTable.queriesMax {
            table.ask(LagQuery(topic: Topic("event/\(number)")), of: ["a"], now: moment(number))
        }
        #expect(table.isDue(LagQuery(topic: "event/0"), now: moment(0)))
        #expect(!table.isDue(LagQuery(topic: "event/1"), now: moment(1)))
    }

    @Test func theSampleIsTheLongestBehindAndBounded() {
        var tally = LagTally(sampleMax: 10), random = SeededGenerator(seed: 4), lags: [Milliseconds] = []
        for place in 0..<5000 {
            let lag = Milliseconds(random.next() % 100_000)
            lags.append(lag)
            tally.add(LagTally.Entry(cause: .network, make: .unknown, lag: lag), place: place)
        }
        var answer = answer("a", [])
        var found: [Milliseconds] = []
        tally.fill(&answer) { place in
            found.append(lags[place])
            return nil
        }
        #expect(found == Array(lags.sorted(by: >).prefix(10)))
        #expect(answer.counts.map(\.devices) == [5000])
    }
}
