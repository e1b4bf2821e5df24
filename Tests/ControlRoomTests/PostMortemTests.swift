import Engine
import Foundation
import TestSupport
import Testing

@testable import ControlRoom

@Suite struct PostMortemTests {
    private func postMortem(_ snapshot: EngineSnapshot, entries: [JournalEntry] = AuditFixture.alarming.reversed())
        -> PostMortem
    {
        let showing = ReplayTests.timeline().showing
        return PostMortem(showing: showing, records: snapshot.broadcasts.map(\.record).reversed(), entries: entries)
    }

    @Test func everyKnownDeviceStandsInExactlyOneCause() {
        for snapshot in [EngineSnapshot.calm, .bigBet, .overflowing] {
            for record in snapshot.broadcasts.map(\.record) { #expect(PostMortem.addsUp(record.figures)) }
        }
        var refused = EngineSnapshot.bigBet.broadcasts[0].record
        refused.figures.modelled.acked -= 5
        refused.figures.modelled.unknownStage += 5
        #expect(PostMortem.addsUp(refused.figures))
        #expect(
            PostMortem(showing: ReplayTests.timeline().showing, records: [refused], entries: []).page.markdown.contains(
                "unknown stage"))
        var broken = EngineSnapshot.bigBet.broadcasts[0].record.figures
        broken.modelled.waiting += 1
        #expect(!PostMortem.addsUp(broken))
        var record = EngineSnapshot.bigBet.broadcasts[0].record
        record.figures = broken
        let page = PostMortem(showing: ReplayTests.timeline().showing, records: [record], entries: []).page
        #expect(page.markdown.contains("DOES NOT ADD UP"))
    }

    @Test func aStampThatOnlyCountsOnSaysNothingOfThePlan() {
        var first = EngineSnapshot.bigBet.broadcasts[0].record, second = first
        first.publication.broadcast = BroadcastID(1)
        second.publication.broadcast = BroadcastID(2)
        second.publication.position = BroadcastPosition(
            sequence: 9, timestamp: first.publication.position.timestamp + 1)
        let step = JournalEntry(number: 1, at: Tonight.at(20, 0), kind: .clockStepped, actor: .engine)
        let page = { entries in
            PostMortem(showing: ReplayTests.timeline().showing, records: [first, second], entries: entries).page
                .markdown
        }
        // Once in place of the second broadcast's delay, once as what happened.
        #expect(page([step]).components(separatedBy: "| clock stepped |").count == 3)
        #expect(!page([]).contains("clock stepped"))
    }

    @Test func whatPeopleTypedCannotBreakOutOfThePage() {
        let entry = JournalEntry(
            number: 1, at: Tonight.at(20, 0), kind: .noted, actor: .signal("<b>truck"),
            after: "</td><script>alert(1)</script>|# [x](y)", why: "a\nb & \"c\"")
        let page = postMortem(.calm, entries: [entry]).page
        #expect(!page.html.contains("<script>") && page.html.contains("&lt;script&gt;"))
        #expect(page.html.contains("a\nb &amp; &quot;c&quot;"))
        #expect(page.markdown.contains("\\|\\# \\[x\\](y)") && !page.markdown.contains("a\nb"))
    }

