@testable import Engine
import Foundation
import GraphQL
import TestSupport
import Testing

/// What devices of different cohorts find under a stage key.
@Suite struct StageMapTests {
    private static let schedule = """
        events:
          - id: gala
            title: Gala
            tier: low
            synopsis: One night.
            maturity: 16
            locales: {de: {title: Festabend, synopsis: Eine Nacht.}}
            stages:
              - stage: countdown
                at: in 20s
                experience: {badge: Soon, row: Tonight, position: 3, artwork: art/soon.jpg}
              - stage: live
                at: in 60s
                experience:
                  badge: LIVE
                  row: Live now
                  position: 1
                  artwork: art/live.jpg
                  placeholder: LEHV6nWB2yk8pyo0adR*.7kCMdnj
                  autoplay: true
                  locales: {de: {badge: JETZT LIVE, row: Jetzt live}, de-AT: {badge: JETZT}}
                  families: {tv: {artwork: art/wide.jpg}, "tv/lgx 2019": {autoplay: false}}
              - stage: ended
                at: on cue
        """

    private static let catalogue = """
        recommendations:
          - {row: For adults, position: 1, titles: [{id: a, title: After dark, maturity: 18}]}
          - {row: For all, position: 2, titles: [{id: b, title: Bees, locales: {de: {title: Bienen}}}]}
          - {row: At the end, position: 9, stages: [ended], titles: [{id: c, title: Closing}]}
        """

    private static func map(_ locale: String = "", _ family: String = "", maturity: Int? = nil) throws -> Value {
        let file = ScheduleFile(name: "a.yaml", bytes: Array(schedule.utf8))
        let reading = ScheduleReader.read([file], now: RoomFixture.now)
        #expect(reading.report() == [])
        let event = try #require(reading.events.first)
        let (found, problems) = RecommendationReader.read(ScheduleFile(name: "r.yaml", bytes: Array(catalogue.utf8)))
        #expect(problems.isEmpty)
        let stages = event.stages.map {
            StageSnapshot(
                key: $0.key, kind: $0.kind, mode: $0.mode, outcome: .upcoming, planned: nil, timing: "",
                waves: $0.waves, experience: $0.experience)
        }
        var snapshot = RoomFixture.snapshot()
        snapshot.events[0].title = event.title
        snapshot.events[0].stages = stages
        snapshot.events[0].metadata = event.metadata
        var lineup = Lineup()
        _ = lineup.take(snapshot)
        lineup.catalogue = try #require(found)
        let cohort = lineup.axes.cohort(locale: locale, family: family, maturity: maturity)
        return StageMap(
            of: lineup.events[0], for: cohort, catalogue: lineup.catalogue, artworkRoot: "https://images.example/"
        ).value
    }

    private static func entry(_ map: Value, _ shape: String, _ key: String) -> Value {
        map[shape]?["stages"]?.list?.first { $0["key"]?.string == key } ?? map[shape]?["fallback"] ?? .null
    }

