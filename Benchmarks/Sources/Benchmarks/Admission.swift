@testable import Engine
import TestSupport

/// What the gate before every HTTP request costs: a decision with its lock and clock, admitted or refused. The answer
/// that a refused client gets is not in it; what a refusal costs with its socket, `Scripts/traffic.sh` measures.
func measureAdmission(_ report: inout Report) {
    let gate = TrafficGate(rules: .standard, seed: 1, time: SystemTime())
    var steering = TrafficSteering()
    steering.overrides = [BucketOverride(bucket: .bulk, kept: 0, by: "bench", until: WallTime(milliseconds: .max))]
    gate.steer(steering)
    let rounds = 1000
    func microseconds(_ facts: RequestFacts) -> [Double] {
        (0..<200).map { _ in
            measure {
                for _ in 0..<rounds {
                    if case .admitted(let ticket) = gate.admit(facts) { gate.finish(ticket) }
                }
            }.nanoseconds / 1e3 / Double(rounds)
        }
    }
    report.add(
        "traffic: a request admitted and finished",
        microseconds(RequestFacts(.browse, family: "tv/lgx 2019", event: "tonight")), unit: "µs")
    report.add("traffic: a request refused", microseconds(RequestFacts(.telemetry)), unit: "µs", budget: 10)
    measureGlance(&report)
    measureSurge(&report)
}

/// What is done on an event loop to know the class and the live event of a GraphQL request, at its largest.
private func measureGlance(_ report: inout Report) {
    let filling = String(repeating: "title ", count: QueryGlance.bytesMax / 6)
    let text =
        #"{"variables":{"e":"tonight"},"query":"query($e: ID!) { event(id: $e) { \#(filling) stageMap { version } } }"}"#
    let body = Array(text.utf8), rounds = 100
    let times = (0..<200).map { _ in
        body.withUnsafeBytes { bytes in
            measure {
                for _ in 0..<rounds {
                    precondition(QueryGlance(bytes).event(in: bytes) == "tonight")
                }
            }.nanoseconds / 1e3 / Double(rounds)
        }
    }
    report.add("traffic: a glance at 4 KiB of GraphQL", times, unit: "µs", budget: 10)
}

/// A what-if with as many live events as it looks at, from the runs of show to the report.
private func measureSurge(_ report: inout Report) {
    let events = (0..<TrafficOutlook.showsMax).map { number in
        var event = LiveEvent.fightNight(id: EventID(rawValue: "show-\(number)"))
        event.audience.devices = 6_000_000
        return (event: event, starts: StageStarts.expected(of: RunOfShow(event: event, startedAt: evening)))
    }
    let policy = TrafficOutlook.Policy(
        rules: .standard, steering: TrafficSteering(), active: [], capacity: EdgeCapacity())
    let times = (0..<20).map { _ in
        measure {
            let outlook = TrafficOutlook(events, now: evening + 60_000)
            precondition(outlook.report(.peak(percent: 200), policy, connected: 0) != nil)
        }.nanoseconds / 1e6
    }
    report.add("traffic: what-if over \(TrafficOutlook.showsMax) live events", times, unit: "ms", budget: 100)
}
