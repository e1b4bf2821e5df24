import Engine
import Testing

@testable import ControlRoom

/// Random keys and sizes: nothing is applied that was not painted, nothing off plan goes out, nothing crashes.
struct MonkeyTests {
    @Test(arguments: Screen.allCases)
    func tenThousandRandomKeysApplyNothingUnseen(_ screen: Screen) {
        var random = SeededGenerator(seed: UInt64(screen.rawValue))
        let keys: [Key] = "hjkl gG[]/nN:?sSzf tHpTR!vraAuiyqPD+-0123456789eFNx".map { .character($0) } + [
            .enter, .escape, .tab, .backTab, .backspace, .up, .down, .left, .right, .pageUp, .pageDown, .home, .end,
            .control("c"), .control("d"), .control("u"), .control("l"), .function(1), .function(8), .function(12),
        ]
        var monkey = OperatorAtDesk(ScriptedEngine(), size: Size(width: 80, height: 24))
        monkey.press(.character(Character(String(screen.rawValue))))
        var painted: Set<PlanID> = []
        for step in 0..<10_000 {
            if monkey.state.exit != nil {
                monkey = OperatorAtDesk(ScriptedEngine(), size: Size(width: 80, height: 24)); painted = []
            }
            let before = monkey.applied.count
            monkey.press(keys.randomElement(using: &random)!, paints: false)
            if monkey.applied.count > before, case .apply(let plan, _, _) = monkey.applied.last {
                #expect(painted.contains(plan), "step \(step): plan \(plan) was applied before it was painted")
            }
            if Bool.random(using: &random) {
                monkey.paint()
                if step % 50 == 0 { _ = monkey.screen }
                if case .plan(let dialog) = monkey.state.overlay, let plan = dialog.plan { painted.insert(plan.id) }
            }
            monkey.wait(.milliseconds(Int64.random(in: 0...400, using: &random)))
            // The scripted desk keeps every command and pending plan; a long run would only measure that.
            if step % 500 == 499 {
                monkey = OperatorAtDesk(ScriptedEngine(), size: Size(width: 80, height: 24))
                painted = []
            }
        }
        let offPlan = monkey.applied.contains { if case .apply(_, .code, _) = $0 { true } else { false } }
        #expect(!offPlan)
    }

    @Test func everySizeCanBeDrawnWithEverythingOnTop() {
        var random = SeededGenerator(seed: 7)
        let openers: [[Key]] = [
            [], [.character("?")], [.character("t")], [.character("p")], [.character(":")], [.character("v")],
            [.character("T"), .enter],
        ]
        for _ in 0..<300 {
            let size = Size(
                width: Int.random(in: 1...200, using: &random), height: Int.random(in: 1...60, using: &random))
            let kris = OperatorAtDesk(size: size)
            kris.press(.character("123 89".randomElement(using: &random)!))
            for key in openers.randomElement(using: &random)! { kris.press(key) }
            let canvas = render(kris.state)
            #expect(canvas.cells.count == size.width * size.height)
        }
    }
}
