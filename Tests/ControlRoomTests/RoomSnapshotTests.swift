import Engine
import TestSupport
import Testing

@testable import ControlRoom

/// The frame around the screens and what lies on top of them, as approved.
struct RoomSnapshotTests {
    @Test(arguments: [120, 80])
    func plansHelpAndPalette(_ width: Int) {
        let size = Size(width: width, height: width == 80 ? 24 : 36), name = "\(width)x\(size.height)"
        draw("room-plan-take-\(name)", size, "t")
        draw("room-plan-reschedule-\(name)", size, "p+")
        draw("room-plan-code-\(name)", size, "RFN12", after: [.enter])
        draw("room-help-\(name)", size, "?")
        draw("room-palette-\(name)", size, ":re")
        draw("room-vote-\(name)", size, "v")
    }

    @Test func littleRoomAndOldData() {
        draw("room-60x12", Size(width: 60, height: 12), "")
        draw("room-20x5", Size(width: 20, height: 5), "")
        draw("room-plan-20x5", Size(width: 20, height: 5), "t")
        draw("room-rail-200x50", Size(width: 200, height: 50), "")
        let stale = OperatorAtDesk(size: Size(width: 80, height: 24))
        stale.wait(.seconds(9))
        keep(stale, "room-stale-80x24")
        let armed = OperatorAtDesk(size: Size(width: 120, height: 36))
        armed.press("R").press(.enter).press("FN12y")
        keep(armed, "room-armed-120x36")
        let rehearsal = ScriptedEngine()
        rehearsal.change { $0.snapshot.mode = .rehearsal }
        keep(OperatorAtDesk(rehearsal, size: Size(width: 80, height: 24)), "room-rehearsal-80x24")
    }

    /// With `after`, those keys follow the first letter.
    private func draw(_ name: String, _ size: Size, _ keys: String, after: [Key] = []) {
        let kris = OperatorAtDesk(size: size)
        kris.press(String(keys.prefix(after.isEmpty ? keys.count : 1)))
        for key in after { kris.press(key) }
        if !after.isEmpty { kris.press(String(keys.dropFirst())) }
        keep(kris, name)
    }

    private func keep(_ kris: OperatorAtDesk, _ name: String) {
        let canvas = render(kris.state)
        assertSnapshot(text: canvas.text, styles: canvas.styles, named: name)
    }
}
