@testable import Engine

/// What the gate before every HTTP request costs: a decision with its lock and clock, admitted or refused. The answer that
/// a refused client gets is not in it; what a refusal costs with its socket, `Scripts/traffic.sh` measures.
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
    report.add("traffic: a request admitted and finished", microseconds(RequestFacts(.browse, family: "tv/lgx 2019", event: "tonight")), unit: "µs")
    report.add("traffic: a request refused", microseconds(RequestFacts(.telemetry)), unit: "µs", budget: 10)
}
