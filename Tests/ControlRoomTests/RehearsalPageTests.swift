@testable import ControlRoom
import Engine
import Foundation
import TestSupport
import Testing

/// The report as a page, as lines and as JSON.
@Suite struct RehearsalPageTests {
    private static func report(title: String = "The <Show> & \"friends\"") throws -> RehearsalReport {
        let events = [
            LiveEvent(
                id: "show", title: title, code: "SHOW", tier: .low,
                stages: [
                    StageDefinition(key: "live", kind: .live, mode: .auto, time: .at(evening)),
                    StageDefinition(key: "ended", kind: .ended, mode: .auto, time: .at(evening + 400_000)),
                ], audience: AudienceProfile(devices: 500, budget: 600_000)),
        ]
        var runner = RehearsalRunner(RehearsalShow(events: events, seed: 7))
        return RehearsalReport(try #require(try runner.run()))
    }

    @Test func thePageNeedsNothingFromElsewhereAndNothingInItBecomesMarkup() throws {
        let html = RehearsalPage.html(try Self.report())
        for word in ["<script", "http:", "https:", "src=", "@import", "url(", "<Show>"] {
            #expect(!html.contains(word), "\(word)")
        }
        for word in [
            "<svg", "prefers-color-scheme", "@media print", "width=device-width", "The &lt;Show&gt; &amp;", "KEPT",
            "SHOW live",
        ] {
            #expect(html.contains(word), "\(word)")
        }
        let parser = XMLCounter.balance(of: html)
        #expect(parser.isEmpty, "\(parser)")
    }

    @Test func linesKeepToTheirWidthAndToAscii() throws {
        let report = try Self.report(title: "Plain")
        for width in [60, 100, 160] {
            let ascii = RehearsalText.lines(report, glyphs: .ascii, width: width)
            #expect(ascii.allSatisfy { $0.allSatisfy(\.isASCII) })
            #expect(
                RehearsalText.lines(report, glyphs: .braille, width: width).joined().contains {
                    ("\u{2801}"..."\u{28FF}").contains($0)
                })
        }
        let plots = RehearsalText.lines(report, glyphs: .braille, width: 100).filter {
            $0.contains("CRITICAL") || $0.hasPrefix("#")
        }
        #expect(plots.count >= 3 && plots.allSatisfy { TextWidth.of($0) <= 100 })
    }

    @Test func theJSONKeepsItsFields() throws {
        let data = try JSONEncoder().encode(try Self.report())
        let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        #expect(Set(object.keys) == [
                "version", "seed", "digest", "frameCount", "devices", "from", "until", "verdict", "findings", "events",
                "broadcasts", "overlaps",
            "traffic", "refresh", "faults", "capacity",
        ])
        #expect(try JSONDecoder().decode(RehearsalReport.self, from: data).broadcasts.count == 2)
    }
}

/// Which tags of a page are opened and not closed, or the other way round.
private enum XMLCounter {
    static func balance(of html: String) -> [String] {
        let names = [
            "section", "figure", "figcaption", "svg", "div", "ul", "li", "table", "tr", "td", "th", "main", "p", "span",
            "h2", "code",
        ]
        return names.filter { name in
            let opened =
                html.components(separatedBy: "<\(name)>").count + html.components(separatedBy: "<\(name) ").count - 2
            return opened != html.components(separatedBy: "</\(name)>").count - 1
        }
    }
}