    @Test func aStageIsShownInTheLanguageAndForTheFamilyOfTheCohort() throws {
        let plain = Self.entry(try Self.map(), "homeRow", "live")
        #expect(
            plain["badge"]?.string == "LIVE" && plain["title"]?.string == "Gala" && plain["autoplay"]?.boolean == true)
        #expect(plain["artwork"]?["url"]?.string == "https://images.example/art/live.jpg")
        #expect(
            plain["artwork"]?["blurhash"]?.string == "LEHV6nWB2yk8pyo0adR*.7kCMdnj"
                && plain["artwork"]?["color"]?.isNull == true)
        let german = Self.entry(try Self.map("fr;q=0.9, de-CH", "web"), "homeRow", "live")
        #expect(
            german["badge"]?.string == "JETZT LIVE" && german["row"]?.string == "Jetzt live"
                && german["title"]?.string == "Festabend")
        #expect(Self.entry(try Self.map("de-at"), "homeRow", "live")["badge"]?.string == "JETZT")
        let television = Self.entry(try Self.map("", "tv/lgx 2019"), "titlePage", "live")
        #expect(
            television["artwork"]?["url"]?.string == "https://images.example/art/wide.jpg"
                && television["autoplay"]?.boolean == false)
        #expect(Self.entry(try Self.map("", "tv/other 2023"), "titlePage", "live")["autoplay"]?.boolean == true)
    }

    @Test func theLiveTitleStandsInItsRowAmongWhatIsRecommended() throws {
        let rows = try #require(Self.entry(try Self.map(), "homeRow", "live")["rows"]?.list)
        #expect(rows.map { $0["row"]?.string } == ["Live now", "For adults", "For all"])
        #expect(rows[0]["titles"]?.list?.first?["isLive"]?.boolean == true)
        let german = try #require(
            Self.entry(try Self.map("de", "", maturity: 16), "homeRow", "countdown")["rows"]?.list)
        #expect(german.map { $0["row"]?.string } == ["For all", "Tonight"])
        #expect(german[0]["titles"]?.list?.first?["title"]?.string == "Bienen")
        #expect(Self.entry(try Self.map(), "player", "ended")["action"]?.string == "LEAVE")
    }

    @Test func anUnknownKeyHasADefinedFallbackAndTheYoungSeeNothingOfTheEvent() throws {
        let fallback = Self.entry(try Self.map(), "homeRow", "extra-time")
        #expect(
            fallback["key"]?.string == "*" && fallback["badge"]?.isNull == true && fallback["title"]?.string == "Gala")
        #expect(fallback["autoplay"]?.boolean == false && fallback["row"]?.string == "Tonight")
        let young = try Self.map(maturity: 12)
        #expect(young["isVisible"]?.boolean == false && young["homeRow"]?["stages"]?.list?.isEmpty == true)
        #expect(!String(decoding: young.json, as: UTF8.self).contains("Gala"))
    }

    @Test func whateverDevicesSendTheCohortsAreFew() throws {
        var axes = CohortAxes()
        axes.add(locale: "de")
        axes.add(family: "tv")
        axes.add(maturity: 16)
        var cohorts: Set<Cohort> = []
        for number in 0..<1000 {
            cohorts.insert(
                axes.cohort(locale: "x\(number), de-\(number)", family: "tv/\(number)", maturity: number % 40))
        }
        #expect(cohorts.count <= 4)
    }

    @Test func theSchemaInTheDocumentationIsFresh() throws {
        let file = repositoryRoot.appending(path: "Documentation/schema.graphql")
        let sdl = try DeviceSchema.make().sdl
        if ProcessInfo.processInfo.environment["RECORD_SNAPSHOTS"] == "1" {
            try Data(sdl.utf8).write(to: file)
            Issue.record("recorded Documentation/schema.graphql")
            return
        }
        #expect(try String(contentsOf: file, encoding: .utf8) == sdl, "run this test with RECORD_SNAPSHOTS=1")
    }

    @Test func eventsAreCappedAtAHundred() throws {
        var snapshot = RoomFixture.snapshot()
        snapshot.events = (0..<150).map { index in
            var event = snapshot.events[0]
            event.id = EventID("event-\(index)")
            return event
        }
        var lineup = Lineup()
        _ = lineup.take(snapshot)
        let request = DeviceRequest(lineup: lineup) { StageMap(of: $0, for: $1, catalogue: .init(), artworkRoot: "") }
        let schema = try DeviceSchema.make()
        for (query, count) in [
            ("{events(first:2147483647){id}}", 100), ("{events{id}}", 20),
            ("{events(first:5,after:\"event-99\"){id}}", 5),
        ] {
            let response = try schema.operation(in: try Document(parsing: query)).execute(root: request)
            #expect(try Value(json: response.json)["data"]?["events"]?.list?.count == count, "\(query)")
        }
    }
}
