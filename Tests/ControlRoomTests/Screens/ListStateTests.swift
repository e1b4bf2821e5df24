@testable import ControlRoom
import Engine
import Testing

@Suite struct ListStateTests {
    private func at(_ seconds: Int64) -> EngineInstant { EngineInstant(nanoseconds: seconds * 1_000_000_000) }

    @Test func theCursorStaysOnItsRowWhenRowsMove() {
        var list = ListState<String>()
        list.move(.down, over: ["a", "b", "c"], page: 10, now: at(0))
        #expect(list.selected == "b")
        #expect(list.index(in: ["c", "x", "b"]) == 2)
    }

    @Test func rowsKeepTheirOrderForFiveSecondsAfterAKey() {
        var list = ListState<String>()
        list.move(.down, over: ["a", "b", "c"], page: 10, now: at(10))
        #expect(list.arranged(["c", "b", "a"], now: at(14)) == ["a", "b", "c"])
        #expect(list.arranged(["c", "b", "a"], now: at(15)) == ["c", "b", "a"])
    }

    @Test func whileTheOrderIsHeldNewRowsJoinAtTheEndAndGoneOnesLeave() {
        var list = ListState<String>()
        list.move(.up, over: ["a", "b", "c"], page: 10, now: at(0))
        #expect(list.arranged(["new", "c", "a"], now: at(1)) == ["a", "c", "new"])
    }

    @Test func motionsStopAtBothEnds() {
        var list = ListState<Int>()
        let rows = Array(0..<100)
        list.move(.up, over: rows, page: 10, now: at(0))
        #expect(list.selected == 0)
        list.move(.pageDown, over: rows, page: 10, now: at(0))
        #expect(list.selected == 10)
        list.move(.bottom, over: rows, page: 10, now: at(0))
        list.move(.down, over: rows, page: 10, now: at(0))
        #expect(list.selected == 99)
        list.move(.top, over: rows, page: 10, now: at(0))
        #expect(list.selected == 0)
    }

    @Test func anEmptyListTakesEveryMotion() {
        var list = ListState<Int>()
        for motion in Motion.allCases { list.move(motion, over: [], page: 0, now: at(0)) }
        #expect(list.selected == nil)
        #expect(list.index(in: []) == nil)
    }

    @Test(arguments: [
        (0, 0, 5, 0..<0), (10, 0, 4, 0..<4), (10, 9, 4, 6..<10), (10, 5, 4, 3..<7), (3, 1, 9, 0..<3), (5, 2, -1, 1..<1),
    ])
    func theWindowHoldsTheCursor(count: Int, index: Int, rows: Int, window: Range<Int>) {
        let found = ListState<Int>.window(of: count, around: index, rows: rows)
        #expect(found.count == window.count)
        #expect(found.isEmpty || found == window)
    }
}
