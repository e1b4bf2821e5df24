import Engine
import Testing

@testable import ControlRoom

struct DrawingTests {
    @Test(arguments: [
        ("abc", 3), ("é", 1), ("e\u{301}", 1), ("決勝", 4), ("🥊", 2), ("👩‍👩‍👧", 2), ("🇯🇵", 2), ("\u{1b}[31m", 5),
        ("\u{202e}x", 2),
        ("\u{200b}", 1), ("a\u{fe0f}", 1), ("한", 2), ("\t\n", 2), ("│✓▸…", 4), ("👍🏽", 2), ("", 0),
    ])
    func columnsOfAText(_ text: String, _ columns: Int) {
        #expect(TextWidth.of(text) == columns)
    }

    @Test func nothingThatMovesACursorReachesACell() {
        var canvas = Canvas(size: Size(width: 40, height: 1))
        canvas.put("a\u{1b}[2J\u{7}\r\n\u{202e}\u{9b}b", x: 0, y: 0)
        #expect(canvas.text == "a?[2J?????b" || canvas.text == "a?[2J????b")
        for cell in canvas.cells {
            for scalar in cell.character.unicodeScalars {
                #expect(scalar.value >= 0x20 && !(0x7F...0x9F).contains(scalar.value))
            }
        }
    }

    @Test func textIsCutAtTheCellLimitWithAnEllipsis() {
        var canvas = Canvas(size: Size(width: 10, height: 1))
        canvas.put("決勝決勝", x: 0, y: 0, width: 6)
        #expect(canvas.text == "決勝…")
        canvas.putRight("12.5 M", right: 10, y: 0, width: 4)
        #expect(canvas.text.hasSuffix("12.…"))
    }

    @Test func halfAWideCharacterIsNeverLeft() {
        var canvas = Canvas(size: Size(width: 4, height: 1))
        canvas.put("決勝", x: 0, y: 0)
        canvas.put("x", x: 1, y: 0)
        #expect(canvas.text == " x勝")
        canvas.put("決", x: 3, y: 0)
        #expect(canvas.text == " x勝")
    }

    @Test func asciiGlyphsAreAllAscii() {
        var canvas = Canvas(size: Size(width: 60, height: 12), glyphs: .ascii)
        let inner = canvas.box(canvas.bounds, title: "決勝 🥊 é … →", right: "▸ ✓", border: .double)
        canvas.bar(0.5, x: inner.x, y: inner.y, width: 20)
        canvas.sparkline([1, 5, 9], x: inner.x, y: inner.y + 1, width: 10)
        canvas.curve([1, 2, 3], maximum: 3, in: Rect(x: 2, y: 4, width: 20, height: 3))
        BigDigits.draw("T-00:04:12", x: 2, y: 8, on: &canvas)
        let drawn = canvas.text
        #expect(drawn.unicodeScalars.allSatisfy { $0.isASCII })
    }

    @Test func drawingOutsideIsCutOff() {
        var canvas = Canvas(size: Size(width: 3, height: 2))
        canvas.box(Rect(x: -5, y: -5, width: 100, height: 100), title: "far")
        canvas.put("hello", x: 2, y: 1)
        canvas.put("hello", x: -2, y: 0)
        canvas.fill(Rect(x: 1, y: 1, width: 50, height: 50), with: "#")
        #expect(canvas.cells.count == 6)
    }

    @Test(arguments: [
        (0, "0"), (999, "999"), (1000, "1.0 k"), (10_000_000, "10.0 M"), (99_999_999, "100 M"), (100_000_000, "100 M"),
        (999_999, "1.0 M"),
    ])
    func countsAreShort(_ number: Int, _ text: String) { #expect(Format.count(number) == text) }

    @Test func timesReadAsOperatorsWriteThem() {
        #expect(Format.countdown(252_000) == "T-00:04:12")
        #expect(Format.countdown(1) == "T-00:00:01")
        #expect(Format.countdown(-7_000) == "T+00:00:07")
        #expect(Format.countdown(nil) == "T- on cue")
        #expect(Format.delta(30_000) == "+30 s")
        #expect(Format.delta(-90_000) == "-1m30s")
        #expect(Format.duration(1_749) == "1.7 s")
        #expect(Format.percent(9_999_999, of: 10_000_000) == "99.99%")
        #expect(
            Format.time(WallTime(milliseconds: 1_795_294_548_000)) == "17:35:48Z"
                || Format.time(WallTime(milliseconds: 1_795_294_548_000)).hasSuffix("Z"))
        #expect(Format.day(WallTime(milliseconds: 0)) == "Thu 1 Jan")
        #expect(Format.day(WallTime(milliseconds: -1)) == "Wed 31 Dec")
    }

    @Test func dumpsNameTheStyleOfEachCell() {
        var canvas = Canvas(size: Size(width: 6, height: 1))
        canvas.put("!!", x: 0, y: 0, style: .critical)
        canvas.put("ok", x: 3, y: 0, style: Style(.good, bold: true))
        #expect(canvas.styles == "!! GG")
        canvas.select(canvas.bounds)
        #expect(canvas.styles.contains("G") && canvas.styles.contains(">"))
    }

    @Test func rolesDifferWithoutColour() {
        let mono = Role.allCases.filter { ![.plain, .dim, .good, .warn, .notReal].contains($0) }
        for role in mono { #expect(Theme.appearance(of: Style(role), in: .mono) != Appearance()) }
        for role in Role.allCases { #expect(Theme.appearance(of: Style(role), in: .mono).hue == nil) }
    }
}