    @Test func thePageNeedsNothingElse() {
        let html = postMortem(.bigBet).page.html
        for word in ["src=", "href=", "http://", "https://", "@import", "url("] { #expect(!html.contains(word)) }
        #expect(html.contains("Who did what, when and why") && html.contains("Reasons are missing for the entries 57"))
    }

    // MARK: Audit

    @Test func csvAndJSONSayTheSame() {
        let entry = JournalEntry(
            number: 12, at: Tonight.at(20, 0), kind: .rescheduled, event: "tonight", actor: .person(AuditFixture.kris),
            before: "a, b",
            after: "say \"now\"", why: "two\r\nlines", broadcast: BroadcastID(4))
        #expect(AuditExport.text([entry], path: "x.csv") == """
            number,at,kind,event,who,before,after,why,broadcast\r
            12,2026-11-21T20:00:00.000Z,rescheduled,tonight,kris (SCO @ pts/3@toc-1:4711),"a, b","say ""now""\","two\r
            lines",4\r

            """)
        #expect(AuditExport.text([entry], path: "x.JSON").contains("\"why\" : \"two\\r\\nlines\""))
    }

    @Test func eExportsWhatIsShownAndNothingElse() {
        let engine = ScriptedEngine()
        engine.change { $0.snapshot.journal = AuditFixture.alarming }
        let kris = OperatorAtDesk(engine)
        kris.press("9/truck").press(.enter).press("e")
        guard
            case .write(let path, let text)? = kris.effects.last(where: { if case .write = $0 { true } else { false } })
        else { Issue.record("nothing written"); return }
        #expect(path.hasPrefix("audit-") && path.hasSuffix("Z.csv"))
        #expect(text.split(separator: "\r\n").count == 2 && text.contains("truck-1"))
        kris.press(":export audit /tmp/x.json").press(.enter)
        guard
            case .write("/tmp/x.json", let json)? = kris.effects.last(where: {
                if case .write = $0 { true } else { false }
            })
        else { Issue.record("nothing written"); return }
        #expect(json.hasPrefix("["))
    }

    @Test func aReasonGivenLaterPaysTheDebt() {
        let engine = ScriptedEngine()
        engine.change { $0.snapshot.journal = AuditFixture.alarming }
        let kris = OperatorAtDesk(engine)
        kris.press("9").sees("1 without a reason")
        kris.press("/57").press(.enter).press("i").sees("reason for entry 57").press("director's word").press(.enter)
        #expect(kris.performed.last == .perform(.explain(57, "director's word"), why: nil))
        engine.change {
            $0.snapshot.journal.insert(
                JournalEntry(
                    number: 62, at: Tonight.at(20, 56), kind: .explained, actor: .person(AuditFixture.kris),
                    before: "entry 57", why: "director's word"), at: 0)
        }
        kris.press("/").press(.escape).pull().sees("no reason missing")
    }
}

/// The handover list writes itself from the room; two people sign it.
@Suite struct HandoverTests {
    @Test func itListsWhatTheNextShiftMustKnow() {
        let lines = HandoverSheet.lines(
            HandoverSheet.sections(.alarming, entries: AuditState.explained(AuditFixture.alarming)), .alarming
        ).map(\.text)
        let text = lines.joined(separator: "\n")
        for part in [
            "Alerts that stand (5)", "BRAWL HOLD since", "Plans changed in this shift (1)", "56 20:52:02Z PLAN applied",
            "Reasons missing (1)", "57 20:53:40Z HOLD",
        ] {
            #expect(text.contains(part), "\(part) is missing in\n\(text)")
        }
    }

    @Test func whatWasHandedOverBeforeIsNotListedAgain() {
        let signed = JournalEntry(
            number: 60, at: Tonight.at(20, 55), kind: .handoverSigned, actor: .person(AuditFixture.ana),
            before: "2 of 2, after kris", after: "x")
        let entries = [AuditFixture.alarming[0], signed] + AuditFixture.alarming.dropFirst(2)
        let sections = HandoverSheet.sections(.calm, entries: entries)
        #expect(sections[2].lines.isEmpty && sections[3].lines.isEmpty)
    }

    @Test func ySignsAndTheHeaderSaysWhoIsMissing() {
        let kris = OperatorAtDesk()
        kris.press(":handover").press(.enter).sees("Nobody has signed").wait(.milliseconds(300)).press("y")
        guard case .perform(.signHandover(let text), _)? = kris.performed.last else {
            Issue.record("nothing signed"); return
        }
        #expect(text.contains("reasons missing: 0"))
        kris.engine.change { $0.snapshot.handover = Handover(by: "kris", since: ScriptedEngine.start) }
        kris.pull().sees("HANDOVER 1/2 by kris")
    }

    @Test(arguments: [80, 120]) func drawnAsApproved(_ width: Int) {
        let engine = ScriptedEngine()
        engine.change {
            $0.snapshot.journal = AuditFixture.alarming
            $0.snapshot.alerts = EngineSnapshot.alarming.alerts
        }
        let kris = OperatorAtDesk(engine, size: Size(width: width, height: width == 80 ? 24 : 36))
        kris.press(":handover").press(.enter)
        let canvas = render(kris.state)
        assertSnapshot(text: canvas.text, styles: canvas.styles, named: "handover-\(width)x\(width == 80 ? 24 : 36)")
    }
}
