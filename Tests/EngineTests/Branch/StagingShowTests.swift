@testable import Engine
import TestSupport
import Testing

/// What is sent once more to a staging fleet can not be taken for the live event.
@Suite struct StagingShowTests {
    /// countdown, live, and after a mistake countdown once more, then live again and the end, which skips nothing.
    private static func script() -> ShowScript {
        let event = LiveEvent(
            id: "cup", title: "Cup", code: "CUPFINAL", tier: .bigBet,
            stages: [
                StageDefinition(key: "countdown", kind: .countdown, mode: .auto, time: .at(evening)),
                StageDefinition(
                    key: "live", kind: .live, mode: .auto, time: .at(evening + 60_000), gates: [.vote("ingest")]),
                StageDefinition(key: "break", kind: .intermission, mode: .manual, time: .onCue),
                StageDefinition(key: "ended", kind: .ended, mode: .manual, time: .onCue),
            ], audience: AudienceProfile(devices: 9_000_000))
        let sent: [(StageKey, Milliseconds)] = [
            ("countdown", 0), ("live", 60_000), ("countdown", 90_000), ("live", 120_000), ("ended", 600_000),
        ]
        let records = sent.enumerated().map { index, sent in
            BroadcastRecord(
                publication: Publication(
                    broadcast: BroadcastID(Int64(index + 1)), topic: event.topic, stage: sent.0,
                    position: BroadcastPosition(sequence: Int64(index + 1), timestamp: evening + sent.1), waves: .single
                ),
                event: event.id, eventTitle: event.title, tier: event.tier, actor: .engine)
        }
        var showing = Showing(
            event: event.id, title: event.title, tier: event.tier, first: BroadcastID(1), from: evening)
        showing.last = BroadcastID(5)
        showing.until = evening + 600_000
        return ShowScript(
            showing: showing, event: event, beginsAt: evening - 600_000, isOver: true,
            deeds: [
                .init(at: evening + 65_000, by: .engine, act: .abort),
                .init(at: evening + 70_000, by: .engine, act: .hold),
            ],
            broadcasts: records, notes: [])
    }

    @Test func itHasAnEventAndATopicOfItsOwn() {
        let show = StagingShow(Self.script(), speed: 1, devices: 0)
        #expect(show.event.id == "staging-cup" && show.event.topic == "event/staging-cup")
        #expect(show.event.title == "STAGING Cup" && show.event.code == "STGCUPFI")
        #expect(show.event.tier == .low && show.event.audience.devices == 0)
        #expect(show.event.stages.allSatisfy { $0.mode == .manual && $0.time == .onCue && $0.gates.isEmpty })
        for cue in show.cues {
            #expect(show.intent(of: cue.act, newest: BroadcastID(1))?.event == "staging-cup")
        }
    }

    @Test func whatWentOutGoesOutInItsOrderAtItsTimesOverTheSpeed() {
        let show = StagingShow(Self.script(), speed: 60, devices: 0)
        #expect(
            show.cues.map(\.act) == [
                .take("countdown"), .take("live"), .abort, .recycle("countdown"), .take("live"), .trigger("ended"),
            ])
        #expect(show.cues.map(\.after) == [0, 1000, 1083, 1500, 2000, 10_000])
    }

    @Test func aStagingShowingStaysOne() {
        var script = Self.script()
        script.event = StagingShow(script, speed: 1, devices: 0).event
        #expect(StagingShow(script, speed: 1, devices: 0).event.id == "staging-cup")
    }

    @Test func onlyARehearsalOrAnEdgeOfItsOwnCanBeTheTarget() {
        #expect(RedriveTarget("rehearsal") == .rehearsal)
        #expect(RedriveTarget("ws://127.0.0.1:23081") == .staging(host: "127.0.0.1", port: 23_081))
        #expect(RedriveTarget("ws://127.0.0.1:23081/v1/live") == .staging(host: "127.0.0.1", port: 23_081))
        for text in [
            "event/cup", "ws://127.0.0.1:8081/event/cup", "live", "http://127.0.0.1:8080", "wss://edge.example:443",
            "127.0.0.1:8081", "",
            "ws://127.0.0.1", "ws://:8081", "ws://h:99999",
        ] {
            #expect(RedriveTarget(text) == nil, "\(text)")
            #expect(RedriveTarget.refusal(text).contains("rehearsal"))
        }
        #expect(RedriveTarget.refusal("event/cup").contains("event/staging-"))
    }
}
