import Engine
import Foundation
import Testing

import TestSupport
@testable import ControlRoom

struct KeyMapTests {
    @Test func noKeyHasTwoMeaningsOnAScreen() {
        for screen in Screen.allCases {
            var seen: [Key: String] = [:]
            for binding in KeyMap.bindings where binding.holds(on: screen) {
                for key in binding.keys {
                    #expect(seen[key] == nil, "\(key.name) is \(seen[key] ?? "") and \(binding.title)")
                    seen[key] = binding.title
                }
            }
        }
    }

    @Test func whatMustAlwaysWorkIsBound() {
        for screen in Screen.allCases {
            #expect(KeyMap.binding(for: .character("q"), on: screen)?.action == .quit)
            #expect(KeyMap.binding(for: .character("H"), on: screen)?.action == .hold)
            #expect(KeyMap.binding(for: .function(8), on: screen)?.action == .hold)
            for (key, motion) in [("h", Motion.left), ("j", .down), ("k", .up), ("l", .right)] {
                #expect(KeyMap.binding(for: .character(Character(key)), on: screen)?.action == .move(motion))
            }
        }
    }

    @Test func noCtrlChordIsTheOnlyWay() {
        for binding in KeyMap.bindings
        where binding.action.steers || binding.action == .quit || binding.action == .palette {
            #expect(binding.keys.contains { if case .control = $0 { false } else { true } }, "\(binding.title)")
        }
    }

    @Test func theConfirmingKeyStartsNothing() {
        #expect(Screen.allCases.allSatisfy { KeyMap.binding(for: .character("y"), on: $0) == nil })
    }

    @Test func destructiveKeysAreNotEnterSpaceOrBackspace() {
        let harmless: [Key] = [.enter, .character(" "), .backspace, .delete, .tab]
        for binding in KeyMap.bindings where !binding.guards.isEmpty {
            #expect(binding.keys.allSatisfy { !harmless.contains($0) })
        }
    }

    @Test func everyActionIsInThePaletteByOneWord() {
        let words = KeyMap.bindings.map(\.command)
        #expect(Set(words).count == words.count)
        let state = OperatorAtDesk().state
        for binding in KeyMap.bindings {
            #expect(
                PaletteCommand.parse(binding.command, in: state) == .success(.action(binding.action)),
                "\(binding.command)")
        }
    }

    @Test func thePageIsFresh() throws {
        let file = repositoryRoot.appending(path: "Documentation/Keybindings.md")
        if ProcessInfo.processInfo.environment["RECORD_SNAPSHOTS"] == "1" {
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(KeyMapPage.text.utf8).write(to: file)
            Issue.record("wrote \(file.path)")
        }
        let kept = try String(contentsOf: file, encoding: .utf8)
        #expect(kept == KeyMapPage.text, "run this test with RECORD_SNAPSHOTS=1")
    }

    @Test(arguments: [
        ("+30s", Move.by(30_000)), ("-1m", .by(-60_000)), ("+1h30m", .by(5_400_000)), ("45", .by(45_000)),
        ("45s", .by(45_000)),
        ("T+2m", .by(120_000)), (" 90 s ", .by(90_000)),
    ])
    func lengthsAreRead(_ text: String, _ move: Move) {
        #expect(MoveParser.parse(text, now: ScriptedEngine.start) == .success(move))
    }

    @Test func timesOfDayAreTheNearest() {
        let now = WallTime(milliseconds: 23 * 3_600_000 + 50 * 60_000)
        #expect(
            MoveParser.parse("23:55", now: now) == .success(.to(WallTime(milliseconds: 23 * 3_600_000 + 55 * 60_000))))
        #expect(MoveParser.parse("00:05:30Z", now: now) == .success(.to(WallTime(milliseconds: 86_400_000 + 330_000))))
        #expect(MoveParser.parse("20:00", now: now) == .success(.to(WallTime(milliseconds: 20 * 3_600_000))))
    }

    @Test(arguments: [
        "", "+", "soon", "25:00", "1:2:3:4", "12:60", "+0s", "99999999s", "30x", "1h30", "-", "+2d", "９m", ":",
        "2000m2000m",
    ])
    func nonsenseIsRefusedInASentence(_ text: String) {
        guard case .failure(let failure) = MoveParser.parse(text, now: ScriptedEngine.start) else {
            Issue.record("‘\(text)’ was read as a time")
            return
        }
        #expect(failure.sentence.contains("‘\(text)’"))
    }
}
