import Engine
import Testing
@testable import ControlRoom

@Suite struct ValidateTests {
    private let now = WallTime(milliseconds: 1_795_262_400_000)

    private func lines(_ text: String) -> [String] {
        let files = [ScheduleFile(name: "a.yaml", bytes: Array(text.utf8))]
        return Validate.lines(files, ScheduleReader.read(files, now: now))
    }

    @Test func aGoodFileIsOneLineAndItsNotes() {
        let lines = lines("""
            events:
              - id: gala
                title: Gala
                tier: low
                stages:
                  - {stage: live, at: in 5s}
                  - {stage: ending, at: live + 1h, mode: auto}
                  - {stage: ended, at: ending + 5s}
            """)
        #expect(lines == [
            "a.yaml: 1 event, 3 stages, 1 note",
            "a.yaml:7:46: note: ending is AUTO: it fires by itself, live + 1 h",
        ])
    }

    @Test func aBrokenFileIsItsProblemsAndNothingElse() {
        #expect(lines("events: 7") == ["a.yaml:1:9: events is not a list: begin each of its entries with '- '"])
    }

    @Test func aFileThatCannotBeReadIsAnInputOutputError() throws {
        let absent = Validate.reading(files: ["/absent/tonight.yaml"], now: now)
        #expect(absent.exitCode == 74)
        #expect(absent.unreadable.map(\.description) == [
            "/absent/tonight.yaml: cannot be read: No such file or directory: name a YAML file of live events"
        ])
    }
}
