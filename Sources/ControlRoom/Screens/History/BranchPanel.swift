import Engine

/// Draws the newest branch below the timeline: what happened, what the re-run makes of it, and what the change would
/// have made.
func renderBranch(_ report: BranchReport, _ style: PanelStyle, in area: Rect, on canvas: inout Canvas) {
    guard !area.isEmpty else { return }
    let title = "What if at \(Format.time(report.moment)): \(report.change)"
    let inner = canvas.panel(
        area, style, title: title, hint: "seed \(report.seed)  w another  :whatif look  :whatif close")
    // What the change changed comes first, so that little room shows what matters.
    let lines = report.lines.filter(\.isDifferent) + report.lines.filter { !$0.isDifferent }
    let rows = lines.map { (BranchTable.cells($0), $0.isDifferent) }
    let widths = BranchTable.header.indices.map { column in
        max(TextWidth.of(BranchTable.header[column]), rows.map { TextWidth.of($0.0[column]) }.max() ?? 0)
    }
    var y = inner.y
    func row(_ cells: [String], _ style: Style) {
        var x = inner.x + 1
        for (column, text) in cells.enumerated() {
            let end = x + widths[column]
            guard end <= inner.right else { break }
            if column == 0 {
                canvas.put(text, x: x, y: y, style: style)
            } else {
                canvas.putRight(text, right: end, y: y, style: style)
            }
            x = end + 2
        }
        y += 1
    }
    row(BranchTable.header, .dim)
    for (cells, isDifferent) in rows.prefix(max(0, inner.height - 2)) { row(cells, isDifferent ? .next : .plain) }
    let note =
        report.notes.first
        ?? "Both re-runs are deterministic; nothing recorded was changed (digest \(report.digest.prefix(12)))."
    canvas.put(note, x: inner.x + 1, y: inner.bottom - 1, style: .dim, width: inner.width - 2)
}

extension BranchReport {
    /// Whether it branched off from this showing.
    func concerns(_ showing: Showing) -> Bool {
        event == showing.event
            && (showing.from - RehearsalShow.lead...max(showing.until, showing.from)).contains(moment)
    }
}
