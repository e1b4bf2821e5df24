import Engine

/// The table of a branch as text: one form for the panel, for lines and for a page.
enum BranchTable {
    static let header = ["FIGURE", "ACTUAL", "RE-RUN AS IT WAS", "WHAT IF", "WHAT IF - ACTUAL", "BY THE CHANGE"]

    static func cells(_ line: BranchReport.Line) -> [String] {
        [
            line.what, value(line.actual, line.unit), value(line.asItWas, line.unit), value(line.changed, line.unit),
            difference(line.actual, line.changed, line.unit), difference(line.asItWas, line.changed, line.unit),
        ]
    }

    /// Plain lines with aligned columns; what the change changed is marked.
    static func lines(_ report: BranchReport) -> [String] {
        let rows = [header] + report.lines.map(cells)
        let widths = header.indices.map { column in rows.map { TextWidth.of($0[column]) }.max() ?? 0 }
        let table = rows.enumerated().map { index, row in
            let mark = index > 0 && report.lines[index - 1].isDifferent ? "* " : "  "
            return mark + row.enumerated().map { column, text in
                let room = String(repeating: " ", count: max(0, widths[column] - TextWidth.of(text)))
                return column == 0 ? text + room : room + text
            }.joined(separator: "  ")
        }
        return [
            "WHAT IF at \(Format.time(report.moment)) \(Format.day(report.moment)), \(report.title): \(report.change)"
        ] + table
            + report.notes.map { "  \($0)" }
            + [
                "  seed \(report.seed), digest \(report.digest); * changed by it. Nothing was sent and nothing recorded was changed."
            ]
    }

    private static func value(_ value: Int64?, _ unit: BranchReport.Line.Unit) -> String {
        guard let value else { return "-" }
        return switch unit {
        case .moment: Format.time(WallTime(milliseconds: value))
        case .milliseconds: Format.duration(value)
        case .count: Format.count(Int(value))
        }
    }

    private static func difference(_ from: Int64?, _ to: Int64?, _ unit: BranchReport.Line.Unit) -> String {
        switch (from, to) {
        case (nil, nil): return "-"
        case (_, nil): return "not"
        case (nil, _): return "new"
        case (let from?, let to?):
            let change = to - from
            if change == 0 { return "=" }
            // From ten seconds on a length is shown in whole seconds: rounded, not cut off.
            let length = abs(change) < 10_000 ? abs(change) : (abs(change) + 500) / 1000 * 1000
            let size = unit == .count ? Format.count(Int(abs(change))) : Format.duration(length)
            return (change < 0 ? "-" : "+") + size
        }
    }
}
