@testable import Engine
import Foundation
import TestSupport
import Testing

@Suite struct HTTPPagesTests {
    private func endpoints(_ snapshot: EngineSnapshot?, now: WallTime = RoomFixture.now) -> HTTPEndpoints {
        HTTPEndpoints(
            snapshots: RoomFixture.box(snapshot), time: ManualTime(wall: now), tokens: nil, version: "1.2",
            handle: { _, _ in .refused("not asked here") })
    }

    @Test func readinessNeedsAFreshSnapshotAndAJournal() async {
        let get = HTTPQuestion("GET", "/readyz")
        #expect(await endpoints(RoomFixture.snapshot()).answer(get).status == 200)
        #expect(await endpoints(nil).answer(get).status == 503)
        let old = await endpoints(RoomFixture.snapshot(), now: RoomFixture.now + 5001).answer(get)
        #expect(old.status == 503)
        #expect(old.body.contains("5 s old"))
        var full = RoomFixture.snapshot()
        full.alerts = [
            Alert(id: .journal, severity: .critical, since: RoomFixture.now, event: nil, text: "disk full, free some")
        ]
        let broken = await endpoints(full).answer(get)
        #expect(broken.status == 503)
        #expect(broken.body.contains("disk full"))
        #expect(await endpoints(nil).answer(HTTPQuestion("GET", "/healthz")).status == 200)
    }

    @Test func metricsArePrometheusText() async throws {
        var snapshot = RoomFixture.snapshot()
        snapshot.nodes[0].description.region = "eu\"we\\st\n\u{1B}[2J"
        let page = await endpoints(snapshot).answer(HTTPQuestion("GET", "/metrics"))
        let samples = try PrometheusText(page.body).samples
        #expect(page["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8")
        #expect(samples["control_room_build_info{version=1.2}"] == 1)
        #expect(samples["control_room_event_countdown_seconds{event=fight-night}"] == 30)
        #expect(samples["control_room_broadcast_devices{event=fight-night,kind=real,line=acked}"] == 3)
        #expect(samples["control_room_event_broadcasts_total{event=fight-night}"] == 2)
        #expect(samples["control_room_node_connections{node=edge-1,kind=real,region=eu\"we\\st\n\u{FFFD}[2J}"] == 3)
        #expect(
            try PrometheusText(await endpoints(nil).answer(HTTPQuestion("GET", "/metrics")).body).samples[
                "control_room_up"] == 0)
    }

    @Test func metricsAreBounded() async throws {
        var snapshot = RoomFixture.snapshot()
        snapshot.events = (0..<300).map { index in
            var event = snapshot.events[0]
            event.id = EventID("event-\(index)")
            return event
        }
        let samples = try PrometheusText(await endpoints(snapshot).answer(HTTPQuestion("GET", "/metrics")).body).samples
        #expect(samples["control_room_series_omitted{of=events}"] == 50)
        #expect(samples.keys.count { $0.hasPrefix("control_room_event_held{") } == 250)
    }

    @Test func thePageHoldsNothingOfTheScheduleAndFetchesItAhead() async throws {
        let title = "</script><script>alert(1)</script><!-- & \u{2028} NONCE \"ROOM\" 決勝 🥊"
        let page = await endpoints(RoomFixture.snapshot(title: title)).answer(
            HTTPQuestion("GET", "/", host: "room.example:8080"))
        #expect(page.status == 200)
        #expect(!page.body.contains("alert(1)") && !page.body.contains("fight-night"))
        #expect(page.body.contains(#""edge":"ws://room.example:8081""#) && page.body.contains("\"/graphql\""))
    }

    @Test func pageRunsOnlyItsOwnScript() async throws {
        let page = await endpoints(RoomFixture.snapshot()).answer(HTTPQuestion("GET", "/", host: "[::1]:8080"))
        let policy = try #require(page["Content-Security-Policy"])
        #expect(policy.contains("default-src 'none'"))
        #expect(policy.contains("connect-src 'self' ws://[::1]:8081 wss://[::1]:8081"))
        let nonce = try #require(policy.split(separator: "script-src 'nonce-").last?.split(separator: "'").first)
        #expect(page.body.contains("<script nonce=\"\(nonce)\">"))
        #expect(!page.body.contains("NONCE"))
        // The page asks nobody else for anything.
        #expect(!page.body.contains("http://") && !page.body.contains("https://"))
    }

    @Test(arguments: [nil, "", "a b", "x\">", "evil;", "[::1", "[zz]", "host:99999", "host:80:80", ":80"] as [String?])
    func strangeHostsAreRefused(host: String?) async {
        #expect(await endpoints(RoomFixture.snapshot()).answer(HTTPQuestion("GET", "/", host: host)).status == 400)
    }
}

/// A strict reader of the Prometheus text format 0.0.4, for tests: every sample's family must have been announced by
/// one HELP and one TYPE line right before its samples, names and labels must be well formed, no sample stands twice.
struct PrometheusText {
    struct Malformed: Error { var line: String }
    /// By `name{label=value,…}` with the values unescaped.
    private(set) var samples: [String: Double] = [:]

    init(_ text: String) throws {
        guard text.hasSuffix("\n") else { throw Malformed(line: "no end of line at the end") }
        var helped: Set<Substring> = [], current: Substring?
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
            let words = line.split(separator: " ", maxSplits: 3)
            if line.hasPrefix("# HELP ") {
                guard words.count == 4, helped.insert(words[2]).inserted else { throw Malformed(line: String(line)) }
                current = nil
            } else if line.hasPrefix("# TYPE ") {
                guard words.count == 4, helped.contains(words[2]), ["counter", "gauge"].contains(words[3]),
                    words[3] != "counter" || words[2].hasSuffix("_total")
                else { throw Malformed(line: String(line)) }
                current = words[2]
            } else {
                try sample(line, of: current)
            }
        }
    }

    private mutating func sample(_ line: Substring, of family: Substring?) throws {
        let malformed = Malformed(line: String(line))
        var rest = line
        let name = rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == ":") }
        guard name == family, name.first?.isNumber == false else { throw malformed }
        rest = rest.dropFirst(name.count)
        var labels: [String] = []
        if rest.first == "{" {
            repeat {
                rest.removeFirst()
                let label = rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
                rest = rest.dropFirst(label.count)
                guard !label.isEmpty, rest.hasPrefix("=\"") else { throw malformed }
                rest = rest.dropFirst(2)
                var value = ""
                while let character = rest.popFirst(), character != "\"" {
                    if character != "\\" { value.append(character); continue }
                    switch rest.popFirst() {
                    case "\\": value += "\\"
                    case "\"": value += "\""
                    case "n": value += "\n"
                    default: throw malformed
                    }
                }
                labels.append("\(label)=\(value)")
            } while rest.first == ","
            guard rest.popFirst() == "}" else { throw malformed }
        }
        guard rest.first == " ", let value = Double(rest.dropFirst()) else { throw malformed }
        let key = name + (labels.isEmpty ? "" : "{\(labels.joined(separator: ","))}")
        guard samples.updateValue(value, forKey: String(key)) == nil else { throw malformed }
    }
}
