@testable import Engine
import HTTPTypes
import Synchronization
import TestSupport
import Testing

@Suite struct TelemetryEndpointTests {
    private final class Lines: TelemetryLog {
        private let lines = Mutex<[String]>([])
        var all: [String] { lines.withLock { $0 } }
        let droppedCount = 0
        func write(_ line: ArraySlice<UInt8>) { lines.withLock { $0.append(String(decoding: line, as: UTF8.self)) } }
    }

    private let lines = Lines()
    private let time = ManualTime(wall: RoomFixture.now)

    private func gate(budget: Int = 1_000_000, sampling: Bool = false) -> TrafficGate {
        var rules = TrafficRules()
        rules.limits.logBytesPerSecond = budget
        let gate = TrafficGate(rules: rules, seed: 1, time: time)
        var steering = TrafficSteering()
        if sampling { steering.levers = [LeverHold(lever: .sampleLogs, by: "kris", until: RoomFixture.now + 600_000)] }
        gate.steer(steering)
        return gate
    }

    private func post(_ text: String, to gate: TrafficGate?, type: String = "application/x-ndjson") -> HTTPAnswer {
        TelemetryEndpoint(gate: gate, log: lines).answer(
            HTTPQuestion("POST", "/v1/telemetry", headers: [.contentType: type], body: Array(text.utf8)))
    }

    @Test func linesAreWrittenAndCounted() {
        let answer = post("{\"level\":\"info\",\"n\":1}\r\n\n  {\"n\":2}\n", to: gate())
        #expect(answer.status == 202 && answer.body == "{\"dropped\":0,\"kept\":2}\n")
        #expect(lines.all == ["{\"level\":\"info\",\"n\":1}\r", "  {\"n\":2}"])
    }

    @Test func errorsAreNeverDropped() {
        let calm = "{\"level\":\"info\"}\n", error = "{\"level\": \"error\"}\n"
        #expect(
            post(String(repeating: calm, count: 10) + error, to: gate(budget: 0)).body
                == "{\"dropped\":10,\"kept\":1}\n")
        #expect(
            post(String(repeating: calm, count: 200) + error, to: gate(sampling: true)).body
                == "{\"dropped\":198,\"kept\":3}\n")
    }

    @Test(arguments: [
        ("nothing", 422), ("[1]", 422), ("{\"a\":1}\n{", 422), ("{\"a\":\"\u{1}\"}", 422),
        ("{" + String(repeating: " ", count: 9000) + "}", 422),
    ])
    func whatIsNoLineOfJSONIsRefusedWithItsNumber(text: String, status: Int) {
        let answer = post(text, to: nil)
        #expect(answer.status == status && answer.body.contains("Line "))
        #expect(lines.all.isEmpty)
        #expect(post("{}", to: nil, type: "text/plain").status == 415)
    }
}
