@testable import Engine
import Foundation

/// What a hundred million modelled devices cost, on a virtual clock and one thread: each kind of broadcast, from the
/// message at every node to its last report two minutes later, and the memory all of it takes.
func measureAudience(_ report: inout Report) {
    let devices = 100_000_000
    var audience = BenchedAudience(devices: devices)
    func add(_ name: String, _ nanoseconds: Double, budget: Double? = nil) {
        report.add("audience: \(name)", nanoseconds / Double(devices), unit: "ns a device", budget: budget)
    }
    add("laid out", audience.layOut())
    add("first broadcast", audience.broadcast())
    add("  of that, following it for two minutes", audience.following)
    audience.pass(300_000)
    add("later broadcast", audience.broadcast())
    audience.pass(300_000)
    add("8 waves", audience.broadcast(waves: WavePlan(count: 8, interval: 2000)))
    audience.pass(20_000)
    add("another within half a minute", audience.broadcast())
    audience.pass(300_000)
    _ = audience.broadcast(lasting: 12_000)
    add(
        "who is behind, 12 s after", audience.say(lasting: 0) { topic, _ in .lagWanted(LagQuery(topic: topic)) },
        budget: 10)
    audience.pass(300_000)
    _ = audience.broadcast(lasting: 500)
    add("another 0.5 s after", audience.broadcast())
    add("  of that, following both for two minutes", audience.following)
    audience.pass(300_000)
    _ = audience.broadcast(waves: WavePlan(count: 8, interval: 2000), lasting: 5000)
    add("abort of 8 waves", audience.say { .abort($0, sequence: $1) })
    audience.pass(300_000)
    add("after an abort", audience.broadcast())
    audience.pass(300_000)
    let canary = CanaryPlan(devices: 50_000, check: 800).forAudience(of: devices)
    var held = audience.broadcast(waves: WavePlan(count: 1, interval: 0, canary: canary), lasting: 800)
    held += audience.say { .order($0, sequence: $1, WaveOrder(revision: 1, isHeld: false)) }
    add("canary and promotion", held)
    report.add("audience: memory at most", peakMegabytes(), unit: "MB", budget: 400)
}

private struct BenchedAudience {
    private let topic: Topic = "event/fight-night"
    private let devices: Int
    private let start = WallTime(milliseconds: 1_795_219_200_000)
    private var time: Milliseconds = 0
    private var nodes: [ModelledNode] = []
    private var sequence: Int64 = 0
    /// Of the last cost: what the ticks and reports took.
    private(set) var following = 0.0

    init(devices: Int) { self.devices = devices }

    private var now: Moment { Moment(instant: .start + .milliseconds(time), wall: start + time) }

    mutating func layOut() -> Double {
        let profile = AudienceProfile(devices: devices)
        return processorTime {
            var layout = AudienceLayout(seed: 12)
            for share in layout.place(topic, devices: devices) {
                let (description, pace) = layout.nodes[share.node]
                var node = ModelledNode(description: description, seed: 12, pace: pace)
                _ = node.follow(topic, profile: profile, devices: share.devices, now: now)
                _ = node.receive(.topicLog(topic, [], oldest: 1), now: now)
                nodes.append(node)
            }
        }
    }

    /// One broadcast with all that is heard of it in the `lasting` ms after it.
    mutating func broadcast(waves: WavePlan = .single, lasting: Milliseconds = 120_000) -> Double {
        sequence += 1
        let publication = Publication(
            broadcast: BroadcastID(sequence), topic: topic, stage: "live",
            position: BroadcastPosition(sequence: sequence, timestamp: now.wall), waves: waves)
        return say(lasting: lasting) { _, _ in .publish(publication) }
    }

    /// One message to every node with all that is heard of it in the `lasting` ms after it.
    mutating func say(lasting: Milliseconds = 120_000, _ message: (Topic, Int64) -> RouterMessage) -> Double {
        let message = message(topic, sequence)
        var cost = processorTime { for index in nodes.indices { _ = nodes[index].receive(message, now: now) } }
        var acked = [Int](repeating: 0, count: nodes.count)
        let began = cost
        for _ in 0..<(lasting / 250) {
            time += 250
            cost += processorTime {
                for index in nodes.indices {
                    for case .report(let report) in nodes[index].tick(now: now) {
                        acked[index] = report.broadcasts.last?.ledger.acked ?? 0
                    }
                }
            }
        }
        if lasting >= 120_000, case .publish = message {
            let everyone = acked.reduce(0, +)
            precondition(everyone > devices * 9 / 10, "only \(everyone) devices acked")
        }
        following = cost - began
        return cost
    }

    mutating func pass(_ milliseconds: Milliseconds) { time += milliseconds }
}

/// Nanoseconds of processor time, so that whoever else wants the cores does not count.
private func processorTime(_ body: () -> Void) -> Double {
    let start = clock()
    body()
    return Double(clock() - start) * (1e9 / Double(CLOCKS_PER_SEC))
}

/// The most memory this process has had, from the kernel.
private func peakMegabytes() -> Double {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    let kilobytes = line?.split(separator: " ").compactMap { Double($0) }.first ?? 0
    return kilobytes / 1024
}
