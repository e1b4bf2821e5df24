import Engine

// The forecast of a plan: a table of figures before and after, or the same in a few lines where there is little room.

func forecastLines(_ forecast: PlanForecast, width: Int) -> [DialogLine] {
    let columns = forecastColumns(forecast, width: width)
    var head = DialogLine()
    head.append("FORECAST", .title, column: columns.what)
    head.append("BEFORE", .title, column: columns.before)
    head.append("AFTER", .title, column: columns.after)
    head.append("RISK", .title)
    var lines = forecast.lines.isEmpty ? [] : [head]
    for line in forecast.lines {
        var row = DialogLine()
        row.append(line.what, .plain, column: columns.what)
        row.append(line.before, .dim, column: columns.before)
        row.append(line.after, line.severity >= .warn ? Format.style(line.severity) : .bold, column: columns.after)
        row.append(
            line.severity >= .warn ? "! \(line.risk)" : line.risk,
            line.severity >= .warn ? Format.style(line.severity) : .dim)
        lines.append(row)
    }
    return lines + [verdict(forecast, label: "VERDICT  ", width: width)]
}

/// What the operator decides on, without the figures before.
func forecastInShort(_ forecast: PlanForecast, width: Int) -> [DialogLine] {
    var lines = [verdict(forecast, label: "FORECAST ", width: width)], line = DialogLine()
    for figure in forecast.lines {
        let isBad = figure.severity >= .warn
        let moves = figure.before == "-" || figure.before == figure.after ? "" : "\(figure.before) > "
        let text = "\(figure.what) \(moves)\(figure.after)" + (isBad ? " ! \(figure.risk)" : "")
        if line.width > 0, line.width + 3 + TextWidth.of(text) > width {
            lines.append(line)
            line = DialogLine()
        }
        if line.width > 0 { line.append("   ") }
        line.append(text, isBad ? Format.style(figure.severity) : .plain)
    }
    return line.width > 0 ? lines + [line] : lines
}

private func verdict(_ forecast: PlanForecast, label: String, width: Int) -> DialogLine {
    var line = DialogLine(label, .title)
    line.append(forecast.verdict, forecast.severity >= .warn ? Format.style(forecast.severity) : .good)
    let basis = "  \(forecast.bandWords) (model v\(forecast.model), \(forecast.basis))"
    line.append(line.width + TextWidth.of(basis) <= width ? basis : "  \(forecast.bandWords)", .dim)
    return line
}

private func forecastColumns(_ forecast: PlanForecast, width: Int) -> (what: Int, before: Int, after: Int) {
    func column(_ value: (PlanForecast.Line) -> String, atLeast: Int) -> Int {
        max(atLeast, (forecast.lines.map { TextWidth.of(value($0)) }.max() ?? 0) + 2)
    }
    return (min(column(\.what, atLeast: 18), width / 3), column(\.before, atLeast: 9), column(\.after, atLeast: 9))
}
