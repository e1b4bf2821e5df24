import Engine
import TestSupport
import Testing

@Suite struct HandoverTests {
    @Test func twoPeopleSignAndNeitherTwice() {
        var desk = Desk([])
        let kris = Desk.kris, ana = Desk.ana
        let give = EngineCommand.perform(.signHandover("alerts that stand: 2"))
        guard case .done(let first?, _) = desk.give(give, as: kris) else { Issue.record("kris could not sign"); return }
        #expect(desk.snapshot().handover?.by == "kris")
        guard case .refused(let sentence) = desk.give(give, as: kris) else { Issue.record("kris signed twice"); return }
        #expect(sentence.contains("another person's"))
        guard case .refused = desk.give(give, as: .signal("truck")) else { Issue.record("a signal signed"); return }
        guard case .done(let second?, _) = desk.give(give, as: ana) else { Issue.record("ana could not sign"); return }
        #expect(second > first && desk.snapshot().handover == nil)
        guard case .refused = desk.give(.perform(.signHandover("  ")), as: kris) else {
            Issue.record("an empty list was signed"); return
        }
    }
}
